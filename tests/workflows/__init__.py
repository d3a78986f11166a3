"""Tests of whole cases on the real Temporal server, with time skipping."""
