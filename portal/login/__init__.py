"""The officers' log-in: pages and services with which a person proves who they are, and the cookie that remembers it.

A log-in belongs to a person. It stands in the record (:mod:`record.logins`); the cookie is a random value and says
nothing by itself.
"""
