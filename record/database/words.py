"""Words by which letters, mails and submissions are found: folded, each once, entered with the row they stand in.

Folding makes alike what people write for one another: capitals, ß and ss, ä, ae and a. A word is found by how it
begins. Links and reply addresses are keys and are left out; so are account numbers, which are shown with their task
alone.
"""

import email
import email.policy
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, cast, event, insert, inspect, select, update
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, SQLModel

from models.commands import ActorKind, CommandKind
from models.tables import CommandRow, InboundMail, Notice, Outbox, SearchWords

LONGEST_TEXT: Final = 200_000
LONGEST_WORD: Final = 64
"""A checksum is a word, too."""

_KEYS: Final = re.compile(r"https?://\S+|\S+\+\S*@\S+")
_WORD: Final = re.compile(r"[^\W_]+")
_WRITTEN_OUT: Final = re.compile("([aou])e")
_TOLD: Final = frozenset({CommandKind.APPLY, CommandKind.ANSWER, CommandKind.START})
_NO_WORDS: Final = frozenset({"iban", "iban_heard", "media_type", "task", "kind", "mail", "case", "code"})
"""Parts of what people send that are no words of theirs, or that no list may show."""


PLAIN: Final = "plain"
"""Under this name a new mail carries its text beside its row, so that it need not be taken apart again."""


def fold(text: str) -> str:
    """A text for comparison: small letters without marks; ß is ss, and ae, oe, ue are a, o, u as ä, ö, ü are."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return _WRITTEN_OUT.sub(r"\1", "".join(sign for sign in apart if not unicodedata.combining(sign)))


def words(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def excerpt(text: str, wanted: Sequence[str], before: int = 40, after: int = 100) -> str:
    """The part of a text around the first word that begins like one of these (folded); else how it begins."""
    plain = " ".join(_KEYS.sub("", unicodedata.normalize("NFC", text)).split())
    beginnings = tuple(wanted)
    at = next((m.start() for m in _WORD.finditer(plain) if fold(m[0]).startswith(beginnings)), 0)
    start = plain.rfind(" ", 0, at - before) + 1 if at > before else 0
    end = plain.find(" ", at + after)
    end = len(plain) if end < 0 else end
    return f"{'… ' if start else ''}{plain[start:end].strip()}{' …' if end < len(plain) else ''}"


def mail_text(mime: bytes) -> str:
    """The text part of a finished mail, links redacted once it was accepted."""
    part = email.message_from_bytes(mime, policy=email.policy.SMTP).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def said(content: Mapping[str, Any]) -> str:
    """All that somebody wrote into a form, one line for each field."""
    return "\n".join(_said(content))


def text_of(row: Notice | Outbox | InboundMail | CommandRow) -> str:
    """What can be read of a row, as it is searched and shown."""
    match row:
        case Notice():
            return row.body
        case Outbox():
            plain = inspect(row).info.get(PLAIN)
            return f"{row.subject}\n{mail_text(row.mime) if plain is None else plain}"
        case InboundMail():
            return f"{row.subject}\n{row.text}"
    return said(row.content.get("application", row.content)).replace("\n", " · ")


def has_words(session: Session, wanted: Iterable[str]) -> Any:
    """The condition that all of these (folded) stand in a row of ``search_words``, each by how it begins."""
    column: Any = SearchWords.__table__.c.words  # type: ignore[attr-defined]
    if session.get_bind().dialect.name == "postgresql":
        return column.op("@@")(cast(" & ".join(f"'{word}':*" for word in wanted), TSQUERY))
    return and_(*(column.like(f"% {word}%") for word in wanted))


def enter_all(session: Session) -> None:
    """Enters the words of a record that was kept before words were; does nothing where there are some."""
    if session.execute(select(SearchWords).limit(1)).first() is not None:
        return
    for table in _KINDS:
        for row in session.execute(select(table).execution_options(yield_per=200)).scalars():
            _enter(session.connection(), row)


# --------------------------------------------------------------------------------------------------


def _said(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for name, inner in found.items():
            if name not in _NO_WORDS:
                yield from _said(inner)
    elif isinstance(found, list | tuple):
        for inner in found:
            yield from _said(inner)


def _is_read(row: SQLModel) -> bool:
    """Whether officers read this row: mails among officers and what the engine tells itself are not searched."""
    match row:
        case CommandRow():
            return row.kind in _TOLD and row.actor_kind in {ActorKind.CLERK, ActorKind.OFFICER}
        case Outbox():
            return bool(row.case_id or row.recipient)
        case InboundMail():
            return bool(row.kind)
    return True


def _at(row: Notice | Outbox | InboundMail | CommandRow) -> datetime:
    match row:
        case Notice():
            return row.signed_at
        case Outbox():
            return row.queued_at
    return row.received_at


def _enter(connection: Connection, row: Any) -> None:
    if not _is_read(row):
        return
    found = sorted(set(words(_KEYS.sub(" ", text_of(row)[:LONGEST_TEXT]))))
    values = {"case_id": row.case_id, "at": _at(row), "words": "".join(f" {word}" for word in found)}
    table, kind = SearchWords.__table__, _KINDS[type(row)]  # type: ignore[attr-defined]
    if isinstance(row, InboundMail):  # sorted after it was stored, and perhaps settled later
        changed = connection.execute(update(table).where(table.c.kind == kind, table.c.id == row.id).values(values))
        if changed.rowcount:
            return
    connection.execute(insert(table).values(kind=kind, id=row.id, **values))


_KINDS: Final[Mapping[type[SQLModel], str]] = {
    Notice: "notice",
    Outbox: "mail",
    InboundMail: "inbound",
    CommandRow: "command",
}


def _entered(mapper: Any, connection: Connection, row: Any) -> None:
    _enter(connection, row)


for _table in _KINDS:
    event.listen(_table, "after_insert", _entered)
event.listen(InboundMail, "after_update", _entered)
