"""What must be right before a process starts: settings, folder, ports, a Temporal server of its own."""
