"""The database layer: transactions, constraints, guards, migrations, people."""
