"""Cases: their commands, steps in a hash chain, and what a decision writes."""
