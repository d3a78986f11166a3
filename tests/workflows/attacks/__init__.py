"""Who reaches Temporal without being us decides nothing and pays nothing."""
