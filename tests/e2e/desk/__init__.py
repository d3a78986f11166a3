"""Whole lives and jobs with the officers at their desk in a real browser."""
