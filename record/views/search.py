"""What a caller on the telephone may name, and the cases it may be about. Reads only; both databases answer alike.

Exact ids come first, then names, amounts and words; within each the newest first. Nothing is chosen for the reader:
what may mean several things is listed with all of them, as far as :data:`MOST` reaches, and the rest is counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlmodel import Session, col

from models.commands import ActorKind
from models.content import texts
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.rounds import round_id
from models.tables import Case, CommandRow, InboundMail, Notice, Outbox
from record.database.words import excerpt, text_of, words
from record.views.case_file import ON_BEHALF
from record.views.looks import LOOKS, MOST, Directory, Hit, Looking, What, columns

View = dict[str, Any]

LONGEST: Final = 200
"""Characters of what is looked for."""

_ROWS: Final[Mapping[str, type[Any]]] = {
    "notice": Notice,
    "mail": Outbox,
    "inbound": InboundMail,
    "command": CommandRow,
}


def search(session: Session, directory: Directory, typed: str) -> View:
    """``{query, hits, left_out, more}``; ``more``: even more were left out than were counted.

    Each hit: ``{what, case, round, recipient: {name, key} or none, stage, id, excerpt, at}``. ``id``: of the letter or
    mail in which words were found. Raises ``RefusedError`` (``bad_content``) for what nobody can look for: nothing,
    too much, or control signs.
    """
    wanted = _wanted(typed)
    looking = Looking(session, directory, wanted)
    found = [part for look in LOOKS for part in look(looking)]
    hits = sorted({hit: None for part in found for hit in part.hits}, key=_order)
    twice = sum(len(part.hits) for part in found) - len(hits)
    shown = _told(session, directory, hits[:MOST], looking.words)
    return {
        "query": wanted,
        "hits": shown,
        "left_out": sum(part.number for part in found) - twice - len(shown),
        "more": any(part.more for part in found),
    }


def _wanted(typed: str) -> str:
    """What was typed, on one line. Raises ``RefusedError``."""
    if len(typed) > LONGEST:
        raise _bad("string_too_long", max_length=LONGEST)
    try:
        wanted = texts.one_line(typed)
    except texts.ControlCharacterError as error:
        raise _bad(str(error)) from None
    if not words(wanted):
        raise _bad("string_too_short")
    return " ".join(wanted.split())


def _bad(code: str, **about: Any) -> RefusedError:
    return RefusedError(Code.BAD_CONTENT, fields=[{"name": "query", "option": "query", "code": code, **about}])


def _order(hit: Hit) -> tuple[Any, ...]:
    at = hit.at.timestamp() if hit.at else 0.0
    return hit.rank, -at, hit.case, hit.about, hit.recipient, hit.what, hit.excerpt, hit.source


def _told(session: Session, directory: Directory, hits: Sequence[Hit], wanted: Sequence[str]) -> list[View]:
    read = [_read(session, hit, wanted) for hit in hits]
    about_cases = columns(Case.id, Case.line, Case.year, Case.recipient, Case.recipient_key, Case.stage, Case.opened_at)
    rows = session.execute(about_cases.where(col(Case.id).in_({hit.case for hit in read})))
    cases = {row.id: row for row in rows}
    names = {one.identity: {"name": one.name, "key": one.key} for one in directory.recipients()}
    told = []
    for hit in read:
        case = cases.get(hit.case)
        about: View = {"round": hit.about, "recipient": names.get(hit.recipient), "stage": ""}
        if case is not None:
            name = directory.recipient(case.recipient, legal_day(case.opened_at)).name
            recipient = {"name": name, "key": case.recipient_key}
            about = {"round": round_id(case.line, case.year), "recipient": recipient, "stage": case.stage}
        at = hit.at.isoformat() if hit.at else ""
        told.append(
            {"what": str(hit.what), "case": hit.case, **about, "id": hit.source[1], "excerpt": hit.excerpt, "at": at}
        )
    return told


def _read(session: Session, hit: Hit, wanted: Sequence[str]) -> Hit:
    """A hit of words with what it is, and the part of the text around them."""
    kind, id_ = hit.source
    row = session.get(_ROWS[kind], id_) if kind else None
    if row is None:
        return hit
    shown = excerpt(text_of(row), wanted)
    if isinstance(row, CommandRow):
        sent = row.actor_kind == ActorKind.CLERK or row.kind == "apply" or row.choice in ON_BEHALF
        return replace(hit, what=What.SUBMISSION if sent else What.DECISION, excerpt=shown)
    if isinstance(row, Outbox) and not row.case_id:  # an invitation
        return replace(hit, excerpt=shown, about=row.task_id.partition("/")[0], recipient=row.recipient)
    return replace(hit, excerpt=shown)
