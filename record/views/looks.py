"""The ways to look: by id, reference, telephone, name, amount, words. Each gives its hits and how many there are."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from models.commands import reference_number
from models.content import phone
from models.deadlines import start_of_day
from models.money import AmountError, Cents, format_eur, parse_german, parse_plain
from models.recipients import Recipient
from models.tables import (
    BankDetails,
    BankLine,
    Case,
    CommandRow,
    Contact,
    InboundMail,
    Notice,
    Order,
    Outbox,
    Round,
    SearchWords,
    TaskRow,
    Telephone,
)
from record.database.words import fold, has_words, words
from record.views.finding import Directory as Finding
from record.views.finding import named

MOST: Final = 50
"""Hits that are shown."""
SHORTEST: Final = 3
"""Letters of a name, or of the longest of some words, by which is looked."""
MANY: Final = 1_000
"""Letters that are counted; more are only said to be more."""

ID, NAME, AMOUNT, WORD = range(4)
"""In this order hits are shown."""


class What(StrEnum):
    """Kind of thing that was found."""

    CASE = "case"
    ROUND = "round"
    TASK = "task"
    NOTICE = "notice"
    ORDER = "order"
    CLAIM = "claim"
    RECEIPT = "receipt"
    MAIL = "mail"
    INBOUND = "inbound"
    FILE = "file"
    FILE_NUMBER = "file_number"
    CASH_REFERENCE = "cash_reference"
    BANK_LINE = "bank_line"
    TELEPHONE = "telephone"
    KEY = "key"
    RECIPIENT = "recipient"
    CONTACT = "contact"
    REQUESTED = "requested"
    AWARDED = "awarded"
    ORDERED = "ordered"
    CLAIMED = "claimed"
    SUBMISSION = "submission"  # words that the municipality sent
    DECISION = "decision"  # words that the authority wrote into an answer


_YEAR: Final = re.compile(r"20\d\d")
_DIGITS: Final = re.compile(r"[0-9 ()/+-]+")
_LEAST_DIGITS: Final = 6


class Directory(Finding, Protocol):
    """Recipients, all of them too."""

    def recipients(self) -> tuple[Recipient, ...]:
        """Every record of every recipient."""
        ...


@dataclass(frozen=True)
class Hit:
    """One thing that was found. ``what``: its kind; ``about``: a round or ``recipient``, where there is no case.

    ``source``: kind and id of the row whose words were found; what it is and its excerpt are read when it is shown.
    """

    rank: int
    what: What
    at: datetime | None
    excerpt: str
    case: str = ""
    about: str = ""
    recipient: str = ""
    source: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Found:
    """Some hits of a kind, and how many there are; ``more``: at least so many."""

    hits: list[Hit]
    number: int
    more: bool = False


def columns(*names: Any) -> Any:
    """A query for some columns: whole rows of cases and mails are large."""
    return select(*map(col, names))


class Looking:
    """One question. ``words``: folded; ``names``: without a year, which narrows."""

    def __init__(self, session: Session, directory: Directory, wanted: str) -> None:
        self.session, self.directory, self.wanted = session, directory, wanted
        self.words = words(wanted)
        years = [word for word in self.words if _YEAR.fullmatch(word)]
        self.year = int(years[0]) if len(years) == 1 and len(self.words) > 1 else 0
        self.names = [word for word in self.words if word != str(self.year)]

    @property
    def is_long(self) -> bool:
        """Whether a name or a word may be looked for by it."""
        return max(map(len, self.names), default=0) >= SHORTEST

    def cases(self, where: Any, make: Callable[[Any], Hit]) -> Found:
        """The cases for which a condition holds, newest first."""
        query = columns(Case.id, Case.recipient, Case.opened_at).where(where)
        return self.rows(query, col(Case.opened_at), col(Case.id), make)

    def rows(self, query: Any, at: Any, key: Any, make: Callable[[Any], Hit], cap: int = 0) -> Found:
        """The newest rows of a query, and how many there are."""
        rows = self.session.execute(query.order_by(at.desc(), key).limit(MOST)).all()
        if len(rows) < MOST:
            return Found([make(row) for row in rows], len(rows))
        counted = query.limit(cap + 1).subquery() if cap else query.subquery()
        number = self.session.execute(select(func.count()).select_from(counted)).scalar_one()
        return Found([make(row) for row in rows], min(number, cap) if cap else number, more=bool(cap) and number > cap)

    def of_recipients(self, identities: Iterable[str], rank: int, what: What, said: Callable[[str], str]) -> Found:
        """The cases of some recipients; of one that has none, the recipient itself."""
        meant = sorted(set(identities))
        if not meant:
            return Found([], 0)
        here: Any = col(Case.recipient).in_(meant)
        if self.year:
            here = here & (col(Case.year) == self.year)
        found = self.cases(here, lambda row: Hit(rank, what, row.opened_at, said(row.recipient), row.id))
        with_case = set(self.session.execute(columns(Case.recipient).where(here).distinct()).scalars())
        without = [
            Hit(rank, what, None, said(one), recipient=one) for one in meant if one not in with_case and not self.year
        ]
        return Found(found.hits + without, found.number + len(without))


# by id --------------------------------------------------------------------------------------------


def _by_id(looking: Looking) -> Iterator[Found]:
    """Everything whose id was typed, or the beginning of one that lists show."""
    hits = [_named(looking.session, one.kind, one.id, one.owner) for one in named(looking.session, looking.wanted)]
    yield Found(hits, len(hits))
    if _YEAR.fullmatch(looking.wanted):
        rounds = looking.session.execute(
            columns(Round.id, Round.opened_at).where(col(Round.year) == int(looking.wanted))
        )
        of_year = [Hit(ID, What.ROUND, opened, one, about=one) for one, opened in rounds]
        yield Found(of_year, len(of_year))


_WHEN: Final[dict[str, tuple[type[Any], str]]] = {
    "case": (Case, "opened_at"),
    "round": (Round, "opened_at"),
    "task": (TaskRow, "opened_at"),
    "notice": (Notice, "signed_at"),
    "order": (Order, "ordered_at"),
    "command": (CommandRow, "received_at"),
    "mail": (Outbox, "queued_at"),
    "inbound": (InboundMail, "received_at"),
}


def _named(session: Session, kind: str, id_: str, owner: str) -> Hit:
    at = None
    if kind in _WHEN:
        table, name = _WHEN[kind]
        at = getattr(session.get_one(table, id_), name)
    is_case = session.get(Case, owner) is not None
    shown = reference_number(id_) if kind == "command" else id_
    case, about = (owner, "") if is_case else ("", owner)
    return Hit(ID, What.RECEIPT if kind == "command" else What(kind), at, shown, case, about)


def _by_file_number(looking: Looking) -> Iterator[Found]:
    """The case with this number of the authority's own."""
    same = func.lower(col(Case.file_number)) == looking.wanted.lower()
    yield looking.cases(same, lambda row: Hit(ID, What.FILE_NUMBER, row.opened_at, looking.wanted, row.id))


def _by_reference(looking: Looking) -> Iterator[Found]:
    """Lines of the bank with this reference, also a wrong one, and what a municipality wants named with its money."""
    wanted = looking.wanted.lower()
    query = _bank_lines(func.lower(BankLine.reference) == wanted)
    yield looking.rows(query, col(BankLine.value_date), col(BankLine.id), lambda row: _bank_line(ID, row))
    cases = columns(BankDetails.case_id).where(func.lower(BankDetails.reference) == wanted)
    yield looking.cases(
        col(Case.id).in_(cases), lambda row: Hit(ID, What.CASH_REFERENCE, row.opened_at, looking.wanted, row.id)
    )


def _by_telephone(looking: Looking) -> Iterator[Found]:
    """Contacts with this number, in any writing; without an area code by how it ends."""
    digits = re.sub(r"[^0-9]", "", looking.wanted)
    if not _DIGITS.fullmatch(looking.wanted) or len(digits) < _LEAST_DIGITS:
        return
    try:
        same: ColumnElement[bool] = col(Telephone.number) == phone.canonical(looking.wanted)
    except ValueError:
        same = col(Telephone.number).endswith(digits, autoescape=True)
    query = (
        columns(Contact.recipient, Telephone.written, Contact.name, Contact.function)
        .join(Telephone, col(Contact.id) == col(Telephone.contact_id))
        .where(same)
        .order_by(col(Contact.rank), col(Telephone.id))
    )
    yield _of_people(looking, ID, What.TELEPHONE, looking.session.execute(query).all())


# by name ------------------------------------------------------------------------------------------


def _by_name(looking: Looking) -> Iterator[Found]:
    """Municipalities by their key, or by parts of their name."""
    every = looking.directory.recipients()
    known = {one.identity: f"{one.name} ({one.key})" for one in every}
    key = looking.wanted.lower()
    yield looking.of_recipients(
        (one.identity for one in every if key in {one.key, *one.aliases}), ID, What.KEY, known.__getitem__
    )
    if looking.is_long:
        meant = (one.identity for one in every if _has(fold(one.name), looking.names))
        yield looking.of_recipients(meant, NAME, What.RECIPIENT, known.__getitem__)


def _by_contact(looking: Looking) -> Iterator[Found]:
    """Contacts by parts of name and function, or by their address."""
    if not looking.is_long:
        return
    people = columns(Contact.recipient, Contact.name, Contact.function, Contact.email)
    rows = looking.session.execute(people.order_by(col(Contact.rank), col(Contact.id))).all()
    address = looking.wanted.lower()
    found = [row for row in rows if address in row[3].lower() or _has(fold(f"{row[1]} {row[2]}"), looking.names)]
    yield _of_people(looking, NAME, What.CONTACT, found)


def _of_people(looking: Looking, rank: int, what: What, rows: Iterable[Any]) -> Found:
    """The cases of the recipients of some people; each row begins with the recipient, the rest is said."""
    said: dict[str, list[str]] = {}
    for recipient, *about in rows:
        said.setdefault(recipient, []).append(", ".join(part for part in about if part))
    return looking.of_recipients(said, rank, what, lambda one: "; ".join(said[one]))


def _has(folded: str, parts: Iterable[str]) -> bool:
    """Whether all parts stand in a name; a short one counts where it begins a word."""
    beginnings = words(folded)
    return all(
        part in folded if len(part) >= SHORTEST else any(word.startswith(part) for word in beginnings) for part in parts
    )


# by amount ----------------------------------------------------------------------------------------


def readings(written: str) -> list[int]:
    """The amounts a text may mean, in cents; two where German and English differ, none where it is no amount."""
    plain = written.removeprefix("€").strip()
    if re.match(r"0\d", plain):  # a key, or a telephone number
        return []
    try:
        return [int(parse_german(plain))]
    except AmountError as error:
        return sorted({int(parse_plain(hint)) for hint in error.hint})


def _euros(cents: int) -> str:
    return format_eur(Cents(cents))


def _by_amount(looking: Looking) -> Iterator[Found]:
    cents = readings(looking.wanted)
    if not cents:
        return
    for what in (What.REQUESTED, What.AWARDED, What.CLAIMED):
        yield _cases_with(looking, what, cents)
    orders = columns(Order.case_id, Order.ordered_at, Order.amount_cents, Order.id).where(
        col(Order.amount_cents).in_(cents)
    )
    yield looking.rows(
        orders,
        col(Order.ordered_at),
        col(Order.id),
        lambda row: Hit(AMOUNT, What.ORDERED, row[1], f"{row[3]}, {_euros(row[2])}", row[0]),
    )
    query = _bank_lines(col(BankLine.amount_cents).in_(cents))
    yield looking.rows(query, col(BankLine.value_date), col(BankLine.id), lambda row: _bank_line(AMOUNT, row))


def _cases_with(looking: Looking, what: What, cents: list[int]) -> Found:
    column = getattr(Case, f"{what}_cents")

    def make(row: Any) -> Hit:
        return Hit(AMOUNT, what, row[1], _euros(row[2]), row[0])

    query = columns(Case.id, Case.opened_at, column).where(col(column).in_(cents))
    return looking.rows(query, col(Case.opened_at), col(Case.id), make)


def _bank_lines(where: Any) -> Any:
    return (
        columns(BankLine.reference, BankLine.amount_cents, BankLine.value_date, CommandRow.case_id)
        .join(CommandRow, col(CommandRow.id) == col(BankLine.command_id), isouter=True)
        .where(where)
    )


def _bank_line(rank: int, row: Any) -> Hit:
    reference, cents, value_date, case_id = row
    return Hit(rank, What.BANK_LINE, start_of_day(value_date), f"{reference}, {_euros(cents)}", case_id or "")


# by words -----------------------------------------------------------------------------------------


def _by_words(looking: Looking) -> Iterator[Found]:
    """Letters, mails and submissions in which all the words stand, each by how it begins."""
    if not looking.is_long:
        return
    query = columns(SearchWords.kind, SearchWords.id, SearchWords.case_id, SearchWords.at).where(
        has_words(looking.session, looking.words)
    )

    def make(row: Any) -> Hit:
        return Hit(
            WORD,
            What.SUBMISSION if row.kind == "command" else What(row.kind),
            row.at,
            "",
            row.case_id,
            source=(row.kind, row.id),
        )

    yield looking.rows(query, col(SearchWords.at), col(SearchWords.id), make, cap=MANY)


LOOKS: Final = (
    _by_id,
    _by_file_number,
    _by_reference,
    _by_telephone,
    _by_name,
    _by_contact,
    _by_amount,
    _by_words,
)
"""Everything a caller may name."""
