"""Mail as facts: orders of letters, hours, servers, and what comes in."""
