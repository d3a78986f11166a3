"""What each answer to a task would do, told before anybody decides: letters, money, mails, tasks and dates.

The rules decide on the record as it stands, for nobody in particular, and nothing is written. Where an answer needs
words or a day of its own, they are assumed, and the result says which.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from models.case import CaseState, fold
from models.content.annotations import plain_class
from models.content.answers import Content
from models.deadlines import legal_day
from models.mail.orders import MailOrder
from workflows.procedure.plan import Decision, NoticeDraft

WORDS: Final = "…"
"""Stands for what a person would write."""
LEFT_OUT: Final = frozenset({"number", "called_at", "iban_heard"})
"""What is heard in a call. One without it is held against nothing, as one recorded before it was asked for."""
LATER: Final = timedelta(weeks=4)
"""How far away a day is assumed that a person would choose."""


@dataclass(frozen=True)
class ForeseenMail:
    """A mail that would go out: its order, the function it goes to, and its subject."""

    order: MailOrder
    function: str
    subject: str


@dataclass(frozen=True)
class Foreseen:
    """What an answer would do, or why it is ``refused``. ``letters``: those with legal effect, draft and text.

    ``assumed``: names of the fields whose content was made up for this.
    """

    task_id: str
    choice: str
    before: CaseState
    decision: Decision | None = None
    letters: tuple[tuple[NoticeDraft, str], ...] = ()
    mails: tuple[ForeseenMail, ...] = ()
    assumed: tuple[str, ...] = ()
    refused: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def after(self) -> CaseState:
        """The case as it would be; as it is where the answer is refused."""
        return fold(self.before, self.decision.step) if self.decision else self.before


def assumed(form: type[Content], state: CaseState, at: datetime) -> dict[str, Any]:
    """Content for what a form cannot do without, and a reason where it has one: only a person could write it."""
    known = _KNOWN
    return {
        name: known[name](state, at) if name in known else _made_up(info.annotation, at)
        for name, info in form.model_fields.items()
        if (info.is_required() or name == "reason") and name not in LEFT_OUT
    }


_KNOWN: Final[dict[str, Callable[[CaseState, datetime], Any]]] = {
    "until": lambda state, at: state.facts.extension_until or legal_day(at) + LATER,
    "posted_on": lambda _state, at: legal_day(at),
    "amount_cents": lambda state, _at: max(1, state.facts.intended_cents or state.money.booked),
}


def _made_up(annotation: Any, at: datetime) -> Any:
    """Something of the field's kind."""
    kind = plain_class(annotation)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind)).value
    return {tuple: (WORDS,), bool: True, int: 1, date: legal_day(at), datetime: at}.get(kind, WORDS)
