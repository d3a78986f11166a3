"""The demo: one programme year and its aftermath, played in time-lapse on the real server by simulated people.

Clerks read mail and fill pages, officers use their interface, the bank reads order files. None of them touches the
database; what they do and when stands in ``cast.toml`` and ``year.toml``.
"""
