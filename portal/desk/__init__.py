"""The officers' desk in a browser: what is to do, the whole file of a case, and each decision with what it causes."""
