"""The officers' log-in, against those who want to get in, to stay in or to keep others out."""
