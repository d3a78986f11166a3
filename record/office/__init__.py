"""The office's people as commands: each change is stored with its actor, and applied or refused in one transaction."""
