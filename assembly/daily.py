"""The work of a legal day that belongs to no case: each officer's one mail, and the sweep of files no answer names."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from activities.daily import DailyActivities
from assembly.parts import Engine
from record.database.clock import legal_now
from record.digest import write_digests
from record.files.rows import needed
from record.files.uploads import FileStore


def daily_work(engine: Engine) -> None:
    """All that a legal day asks for. Done again on the same day it finds nothing left to do."""
    send_digests(engine)
    sweep_files(engine)


def send_digests(engine: Engine) -> int:
    """One mail to each officer with open tasks, at most once a working day."""
    with engine.db.read() as session:
        now = legal_now(session)
    written = write_digests(engine.db, engine.correspondence, now)
    if written:
        engine.mailroom.kick()
    return written


def sweep_files(engine: Engine) -> int:
    """Removes uploaded files that no draft and no answer names any more; gives their number."""

    def named() -> frozenset[str]:
        with engine.db.read() as session:
            return needed(session)

    return FileStore(engine.settings.data / "files").sweep(named, time.time())


def daily_activities(engine: Engine) -> list[Callable[..., Any]]:
    """The same work as activities, for the Schedule of an installation whose clock runs by itself."""
    return DailyActivities(partial(send_digests, engine), partial(sweep_files, engine)).all()
