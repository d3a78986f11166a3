"""The database behind the record: transactions that are whole, durable and never "locked".

One :class:`Database` a process. ``write()`` is one transaction; ``read()`` is one consistent snapshot in which
the database itself refuses every change. SQLite allows one writer at a time and its own waiting is unfair, so
writers of this process queue at a lock and begin with ``BEGIN IMMEDIATE``. On PostgreSQL writers run side by
side; where order matters callers lock the case's row (``with_for_update``), which SQLite ignores.
"""

import os
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

import record.database.words  # noqa: F401 - enters the words of what is written

Dialect = Literal["sqlite", "postgresql"]

BUSY_MS: Final = 10_000
"""How long SQLite waits for another process (backup, a reader's recovery) before it says "locked"."""

_SETUP_KEY: Final = 0x57495201
"""Advisory lock of PostgreSQL under which installations and migrations wait for each other."""

SQLITE_SAFE: Final = (3, 51, 3)
"""First SQLite without the WAL-reset fault that two simultaneous checkpoints can trigger."""

_SYNCHRONOUS = "PRAGMA synchronous=FULL"
_WRITER = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    _SYNCHRONOUS,
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # or INSERT OR REPLACE deletes a row without its DELETE trigger
    "PRAGMA trusted_schema=OFF",
)
# In WAL mode NORMAL differs from FULL in one thing: a commit does not wait for the disk. The next FULL one waits for
# both.
_HASTY = tuple("PRAGMA synchronous=NORMAL" if one == _SYNCHRONOUS else one for one in _WRITER)
# Readers change nothing and never checkpoint: only the writer does, one at a time.
_READER = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA query_only=ON",
)


class InstallationError(Exception):
    """The installation cannot be used as asked. The message is one line for the operator."""


class _Turn:
    """Who may write now. A thread that asks twice would wait for itself, so it is told instead."""

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._here = threading.local()

    @contextmanager
    def taken(self) -> Generator[None]:
        if getattr(self._here, "writing", False):
            raise RuntimeError("this thread is writing already: pass its session on instead of beginning again")
        with self._lock:
            self._here.writing = True
            try:
                yield
            finally:
                self._here.writing = False


_turns: dict[str, _Turn] = {}
_turns_guard = threading.Lock()


class Database:
    """One database, given as ``sqlite:////path/to/file`` or ``postgresql://user@host/name``, text or ``URL``.

    Nothing is opened before first use. Raises ``InstallationError`` for any other address, also for a SQLite
    database in memory: it would not survive.
    """

    def __init__(self, url: str | URL) -> None:
        self.url: Final = _normalised(url)
        self.dialect: Final[Dialect] = "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"
        if self.dialect == "sqlite":
            self._turn = _turn_at(_private_file(self.url))
            self._writer = _sqlite(self.url, _WRITER, "BEGIN IMMEDIATE", size=1)
            self._hasty = _sqlite(self.url, _HASTY, "BEGIN IMMEDIATE", size=1)
            self._reader = _sqlite(self.url, _READER, "BEGIN", size=16)
        else:
            self._turn = _Turn(nullcontext())
            self._writer, self._hasty = _postgresql(self.url, size=16), _postgresql(self.url, size=1)
            event.listen(self._hasty, "connect", _without_waiting)
            self._reader = self._writer.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    @contextmanager
    def write(self) -> Generator[Session]:
        """One transaction: committed at exit, rolled back when anything is raised.

        Begins at once, so on SQLite all that is read inside is still true at the commit. Raises
        ``RuntimeError`` when a thread that is writing asks again: it would wait for itself.
        """
        with self._turn.taken(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def hurried(self) -> Generator[Connection]:
        """One transaction that is committed without waiting for the disk, for what can be found out again.

        It outlives every process. When the machine itself fails the newest of these may be missing, but none that
        was committed before the last :meth:`write` of this process. Raises as ``write`` does.
        """
        with self._turn.taken(), self._hasty.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Generator[Session]:
        """One snapshot to read from. A change raises ``sqlalchemy.exc.DBAPIError``; nothing is ever committed."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def schema(self) -> Generator[Connection]:
        """One transaction that changes the schema (migrations only): one at a time on either database.

        On SQLite a table is changed by copying it, so references are checked at the end instead of in between.
        """
        with self._turn.taken(), self._writer.connect() as connection:
            if self.dialect == "postgresql":
                with connection.begin():
                    self.alone(connection)
                    yield connection
            else:
                with _references_off(connection), connection.begin():
                    yield connection
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    if broken:
                        raise InstallationError(f"migration refused: {len(broken)} broken reference(s)")

    def alone(self, connection: Connection) -> None:
        """Lets no other caller of this go on until the transaction ends. On SQLite a writer is alone anyway."""
        if self.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SETUP_KEY})

    def weaknesses(self) -> list[str]:
        """Settings under which an acknowledged commit could be lost or the file damaged; for ``doctor``.

        Codes with the value found, e.g. ``fsync=off``; empty when all is well.
        """
        with self._turn.taken(), self._writer.connect() as connection:
            return _weak_sqlite(connection) if self.dialect == "sqlite" else _weak_postgresql(connection)

    def close(self) -> None:
        """Closes all connections. The object stays usable; it opens new ones."""
        if self._reader.pool is not self._writer.pool:
            self._reader.dispose()
        self._hasty.dispose()
        self._writer.dispose()


# No compiling of queries: a list among 10,000 cases takes PostgreSQL 0.1 s, and 2 s more to compile it beforehand.
_PG_CONNECT: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "application_name": "wir-grants",
    "options": "-c jit=off",
}


def _postgresql(url: URL, *, size: int) -> Engine:
    engine = create_engine(url, pool_size=size, pool_pre_ping=True, hide_parameters=True, connect_args=_PG_CONNECT)
    event.listen(engine, "handle_error", _hide_row)
    return engine


def _without_waiting(connection: Any, _record: Any) -> None:
    """For this session alone; what it commits is seen at once, as ever."""
    connection.execute("SET synchronous_commit = off")
    connection.commit()


def _hide_row(context: ExceptionContext) -> None:
    """PostgreSQL's DETAIL quotes the failing row, with names and bank details: only the first line stays."""
    original, outer = context.original_exception, context.sqlalchemy_exception
    first = str(original).partition("\n")[0]
    if outer is not None and outer.args:
        outer.args = (str(outer.args[0]).replace(str(original), first), *outer.args[1:])
    original.args = (first,)


def _normalised(address: str | URL) -> URL:
    """The address with its driver. The error never shows a password."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise InstallationError("the database address is not a URL such as sqlite:////var/lib/wir/wir.db") from None
    backend = url.drivername.split("+")[0]
    if backend == "sqlite":
        if not url.database or url.database == ":memory:" or url.query:
            raise InstallationError("a SQLite database needs a plain file, e.g. sqlite:////var/lib/wir/wir.db")
        return url.set(drivername="sqlite+pysqlite", database=str(Path(url.database).absolute()))
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise InstallationError(f"unknown kind of database: {backend} (known: sqlite, postgresql)")


def _private_file(url: URL) -> str:
    """Creates the file for its owner only: it holds addresses and bank details. SQLite's side files follow it."""
    path = Path(url.database or "")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return str(path.resolve())


def _turn_at(path: str) -> _Turn:
    """One turn a file, however many objects of this process open it."""
    with _turns_guard:
        return _turns.setdefault(path, _Turn(threading.Lock()))


def _sqlite(url: URL, pragmas: tuple[str, ...], begin: str, *, size: int) -> Engine:
    """An engine whose connections carry the settings and whose transactions begin as named.

    As on PostgreSQL, errors hide the parameters: they would carry names and bank details into logs.
    """
    engine = create_engine(url, pool_size=size, max_overflow=0 if size == 1 else size, hide_parameters=True)

    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # or the driver begins (deferred) by itself
        for pragma in pragmas:
            connection.execute(pragma)

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", start)
    return engine


@contextmanager
def _references_off(connection: Connection) -> Generator[None]:
    """Only outside a transaction does SQLite take this setting, so it goes to the driver directly."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _weak_sqlite(connection: Connection) -> list[str]:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    weak = [f"{name}={found[name]}" for name in wanted if found[name] != wanted[name]]
    version = str(connection.exec_driver_sql("SELECT sqlite_version()").scalar())
    if tuple(int(part) for part in version.split(".")) < SQLITE_SAFE:
        weak.append(f"sqlite_version={version}")
    return weak


def _weak_postgresql(connection: Connection) -> list[str]:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names}
    return [f"{name}={value}" for name, value in found.items() if value == "off"]
