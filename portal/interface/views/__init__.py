"""What officers read, completed: labels and fields, what an answer would send, rounds to open, promises, evidence."""
