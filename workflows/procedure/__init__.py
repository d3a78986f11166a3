"""The procedure: what each answer, each timer and each act does to a case. Pure rules, no I/O.

One module a phase, in the order of the funding guideline. A rule looks at a :class:`~workflows.procedure.plan.View`
and writes into a :class:`~workflows.procedure.plan.Plan`; the record then commits the plan in one transaction.
"""

from workflows.procedure import application, award, delivery, disbursement, exits, proof, recovery
from workflows.procedure.decide import decide_command, decide_hand_over, decide_timer, foreseen
from workflows.procedure.plan import Decision, Plan, View

__all__ = [
    "Decision",
    "Plan",
    "View",
    "application",
    "award",
    "decide_command",
    "decide_hand_over",
    "decide_timer",
    "delivery",
    "disbursement",
    "exits",
    "foreseen",
    "proof",
    "recovery",
]
