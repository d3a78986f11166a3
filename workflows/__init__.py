"""What happens when: the life of a grant and of a funding round, as Temporal workflows.

No database, template, network, programme file or wall clock in here: a workflow waits, asks the record for
the case's next step, and folds it. The rules stand in :mod:`models.procedure`, the stages in this room.
"""
