"""The rules of each phase: guards and effects, pure. What follows what is said by :mod:`workflows.lifecycle`.

A rule looks at a :class:`~workflows.procedure.plan.View` and writes into a :class:`~workflows.procedure.plan.Plan`;
:mod:`workflows.procedure.decide` is the way in. The record then commits the decision in one transaction.
"""
