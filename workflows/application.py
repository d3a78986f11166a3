"""Application and examination: received, checked, completed, examined, agreed."""

from temporalio import workflow

from workflows.case_run import CaseRun

with workflow.unsafe.imports_passed_through():
    from models.stages import Stage
    from models.tasks import TaskKind as K


async def check_formally(case: CaseRun) -> Stage:
    """An officer looks: entitled, on time, complete, signed, not begun."""
    return await case.until_decided(K.CHECK_COMPLETENESS)


async def await_missing_items(case: CaseRun) -> Stage:
    """The clerk completes the application. Two requests with a period each, then an officer decides."""
    return await case.until_decided(K.COMPLETE_APPLICATION, K.DECIDE_INCOMPLETE)


async def examine(case: CaseRun) -> Stage:
    """An officer examines concept and financing and proposes an award or a refusal."""
    return await case.until_decided(K.EXAMINE)


async def await_consent(case: CaseRun) -> Stage:
    """The ministry agrees, where the funding line asks for it."""
    return await case.until_decided(K.GIVE_CONSENT)
