"""Casework beside the decisions: who takes care of a task, notes, and what came by post or telephone."""
