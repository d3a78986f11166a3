"""The database of the record: schema, constraints, guards, migrations and installation."""
