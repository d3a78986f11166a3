"""What a case's record says, without what may differ between two lives that are the same: instants become days,
hashes, links and command ids go, and so does every trace of a move to a new run."""

import re
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from models.deadlines import legal_day
from models.tables import Budget, Case, CommandRow, LedgerRow, Notice, Order, Outbox, StepRow, TaskRow
from models.tables.base import METADATA
from record.database.engine import Database

KEY = re.compile(r"(?<=\+b-)[a-z2-7]+@")
"""What differs in the envelope senders of two mails: bounces come back by it."""

Story = dict[str, list[dict[str, Any]]]

GONE: dict[type[SQLModel], set[str]] = {
    StepRow: {"no", "key_hash", "command_id", "prev_hash", "hash", "body"},
    TaskRow: {"command_id"},
    Notice: set(),
    Order: {"file_sha256", "bank_details_id"},
    LedgerRow: {"id", "step_no"},
    CommandRow: {"id", "details", "step_no", "stored_at", "shown"},
    Outbox: {"id", "dedupe_key", "message_id", "mime", "sha256", "next_try_at", "begun_step"},
    Budget: set(),
    Case: {"step_no", "head", "offset_seconds", "state"},
}
ORDER: dict[type[SQLModel], tuple[str, ...]] = {
    StepRow: ("no",),
    CommandRow: ("stored_at",),
    LedgerRow: ("id",),
    Outbox: ("queued_at", "template"),
}


def story(db: Database) -> Story:
    """All that counts of the one case in a database, by table."""
    with db.read() as session:
        told = {str(table.__name__): _rows(session, table) for table in GONE}
        told["CommandRow"] = [row for row in told["CommandRow"] if row["kind"] != "move"]
        told["StepRow"] = [
            {**row, "body": _body(body)}
            for row, body in zip(told["StepRow"], _bodies(session), strict=True)
            if row["action"] != "move"
        ]
        told["state"] = [_state(case.state) for case in session.exec(select(Case))]
    return told


def dump(db: Database, *, without: frozenset[str] = frozenset({"alarm"})) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to the byte, but for the tables named."""
    with db.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.connection().execute(table.select())), key=repr)
            for table in METADATA.sorted_tables
            if table.name not in without
        }


def _rows(session: Session, table: type[SQLModel]) -> list[dict[str, Any]]:
    columns = [getattr(table, name) for name in ORDER.get(table, ())]
    rows = session.exec(select(table).order_by(*(col(column) for column in columns)))
    return [_plain({k: v for k, v in row.model_dump().items() if k not in GONE[table]}) for row in rows]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _day(KEY.sub("…@", value) if name == "sender" else value) for name, value in row.items()}


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        return legal_day(value).isoformat()
    if isinstance(value, dict):
        return {name: _day(inner) for name, inner in value.items() if name != "offset_seconds"}
    return value.isoformat() if isinstance(value, date) else value


def _bodies(session: Session) -> list[dict[str, Any]]:
    return [row.body for row in session.exec(select(StepRow).order_by(col(StepRow.no)))]


def _body(body: dict[str, Any]) -> dict[str, Any]:
    """A step's own words; its dates of tasks and timers stay exact, for they are computed from days."""
    return {**{k: v for k, v in body.items() if k != "no"}, "at": _day(datetime.fromisoformat(body["at"]))}


def _state(state: dict[str, Any]) -> dict[str, Any]:
    facts = {k: v for k, v in state.get("facts", {}).items() if k != "moves"}
    kept = {k: v for k, v in state.items() if k != "step_no"}
    return {**kept, "facts": facts, "since": _day(datetime.fromisoformat(state["since"]))}


def differences(one: Story, other: Story) -> list[str]:
    """Where two stories part, one line each; empty when they are the same."""
    found = []
    for table in sorted({*one, *other}):
        left, right = one.get(table, []), other.get(table, [])
        if len(left) != len(right):
            found.append(f"{table}: {len(left)} rows, not {len(right)}")
        for number, (mine, yours) in enumerate(zip(left, right, strict=False)):
            found += [
                f"{table}[{number}].{name}: {mine.get(name)!r}, not {yours.get(name)!r}"
                for name in sorted({*mine, *yours})
                if mine.get(name) != yours.get(name)
            ]
    return found
