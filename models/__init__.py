"""What is true: money, deadlines, rules, tasks, commands and the fold of recorded steps; no I/O and no Temporal."""
