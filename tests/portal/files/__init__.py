"""Files that clerks send: what is taken, how it is kept, and how little memory that takes."""
