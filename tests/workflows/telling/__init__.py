"""What operators are told in the Temporal UI: labels, words, details, views."""
