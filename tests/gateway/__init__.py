"""The typed way in, and the settings of the processes behind it."""
