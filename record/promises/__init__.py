"""The promises of the design, as far as the database shows them: one checker for tests, demo and ``doctor``.

Promise 1 and 2 stand in :mod:`record.promises.money`, 3 in ``people``, 4 in ``commands`` and ``inbound``, 5 in
``duties``, 6 in ``notices``, 7 in ``chain``; what holds of funding rounds stands in ``rounds``. What the engine's side
must show (running workflows, histories, replay) is asked by ``gateway.doctor``; that a GET changes nothing (8) is
shown by tests only, for a database cannot tell.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import Session

from record.promises import chain, commands, duties, inbound, money, notices, people
from record.promises.book import Book, Violation, read_book

__all__ = ["STUCK_AFTER", "Violation", "check"]

STUCK_AFTER: Final = timedelta(minutes=10)
"""A command that no case has answered for so long (server time) is stuck: the sweeper repeats every few seconds."""

CHECKS: Final[tuple[Callable[[Book], Iterable[Violation]], ...]] = (
    money.orders,
    money.budget,
    people.hands,
    commands.decided,
    duties.owed,
    notices.served,
    chain.unbroken,
)


def check(session: Session, *, only: str = "", stuck_after: timedelta = STUCK_AFTER) -> list[Violation]:
    """All that breaks a promise, by promise and case; empty when all is well. Reads only.

    ``only``: one case, without the sums over all cases. ``stuck_after``: in server time, for promise 4.
    """
    book = read_book(session, only)
    found = [violation for each in CHECKS for violation in each(book)]
    found += commands.stuck(book, datetime.now(UTC) - stuck_after)
    found += inbound.kept(session, datetime.now(UTC) - stuck_after, only)
    return sorted(found, key=lambda v: (v.promise, v.case_id, v.code, v.detail))
