"""No key, account, name or address of a person stands in logs, in Temporal's histories or in its attributes."""
