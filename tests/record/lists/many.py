"""Many cases: a few that were really played, copied under other ids as often as wanted, with all that lists read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, event, select, text
from sqlalchemy.engine import Engine

from models.tables.base import METADATA
from models.tasks import TaskKind as K
from record.database.engine import Database
from tests.desk.site import until_open
from tests.fixtures.databases import as_owner
from tests.play import Play
from tests.record.database.unguarded import drop_guards

KINDS: Final = (K.CHECK_COMPLETENESS, K.EXAMINE, K.SIGN_DECISION, K.CALL_BACK, K.CONFIRM_BANK_DETAILS)
"""Where the cases that are copied stand."""
KEYS: Final = ("06631", "06632", "06633", "06634", "06635")
TABLES: Final = {
    "grant_case": "id",
    "task": "case_id",
    "command": "case_id",
    "step": "case_id",
    "bank_details": "case_id",
}
"""Tables that are copied, and where the id of the case stands."""
BATCH: Final = 200


def few(db: Database) -> Play:
    """One case in each of the stages."""
    play = Play(db)
    for key, kind in zip(KEYS, KINDS, strict=True):
        until_open(play, play.apply(key), kind)
    return play


def multiply(db: Database, originals: list[str], cases: int) -> None:
    """Copies these cases until there are this many. What a copy would break is no longer guarded."""
    owner = as_owner(db)
    drop_guards(owner)
    with owner.write() as session:
        connection = session.connection()
        rows = {table: _rows(connection, table, originals) for table in TABLES}
        copies = cases // len(originals) - 1
        for first in range(0, copies, BATCH):
            numbers = range(first, min(first + BATCH, copies))
            for table, found in rows.items():
                made = [_copy(row, number) for number in numbers for row in found]
                if made:
                    connection.execute(METADATA.tables[table].insert(), made)
    if owner.url.get_backend_name() == "postgresql":
        with owner.write() as session:
            session.connection().execute(text("ANALYZE"))
    owner.close()


def _rows(connection: Connection, name: str, originals: list[str]) -> list[dict[str, Any]]:
    table = METADATA.tables[name]
    found = connection.execute(select(table).where(table.c[TABLES[name]].in_(originals)))
    return [dict(row._mapping) for row in found]


def _copy(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row in a case of a later year. Numbered rows are numbered anew."""
    year = 2019 + number
    changed = {name: _renamed(value, year) for name, value in row.items()}
    for name in ("id", "command_id", "hash"):
        if isinstance(row.get(name), str) and changed[name] == row[name]:
            changed[name] = f"{number}-{row[name]}"
    if isinstance(row.get("id"), int):
        changed.pop("id")
    if "iban" in row:
        changed["iban"] = f"{row['iban'][:-5]}{number:05d}"
    return changed | ({"year": year} if "year" in row else {})


def _renamed(value: Any, year: int) -> Any:
    return value.replace("wir-fm-2018-", f"wir-fm-{year}-") if isinstance(value, str) else value


@dataclass
class Asked:
    """What a database was asked meanwhile: statements, and rows that it gave."""

    statements: int = 0
    rows: int = 0


@contextmanager
def counted() -> Iterator[Asked]:
    """Counts on every engine of this process."""
    asked = Asked()

    def before(_c: Any, cursor: Any, *_: Any) -> None:
        asked.statements += 1
        if hasattr(cursor, "row_factory") and type(cursor).__module__ == "sqlite3":
            cursor.row_factory = row

    def row(_cursor: Any, values: tuple[Any, ...]) -> tuple[Any, ...]:
        asked.rows += 1
        return values

    def after(_c: Any, cursor: Any, *_: Any) -> None:
        if type(cursor).__module__ != "sqlite3":
            asked.rows += max(cursor.rowcount, 0)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)
