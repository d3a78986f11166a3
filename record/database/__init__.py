"""The database: engine and transactions, installation, clock, alarms, and the points where tests make it fail."""
