"""The one way into the record: a step of a case, decided and committed in one transaction.

What :meth:`Recorder.step` does, in order:

1. The same step again returns what is stored; another content under its number is a conflict and an alarm.
2. The command is loaded; unknown or foreign ones raise an alarm and change nothing. A command that has been
   decided at an earlier step returns that outcome.
3. The rules decide (:mod:`workflows.procedure`) on the stored state, with what the record knows beside it.
4. Committed together: step with hash chain, case row, tasks, links, money, notices, finished mails; or a
   refused step, which changes nothing but the number.

What an officer signs, orders or ends must have been shown to them before (:mod:`record.cases.shown`).
A timer yields when a command for its task was received in time and is not applied yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from models.case import CaseState, Step, StepKind, fold
from models.commands import Actor, ActorKind, Command, CommandKind, CommandState
from models.contracts import HandOver, Outcome, StepReply, StepRequest
from models.errors import Code, RefusedError
from models.stages import ENDED
from models.tables import Case, CommandRow, Officer, StepRow
from record.cases.chain import GENESIS, key_hash, step_hash
from record.cases.commands import as_command
from record.cases.foreseeing import Foreseer
from record.cases.labels import check_label
from record.cases.papers import Papers
from record.cases.requests import answer_on_its_way, asked_for, is_owed, state_of
from record.cases.rule_facts import view_of
from record.cases.shown import must_be_shown, was_shown
from record.database import failpoints
from record.database.again import again
from record.database.alarms import AlarmKind, raise_alarm
from record.database.clock import legal_now
from record.database.engine import Database
from record.people import not_revoked
from workflows.procedure.decide import decide_command, decide_hand_over, decide_timer
from workflows.procedure.plan import Decision, View

AHEAD = timedelta(hours=1)
"""A case's legal time may run this far ahead of the installation's clock before the record stops it."""


class StepConflictError(Exception):
    """A step that is not the next one, or another content under a number that is taken."""


class ClockAheadError(Exception):
    """The case's time is ahead of the installation's legal time. Try again later."""


@dataclass(frozen=True)
class _Asked:
    """One request, whatever made it."""

    case_id: str
    no: int
    key: str
    command_id: str = ""
    about: str = ""


class Recorder:
    """Records steps. ``papers`` writes what goes with them: tasks, links, money, notices, mails."""

    def __init__(self, db: Database, papers: Papers) -> None:
        self._db, self._papers = db, papers
        self.foreseer = Foreseer(papers)

    def step(self, request: StepRequest) -> StepReply:
        """Records the next step. Raises ``StepConflictError`` (final) or ``ClockAheadError`` (try again)."""
        asked = _Asked(
            request.case_id,
            request.step_no,
            key_hash("command", request.command_id)
            if request.command_id
            else key_hash("timer", request.task_id, request.timer),
            request.command_id,
            request.about,
        )

        def decide(session: Session, case: Case | None) -> StepReply:
            if request.command_id:
                return self._by_command(session, case, request)
            return self._by_timer(session, case, request)

        return self._guarded(asked, request, decide)

    def hand_over(self, request: HandOver, deliver: Callable[[Session], None]) -> StepReply:
        """Records that an order left the house; ``deliver`` writes what the gateway made of it."""
        asked = _Asked(request.case_id, request.step_no, key_hash("hand_over", request.order_id))

        def decide(session: Session, case: Case | None) -> StepReply:
            state = state_of(case, request.case_id)
            view = self._view(session, case, state, request.as_of, _SYSTEM, None)
            decision = decide_hand_over(view, request.order_id)
            deliver(session)
            return StepReply(step=self._commit(session, case, decision, asked.key, None))

        return self._guarded(asked, request, decide)

    def refuse_for_ended(self, command_id: str) -> Outcome | None:
        """A command for a case whose life is over is refused without a step; none if it is not over."""
        with self._db.write() as session:
            row = session.get(CommandRow, command_id)
            case = session.get(Case, row.case_id) if row else None
            if row is None or case is None or case.stage not in ENDED:
                return None
            if row.state == CommandState.RECEIVED:
                row.state, row.reason = CommandState.REFUSED, Code.CASE_ENDED
                row.details = {"stage": case.stage}
                session.add(row)
            return _outcome(row)

    # ------------------------------------------------------------------------------------------

    def _guarded(
        self,
        asked: _Asked,
        request: StepRequest | HandOver,
        decide: Callable[[Session, Case | None], StepReply],
    ) -> StepReply:
        """Same step → stored result; wrong step → alarm; otherwise decide, in one transaction.

        A transaction that met another one is decided again: two drafts that both saw the last money, for instance.
        """
        reply = again(lambda: self._once(asked, request, decide))
        failpoints.reached("after_commit", reply.step.action if reply.step else "")
        return reply

    def _once(
        self,
        asked: _Asked,
        request: StepRequest | HandOver,
        decide: Callable[[Session, Case | None], StepReply],
    ) -> StepReply:
        with self._db.write() as session:
            case = session.get(Case, asked.case_id, with_for_update=True)
            stored = session.get(StepRow, (asked.case_id, asked.no))
            if stored is not None and stored.key_hash == asked.key:
                return StepReply(step=Step.model_validate(stored.body), about=_told_otherwise(session, case, asked))
            expected = (case.step_no if case else 0) + 1
            decided = _decided_before(session, asked)
            if decided is not None:
                return StepReply(outcome=_outcome(decided), about=_told_otherwise(session, case, asked))
            if stored is None and asked.no == expected and is_owed(case, request):
                reply = decide(session, case)
                failpoints.reached("before_commit", reply.step.action if reply.step else "")
                return reply
        raise_alarm(
            self._db,
            AlarmKind.STEP_CONFLICT,
            asked.case_id,
            f"step {asked.no} was asked for, step {expected} is next"
            if asked.no != expected
            else f"step {asked.no} is not owed: {asked_for(request)}",
            key=f"{asked.case_id}:{asked.no}:{asked.key[:16]}",
        )
        raise StepConflictError(f"{asked.case_id}: step {asked.no} is not next ({expected}), or not owed")

    def _by_command(self, session: Session, case: Case | None, request: StepRequest) -> StepReply:
        row = session.get(CommandRow, request.command_id, with_for_update=True)
        if row is None or row.case_id != request.case_id or (case is None) != (row.kind == CommandKind.APPLY):
            raise_alarm(
                session,
                AlarmKind.UNKNOWN_COMMAND,
                request.case_id,
                "a command that is not in the record",
                key=f"{request.case_id}:{key_hash(request.command_id)[:16]}",
            )
            return StepReply(outcome=Outcome(applied=False, reason=Code.UNKNOWN_COMMAND))
        command = as_command(row)
        state = state_of(case, request.case_id)
        otherwise = check_label(session, state, command, request.about)
        new = case is None
        at = max(request.as_of, row.received_at)  # nothing is decided before it was received, whatever a clock says
        if case is None:
            case = self._papers.new_case(session, row, at)
        view = self._view(session, case, state, at, command.actor, command)
        details: dict[str, Any] = {}
        try:
            _received_in_time(session, command)
            decision = decide_command(view)
            self._read_before(session, case, row, decision)
        except RefusedError as refusal:
            details = refusal.details
            if refusal.code is Code.UNFORESEEN:
                _left_the_page(session, state, details["detail"])
            if new:  # no case comes into being
                row.state, row.reason, row.details = CommandState.REFUSED, refusal.code, details
                return StepReply(outcome=_outcome(row))
            decision = _refused(view, command, refusal.code)
        key = key_hash("command", row.id)
        step = self._commit(session, case, decision, key, row)
        row.state = CommandState.REFUSED if step.refused else CommandState.APPLIED
        row.reason, row.details, row.step_no = step.refused, details, step.no
        session.add(row)
        return StepReply(step=step, about=otherwise)

    def _read_before(self, session: Session, case: Case, row: CommandRow, decision: Decision) -> None:
        """An officer was shown what the decision sends, pays or ends. Raises ``RefusedError`` (``not_shown``).

        A letter is dated by the day on which it is recorded. Where that is a later day than the one on which the
        command was received, what was shown on that day counts.
        """
        if row.actor_kind != ActorKind.OFFICER or not must_be_shown(decision.step):
            return
        for at in (decision.step.at, row.received_at):
            if was_shown(session, row, self.foreseer.hash(session, case, row, decision, at)):
                return
        raise RefusedError(Code.NOT_SHOWN, **({"task": row.task_id} if row.task_id else {"case": case.id}))

    def _by_timer(self, session: Session, case: Case | None, request: StepRequest) -> StepReply:
        state = state_of(case, request.case_id)
        if answer_on_its_way(session, state, request):
            return StepReply(yielded=True)
        view = self._view(session, case, state, request.as_of, _SYSTEM, None)
        decision = decide_timer(view, request.task_id, request.timer)
        key = key_hash("timer", request.task_id, request.timer)
        return StepReply(step=self._commit(session, case, decision, key, None))

    def _view(
        self,
        session: Session,
        case: Case | None,
        state: CaseState,
        at: datetime,
        actor: Actor,
        command: Command | None,
    ) -> View:
        if case is None:
            raise StepConflictError(f"{state.case_id} is not in the record")
        if at > legal_now(session) + AHEAD:
            raise ClockAheadError(f"{case.id} is ahead of legal time")
        return view_of(session, case, state, at, actor, command)

    def _commit(
        self, session: Session, case: Case | None, decision: Decision, key: str, row: CommandRow | None
    ) -> Step:
        if case is None:
            raise StepConflictError("no case to record a step for")
        step = decision.step
        before = state_of(case, case.id)
        if decision.unforeseen:
            _left_the_page(session, before, decision.unforeseen)
        after = fold(before, step)
        body = step.model_dump(mode="json", exclude_defaults=True)
        actor = _actor_code(row)
        digest = step_hash(case.head or GENESIS, case.id, actor, row.id if row else None, body)
        session.add(
            StepRow(
                case_id=case.id,
                no=step.no,
                key_hash=key,
                action=step.action,
                actor=actor,
                command_id=row.id if row else None,
                at=step.at,
                stage=after.stage,
                body=body,
                prev_hash=case.head or GENESIS,
                hash=digest,
            )
        )
        case.head = digest
        self._papers.write(session, case, after, decision, row)
        return step


def _left_the_page(session: Session, state: CaseState, detail: str) -> None:
    """An alarm that names the step: the rules and the page of the lifecycle contradict each other."""
    number = state.step_no + 1
    raise_alarm(session, AlarmKind.UNFORESEEN, state.case_id, detail, key=f"{state.case_id}:{number}")


_SYSTEM = Actor(kind=ActorKind.SYSTEM, id="system")


def _received_in_time(session: Session, command: Command) -> None:
    """What an officer sent before a revocation counts, however late its case takes it up; what came after does not.

    Asked here too, because a command may be stored while the revocation commits. Raises ``RefusedError``.
    """
    officer = session.get(Officer, command.actor.id) if command.actor.kind is ActorKind.OFFICER else None
    if officer is not None:
        not_revoked(officer, command.received_at)


def _outcome(row: CommandRow) -> Outcome:
    return Outcome(applied=row.state == CommandState.APPLIED, reason=row.reason, step_no=row.step_no or 0)


def _decided_before(session: Session, asked: _Asked) -> CommandRow | None:
    """This command if an earlier step has decided it (an update that came twice)."""
    row = session.get(CommandRow, asked.command_id) if asked.command_id else None
    if row is None or row.case_id != asked.case_id or row.state == CommandState.RECEIVED or row.step_no == asked.no:
        return None
    return row


def _told_otherwise(session: Session, case: Case | None, asked: _Asked) -> str:
    """What a command of an earlier step is about, where the case was told otherwise now."""
    row = session.get(CommandRow, asked.command_id) if asked.command_id else None
    return check_label(session, state_of(case, asked.case_id), as_command(row), asked.about) if row else ""


def _refused(view: View, command: Command, code: Code) -> Decision:
    action = f"{command.kind}.{command.choice}" if command.choice else str(command.kind)
    step = Step(no=view.state.step_no + 1, kind=StepKind.COMMAND, action=action, at=view.at, refused=code)
    return Decision(step=step, done=None, papers={}, mails=(), notices=(), orders=(), reservations={}, entries=())


def _actor_code(row: CommandRow | None) -> str:
    if row is None or row.actor_kind == ActorKind.SYSTEM:
        return "system"
    return f"{row.actor_kind}:{row.actor_id}"
