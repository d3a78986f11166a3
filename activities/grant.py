"""Activities of a grant: record a step, hand an order over, serve letters, load the state.

Each takes ids only, reads everything else from the record, and works for the case's own workflow alone: a
forged start under another id decides and pays nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlmodel import Session, col, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.own import STEP_CONFLICT, require_own, translated
from activities.payments import OrderConflictError, PaymentGateway, PaymentOrder
from models.case import CaseState
from models.contracts import CaseRef, Delivered, Delivery, HandOver, Resumed, StepReply, StepRequest
from models.stages import ENDED
from models.tables import BankDetails, Case, Order, Outbox
from record.cases.labels import told_of
from record.cases.recorder import Recorder
from record.database import failpoints
from record.database.alarms import AlarmKind, raise_alarm
from record.database.engine import Database

PATIENCE_SECONDS = 5.0


class Mailroom(Protocol):
    """The mailroom as an activity needs it."""

    def kick(self) -> None:
        """There is mail."""
        ...

    async def send_now(self, outbox_ids: Sequence[str], patience_seconds: float) -> tuple[int, int]:
        """Tries these mails now: (accepted, still waiting)."""
        ...


class GrantActivities:
    """The grant's activities, bound to what they touch."""

    def __init__(self, db: Database, recorder: Recorder, payments: PaymentGateway, mailroom: Mailroom) -> None:
        self._db, self._recorder, self._payments, self._mailroom = db, recorder, payments, mailroom

    def all(self) -> list[Callable[..., Any]]:
        """To be registered with a worker."""
        return [self.record_step, self.hand_over_order, self.deliver_notices, self.load_state]

    @activity.defn(name="record_step", no_thread_cancel_exception=True)
    def record_step(self, request: StepRequest) -> StepReply:
        """The case's next step, decided and committed in one transaction; then the mailroom is told.

        A command that is decided frees or drops the mails that waited for it, also where it made none itself.
        """
        require_own(self._db, request.case_id)
        reply = translated(lambda: self._recorder.step(request))
        if request.command_id or (reply.step is not None and reply.step.mails):
            self._mailroom.kick()
        return reply

    @activity.defn(name="hand_over_order", no_thread_cancel_exception=True)
    def hand_over_order(self, request: HandOver) -> StepReply:
        """1. The order as approved, read from the record. 2. It leaves the house, once. 3. That is recorded."""
        require_own(self._db, request.case_id)
        order = self._order(request)
        try:
            digest = self._payments.hand_over(order)
        except OrderConflictError as error:
            raise_alarm(self._db, AlarmKind.ORDER_CONFLICT, request.case_id, str(error), key=request.order_id)
            raise ApplicationError("order left with other contents", type=STEP_CONFLICT, non_retryable=True) from error

        failpoints.reached("order_left")

        def note(session: Session) -> None:
            row = session.get_one(Order, request.order_id)
            row.file_sha256 = digest
            session.add(row)

        return translated(lambda: self._recorder.hand_over(request, note))

    @activity.defn(name="deliver_notices")
    async def deliver_notices(self, request: Delivery) -> Delivered:
        """One brief try for the letters of these notices; the mailroom owns what is left."""
        require_own(self._db, request.case_id)
        accepted, waiting = await self._mailroom.send_now(self._letters(request), PATIENCE_SECONDS)
        failpoints.reached("letters_tried")
        return Delivered(accepted=accepted, waiting=waiting)

    @activity.defn(name="load_state", no_thread_cancel_exception=True)
    def load_state(self, ref: CaseRef) -> Resumed:
        """State, last steps and clock as recorded, for a case that goes on after its workflow was lost (``adopt``)."""
        require_own(self._db, ref.case_id)
        with self._db.read() as session:
            case = session.get(Case, ref.case_id)
            told = told_of(session, ref.case_id)
        if case is None or case.stage in ENDED:
            what = "a start without a case" if case is None else "a start of a case that is over"
            raise_alarm(self._db, AlarmKind.FORGED_START, ref.case_id, what, key=activity.info().workflow_run_id or "")
            raise ApplicationError(what, type=STEP_CONFLICT, non_retryable=True)
        state = CaseState.model_validate(case.state)
        return Resumed(state=state, offset_seconds=case.offset_seconds, told=told)

    def _order(self, request: HandOver) -> PaymentOrder:
        with self._db.read() as session:
            row = session.get(Order, request.order_id)
            details = session.get(BankDetails, row.bank_details_id) if row else None
        if row is None or details is None or row.case_id != request.case_id or details.confirmed_by is None:
            raise_alarm(self._db, AlarmKind.ORDER_CONFLICT, request.case_id, "no such order", key=request.order_id)
            raise ApplicationError("no such order", type=STEP_CONFLICT, non_retryable=True)
        return PaymentOrder(
            end_to_end_id=row.id,
            case_id=row.case_id,
            amount_cents=row.amount_cents,
            budget_year=row.budget_year,
            holder=details.holder,
            iban=details.iban,
            reference=details.reference,
            certified_by=row.certified_by,
            approved_by=row.approved_by,
            ordered_at=row.ordered_at,
            file_number=row.file_number or "",
            budget_chapter=row.budget_chapter or "",
            budget_title=row.budget_title or "",
        )

    def _letters(self, request: Delivery) -> list[str]:
        with self._db.read() as session:
            rows = session.exec(
                select(Outbox.id).where(
                    Outbox.case_id == request.case_id, col(Outbox.notice_id).in_(list(request.notices))
                )
            )
            return list(rows)
