"""The officers' interface: views of the record as JSON, and what officers want, handed to the gateway."""
