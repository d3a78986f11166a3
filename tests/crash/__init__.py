"""Bad luck: real processes, real kills, servers that are away."""
