"""The office at the desk: persons, contacts, programme values, the authority, and who changed what."""
