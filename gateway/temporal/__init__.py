"""Temporal as the gateway uses it: connection, payloads, telling a case, and what stands in histories."""
