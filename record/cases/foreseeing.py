"""What each answer to a task would do, told before anybody decides: letters, money, mails, tasks and dates.

The rules decide on the record as it stands, and nothing is written. Where an answer needs words or a day of its own,
and nobody has typed them yet, they are assumed, and the result says which.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from sqlmodel import Session

from models.case import CaseState, OpenTask, fold
from models.commands import Actor, ActorKind, Command, CommandKind
from models.content.annotations import plain_class
from models.content.answers import Content
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.stages import Stage
from models.tables import Case, CommandRow, Officer, TaskRow
from models.tasks import TASKS
from record.cases.commands import as_command
from record.cases.papers import ForeseenMail, Papers
from record.cases.redrafts import Drafts, Letters, SentBack, checked_by
from record.cases.requests import state_of
from record.cases.rule_facts import view_of
from record.cases.shown import must_be_shown, shown_hash
from record.database.clock import legal_now
from workflows.lifecycle import GRANT
from workflows.procedure.decide import decide_command, foreseen
from workflows.procedure.plan import Decision, NoticeDraft

WORDS: Final = "…"
"""Stands for what a person would write."""
LEFT_OUT: Final = frozenset({"number", "called_at", "iban_heard"})
"""What is heard in a call. One without it is held against nothing, as one recorded before it was asked for."""
LATER: Final = timedelta(weeks=4)
"""How far away a day is assumed that a person would choose."""


@dataclass(frozen=True)
class Foreseen:
    """What an answer would do, or why it is ``refused``. ``letters``: those with legal effect, draft and text.

    ``about``: the task, or the case something is started in. ``assumed``: names of the fields whose content was made
    up for this. ``shown``: the hash of all that must be shown to whoever decides so (:mod:`record.cases.shown`); none
    where nothing must be, where nobody is named, and where words are still missing. ``content``: what was typed, or
    assumed. ``drafted``: the letters that a second person signs next, as this draft makes them; ``unsignable``: the
    code of what speaks against signing them now.
    """

    about: str
    choice: str
    before: CaseState
    decision: Decision | None = None
    letters: tuple[tuple[NoticeDraft, str], ...] = ()
    mails: tuple[ForeseenMail, ...] = ()
    assumed: tuple[str, ...] = ()
    shown: str = ""
    refused: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    drafted: Letters = ()
    unsignable: str = ""

    @property
    def must_be_shown(self) -> bool:
        """Whether it is taken only from somebody who was shown it."""
        return self.decision is not None and must_be_shown(self.decision.step)

    @property
    def after(self) -> CaseState:
        """The case as it would be; as it is where the answer is refused."""
        return fold(self.before, self.decision.step) if self.decision else self.before

    @property
    def quotes(self) -> bool:
        """Whether words of the answer were handed to a letter or a mail, and stand in it."""
        handed = [fact for facts in self._facts() for fact in _texts(facts)]
        texts = [" ".join(text.split()) for text in self._printed()]
        return any(
            any(words in fact for fact in handed) and any(words in text for text in texts)
            for words in _texts(self.content)
        )

    def _facts(self) -> Iterator[Mapping[str, Any]]:
        """What the letters and mails may say."""
        papers = self.decision.papers if self.decision else {}
        yield from (draft.facts for draft, _ in (*self.letters, *self.drafted))
        for mail in self.mails:
            yield mail.order.facts
            if mail.order.task_id in papers:
                yield papers[mail.order.task_id].brief

    def _printed(self) -> Iterator[str]:
        yield from (text for _, text in (*self.letters, *self.drafted))
        yield from (mail.text for mail in self.mails)


def _texts(facts: Mapping[str, Any]) -> list[str]:
    """The texts among some values, each with single spaces."""
    values = [one for value in facts.values() for one in (value if isinstance(value, list | tuple) else [value])]
    return [text for one in values if isinstance(one, str) and (text := " ".join(one.split()))]


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


@dataclass(frozen=True)
class _Asked:
    """What is asked for: a choice about a task or a case, and who would sign."""

    session: Session
    case: Case
    state: CaseState
    about: str
    choice: str
    signer: Officer | None


class Foreseer:
    """Tells what would happen. ``papers`` knows the texts of letters."""

    def __init__(self, papers: Papers) -> None:
        self._papers, self._drafts = papers, Drafts(papers)

    def sent_back(self, session: Session, task_id: str, signer: Officer | None) -> SentBack | None:
        """The draft that was sent back before an open task of drafting or signing; see :mod:`record.cases.redrafts`."""
        return self._drafts.sent_back(session, task_id, signer)

    def answers(self, session: Session, task_id: str, signer: Officer | None) -> list[Foreseen]:
        """What each answer to an open task of the authority would do now, whoever gives it. Reads only.

        ``signer``: who would sign; with nobody, day and name of a signature stand as what they will be.
        """
        row = session.get(TaskRow, task_id)
        case = session.get(Case, row.case_id) if row else None
        state = state_of(case, case.id) if case else None
        task = state.tasks.get(task_id) if state else None
        if case is None or state is None or task is None or GRANT.is_clerks(task.kind):
            return []
        choices = GRANT.choices(task.kind, Stage(case.stage))
        return [self._answer(_Asked(session, case, state, task.id, choice, signer), task) for choice in choices]

    def command(self, session: Session, row: CommandRow) -> Foreseen:
        """What a command would do now; its letters are signed by its officer. Nothing is written.

        Raises ``RefusedError`` when a rule says no.
        """
        case = session.get(Case, row.case_id)
        if case is None:
            raise RefusedError(Code.UNKNOWN_CASE, case=row.case_id)
        command, state = as_command(row), state_of(case, row.case_id)
        decision = decide_command(view_of(session, case, state, legal_now(session), command.actor, command))
        signer = session.get(Officer, row.actor_id) if row.actor_kind == ActorKind.OFFICER else None
        asked = _Asked(session, case, state, row.task_id or case.id, row.choice, signer)
        return self._told(asked, decision, dict(row.content))

    def hash(self, session: Session, case: Case, row: CommandRow, decision: Decision, at: datetime) -> str:
        """The hash of what an officer's command does, as it would have been shown at ``at``."""
        letters = self._letters(session, case, decision, at, session.get(Officer, row.actor_id))
        return shown_hash(session, case, row.task_id or case.id, row.choice, decision, letters)

    def _answer(self, asked: _Asked, task: OpenTask) -> Foreseen:
        form = TASKS[task.kind].choices[asked.choice].content
        content = assumed(form, asked.state, legal_now(asked.session))
        try:
            decision = _decided(asked, task, content)
            if must_be_shown(decision.step) and not any(info.is_required() for info in form.model_fields.values()):
                content = {}  # nothing has to be typed, so the text stands already
                decision = _decided(asked, task, content)
        except RefusedError as no:
            names, details = tuple(sorted(content)), no.details
            return Foreseen(asked.about, asked.choice, asked.state, assumed=names, refused=no.code, details=details)
        return self._told(asked, decision, content, tuple(sorted(content)))

    def _told(
        self, asked: _Asked, decision: Decision, content: Mapping[str, Any], names: tuple[str, ...] = ()
    ) -> Foreseen:
        session, case, at = asked.session, asked.case, decision.step.at
        letters = self._letters(session, case, decision, at, asked.signer)
        bodies = {draft.id: text for draft, text in letters}
        mails = self._papers.announced(session, case, decision, at, bodies)
        shown = ""
        if asked.signer is not None and not names and must_be_shown(decision.step):
            shown = shown_hash(session, case, asked.about, asked.choice, decision, letters)
        drafted, unsignable = self._drafted(asked, decision, content)
        return Foreseen(
            asked.about,
            asked.choice,
            asked.state,
            decision,
            letters,
            mails,
            names,
            shown,
            content=content,
            drafted=drafted,
            unsignable=unsignable,
        )

    def _drafted(self, asked: _Asked, decision: Decision, content: Mapping[str, Any]) -> tuple[Letters, str]:
        """The letters that a second person signs next, or why nobody could sign them now."""
        task = asked.state.tasks.get(asked.about)
        signing = checked_by(task.kind) if task else None
        after = fold(asked.state, decision.step)
        waits = next((one for one in decision.step.opened if one.kind == signing), None)
        if waits is None:
            return (), ""
        draft = (asked.signer.id if asked.signer else "", content)
        try:
            return self._drafts.letters(asked.session, asked.case, after, waits, draft), ""
        except RefusedError as no:
            return (), no.code

    def _letters(
        self, session: Session, case: Case, decision: Decision, at: datetime, signer: Officer | None
    ) -> tuple[tuple[NoticeDraft, str], ...]:
        return tuple((one, self._papers.preview(session, case, one, at, signer)) for one in decision.notices)


def _decided(asked: _Asked, task: OpenTask, content: dict[str, Any]) -> Decision:
    """What the rules decide, whoever answers. Raises ``RefusedError``."""
    at = legal_now(asked.session)
    signer = asked.signer.id if asked.signer else ""
    actor = Actor(kind=ActorKind.OFFICER, id=signer, roles=(GRANT.owner(task.kind),))
    answer = Command(
        id="",
        case_id=asked.case.id,
        kind=CommandKind.ANSWER,
        task_id=task.id,
        choice=asked.choice,
        actor=actor,
        content=content,
        received_at=at,
    )
    return foreseen(view_of(asked.session, asked.case, asked.state, at, actor, answer), task)
