"""Lists that grow with the number of cases."""
