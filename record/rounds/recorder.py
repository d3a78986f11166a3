"""The record of a funding round: its steps, recorded like those of a case, with the same hash chain.

A step opens the round (by an officer's stored command), reminds, notes at the deadline who is late, or reports.
The same step again returns what is stored; anything but the next one is a conflict and an alarm. An application
after the deadline is taken: its invitation stays open, marked late, until the round ends. A round ends when no
case of it is open and either nobody is invited any more or the waiting list is over; then links die.
"""

from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from sqlmodel import Session, col, select

from models.commands import CommandState
from models.contracts import Outcome, RoundStepReply, RoundStepRequest
from models.deadlines import legal_day
from models.errors import Code
from models.programme import FundingLine, Recipient, Rules
from models.rounds import RoundAction, RoundStage, RoundStep, application_deadline, line_and_year, next_date, stage_at
from models.tables import CommandRow, Round, StepRow
from models.tasks import Role
from record.cases.chain import GENESIS, key_hash, step_hash
from record.cases.recorder import AHEAD, ClockAheadError, StepConflictError
from record.database.again import again
from record.database.alarms import AlarmKind, raise_alarm
from record.database.clock import legal_now
from record.database.engine import Database
from record.rounds.papers import Correspondence, RoundPapers


class Directory(Protocol):
    """Funding lines and recipients as data."""

    def line(self, code: str, year: int) -> FundingLine:
        """The funding line of a year. Raises ``RefusedError``."""
        ...

    def eligible(self, line: FundingLine, on: date) -> tuple[Recipient, ...]:
        """All who may apply for a line on a day."""
        ...


class _Given(NamedTuple):
    """A step to be recorded: by which command and whom, if anybody."""

    key: str
    action: RoundAction
    at: datetime
    command: CommandRow | None = None


class RoundRecorder:
    """Records the steps of rounds, one transaction each."""

    def __init__(self, db: Database, correspondence: Correspondence, directory: Directory) -> None:
        self._db, self._directory = db, directory
        self._papers = RoundPapers(correspondence)

    def step(self, request: RoundStepRequest) -> RoundStepReply:
        """Records the next step. Raises ``StepConflictError`` (final) or ``ClockAheadError`` (try again)."""
        return again(lambda: self._once(request))

    def next_at(self, session: Session, round_id: str) -> datetime | None:
        """When the round acts next; none for one that has ended or is unknown."""
        found = session.get(Round, round_id)
        last = _last(session, found) if found else None
        return last.next_at if last else None

    def overdue(self, session: Session, now: datetime) -> str:
        """The first open round whose next date has come, or "": for whoever waits until all is quiet."""
        for found in session.exec(select(Round).where(col(Round.ended_at).is_(None)).order_by(col(Round.id))):
            last = _last(session, found)
            if last is not None and last.next_at is not None and last.next_at <= now:
                return found.id
        return ""

    # ------------------------------------------------------------------------------------------

    def _once(self, request: RoundStepRequest) -> RoundStepReply:
        key = key_hash("command", request.command_id) if request.command_id else key_hash("round", str(request.action))
        with self._db.write() as session:
            if request.command_id and not _is_known(session, request):
                return RoundStepReply(outcome=Outcome(applied=False, reason=Code.UNKNOWN_COMMAND))
            if request.as_of > legal_now(session) + AHEAD:
                raise ClockAheadError(f"{request.round_id} is ahead of legal time")
            found = session.get(Round, request.round_id, with_for_update=True)
            stored = session.get(StepRow, (request.round_id, request.step_no))
            if stored is not None and stored.key_hash == key:
                return RoundStepReply(step=RoundStep.model_validate(stored.body))
            expected = (found.step_no if found else 0) + 1
            if request.command_id:
                reply = self._by_command(session, found, request, key)
            else:
                reply = self._by_date(session, found, request, key)
            if reply is not None:
                return reply
        raise_alarm(
            self._db,
            AlarmKind.STEP_CONFLICT,
            request.round_id,
            f"step {request.step_no} was asked for, step {expected} is next",
            key=f"{request.round_id}:{request.step_no}:{key[:16]}",
        )
        raise StepConflictError(f"{request.round_id}: step {request.step_no} is not next ({expected})")

    def _by_command(
        self, session: Session, found: Round | None, request: RoundStepRequest, key: str
    ) -> RoundStepReply | None:
        """Opens the round, or refuses to open it a second time."""
        row = session.get_one(CommandRow, request.command_id, with_for_update=True)
        if row.state == CommandState.RECEIVED:
            reason = _refusal(row, found)
            if not reason:
                given = _Given(key, RoundAction.OPEN, request.as_of, row)
                return self._open(session, row, given) if request.step_no == 1 else None
            row.state, row.reason = CommandState.REFUSED, reason
            session.add(row)
        if row.step_no == request.step_no:  # somebody was faster by the time the command's row was free
            stored = session.get_one(StepRow, (request.round_id, request.step_no))
            return RoundStepReply(step=RoundStep.model_validate(stored.body))
        applied = row.state == CommandState.APPLIED
        return RoundStepReply(outcome=Outcome(applied=applied, reason=row.reason, step_no=row.step_no or 0))

    def _open(self, session: Session, row: CommandRow, given: _Given) -> RoundStepReply:
        named = line_and_year(row.case_id)
        if named is None:
            raise ValueError(f"{row.case_id} names no round")
        line = self._directory.line(*named)
        found = Round(
            id=row.case_id,
            line=named[0],
            year=named[1],
            opened_at=given.at,
            deadline_at=application_deadline(line.rules()).ends_at,
            offset_seconds=int(row.content.get("offset_seconds", 0)),
        )
        session.add(found)
        session.flush()
        bodies = self._directory.eligible(line, legal_day(given.at))
        done = self._papers.invite(session, found, line.rules(), bodies, given.at)
        step = self._commit(session, found, line.rules(), given, done)
        row.state, row.step_no = CommandState.APPLIED, step.no
        session.add(row)
        return RoundStepReply(step=step)

    def _by_date(
        self, session: Session, found: Round | None, request: RoundStepRequest, key: str
    ) -> RoundStepReply | None:
        """What falls due next, as of its own instant; none when that is not what was asked for."""
        last = _last(session, found) if found else None
        if found is None or last is None or last.next_at is None or request.step_no != last.no + 1:
            return None
        action = last.next_action
        if action is None or request.action is not action or request.as_of < last.next_at:
            return None
        rules = self._directory.line(found.line, found.year).rules()
        given = _Given(key, action, last.next_at)
        done: dict[str, Any] = {}
        if action is RoundAction.REMIND:
            done = self._papers.remind(session, found, given.at)
        elif action is RoundAction.DEADLINE:
            done = self._papers.mark_late(session, found, given.at)
        return RoundStepReply(step=self._commit(session, found, rules, given, done))

    def _commit(self, session: Session, found: Round, rules: Rules, given: _Given, done: dict[str, Any]) -> RoundStep:
        stage = stage_at(rules, given.at)
        session.flush()
        figures = self._papers.figures(session, found)
        if _is_over(stage, figures):
            stage, done = RoundStage.ENDED, done | self._papers.end(session, found, given.at)
            figures["open_invitations"] = 0
        then = (None, None) if stage is RoundStage.ENDED else next_date(rules, given.action, given.at)
        step = RoundStep(
            no=found.step_no + 1,
            action=given.action,
            at=given.at,
            stage=stage,
            line=found.line,
            year=found.year,
            next_action=then[0],
            next_at=then[1],
            **figures,
            **done,
        )
        _append(session, found, step, given)
        return step


def _is_known(session: Session, request: RoundStepRequest) -> bool:
    """Whether the record holds this round's command; one that it does not hold is an alarm and changes nothing."""
    row = session.get(CommandRow, request.command_id)
    if row is not None and row.case_id == request.round_id:
        return True
    raise_alarm(
        session,
        AlarmKind.UNKNOWN_COMMAND,
        request.round_id,
        "a command that is not in the record",
        key=f"{request.round_id}:{key_hash(request.command_id)[:16]}",
    )
    return False


def _append(session: Session, found: Round, step: RoundStep, given: _Given) -> None:
    before = session.get(StepRow, (found.id, found.step_no))
    prev = before.hash if before else GENESIS
    body = step.model_dump(mode="json", exclude_defaults=True)
    actor = f"{given.command.actor_kind}:{given.command.actor_id}" if given.command else "system"
    command_id = given.command.id if given.command else None
    session.add(
        StepRow(
            case_id=found.id,
            no=step.no,
            key_hash=given.key,
            action=f"round.{given.action}",
            actor=actor,
            command_id=command_id,
            at=step.at,
            stage=step.stage,
            body=body,
            prev_hash=prev,
            hash=step_hash(prev, found.id, actor, command_id, body),
        )
    )
    found.step_no = step.no
    session.add(found)
    session.flush()


def _is_over(stage: RoundStage, figures: dict[str, Any]) -> bool:
    """Nobody can apply any more with a chance, and no case is open."""
    nobody_left = stage is RoundStage.SETTLING or (stage is RoundStage.DECIDING and not figures["open_invitations"])
    return nobody_left and not figures["open_cases"]


def _last(session: Session, found: Round) -> RoundStep | None:
    row = session.get(StepRow, (found.id, found.step_no))
    return RoundStep.model_validate(row.body) if row else None


def _refusal(row: CommandRow, found: Round | None) -> str:
    """Why a round cannot be opened: not by an officer who may, or it is open already."""
    if row.actor_kind != "officer" or Role.CASE_WORKER not in row.actor_roles:
        return Code.WRONG_ROLE
    return Code.NOT_NOW if found is not None else ""
