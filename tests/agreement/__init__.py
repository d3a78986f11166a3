"""Tables that must agree: whoever adds an entry to one of them is told which other tables lack it.

Each agreement has a name and two sides, read from the real tables (modules are imported; TOML, shell and Markdown are
read as data). A new pair is one :class:`tests.agreement.table.Agreement` in the module of its subject.
"""
