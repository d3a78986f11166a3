"""The officers' interface."""
