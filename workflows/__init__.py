"""The life of a grant and of a funding round, as Temporal workflows.

:mod:`workflows.grant` is the case's actor, :mod:`workflows.round` the round's. No database, template, network,
programme file or wall clock in here: a workflow waits, asks the record for the next step, and folds it.
"""
