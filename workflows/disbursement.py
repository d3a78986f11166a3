"""Disbursement: instalments called, certified, approved, handed over, booked by the bank's evidence."""

from temporalio import workflow

from workflows.case_run import CaseRun

with workflow.unsafe.imports_passed_through():
    from models.stages import Stage
    from models.tasks import TaskKind as K


async def disburse(case: CaseRun) -> Stage:
    """Until the grant period ends the recipient calls instalments and tells of changes.

    One officer certifies, another approves; the order then leaves the house before anything else happens
    (:meth:`CaseRun.next_step`), and only the bank's evidence books it. A change blocks payments until an
    officer lifts the block.
    """
    return await case.until_decided(
        K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT, K.REPAIR_PAYMENT, "period_end"
    )
