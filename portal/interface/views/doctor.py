"""``doctor``: every promise with what breaks it, the alarms, and settings that could lose what was promised."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select

from models.tables import Alarm
from record.database.engine import Database
from record.promises import SHOWN_BY_RECORD, Violation, check


def examined(db: Database, more: Iterable[Violation] = ()) -> dict[str, Any]:
    """``{held, promises: [{number, findings}], alarms: [{kind, case, detail, at}], weaknesses}``. Reads only.

    ``more``: what the engine's side found.
    """
    with db.read() as session:
        found = [*check(session), *more]
        alarms = session.exec(select(Alarm).order_by(col(Alarm.id))).all()
    numbers = sorted({*SHOWN_BY_RECORD, *(violation.promise for violation in found)})
    return {
        "held": not found,
        "promises": [{"number": n, "findings": [_finding(v) for v in found if v.promise == n]} for n in numbers],
        "alarms": [{"kind": a.kind, "case": a.case_id, "detail": a.detail, "at": a.at.isoformat()} for a in alarms],
        "weaknesses": db.weaknesses(),
    }


def _finding(violation: Violation) -> dict[str, str]:
    return {"code": violation.code, "case": violation.case_id, "detail": violation.detail}
