"""Hearing, revocation, recovery, closing. Silence never revokes: people decide each step."""

from temporalio import workflow

from workflows.case_run import CaseRun

with workflow.unsafe.imports_passed_through():
    from models.stages import Stage
    from models.tasks import TaskKind as K


async def hear(case: CaseRun) -> Stage:
    """The recipient may state its position; then an officer drops, or drafts a partial or full revocation."""
    return await case.until_decided(K.STATE_POSITION, K.DECIDE_REVOCATION)


async def await_revocation(case: CaseRun) -> Stage:
    """Another officer signs the revocation, or sends it back."""
    return await case.until_decided(K.SIGN_REVOCATION)


async def recover(case: CaseRun) -> Stage:
    """The claim is served and owed; only the bank's evidence settles it."""
    return await case.until_decided(K.REPAY, K.DECIDE_CLAIM)


async def close(case: CaseRun) -> Stage:
    """Everything is settled: unused budget is freed and the closing letter goes out."""
    return await case.until_decided(K.CLOSE_CASE)
