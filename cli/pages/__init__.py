"""What the verbs print: one module for each page an officer sees."""
