"""Alarms: something that must not happen was tried. They change nothing else, and ``doctor`` shows them."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import Session, select

from models.tables import Alarm
from record.database.engine import Database


class AlarmKind(StrEnum):
    """What was tried."""

    UNKNOWN_COMMAND = "unknown_command"  # an update names a command that is not in the record
    STEP_CONFLICT = "step_conflict"  # a step that is not the next one: forged start, reset, second run
    FORGED_START = "forged_start"  # a workflow without a case, or of a case that is over
    FOREIGN_WORKFLOW = "foreign_workflow"  # an activity asked for from another workflow than the case's own
    FALSE_LABEL = "false_label"  # an update said it is about something else; only what people read was wrong
    UNFORESEEN = "unforeseen"  # a rule left the page of the lifecycle; nothing was changed by it
    ORDER_CONFLICT = "order_conflict"  # an order with other contents than what had left the house


def raise_alarm(target: Database | Session, kind: AlarmKind, case_id: str, detail: str, *, key: str) -> None:
    """Notes an alarm once per ``key``. With a session it belongs to that transaction."""
    if isinstance(target, Database):
        with target.write() as session:
            raise_alarm(session, kind, case_id, detail, key=key)
        return
    dedupe = f"{kind}:{key}"
    if target.exec(select(Alarm.id).where(Alarm.dedupe_key == dedupe)).first() is None:
        target.add(Alarm(at=datetime.now(UTC), kind=kind, case_id=case_id, detail=detail, dedupe_key=dedupe))
