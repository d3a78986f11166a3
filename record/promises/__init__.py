"""The promises of the design: which there are, what shows each, and one checker for tests, demo and ``doctor``.

:data:`PROMISES` is the list that everything else counts and compares with. Promise 1 and 2 are checked in
:mod:`record.promises.money`, 3 in ``people``, 4 in ``commands`` and ``inbound``, 5 in ``duties``, 6 in ``notices``,
7 in ``chain``; what holds of funding rounds stands in ``rounds``. What the engine's side must show (running workflows,
histories, replay) is asked by ``gateway.doctor``; that a GET changes nothing (8) is shown by tests only, for a database
cannot tell.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from record.database.background import in_short
from record.promises import chain, commands, duties, inbound, money, notices, people
from record.promises.book import Book, Violation, read_book
from record.promises.finding import Finding

__all__ = ["PROMISES", "SHOWN_BY_RECORD", "STUCK_AFTER", "Definition", "Finding", "Shown", "Violation", "check"]

STUCK_AFTER: Final = timedelta(minutes=10)
"""A command that no case has answered for so long (server time) is stuck: the sweeper repeats every few seconds."""

log = logging.getLogger(__name__)


class Shown(StrEnum):
    """What a promise is shown by."""

    RECORD = "record"
    RECORD_AND_ENGINE = "record_and_engine"
    REPLAY = "replay"
    TESTS = "tests"  # cannot be seen in an installation
    NOT_NOW = "not_now"  # was not asked for this time, or the engine could not be reached


@dataclass(frozen=True)
class Asked:
    """What a check may look at. ``only``: one case; ``stuck_before``: server time."""

    session: Session
    book: Book
    only: str
    stuck_before: datetime


Check = Callable[[Asked], Iterable[Violation]]


@dataclass(frozen=True)
class Definition:
    """A promise: its number, what shows it, and the checks of the record's side."""

    number: int
    shown_by: Shown
    checks: tuple[Check, ...] = ()


def _orders(asked: Asked) -> Iterable[Violation]:
    return money.orders(asked.book)


def _budget(asked: Asked) -> Iterable[Violation]:
    return money.budget(asked.book)


def _hands(asked: Asked) -> Iterable[Violation]:
    return people.hands(asked.book)


def _decided(asked: Asked) -> Iterable[Violation]:
    return commands.decided(asked.book)


def _stuck(asked: Asked) -> Iterable[Violation]:
    return commands.stuck(asked.book, asked.stuck_before)


def _mail_kept(asked: Asked) -> Iterable[Violation]:
    return inbound.kept(asked.session, asked.stuck_before, asked.only)


def _owed(asked: Asked) -> Iterable[Violation]:
    return duties.owed(asked.book)


def _served(asked: Asked) -> Iterable[Violation]:
    return notices.served(asked.book)


def _unbroken(asked: Asked) -> Iterable[Violation]:
    return chain.unbroken(asked.book)


PROMISES: Final[tuple[Definition, ...]] = (
    Definition(1, Shown.RECORD, (_orders,)),
    Definition(2, Shown.RECORD, (_budget,)),
    Definition(3, Shown.RECORD, (_hands,)),
    Definition(4, Shown.RECORD, (_decided, _stuck, _mail_kept)),
    Definition(5, Shown.RECORD, (_owed,)),
    Definition(6, Shown.RECORD, (_served,)),
    Definition(7, Shown.RECORD_AND_ENGINE, (_unbroken,)),
    Definition(8, Shown.TESTS),
    Definition(9, Shown.REPLAY),
)
"""In the order of their numbers. A text ``promise.NUMBER`` of the catalogues says what each promises."""

SHOWN_BY_RECORD: Final = tuple(promise.number for promise in PROMISES if promise.checks)
"""Numbers of the promises that the record can show."""


def check(session: Session, *, only: str = "", stuck_after: timedelta = STUCK_AFTER) -> list[Violation]:
    """All that breaks a promise, by promise and case; empty when all is well. Reads only.

    ``only``: one case, without the sums over all cases. ``stuck_after``: in server time, for promise 4. A check that
    raises is a finding of its promise, and the others are made; a record that cannot be read at all is one of each.
    """
    try:
        book = read_book(session, only)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever stands in a row, doctor has to say so
        return [_failed(promise, "read", error) for promise in PROMISES if promise.checks]
    asked = Asked(session, book, only, datetime.now(UTC) - stuck_after)
    found = [violation for promise in PROMISES for each in promise.checks for violation in _made(promise, each, asked)]
    return sorted(found, key=lambda v: (v.promise, v.case_id, v.code, v.detail))


def _made(promise: Definition, each: Check, asked: Asked) -> Iterator[Violation]:
    """What a check found, up to where it failed; in a savepoint, so that its failure leaves the reading whole."""
    try:
        with asked.session.begin_nested():
            yield from each(asked)
    except Exception as error:  # noqa: BLE001 - one check, whatever is wrong with it, hides no other
        yield _failed(promise, each.__name__.strip("_"), error)


def _failed(promise: Definition, name: str, error: Exception) -> Violation:
    log.error("check %s of promise %d failed: %s", name, promise.number, in_short(error))
    return Violation(promise=promise.number, code=Finding.CHECK_FAILED, detail=f"{name}: {type(error).__name__}")
