"""The officers' command line: a light client of the officers' interface."""
