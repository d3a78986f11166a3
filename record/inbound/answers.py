"""From a reply by mail to a prepared answer: the words and files stand in the task's draft and decide nothing.

Amounts, days and bank details are never read from a mail: only the one free text of a form is filled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from sqlmodel import Session, select

from models.commands import Actor, ActorKind, CommandKind, CommandState
from models.content.answers import MAX_TEXT, Completion, FileRef
from models.content.placeholders import is_placeholder
from models.content.texts import is_blank, printable
from models.programme import Rules
from models.tables import Case, CommandRow, Contact, InboundMail, TaskRow
from models.tasks import TaskKind, TaskState
from record.cases import drafts
from record.cases.commands import NewCommand, store
from record.files.rows import remember
from workflows.lifecycle import GRANT

K = TaskKind
FREE_TEXT: Final = {
    K.APPLY: "concept",
    K.COMPLETE_APPLICATION: "answer",
    K.REQUEST_DRAWDOWN: "need",
    K.NOTIFY_CHANGE: "details",
    K.PROVE_USE: "narrative",
    K.COMPLETE_PROOF: "narrative",
    K.REQUEST_EXTENSION: "why",
    K.STATE_POSITION: "statement",
    K.WITHDRAW: "reason",
}
"""The field of each form that takes a reply's words. A task that is not here needs its form."""

TAKES_FILES: Final = frozenset({K.APPLY, K.COMPLETE_APPLICATION, K.PROVE_USE, K.COMPLETE_PROOF})
TEXT_IS_ALL: Final = frozenset({K.COMPLETE_APPLICATION, K.STATE_POSITION, K.WITHDRAW})
"""Tasks whose form needs nothing but that text: the prepared answer has only to be confirmed."""

Fit = Callable[[tuple[FileRef, ...]], tuple[FileRef, ...]]
"""As many of the files, first ones first, as one answer may have."""


@dataclass(frozen=True)
class Words:
    """What a reply brings: its new text, its files in the store, and the names of files that were not taken.

    Signs that no answer may hold are left out of the text: nobody typed them here, and the mail's bytes are kept.
    """

    text: str
    files: tuple[FileRef, ...] = ()
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Cleans the text."""
        object.__setattr__(self, "text", printable(self.text))


@dataclass(frozen=True)
class Prepared:
    """A draft that waits to be confirmed. ``ready``: nothing is missing but the confirmation."""

    ready: bool
    left_out: tuple[str, ...]


def open_for(session: Session, task_id: str) -> TaskRow | None:
    """The clerk's task, if it is open and no answer to it is on its way."""
    task = session.get(TaskRow, task_id, with_for_update=True) if task_id else None
    if task is None or task.state != TaskState.OPEN or not GRANT.is_clerks(K(task.kind)):
        return None
    coming = select(CommandRow.id).where(CommandRow.task_id == task.id, CommandRow.state == CommandState.RECEIVED)
    return None if session.exec(coming).first() else task


def prepare(session: Session, task: TaskRow, words: Words, inbound_id: str, fit: Fit) -> Prepared:
    """Puts the reply into the task's draft, below what stands there already."""
    kind = K(task.kind)
    draft = drafts.load(session, task.id)
    raw = dict(draft.raw) if draft else {}
    field = FREE_TEXT[kind]
    raw[field] = _joined(str(raw.get(field, "")), words.text)
    before = tuple(FileRef.model_validate(one) for one in draft.files) if draft else ()
    new = words.files if kind in TAKES_FILES else ()
    wanted = tuple({(one.sha256, one.name): one for one in (*before, *new)}.values())
    files = fit(wanted)
    drafts.save(session, task.id, raw, files, source="mail", inbound_id=inbound_id)
    kept = {one.sha256 for one in files}
    lost = tuple(one.name for one in words.files if one.sha256 not in kept)
    ready = kind in TEXT_IS_ALL and _is_answer(raw[field])
    return Prepared(ready, (*words.left_out, *lost))


def hand_in(session: Session, task: TaskRow, row: InboundMail, words: Words, contact: Contact) -> CommandRow | None:
    """A plain hand-in of documents as the answer itself, where the programme's rules take it; none where not.

    Only for missing items of an application, with at least one file, all files taken, and a contact whose function
    is on file: name and function of the acting person are theirs.
    """
    if task.kind != K.COMPLETE_APPLICATION or not words.files or words.left_out or is_blank(contact.function):
        return None
    rules = Rules.model_validate(session.get_one(Case, task.case_id).rules)
    if not rules.hand_in_by_mail:
        return None
    try:
        content = Completion(
            answer=words.text, files=words.files, acting_name=contact.name, acting_function=contact.function
        )
    except ValidationError:  # too long, empty, or only a placeholder: the clerk sees it in the form and mends it
        return None
    remember(session, words.files)
    return store(
        session,
        NewCommand(
            id=f"inbound-{row.id}",
            case_id=task.case_id,
            kind=CommandKind.ANSWER,
            actor=Actor(kind=ActorKind.CLERK, id=task.recipient, simulated=contact.simulated),
            content=content.model_dump(mode="json", exclude_unset=True),
            task_id=task.id,
            choice="submit",
        ),
    )


def _joined(old: str, new: str) -> str:
    if is_blank(old):
        return new
    return old if is_blank(new) or new.strip() in old else f"{old.rstrip()}\n\n{new}"


def _is_answer(text: str) -> bool:
    """Whether a text is one that a form would take as it stands."""
    return not is_blank(text) and len(text.strip()) <= MAX_TEXT and not is_placeholder(text)
