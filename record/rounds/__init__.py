"""Rounds: the steps of a funding round and what they write."""
