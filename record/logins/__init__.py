"""Log-ins on record: who is logged in, what was tried, and what people prove with who they are.

All instants here are given by the caller, from the system clock: a log-in is no legal act (:mod:`models.tables.login`).
"""
