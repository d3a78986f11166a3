"""Transactions that go on one statement at a time, in an order that the test decides.

Each transaction runs in a thread of its own on a connection of its own. Before a statement that matters, and before
its commit, it waits until the test lets it go on. So every order of two or three real transactions on a real
database can be played, one after the other.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from record.database.engine import Database
from tests.patience import PATIENCE

_here = threading.local()


class Runner:
    """One thread; ``go`` lets it do what it waits before, and returns when it waits again or is done."""

    def __init__(self, name: str, work: Callable[["Runner"], object]) -> None:
        self.name, self.log = name, list[str]()
        self._work = work
        self._may, self._waits = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._error: BaseException | None = None
        self.done = False
        self.next = ""
        """What it does when it may go on."""

    def start(self) -> None:
        """Runs to its first gate."""
        self._thread.start()
        self._arrived()

    def go(self) -> None:
        """One step. Raises what went wrong in the thread; ``TimeoutError`` when it waits for another transaction."""
        self._may.release()
        self._arrived()

    def gate(self, what: str) -> None:
        """Called in the thread: waits here until the test says so."""
        self.next = what
        self._waits.release()
        if not self._may.acquire(timeout=PATIENCE):
            raise TimeoutError(f"{self.name} was forgotten before {what}")

    def _arrived(self) -> None:
        if not self._waits.acquire(timeout=PATIENCE):
            raise TimeoutError(f"{self.name} waits for another one at {self.next}")
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        _here.runner = self
        try:
            self._work(self)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            self._error = error
        finally:
            self.done = True
            self._waits.release()


@contextmanager
def gates(db: Database, matters: Callable[[str], str], *, commits: bool) -> Generator[None]:
    """Statements of runners wait if ``matters`` gives them a name; so do their commits, if these matter."""

    def statement(_c: Any, _cursor: Any, text: str, _p: Any, _context: Any, _many: bool) -> None:
        runner: Runner | None = getattr(_here, "runner", None)
        if runner is not None and (name := matters(text)):
            runner.gate(name)

    def commit(_connection: Any) -> None:
        runner = getattr(_here, "runner", None)
        if commits and runner is not None:
            runner.gate("commit")

    engines = (db._writer, db._hasty)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "commit", commit)


Event = tuple[str, str]


def play(runners: list[Runner], choices: list[int]) -> tuple[list[Event], list[int]]:
    """Plays one order: ``choices`` says who goes next, then always the first who can. Returns what happened, in its
    order, and how many could have gone at each point."""
    happened: list[Event] = []
    widths: list[int] = []
    for runner in runners:
        runner.start()
    while able := [runner for runner in runners if not runner.done]:
        chosen = able[choices[len(widths)]] if len(widths) < len(choices) else able[0]
        widths.append(len(able))
        what = chosen.next
        chosen.go()
        happened.append((chosen.name, what))
    return happened, widths


def orders(make: Callable[[], list[Runner]]) -> Generator[list[Event]]:
    """All orders, each with transactions of its own from ``make``."""
    choices: list[int] = []
    while True:
        happened, widths = play(make(), choices)
        yield happened
        choices += [0] * (len(widths) - len(choices))
        while choices and choices[-1] + 1 >= widths[len(choices) - 1]:
            choices.pop()
        if not choices:
            return
        choices[-1] += 1
