"""What a text names: every id that a page, a mail or a list prints leads to its case, its round or its document.

One place for all of it. Ids may be typed with spaces around them and in capitals or not. What names more than one
thing is refused with all of them (``ambiguous``), never guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, Protocol

from sqlmodel import Session, and_, col, func, or_, select

from models.case_ids import recipient_key
from models.content.texts import is_key
from models.deadlines import legal_day
from models.errors import MOST_CANDIDATES, Code, RefusedError, ambiguous
from models.recipients import Recipient
from models.rounds import round_id
from models.stages import ENDED
from models.tables import Case, CommandRow, InboundMail, Notice, Order, Outbox, Round, SearchWords, StoredFile, TaskRow
from models.tasks import TaskKind
from record.database.clock import legal_today
from record.database.words import has_words
from record.mail_views import SHORTEST_ID as SHORTEST_MAIL
from record.views.files import SHORTEST as SHORTEST_HASH
from record.views.files import files_of
from record.views.inbound import SHORTEST_ID as SHORTEST_INBOUND

SHORTEST_NAME: Final = 3
"""Letters of a name by which a case is looked for."""

_RECEIPT: Final = re.compile(r"[0-9a-f]{4}-?[0-9a-f]{4}")
"""The number on a receipt (:func:`models.commands.reference_number`), in small letters."""

_HEX: Final = re.compile(r"[0-9a-f]+")
_NEXT: Final = dict(zip("0123456789abcdef", "123456789abcdefg", strict=True))
"""The sign after each, in every order in which a database may hold text."""


class Directory(Protocol):
    """Recipients by key and by identity."""

    def find(self, key: str, on: date) -> Recipient:
        """A recipient by the key valid on a day. Raises ``RefusedError``."""
        ...

    def recipient(self, identity: str, on: date) -> Recipient:
        """A recipient as it is called on a day."""
        ...


@dataclass(frozen=True)
class Named:
    """One thing that a text may mean. ``owner``: the case, or the round, it belongs to."""

    kind: str  # case | round | task | notice | order | claim | command | mail | inbound | file
    id: str
    owner: str


def case_of(session: Session, directory: Directory, text: str, *, by_name: bool = True) -> str:
    """The id of the case that a text names: by its own id, any id printed for it, a recipient's key, or a name.

    Of a recipient's cases the one that is open counts; where none is, the one there is. ``by_name``: a part of the
    name is enough, which is for looking only. Raises ``RefusedError``: ``unknown_case`` with similar names, or
    ``ambiguous``.
    """
    wanted = text.strip()
    if is_key(wanted) and session.get(Case, wanted.lower()) is not None:
        return wanted.lower()
    found = {one.owner for one in named(session, wanted) if session.get(Case, one.owner) is not None}
    if not found and (asked := _application(session, wanted)):
        found = {asked}
    if found:
        return _only(session, directory, wanted, [session.get_one(Case, one) for one in found])
    cases = list(session.exec(select(Case).order_by(col(Case.id))))
    names = {case.id: _name(directory, case) for case in cases}
    meant = _by_key(session, directory, wanted, cases)
    if not meant and len(wanted) >= SHORTEST_NAME:
        meant = [case for case in cases if wanted.casefold() in names[case.id].casefold()]
        if meant and not by_name:
            raise _unknown(text, [f"{case.id} {names[case.id]}" for case in meant])
    if not meant:
        raise _unknown(text, _similar(wanted, names))
    return _only(session, directory, wanted, [case for case in meant if case.stage not in ENDED] or meant)


def round_of(session: Session, directory: Directory, text: str = "") -> str:
    """The id of the round that a text names: its own, its year, or anything of one of its cases.

    Without a text the only round there is. Raises ``RefusedError``: ``unknown_round``, ``ambiguous``.
    """
    wanted = text.strip().lower()
    rounds = list(session.exec(select(Round).order_by(col(Round.id))))
    meant = [one for one in rounds if wanted in {"", one.id, str(one.year)}]
    if not meant and wanted:
        owners = {_round_id(session, one.owner) for one in named(session, wanted)}
        meant = [one for one in rounds if one.id in owners]
        if not meant:
            try:
                case = session.get_one(Case, case_of(session, directory, text))
            except RefusedError as no:
                raise no if no.code is Code.AMBIGUOUS else RefusedError(Code.UNKNOWN_ROUND, round=text) from None
            meant = [one for one in rounds if one.id == round_id(case.line, case.year)]
    if not meant:
        raise RefusedError(Code.UNKNOWN_ROUND, round=text)
    if len(meant) > 1:
        listed = [{"id": one.id, "name": f"{one.line.upper()} {one.year}", "kind": "round"} for one in meant]
        raise ambiguous(text, listed)
    return meant[0].id


def owner_of(session: Session, directory: Directory, text: str) -> str:
    """The case or the round that something is to be done with: by an id or a key, never by a part of a name.

    A text that names a round, or none there is yet, is given back as it will be stored. Raises ``RefusedError``.
    """
    wanted = text.strip().lower()
    if any(session.get(table, wanted) is not None for table in (Case, Round)):
        return wanted
    if wanted.startswith("wir-") and not named(session, wanted):
        return wanted
    return case_of(session, directory, text, by_name=False)


def recipient_of(session: Session, directory: Directory, text: str) -> Recipient:
    """The recipient with an official key, or that of a case one of whose ids is given. Raises ``RefusedError``."""
    today = legal_today(session)
    try:
        return directory.find(text.strip().lower(), today)
    except RefusedError as no:
        cases = {one.owner for one in named(session, text) if session.get(Case, one.owner) is not None}
        if len(cases) != 1:
            raise no from None
        return directory.recipient(session.get_one(Case, *cases).recipient, today)


def task_of(session: Session, text: str) -> str:
    """The id of a task as stored, whatever its writing; the text itself where there is none."""
    wanted = text.strip()
    if session.get(TaskRow, wanted) is not None:  # as it was printed, which is nearly always so
        return wanted
    return session.exec(select(TaskRow.id).where(func.lower(TaskRow.id) == wanted.lower())).first() or wanted


def document_of(session: Session, text: str) -> str:
    """The id of what can be shown: a notice, a mail out or in, or a file, by its id or by how it begins.

    The text itself where there is none. Raises ``RefusedError`` (``ambiguous``).
    """
    found = [one for one in named(session, text.strip()) if one.kind in {"notice", "mail", "inbound", "file"}]
    if len(found) > 1:
        raise ambiguous(text, [{"id": one.id, "name": one.owner, "kind": one.kind} for one in found])
    return found[0].id if found else text.strip()


def named(session: Session, text: str) -> list[Named]:
    """Everything whose id is this text, or begins with it where lists show beginnings only."""
    wanted = text.strip().lower()
    return [] if not wanted or not is_key(wanted) else [*_whole(session, wanted), *_beginnings(session, wanted)]


# --------------------------------------------------------------------------------------------------


def _whole(session: Session, wanted: str) -> Iterator[Named]:
    """What is named by a whole id."""
    for case in session.exec(select(Case).where(Case.id == wanted)):
        yield Named("case", case.id, case.id)
    for found in session.exec(select(Round).where(Round.id == wanted)):
        yield Named("round", found.id, found.id)
    written = _writings(wanted)
    for task in session.exec(select(TaskRow).where(col(TaskRow.id).in_(written))):
        yield Named("task", task.id, task.case_id or task.round_id)
    for notice in session.exec(select(Notice).where(col(Notice.id).in_(written))):
        yield Named("notice", notice.id, notice.case_id)
    for order in session.exec(select(Order).where(col(Order.id).in_(written))):
        yield Named("order", order.id, order.case_id)
    claims = select(TaskRow.case_id).where(TaskRow.kind == TaskKind.REPAY, col(TaskRow.subject).in_(written))
    for case_id in session.exec(claims.distinct()):
        yield Named("claim", wanted.upper(), case_id)


def _writings(wanted: str) -> set[str]:
    """The writings an id may have: cases and tasks are small, orders and claims large, notices end large (``/N1``).

    An index finds these; it would not find what has to be made small first.
    """
    case, slash, end = wanted.rpartition("/")
    return {wanted, wanted.upper(), f"{case}{slash}{end.upper()}"}


def _begins(column: Any, beginning: str) -> Any:
    """Whether a random id begins so. Its first signs are hexadecimal, in every order of a database; an index helps."""
    first = beginning.partition("-")[0]
    narrowed = _HEX.fullmatch(first) and (first[:-1] + _NEXT[first[-1]])
    begins = column.startswith(beginning, autoescape=True)
    return and_(column >= first, column < narrowed, begins) if narrowed else begins


def _beginnings(session: Session, wanted: str) -> Iterator[Named]:
    """What is named by the beginning of a random id, as long as lists show it."""
    plain = wanted.replace("-", "") if _RECEIPT.fullmatch(wanted) else wanted
    command: Any = CommandRow.id == wanted
    if _RECEIPT.fullmatch(wanted):
        command = or_(command, _begins(col(CommandRow.id), plain))
    for row in session.exec(select(CommandRow).where(command).limit(MOST_CANDIDATES)):
        yield Named("command", row.id, row.case_id)
    if len(plain) >= SHORTEST_MAIL:
        mails = select(Outbox.id, Outbox.case_id, Outbox.task_id).where(_begins(col(Outbox.id), plain))
        for mail_id, case_id, task_id in session.exec(mails.limit(MOST_CANDIDATES)):
            yield Named("mail", mail_id, case_id or _application(session, task_id) or task_id.partition("/")[0])
    if len(plain) >= SHORTEST_INBOUND:
        came_in = select(InboundMail.id, InboundMail.case_id).where(_begins(col(InboundMail.id), plain))
        for inbound_id, case_id in session.exec(came_in.limit(MOST_CANDIDATES)):
            yield Named("inbound", inbound_id, case_id)
    if len(plain) >= SHORTEST_HASH and _HEX.fullmatch(plain):
        for sha256 in session.exec(
            select(StoredFile.sha256).where(_begins(col(StoredFile.sha256), plain)).limit(MOST_CANDIDATES)
        ):
            yield Named("file", sha256, _case_of_file(session, sha256))


def _case_of_file(session: Session, sha256: str) -> str:
    """The one case whose answers brought a file; nothing where none or several did."""
    named_in = select(SearchWords.case_id).where(SearchWords.kind == "command", has_words(session, [sha256])).distinct()
    cases = [one for one in session.exec(named_in) if sha256 in {f["sha256"] for f in files_of(session, one)}]
    return cases[0] if len(cases) == 1 else ""


def _application(session: Session, wanted: str) -> str:
    """The case that came of an invitation (``wir-fm-2018/06631``)."""
    query = select(CommandRow.case_id).where(
        func.lower(CommandRow.task_id) == wanted.lower(), CommandRow.kind == "apply", CommandRow.state == "applied"
    )
    return (session.exec(query).first() or "") if "/" in wanted else ""


def _round_id(session: Session, owner: str) -> str:
    case = session.get(Case, owner)
    return round_id(case.line, case.year) if case else owner


def _by_key(session: Session, directory: Directory, wanted: str, cases: list[Case]) -> list[Case]:
    """The cases of the recipient with this official key, on the day of the application or today."""
    try:
        identity = directory.find(wanted.lower(), legal_today(session)).identity
    except RefusedError:
        identity = ""
    return [case for case in cases if case.recipient == identity or case.recipient_key == wanted.lower()]


def _name(directory: Directory, case: Case) -> str:
    return directory.recipient(case.recipient, legal_day(case.opened_at)).name


def _only(session: Session, directory: Directory, wanted: str, cases: list[Case]) -> str:
    if len(cases) == 1:
        return cases[0].id
    listed = [
        {"id": case.id, "name": _name(directory, case), "stage": case.stage, "kind": "case"}
        for case in sorted(cases, key=lambda case: case.id)
    ]
    raise ambiguous(wanted, listed)


def _unknown(text: str, similar: list[str]) -> RefusedError:
    """Nobody is told of similar names where there are none."""
    return RefusedError(Code.UNKNOWN_CASE, case=text, **({"similar": similar[:MOST_CANDIDATES]} if similar else {}))


def _similar(wanted: str, names: dict[str, str]) -> list[str]:
    """Names that are nearly what was typed, as a whole or in one of their words; an id is like none."""
    if recipient_key(wanted.lower()) or len(wanted) < SHORTEST_NAME:
        return []
    words = {part: case_id for case_id, name in names.items() for part in (name.casefold(), *name.casefold().split())}
    near = get_close_matches(wanted.casefold(), words, n=3)
    return sorted({f"{case_id} {name}" for case_id, name in names.items() if _has(name, near)})


def _has(name: str, near: list[str]) -> bool:
    return bool({name.casefold(), *name.casefold().split()}.intersection(near))
