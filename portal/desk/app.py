"""The officers' desk as one ASGI application: pages made by the server, whole without a script, behind a log-in.

``GET`` and ``HEAD`` change nothing. Each form carries a number of the log-in it was made for.
"""

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from temporalio.service import RPCError

from gateway.evidence import MAX_BYTES
from models.errors import RefusedError
from portal.desk.casework.printing import PrintPages
from portal.desk.casework.registering import PaperPages
from portal.desk.casework.sharing import Sharing
from portal.desk.day import DayPages
from portal.desk.decisions import Decisions
from portal.desk.files import Files
from portal.desk.frame import Frame, StaleFormError
from portal.desk.incoming import InboxPages
from portal.desk.office.pages import OfficePages
from portal.desk.pages import Pages
from portal.desk.proof import PROVED, FreshProof
from portal.desk.rounds import RoundPages
from portal.interface.casework.registering import Registering
from portal.interface.engine import Engine, Lapse
from portal.interface.errors import NotEmbeddedError, NotFoundError
from portal.interface.inbox import Incoming
from portal.interface.service import Officers
from portal.login.pages import login_routes
from portal.login.service import Logins
from portal.security import BodyLimitMiddleware, Page, SecurityMiddleware
from record.files.uploads import MAX_FILE

STATIC: Final = Path(__file__).parents[1] / "static"
BODY_LIMIT: Final = 2 * MAX_BYTES
FILE_LIMIT: Final = MAX_FILE + BODY_LIMIT
"""Bytes of a form with a file."""


def desk_app(
    engine: Engine, lapse: Lapse | None, logins: Logins, incoming: Incoming, *, base_url: str, authority: str
) -> Starlette:
    """The desk. ``base_url``: how it is reached; posts from elsewhere are refused. ``lapse``: embedded only."""
    frame = Frame(engine.db, logins, Pages(embedded=logins.simulated, authority=authority))
    officers = Officers(engine, lapse)
    files = Files(frame, officers, engine.directory)
    return Starlette(
        routes=[
            *login_routes(logins, frame.entering),
            *_list_routes(DayPages(frame, officers), RoundPages(frame, officers), frame),
            *_print_routes(PrintPages(frame, officers, engine.directory), frame),
            *_file_routes(files, frame),
            *_decision_routes(Decisions(frame, officers), frame, FreshProof(frame)),
            *_office_routes(OfficePages(frame, engine.directory, engine.settings.office_phone), frame),
            *_casework_routes(Sharing(frame, officers, files, engine.directory), frame),
            *_paper_routes(PaperPages(frame, Registering(engine, incoming.store), incoming.store), frame),
            *_inbox_routes(InboxPages(frame, officers, incoming), frame),
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        middleware=[
            Middleware(SecurityMiddleware, base_url=base_url, refused=_message(frame, "message.stale", 403)),
            Middleware(
                BodyLimitMiddleware,
                limit=FILE_LIMIT,
                text_limit=BODY_LIMIT,
                too_large=_message(frame, "message.too_large", 413),
            ),
        ],
        exception_handlers=_handlers(frame),
    )


def _list_routes(day: DayPages, rounds: RoundPages, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/", frame.shown(day.my_day)),
        Route("/runden", frame.shown(rounds.rounds)),
        Route("/runde/{id}", frame.shown(rounds.round)),
    ]


def _file_routes(files: Files, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/suche", frame.shown(files.search)),
        Route("/fall/{id}", frame.shown(files.case)),
        Route("/fall/{id}/{part}", frame.shown(files.case)),
        Route("/schreiben/{id:path}", frame.shown(files.letter)),
    ]


def _decision_routes(decisions: Decisions, frame: Frame, proof: FreshProof) -> list[BaseRoute]:
    return [
        Route("/aufgabe/{id}", frame.shown(decisions.task)),
        Route("/aufgabe/{id}", frame.taken(proof.before(decisions.answer)), methods=["POST"]),
        Route("/beginnen/{id}/{kind}", frame.shown(decisions.start)),
        Route("/beginnen/{id}/{kind}", frame.taken(proof.before(decisions.started)), methods=["POST"]),
        Route("/runde/{id}/eroeffnen", frame.taken(decisions.open_round), methods=["POST"]),
        Route("/quittung/{id}", frame.shown(decisions.receipt)),
        Route(PROVED, frame.shown(proof.done)),
    ]


def _office_routes(office: OfficePages, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/amt", frame.shown(office.people)),
        Route("/amt/neu", frame.shown(office.new_person)),
        Route("/amt/neu", frame.taken(office.add_person), methods=["POST"]),
        Route("/amt/person/{id}", frame.shown(office.person)),
        Route("/amt/person/{id}", frame.taken(office.change_person), methods=["POST"]),
        Route("/amt/person/{id}/zugang", frame.taken(office.link), methods=["POST"]),
        Route("/amt/kommunen", frame.shown(office.bodies)),
        Route("/amt/kommune/{key}", frame.shown(office.body)),
        Route("/amt/kommune/{key}", frame.taken(office.change_body), methods=["POST"]),
        Route("/amt/programm", frame.shown(office.programme)),
        Route("/amt/behoerde", frame.shown(office.authority)),
        Route("/amt/verlauf", frame.shown(office.history)),
    ]


def _casework_routes(sharing: Sharing, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/aufgabe/{id}/bearbeitung", frame.shown(sharing.task)),
        Route("/aufgabe/{id}/bearbeitung", frame.taken(sharing.share), methods=["POST"]),
        Route("/fall/{id}/vermerke", frame.taken(sharing.note), methods=["POST"]),
    ]


def _print_routes(printing: PrintPages, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/druck/{id:path}", frame.shown(printing.letter)),
        Route("/druck/{id:path}", frame.taken(printing.address), methods=["POST"]),
        Route("/nochmal/{id}/{mail}", frame.shown(printing.again)),
        Route("/nochmal/{id}/{mail}", frame.taken(printing.sent_again), methods=["POST"]),
    ]


def _paper_routes(paper: PaperPages, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/erfassen/{id:path}", frame.shown(paper.form)),
        Route("/erfassen/{id:path}", frame.taken(paper.record), methods=["POST"]),
    ]


def _inbox_routes(inbox: InboxPages, frame: Frame) -> list[BaseRoute]:
    return [
        Route("/post", frame.shown(inbox.list)),
        Route("/post/{id}", frame.shown(inbox.mail)),
        Route("/post/{id}", frame.taken(inbox.settle), methods=["POST"]),
        Route("/post/{id}/original", frame.shown(inbox.raw)),
        Route("/post/{id}/datei/{number:int}", frame.shown(inbox.raw)),
        Route("/datei/{id}", frame.shown(inbox.file)),
        Route("/bank", frame.shown(inbox.bank)),
        Route("/bank", frame.taken(inbox.booked), methods=["POST"]),
        Route("/uhr", frame.taken(inbox.forward), methods=["POST"]),
    ]


def _message(frame: Frame, key: str, status: int) -> Page:
    async def show(request: Request) -> Response:
        return await frame.message(request, frame.words(request).t(key), status=status)

    return show


def _handlers(frame: Frame) -> dict[Any, Any]:
    unavailable = dict.fromkeys((SQLAlchemyError, RPCError, TimeoutError, OSError), frame.unavailable)
    refused = dict.fromkeys((RefusedError, NotFoundError, NotEmbeddedError, ValidationError), frame.refused)
    return {HTTPException: frame.http, StaleFormError: frame.stale, Exception: frame.incident, **unavailable, **refused}
