"""Transactions that met another one: done again from the start, with what is true now."""

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

T = TypeVar("T")

TRIES: Final = 4
_GAVE_WAY: Final = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock


def again(work: Callable[[], T]) -> T:
    """Runs a whole transaction, at most ``TRIES`` times while the database refuses it for somebody else's sake.

    On PostgreSQL two steps may both see the last money of a budget; the constraint then refuses one of them, and
    with fresh numbers that one is decided differently. What is refused on its own account is raised in the end.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except DBAPIError as error:
            if not (isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") in _GAVE_WAY):
                raise
    return work()
