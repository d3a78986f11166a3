"""Mail that comes in: read from its bytes, tied to a mail of ours, sorted into one kind. No network, no record."""
