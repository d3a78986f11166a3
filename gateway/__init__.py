"""The one typed way in: stores a command, then tells the case."""
