"""Data with dates and sources: funding lines, recipients, base rates, courts."""
