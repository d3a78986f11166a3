"""The one typed way in. Whatever a person wants is stored first; its commit is the receipt; then the case is told."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from pydantic import ValidationError
from sqlmodel import Session, col, func, select
from temporalio.exceptions import WorkflowAlreadyStartedError

from gateway.evidence import read_evidence
from gateway.messenger import Messenger
from gateway.receipts import BankReceipt, Preview, Receipt
from models.answers import Application, BankEntry, Content
from models.commands import Actor, ActorKind, CommandKind, CommandState
from models.contracts import Outcome
from models.errors import Code, RefusedError
from models.programme import FundingLine, Recipient
from models.stages import ENDED
from models.starts import START_CONTENT
from models.tables import BankLine, Case, CommandRow, Order, TaskRow
from models.tasks import TASKS, TaskKind
from record.chain import canonical
from record.clock import installation, legal_now, legal_today
from record.commands import new_id, store
from record.engine import Database
from record.recorder import Recorder


class Directory(Protocol):
    """Programme data as the gateway needs it."""

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year."""
        ...

    def find(self, key: str, on: date) -> Recipient:
        """A recipient by the key valid on a day."""
        ...


class Gateway:
    """Stores commands and tells cases. Every method raises ``RefusedError`` for what cannot be stored at all."""

    def __init__(self, db: Database, recorder: Recorder, directory: Directory, messenger: Messenger) -> None:
        self._db, self._recorder, self._directory = db, recorder, directory
        self.messenger = messenger

    async def apply(
        self,
        *,
        line: str,
        year: int,
        recipient_key: str,
        content: Application,
        actor: Actor,
        command_id: str = "",
        patience: float = 10.0,
    ) -> Receipt:
        """Starts a case. The same application again is the same case; another one is refused, on record."""

        def stored(session: Session) -> CommandRow:
            return self._store_application(session, line, year, recipient_key, content, actor, command_id)

        return await self._give(stored, patience)

    async def answer(
        self,
        *,
        task_id: str,
        choice: str,
        content: Mapping[str, Any],
        actor: Actor,
        command_id: str = "",
        patience: float = 10.0,
    ) -> Receipt:
        """Answers a task. ``command_id`` makes twice once; ``patience`` 0 does not wait for the case."""
        return await self._give(lambda s: _store_answer(s, task_id, choice, content, actor, command_id), patience)

    async def act(
        self,
        *,
        case_id: str,
        kind: str,
        content: Mapping[str, Any],
        actor: Actor,
        command_id: str = "",
        patience: float = 10.0,
    ) -> Receipt:
        """Starts something: a clerk's own task (``open``), a withdrawal on behalf, a block, a move."""
        return await self._give(lambda s: _store_start(s, case_id, kind, content, actor, command_id), patience)

    async def bank(self, *, text: str, actor: Actor, patience: float = 10.0) -> BankReceipt:
        """Evidence from the bank. Each line counts once; what belongs to no case waits for a person."""
        digest, entries = read_evidence(text)
        rows, repeated, unmatched = await asyncio.to_thread(self._store_evidence, digest, entries, actor)
        told = [await self.messenger.tell(row, patience) for row in rows]
        refused = [
            f"{row.content['reference']}: {o.reason}" for row, o in zip(rows, told, strict=True) if o and o.reason
        ]
        return BankReceipt(
            lines=len(entries),
            applied=sum(1 for o in told if o and o.applied),
            refused=tuple(refused),
            repeated=repeated,
            unmatched=tuple(unmatched),
            waiting=sum(1 for o in told if o is None),
        )

    async def mail_failed(self, outbox_id: str, reply: str, facts: Mapping[str, str]) -> None:
        """The mailroom gave a mail up: its case gets to know."""

        def stored(session: Session) -> CommandRow:
            return store(
                session,
                command_id=f"mail-{outbox_id}",
                case_id=facts["case_id"],
                kind=CommandKind.MAIL_FAILED,
                actor=Actor(kind=ActorKind.SYSTEM, id="system"),
                content={"outbox_id": outbox_id, "reply": reply[:500], **facts},
            )

        await self._give(stored, 0)

    async def adopt(self, case_id: str) -> None:
        """Rebuilds a running case from the record. Raises ``RefusedError`` when it ended, runs, or is unknown."""

        def read(session: Session) -> int:
            case = _case(session, case_id)
            if case.stage in ENDED:
                raise RefusedError(Code.CASE_ENDED, stage=case.stage)
            case.offset_seconds = installation(session).offset_seconds
            session.add(case)
            return case.offset_seconds

        offset = await asyncio.to_thread(self._write, read)
        try:
            await self.messenger.adopt(case_id, offset)
        except WorkflowAlreadyStartedError:
            raise RefusedError(Code.NOT_NOW, stage="running") from None

    async def preview_answer(self, *, task_id: str, choice: str, content: Mapping[str, Any], actor: Actor) -> Preview:
        """What an answer would do (``--dry-run``): the same rules, nothing written."""
        return await asyncio.to_thread(self._preview, lambda s: _store_answer(s, task_id, choice, content, actor, ""))

    async def preview_start(self, *, case_id: str, kind: str, content: Mapping[str, Any], actor: Actor) -> Preview:
        """What an act would do (``--dry-run``): the same rules, nothing written."""
        return await asyncio.to_thread(self._preview, lambda s: _store_start(s, case_id, kind, content, actor, ""))

    async def preview_application(
        self, *, line: str, year: int, recipient_key: str, content: Application, actor: Actor
    ) -> Preview:
        """Whether an application would start a case (``--dry-run``)."""

        def stored(session: Session) -> CommandRow:
            return self._store_application(session, line, year, recipient_key, content, actor, "")

        row = await asyncio.to_thread(self._rolled_back, stored)
        return Preview(
            case_id=row.case_id,
            action="apply",
            stage_before="",
            stage_after="" if row.reason else "formal_check",
            refused=row.reason,
            details=row.details,
        )

    # ------------------------------------------------------------------------------------------

    async def _give(self, stored: Any, patience: float) -> Receipt:
        row: CommandRow = await asyncio.to_thread(self._write, stored)
        outcome = _known(row)
        if outcome is None and patience > 0:
            outcome = await self.messenger.tell(row, patience)
        elif outcome is None:
            self.messenger.tell_later(row)
        return Receipt(
            command_id=row.id,
            case_id=row.case_id,
            received_at=row.received_at,
            outcome=outcome,
            task_id=row.task_id,
        )

    def _rolled_back(self, stored: Any) -> CommandRow:
        """The row a command would be; the transaction is given up."""
        with self._db.write() as session:
            row: CommandRow = stored(session)
            session.expunge(row)
            session.rollback()
            return row

    def _preview(self, stored: Any) -> Preview:
        row = self._rolled_back(stored)
        with self._db.read() as session:
            now = legal_now(session)
        try:
            before, step = self._recorder.preview(row, now)
        except RefusedError as refusal:
            return Preview(
                case_id=row.case_id,
                action=row.choice,
                stage_before="",
                stage_after="",
                refused=refusal.code,
                details=refusal.details,
            )
        return Preview(
            case_id=row.case_id,
            action=step.action,
            stage_before=before.stage,
            stage_after=step.stage or before.stage,
            opened=tuple(str(task.kind) for task in step.opened),
            closed=tuple(task.id for task in step.closed),
            mails=step.mails,
            money=step.money,
        )

    def _write(self, work: Any) -> Any:
        with self._db.write() as session:
            return work(session)

    def _store_application(
        self,
        session: Session,
        line: str,
        year: int,
        recipient_key: str,
        content: Application,
        actor: Actor,
        command_id: str,
    ) -> CommandRow:
        rules = self._directory.line(line, year).rules()
        recipient = self._directory.find(recipient_key, legal_today(session))
        if recipient.kind not in rules.eligible_kinds or (
            rules.eligible_keys and recipient.key not in rules.eligible_keys
        ):
            raise RefusedError(Code.UNKNOWN_RECIPIENT, key=recipient_key, similar="")
        if content.requested_cents > rules.ceiling_cents:
            raise RefusedError(Code.OVER_CEILING, ceiling_cents=rules.ceiling_cents)
        about = {
            "line": line,
            "year": year,
            "recipient": recipient.identity,
            "recipient_key": recipient.key,
            "offset_seconds": installation(session).offset_seconds,
        }
        stem = f"wir-{line}-{year}-{recipient.key}"
        application = content.model_dump(mode="json")
        earlier = _applications(session, line, year, recipient.identity)
        for row in earlier:
            if row.id == command_id or canonical(row.content["application"]) == canonical(application):
                if row.state != CommandState.REFUSED or row.id == command_id:
                    return row
        live = [row for row in earlier if row.state != CommandState.REFUSED and not _over(session, row.case_id)]
        case_id = stem if not earlier else f"{stem}-{len({r.case_id for r in earlier}) + 1}"
        stored = store(
            session,
            command_id=command_id or new_id(),
            case_id=live[0].case_id if live else case_id,
            kind=CommandKind.APPLY,
            actor=actor,
            content={"case": about, "application": application},
            task_id=_invitation(session, line, year, recipient.identity),
            choice="submit",
        )
        if live:
            stored.state, stored.reason = CommandState.REFUSED, Code.DUPLICATE_APPLICATION
            stored.details = {"case": live[0].case_id}
            session.add(stored)
        return stored

    def _store_evidence(
        self, digest: str, entries: list[BankEntry], actor: Actor
    ) -> tuple[list[CommandRow], int, list[str]]:
        rows: list[CommandRow] = []
        unmatched: list[str] = []
        repeated = 0
        with self._db.write() as session:
            for number, entry in enumerate(entries):
                if _line_known(session, entry):
                    repeated += 1
                    continue
                case_id = _case_of_reference(session, entry.reference)
                command_id = f"bank-{digest[:24]}-{number}" if case_id else None
                if case_id and command_id:
                    content = entry.model_dump(mode="json")
                    rows.append(
                        store(
                            session,
                            command_id=command_id,
                            case_id=case_id,
                            kind=CommandKind.BANK,
                            actor=Actor(kind=ActorKind.BANK, id=actor.id, simulated=actor.simulated),
                            content=content,
                        )
                    )
                else:
                    unmatched.append(entry.reference)
                session.add(BankLine(file_sha256=digest, line_no=number, command_id=command_id, **entry.model_dump()))
                session.flush()
        return rows, repeated, unmatched


def _store_answer(
    session: Session, task_id: str, choice: str, content: Mapping[str, Any], actor: Actor, command_id: str
) -> CommandRow:
    task = session.get(TaskRow, task_id)
    if task is None or not task.case_id:
        raise RefusedError(Code.UNKNOWN_TASK, task=task_id)
    definition = TASKS[TaskKind(task.kind)]
    if choice not in definition.choices:
        raise RefusedError(Code.UNKNOWN_CHOICE, choice=choice, choices=sorted(definition.choices))
    return store(
        session,
        command_id=command_id or new_id(),
        case_id=task.case_id,
        kind=CommandKind.ANSWER,
        actor=actor,
        content=_checked(definition.choices[choice].content, content),
        task_id=task_id,
        choice=choice,
    )


def _store_start(
    session: Session, case_id: str, kind: str, content: Mapping[str, Any], actor: Actor, command_id: str
) -> CommandRow:
    _case(session, case_id)
    if kind not in START_CONTENT:
        raise RefusedError(Code.UNKNOWN_CHOICE, choice=kind, choices=sorted(START_CONTENT))
    return store(
        session,
        command_id=command_id or new_id(),
        case_id=case_id,
        kind=CommandKind.MOVE if kind == "move" else CommandKind.START,
        actor=actor,
        content=_checked(START_CONTENT[kind], content),
        choice=kind,
    )


def _checked(model: type[Content], content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as its form wants it. Raises ``RefusedError`` (``bad_content``) naming the fields."""
    try:
        return model.model_validate(dict(content)).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in e["loc"]) or str(e["msg"]) for e in error.errors()})
        raise RefusedError(Code.BAD_CONTENT, field=", ".join(fields)) from None


def _known(row: CommandRow) -> Outcome | None:
    if row.state == CommandState.RECEIVED:
        return None
    return Outcome(applied=row.state == CommandState.APPLIED, reason=row.reason, step_no=row.step_no or 0)


def _case(session: Session, case_id: str) -> Case:
    case = session.get(Case, case_id)
    if case is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=case_id)
    return case


def _applications(session: Session, line: str, year: int, recipient: str) -> list[CommandRow]:
    rows = session.exec(
        select(CommandRow)
        .where(CommandRow.kind == CommandKind.APPLY, col(CommandRow.case_id).startswith(f"wir-{line}-{year}-"))
        .order_by(col(CommandRow.stored_at))
    )
    return [row for row in rows if row.content["case"]["recipient"] == recipient]


def _over(session: Session, case_id: str) -> bool:
    """Whether an earlier case leaves room for another application: refused, withdrawn or waived."""
    case = session.get(Case, case_id)
    return case is not None and case.stage in ENDED and case.stage != "closed"


def _invitation(session: Session, line: str, year: int, recipient: str) -> str:
    task_id = f"wir-{line}-{year}/{recipient}"
    return task_id if session.get(TaskRow, task_id) is not None else ""


def _line_known(session: Session, entry: BankEntry) -> bool:
    """The same evidence in another file: reference, status, amount and value date are those of a line before."""
    count = session.exec(
        select(func.count())
        .select_from(BankLine)
        .where(
            BankLine.reference == entry.reference,
            BankLine.status == entry.status,
            BankLine.amount_cents == entry.amount_cents,
            BankLine.value_date == entry.value_date,
        )
    ).one()
    return count > 0


def _case_of_reference(session: Session, reference: str) -> str:
    order = session.get(Order, reference)
    if order is not None:
        return order.case_id
    claim = session.exec(select(TaskRow.case_id).where(TaskRow.kind == "repay", TaskRow.subject == reference)).first()
    return claim or ""
