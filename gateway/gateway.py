"""The one typed way in. Whatever a person wants is stored first; its commit is the receipt; then the case is told."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlmodel import Session
from temporalio.exceptions import WorkflowAlreadyStartedError

from gateway.evidence import read_evidence
from gateway.intake import Directory, Wanted, require_case, store_answer, store_application, store_evidence, store_start
from gateway.receipts import BankReceipt, Preview, Receipt
from gateway.rounds import Opened, round_to_adopt, store_opening
from gateway.temporal.messenger import Messenger
from models.commands import Actor, ActorKind, CommandKind, CommandState
from models.content.answers import Content
from models.contracts import Outcome
from models.errors import Code, RefusedError
from models.rounds import OPEN_ROUND, round_id
from models.stages import ENDED
from models.tables import CommandRow, Officer
from record.cases.commands import NewCommand, as_command, store
from record.cases.foreseeing import Foreseen
from record.cases.recorder import Recorder
from record.cases.redrafts import SentBack
from record.cases.shown import is_noted, note_shown, shown_as
from record.casework.intake import Came, may_record, remember_way
from record.database import failpoints
from record.database.clock import installation
from record.database.engine import Database

T = TypeVar("T")
Stored = Callable[[Session], CommandRow]

PATIENCE = 10.0
"""Seconds a person waits for the case's word before the receipt alone is shown, unless a setting says otherwise."""

AT_ONCE = 8
"""Cases told side by side of what one file of evidence says."""


class Gateway:
    """Stores commands and tells cases. Every method raises ``RefusedError`` for what cannot be stored at all.

    A ``command_id`` given by the caller makes twice once. ``patience``: seconds to wait for the case's word, the
    installation's own unless given; 0 does not wait.
    """

    def __init__(
        self,
        db: Database,
        recorder: Recorder,
        directory: Directory,
        messenger: Messenger,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._db, self._recorder, self._directory = db, recorder, directory
        self.messenger, self._patience = messenger, patience

    async def apply(
        self, wanted: Wanted, *, actor: Actor, command_id: str = "", patience: float | None = None
    ) -> Receipt:
        """Starts a case. The same application again is the same case; another one is refused, on record."""
        return await self._give(lambda s: store_application(s, self._directory, wanted, actor, command_id), patience)

    async def answer(
        self,
        *,
        task_id: str,
        choice: str,
        content: Mapping[str, Any],
        actor: Actor,
        command_id: str = "",
        shown: str = "",
        patience: float | None = None,
    ) -> Receipt:
        """Answers a task. ``shown``: the hash of what the officer was shown, where it signs, pays or ends."""
        wish = replace(_answer(task_id, choice, content, actor), id=command_id, shown=shown)
        return await self._give(lambda s: store_answer(s, wish), patience)

    async def record_paper(
        self,
        *,
        task_id: str,
        content: Content,
        came: Came,
        actor: Actor,
        command_id: str,
        wanted: Wanted | None = None,
        patience: float | None = None,
    ) -> Receipt:
        """The municipality's answer (``actor``) as an officer recorded it from a letter or a call.

        ``wanted``: where the answer is an application and there is no case yet.
        """

        def stored(session: Session) -> CommandRow:
            choice = may_record(session, task_id, came, command_id)
            if wanted is not None:
                row = store_application(session, self._directory, wanted, actor, command_id)
            else:
                plain = content.model_dump(mode="json", exclude_unset=True)
                row = store_answer(session, replace(_answer(task_id, choice, plain, actor), id=command_id))
            if row.id == command_id:  # or the municipality had said so itself
                remember_way(session, row, came)
            return row

        return await self._give(stored, patience)

    async def act(
        self,
        *,
        case_id: str,
        kind: str,
        content: Mapping[str, Any],
        actor: Actor,
        command_id: str = "",
        shown: str = "",
        patience: float | None = None,
    ) -> Receipt:
        """Starts something: a clerk's own task (``open``), a withdrawal on behalf, a block, a move, a round.

        ``shown``: the hash of what the officer was shown, where it signs, pays or ends.
        """
        wish = replace(_start(case_id, kind, content, actor), id=command_id, shown=shown)
        return await self._give(self._started(wish), patience)

    async def open_round(
        self, *, line: str, year: int, actor: Actor, command_id: str = "", patience: float | None = None
    ) -> Receipt:
        """Opens the funding round of a line and year. ``act`` with the round's id does the same.

        A second opening is refused (``already_open``); the same ``command_id`` again is the same receipt.
        """
        return await self.act(
            case_id=round_id(line, year),
            kind=OPEN_ROUND,
            content={},
            actor=actor,
            command_id=command_id,
            patience=patience,
        )

    async def bank(self, *, text: str, actor: Actor, patience: float | None = None) -> BankReceipt:
        """Evidence from the bank. Each line counts once; what belongs to no case waits for a person."""
        digest, entries = read_evidence(text)
        found = await self._written(lambda s: store_evidence(s, digest, entries, actor))
        told = await self._tell_all(found.rows, self._patience if patience is None else patience)
        refused = [
            f"{row.content['reference']}: {outcome.reason}"
            for row, outcome in zip(found.rows, told, strict=True)
            if outcome is not None and not outcome.applied
        ]
        return BankReceipt(
            lines=len(entries),
            applied=sum(1 for outcome in told if outcome is not None and outcome.applied),
            refused=tuple(refused),
            repeated=found.repeated,
            unmatched=found.unmatched,
            waiting=sum(1 for outcome in told if outcome is None),
        )

    async def mail_failed(self, outbox_id: str, reply: str, facts: Mapping[str, str]) -> None:
        """The mailroom gave a mail up: its case gets to know."""
        wish = NewCommand(
            id=f"mail-{outbox_id}",
            case_id=facts["case_id"],
            kind=CommandKind.MAIL_FAILED,
            actor=Actor(kind=ActorKind.SYSTEM, id="system"),
            content={**facts, "outbox_id": outbox_id, "reply": reply[:500]},
        )
        await self._give(lambda s: store(s, wish), 0)

    async def adopt(self, case_id: str) -> None:
        """Rebuilds a running case or round from the record.

        Raises ``RefusedError`` when it ended, runs, or is unknown. The clock of one that runs is not touched.
        """
        if await self.messenger.is_running(case_id):
            raise RefusedError(Code.NOT_NOW, stage="running")

        def prepare(session: Session) -> int | Opened:
            opening = round_to_adopt(session, case_id)
            if opening is not None:
                return opening
            case = require_case(session, case_id)
            if case.stage in ENDED:
                raise RefusedError(Code.CASE_ENDED, stage=case.stage)
            case.offset_seconds = installation(session).offset_seconds
            session.add(case)
            return case.offset_seconds

        found = await self._written(prepare)
        try:
            if isinstance(found, Opened):
                await self.messenger.adopt_round(found.row, found.offset_seconds)
            else:
                await self.messenger.adopt(case_id, found)
        except WorkflowAlreadyStartedError:
            raise RefusedError(Code.NOT_NOW, stage="running") from None

    async def preview_answer(self, *, task_id: str, choice: str, content: Mapping[str, Any], actor: Actor) -> Preview:
        """What an answer would do (``--dry-run``): the same rules, nothing decided.

        That an officer was shown it is on record: with its ``shown`` the answer can be given then.
        """
        wish = _answer(task_id, choice, content, actor)
        return await asyncio.to_thread(self._preview, lambda s: store_answer(s, wish))

    def foresee(self, session: Session, task_id: str, signer: Officer | None) -> list[Foreseen]:
        """What each answer to an officer's task would do now, or why it is refused; see ``Foreseer.answers``."""
        return self._recorder.foreseer.answers(session, task_id, signer)

    def sent_back(self, session: Session, task_id: str, signer: Officer | None) -> SentBack | None:
        """The draft that a second person sent back before an open task, and the one since then; none where none was."""
        return self._recorder.foreseer.sent_back(session, task_id, signer)

    def note_shown(self, reader: Actor, shown: Iterable[tuple[str, str, str]]) -> None:
        """Puts on record that an officer was shown these: (task or case, choice, hash) each.

        What stands there already is not written again, so that looking twice waits for nobody who writes.
        """
        with self._db.read() as session:
            new = [one for one in shown if not is_noted(session, reader, *one)]
        if new:
            with self._db.write() as session:
                for about, choice, sha256 in new:
                    note_shown(session, reader, about, choice, sha256)

    def whole_hash(self, reader: Actor, about: str, choice: str, beginning: str) -> str:
        """The hash that begins so, of what an officer was shown; the beginning itself where there is none."""
        with self._db.read() as session:
            return shown_as(session, reader, about, choice, beginning) or beginning

    async def preview_start(self, *, case_id: str, kind: str, content: Mapping[str, Any], actor: Actor) -> Preview:
        """What an act would do (``--dry-run``): the same rules, nothing decided; see ``preview_answer``."""
        stored = self._started(_start(case_id, kind, content, actor))
        if kind != OPEN_ROUND:
            return await asyncio.to_thread(self._preview, stored)
        row = await asyncio.to_thread(self._rolled_back, stored)
        return Preview(case_id=row.case_id, action=kind, refused=row.reason, details=row.details)

    async def preview_application(self, wanted: Wanted, *, actor: Actor) -> Preview:
        """Whether an application would start a case (``--dry-run``)."""
        row = await asyncio.to_thread(
            self._rolled_back, lambda s: store_application(s, self._directory, wanted, actor, "")
        )
        after = "" if row.reason else "formal_check"
        return Preview(
            case_id=row.case_id,
            action="apply",
            stage_before="",
            stage_after=after,
            refused=row.reason,
            details=row.details,
        )

    # ------------------------------------------------------------------------------------------

    def _started(self, wish: NewCommand) -> Stored:
        if wish.choice == OPEN_ROUND:
            return lambda session: store_opening(session, self._directory, wish)
        return lambda session: store_start(session, wish)

    async def _give(self, stored: Stored, patience: float | None) -> Receipt:
        """Commit first; then tell, now or in the background."""
        row = await self._written(stored)
        failpoints.reached("command_stored")
        outcome, seconds = _decided(row), self._patience if patience is None else patience
        if outcome is None and seconds > 0:
            outcome = await self.messenger.tell(row, seconds)
        elif outcome is None:
            self.messenger.tell_later(row)
        return Receipt(
            command_id=row.id, case_id=row.case_id, received_at=row.received_at, outcome=outcome, task_id=row.task_id
        )

    async def _tell_all(self, rows: Sequence[CommandRow], patience: float) -> list[Outcome | None]:
        """Each case its lines in their order, some cases side by side; the words in the order of ``rows``."""
        turns, told = asyncio.Semaphore(AT_ONCE), dict[str, Outcome | None]()

        async def tell(case_id: str) -> None:
            async with turns:
                for row in rows:
                    if row.case_id == case_id:
                        told[row.id] = await self.messenger.tell(row, patience)

        await asyncio.gather(*(tell(case_id) for case_id in {row.case_id for row in rows}))
        return [told[row.id] for row in rows]

    async def _written(self, work: Callable[[Session], T]) -> T:
        def write() -> T:
            with self._db.write() as session:
                return work(session)

        return await asyncio.to_thread(write)

    def _rolled_back(self, stored: Stored) -> CommandRow:
        """The row a command would be; its transaction is given up."""
        with self._db.write() as session:
            row = stored(session)
            session.expunge(row)
            session.rollback()
            return row

    def _preview(self, stored: Stored) -> Preview:
        row = self._rolled_back(stored)
        with self._db.read() as session:
            try:
                found = self._recorder.foreseer.command(session, row)
            except RefusedError as no:
                return Preview(case_id=row.case_id, action=row.choice, refused=no.code, details=no.details)
        if found.shown:
            self.note_shown(as_command(row).actor, [(found.about, found.choice, found.shown)])
        return _previewed(row.case_id, found)


def _previewed(case_id: str, found: Foreseen) -> Preview:
    if found.decision is None:
        raise ValueError("nothing was decided")
    step = found.decision.step
    return Preview(
        case_id=case_id,
        action=step.action,
        stage_before=found.before.stage,
        stage_after=found.after.stage,
        opened=tuple(str(task.kind) for task in step.opened),
        closed=tuple(task.id for task in step.closed),
        mails=step.mails,
        money=step.money,
        shown=found.shown,
        foreseen=found,
    )


def _answer(task_id: str, choice: str, content: Mapping[str, Any], actor: Actor) -> NewCommand:
    return NewCommand(
        case_id="", kind=CommandKind.ANSWER, actor=actor, content=dict(content), task_id=task_id, choice=choice
    )


def _start(case_id: str, kind: str, content: Mapping[str, Any], actor: Actor) -> NewCommand:
    return NewCommand(case_id=case_id, kind=CommandKind.START, actor=actor, content=dict(content), choice=kind)


def _decided(row: CommandRow) -> Outcome | None:
    if row.state == CommandState.RECEIVED:
        return None
    return Outcome(applied=row.state == CommandState.APPLIED, reason=row.reason, step_no=row.step_no or 0)
