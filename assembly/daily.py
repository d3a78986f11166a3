"""The work of a legal day that belongs to no case: each officer's one mail, and the sweep of files no answer names."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy.exc import SQLAlchemyError

from assembly.parts import Engine
from models.deadlines import is_working_day, legal_day
from portal.uploads import FileStore
from record import failpoints
from record.background import in_short
from record.clock import legal_now
from record.digest import write_digests
from record.files import needed

log = logging.getLogger("wir.worker")

DIGEST_EVERY = 600.0


def daily_work(engine: Engine) -> None:
    """All that a legal day asks for. Done again on the same day it finds nothing left to do."""
    send_digests(engine)
    sweep_files(engine)


def send_digests(engine: Engine) -> int:
    """One mail to each officer with open tasks, at most once a working day."""
    with engine.db.read() as session:
        now = legal_now(session)
    if not is_working_day(legal_day(now)):
        return 0
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


async def every_day(engine: Engine) -> None:
    """Looks every ten minutes whether officers are due their one mail of the working day; sweeps files once a day."""
    swept: date | None = None
    while True:
        failpoints.reached("job_turn", "digests")
        await _survived("digests", send_digests, engine)
        today = datetime.now(UTC).date()  # files lie in server time
        if swept != today and await _survived("the sweep of files", sweep_files, engine):
            swept = today
        await asyncio.sleep(DIGEST_EVERY)


async def _survived(what: str, work: Callable[[Engine], object], engine: Engine) -> bool:
    """Does one part of the daily work; whether it was done. One that fails waits for the next look, alone."""
    try:
        await asyncio.to_thread(work, engine)
    except SQLAlchemyError as error:
        log.warning("%s: waits for the database: %s", what, type(error).__name__)
        return False
    except Exception as error:  # noqa: BLE001 - neither part may stop the other, today or tomorrow
        log.error("%s: failed, tried again: %s", what, in_short(error))  # noqa: TRY400 - one line, no contents
        return False
    return True
