"""Decision and notice: drafted with budget reserved, signed by another, served, notified, accepted, final."""

from temporalio import workflow

from workflows.case_run import CaseRun

with workflow.unsafe.imports_passed_through():
    from models.stages import Stage
    from models.tasks import TaskKind as K


async def draft(case: CaseRun) -> Stage:
    """One officer drafts the decision; an award reserves its budget, or waits in line for it."""
    return await case.until_decided(K.DRAFT_DECISION)


async def await_budget(case: CaseRun) -> Stage:
    """No budget is left: the case keeps its place until money is freed or the year ends."""
    return await case.until_decided(K.AWAIT_BUDGET)


async def await_signature(case: CaseRun) -> Stage:
    """Another officer signs, or sends the draft back. The signed notice is served at once."""
    return await case.until_decided(K.SIGN_DECISION)


async def await_notification(case: CaseRun) -> Stage:
    """The notice has left the house and counts as notified after some days (VwVfG § 41)."""
    return await case.until_decided("notified", K.FIX_DELIVERY)


async def await_acceptance(case: CaseRun) -> Stage:
    """The declaration with bank details is due in a month; the award becomes final by waiver or by time.

    Bank details count after a call-back by one officer and a confirmation by another.
    """
    return await case.until_decided(
        K.DECLARE_ACCEPTANCE, K.DECIDE_DECLARATION, K.CALL_BACK, K.CONFIRM_BANK_DETAILS, "final"
    )


async def await_finality_of_refusal(case: CaseRun) -> Stage:
    """The refusal is served; it becomes final when its period for a suit is over."""
    return await case.until_decided("notified", "final", K.FIX_DELIVERY)
