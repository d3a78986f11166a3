"""The clerks' pages, form by form."""
