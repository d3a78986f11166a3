"""Mail in: fetched from its mailbox, read, sorted and taken into the record."""
