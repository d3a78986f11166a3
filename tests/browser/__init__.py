"""The clerk's side in a real browser: scanners, barriers, keyboard, narrow screens, counts, headers."""
