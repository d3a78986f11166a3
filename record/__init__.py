"""The database as legal record: engine and transactions, installation, legal clock, people.

Everything that must survive stands here and nowhere else; histories of the engine may vanish. The same
code runs on SQLite (one host, one writing process) and on PostgreSQL. This room imports the models only;
activities, gateway and portal import it.
"""
