"""A played installation for a browser: cases in several stages, and their desk on a free port."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from models.tables import Round
from models.tasks import TaskKind as K
from portal.serving import listening, page_server
from record.database.clock import legal_now
from record.database.engine import Database
from tests.browser.scene import serve
from tests.desk.site import desk_of, until_open
from tests.play import Play

CASES = {"06631": K.CHECK_PROOF, "06633": K.SIGN_DECISION, "06634": K.CALL_BACK}
"""A case by the key of its municipality, played until a task of this kind is open."""


def played(db: Database) -> Play:
    """An open round with the cases, and one more whose application says that the project has begun."""
    play = Play(db)
    with db.write() as session:
        session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=legal_now(session)))
    play.apply("06632", not_begun=False)
    for key, kind in CASES.items():
        until_open(play, play.apply(key), kind)
    return play


@contextmanager
def served(play: Play, folder: Path) -> Iterator[str]:
    """The desk on a free port; gives its address."""
    with served_at(lambda address: desk_of(play, folder, address)) as address:
        yield address


@contextmanager
def served_at(make: Callable[[str], ASGIApp]) -> Iterator[str]:
    """The pages that ``make`` makes for an address, on a free port; gives the address."""
    listener = listening("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = page_server(make(address))
    thread = threading.Thread(target=serve, args=(server, listener), name="desk")
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
