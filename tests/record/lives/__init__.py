"""Whole lives of cases in the record, scripted and random."""
