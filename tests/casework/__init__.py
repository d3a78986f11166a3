"""Officers share their work: tasks taken, handed over and put on a day, notes, and what came by post."""
