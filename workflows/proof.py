"""Proof of use: due after the period, reminded before, dunned after, checked by one, approved by another."""

from temporalio import workflow

from workflows.case_run import CaseRun

with workflow.unsafe.imports_passed_through():
    from models.stages import Stage
    from models.tasks import TaskKind as K


async def await_proof(case: CaseRun) -> Stage:
    """The proof is owed; reminders before the due date, an extension only before it has passed."""
    return await case.until_decided(K.PROVE_USE)


async def await_overdue_proof(case: CaseRun) -> Stage:
    """The due date has passed: dunning letters, then an officer decides. A timer never revokes."""
    return await case.until_decided(K.PROVE_USE, K.DECIDE_MISSING_PROOF)


async def check_proof(case: CaseRun) -> Stage:
    """One officer checks use and figures, another approves; unspent money is reclaimed."""
    return await case.until_decided(K.CHECK_PROOF, K.APPROVE_PROOF)


async def await_missing_proof_items(case: CaseRun) -> Stage:
    """Items are missing in the proof: the clerk is asked, twice at most, then an officer decides."""
    return await case.until_decided(K.COMPLETE_PROOF, K.DECIDE_MISSING_PROOF)
