"""Times of a search among 10,000 cases on PostgreSQL: one whole life is played, then copied inside the database."""

import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import psycopg
from rich.table import Table
from sqlmodel import col, select

from models.commands import reference_number
from models.stages import Stage
from models.tables import Case, CommandRow, Order, Outbox
from models.tables.base import METADATA
from models.tasks import TaskKind as K
from programmes.directory import Directory
from record.database.engine import Database
from record.database.install import install
from record.views.search import search
from tests.fixtures.databases import START, make_roles
from tests.fixtures.postgres import Cluster
from tests.play import Play, programmes

CASES: Final = 10_000
ORIGIN: Final = "wir-fm-2018-06631"
LIMIT: Final = 1.0
"""Seconds in which a search has to answer."""

_ID: Final = "md5(src.{0} || made.id)::uuid::text"
_AT: Final = "to_char(timestamp '2018-01-02' + made.no * interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
_IN: Final = "replace(src.{0}, '" + ORIGIN + "', made.id)"
_CENTS: Final = "src.{0} + made.no"

COPIED: Final[Mapping[str, Mapping[str, str]]] = {
    "grant_case": {
        "id": "made.id", "line": "made.line", "recipient": "made.recipient", "recipient_key": "made.key",
        "opened_at": _AT, "requested_cents": _CENTS.format("requested_cents"),
    },
    "command": {"id": _ID.format("id"), "case_id": "made.id", "task_id": _IN.format("task_id"), "received_at": _AT},
    "task": {
        "id": _IN.format("id"), "case_id": "made.id", "recipient": "made.recipient",
        "command_id": _ID.format("command_id"), "subject": "replace(src.subject, '06631', made.no::text)",
    },
    "outbox": {
        "id": _ID.format("id"), "dedupe_key": _IN.format("dedupe_key"), "message_id": _ID.format("message_id"),
        "case_id": "made.id", "recipient": "made.recipient", "queued_at": _AT,
        "mime": f"CASE WHEN made.no > {CASES - 200} THEN src.mime ELSE '' END",
    },
    "notice": {"id": _IN.format("id"), "case_id": "made.id", "signed_at": _AT},
    "payment_order": {"id": "replace(src.id, '06631', made.no::text)", "case_id": "made.id"},
    "bank_details": {"case_id": "made.id", "command_id": _ID.format("command_id")},
    "search_words": {
        "id": f"CASE src.kind WHEN 'notice' THEN {_IN.format('id')} ELSE {_ID.format('id')} END", "case_id": "made.id",
        "at": _AT, "words": "src.words || ('seltenes' || made.no)::tsvector",
    },
}  # fmt: skip
"""Columns that differ from copy to copy. Numbered rows are numbered anew."""
NUMBERED: Final = ("bank_details",)


def played(database: Database) -> None:
    """One life with two instalments, to the closed file."""
    play = Play(database)
    assert play.apply() == ORIGIN
    play.drive(ORIGIN, Stage.DISBURSING)
    for _ in range(2):
        for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
            assert play.answer(ORIGIN, kind) == ""
    play.drive(ORIGIN, Stage.CLOSED)


def copied(connection: psycopg.Connection, recipients: list[tuple[str, str]]) -> None:
    """The life as often as there are to be cases, each of its own line. Guards and foreign keys are off meanwhile."""
    connection.execute("SET session_replication_role = replica")
    connection.execute("CREATE TEMP TABLE made (no int, id text, line text, recipient text, key text)")
    with connection.cursor().copy("COPY made FROM STDIN") as copy:
        for no in range(1, CASES):
            recipient, key = recipients[no % len(recipients)]
            copy.write_row((no, f"wir-l{no}-2018-{key}", f"l{no}", recipient, key))
    for table, changed in COPIED.items():
        names = [one.name for one in METADATA.tables[table].columns if table not in NUMBERED or one.name != "id"]
        values = ", ".join(changed.get(name, f'src."{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        source = "src.id" if table == "grant_case" else "src.case_id"
        statement = f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} src, made WHERE {source} = %s"  # noqa: S608
        connection.execute(statement.encode(), (ORIGIN,))
    connection.execute("ANALYZE")


def queries(database: Database) -> Iterator[tuple[str, str]]:
    """What callers name, by kind."""
    with database.read() as session:
        command = session.exec(select(CommandRow.id).order_by(CommandRow.id).limit(1)).one()
        mail = session.exec(select(Outbox.id).order_by(Outbox.id).limit(1)).one()
        order = session.exec(select(Order.id).order_by(Order.id).limit(1)).one()
        case = session.exec(select(Case.id).order_by(col(Case.id).desc()).limit(1)).one()
    yield "case id", case
    yield "official key", "06631"
    yield "name", "fulda"
    yield "name and year", "landkreis 2018"
    yield "receipt number", reference_number(command)
    yield "payment", order
    yield "mail id", mail[:8]
    yield "telephone", "069 90009 154"
    yield "contact", "simulierte vertretung"
    yield "amount many have", "50.000,00"
    yield "amount one has", "50.050,00"
    yield "words in every letter", "zuwendung"
    yield "words together", "simulierte kassenleiterin"
    yield "a rare word", "seltenes7777"
    yield "a beginning", "selten"
    yield "what is nowhere", "hintertupfingen"


def measured(database: Database, runs: int) -> Table:
    """Each search some times; median and longest in milliseconds."""
    directory: Directory = programmes()
    table = Table(f"search among {CASES:,} cases", "typed", "hits", "left out", "median (ms)", "longest (ms)")
    for kind, typed in queries(database):
        times, view = [], dict[str, Any]()
        for _ in range(runs):
            started = time.perf_counter()
            with database.read() as session:
                view = search(session, directory, typed)
            times.append((time.perf_counter() - started) * 1000)
        more = "+" if view["more"] else ""
        numbers = (f"{statistics.median(times):.0f}", f"{max(times):.0f}")
        table.add_row(kind, typed, str(len(view["hits"])), f"{view['left_out']}{more}", *numbers)
    return table


def search_times(runs: int) -> Table:
    """Everything, on a database of its own."""
    with Cluster() as cluster:
        make_roles(cluster)
        owner = Database(cluster.url("wir", "wir_owner"))
        install(owner, "embedded", recipients=programmes().recipients(), now=START)
        played(owner)
        owner.close()
        with psycopg.connect(cluster.url("wir").replace("+psycopg", ""), autocommit=True) as connection:
            copied(connection, [(one.identity, one.key) for one in programmes().recipients()])
        database = Database(cluster.url("wir", "wir_app"))
        try:
            return measured(database, runs)
        finally:
            database.close()
