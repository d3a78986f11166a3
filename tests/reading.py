"""Officers who read before they decide: what signs, pays or ends a case is taken from nobody else."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.gateway import Gateway
from gateway.receipts import Receipt
from models.commands import Actor, ActorKind
from models.stages import Stage
from models.tasks import TASKS
from workflows.lifecycle import GRANT

CHOICES: Final = frozenset(
    choice
    for kind, task in TASKS.items()
    for choice in task.choices
    if any(GRANT.read_first(stage, f"{kind}.{choice}") for stage in Stage)
)
"""Answers that may sign, pay or end a case."""


async def answer(
    gateway: Gateway, *, task_id: str, choice: str, content: Mapping[str, Any], actor: Actor, **more: Any
) -> Receipt:
    """An answer by somebody who has read what it does. Raises ``RefusedError``."""
    shown = ""
    if actor.kind is ActorKind.OFFICER and choice in CHOICES:
        shown = (await gateway.preview_answer(task_id=task_id, choice=choice, content=content, actor=actor)).shown
    return await gateway.answer(task_id=task_id, choice=choice, content=content, actor=actor, shown=shown, **more)


async def start(
    gateway: Gateway, *, case_id: str, kind: str, content: Mapping[str, Any], actor: Actor, **more: Any
) -> Receipt:
    """Something that is started by somebody who has read what it does. Raises ``RefusedError``."""
    shown = ""
    if actor.kind is ActorKind.OFFICER and any(GRANT.read_first(stage, f"start.{kind}") for stage in Stage):
        shown = (await gateway.preview_start(case_id=case_id, kind=kind, content=content, actor=actor)).shown
    return await gateway.act(case_id=case_id, kind=kind, content=content, actor=actor, shown=shown, **more)
