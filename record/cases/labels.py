"""What a command is about, from the record: the label under which it travels to its case, and the check of it there.

A label is for people's eyes and decides nothing. It is the page's word for the command (``trigger``); an answer keeps
it after its task has ended, so the label that was true when the command was told is true when it is decided.
"""

from sqlmodel import Session, col, select

from models.case import CaseState, Step, fold
from models.commands import Command, CommandKind
from models.contracts import ABOUT
from models.tables import Case, CommandRow, StepRow, TaskRow
from models.tasks import TaskKind
from models.told import Told, tell
from record.cases.chain import key_hash
from record.cases.commands import as_command
from record.cases.requests import state_of
from record.database.alarms import AlarmKind, raise_alarm
from workflows.procedure.triggers import UNKNOWN, trigger

BY_THE_BANK = (TaskKind.BOOK_PAYMENT, TaskKind.REPAY)


def label(session: Session, row: CommandRow) -> str:
    """What a stored command is about, as its case is told."""
    case = session.get(Case, row.case_id)
    return about(session, state_of(case, row.case_id), as_command(row))


def about(session: Session, state: CaseState, command: Command) -> str:
    """The page's word for a command; for an answer to a task that has ended, the word it had."""
    found = trigger(state, command)
    if found == UNKNOWN and (task := session.get(TaskRow, command.task_id)) is not None:
        found = f"{task.kind}.{command.choice}"
    return found if ABOUT.fullmatch(found) else UNKNOWN


def check_label(session: Session, state: CaseState, command: Command, told: str) -> str:
    """What the command is about, where its case was told otherwise; else nothing. A false label raises an alarm."""
    found = about(session, state, command)
    if told == found:
        return ""
    if told and told not in _possible(found, command):
        said = told if ABOUT.fullmatch(told) else "what is no label"
        detail = f"an update that is about {found} said {said}"
        key = f"{command.case_id}:{key_hash(command.id, told)[:16]}"
        raise_alarm(session, AlarmKind.FALSE_LABEL, command.case_id, detail, key=key)
    return found


def told_of(session: Session, case_id: str) -> Told:
    """What operators are told of a case, from its recorded steps."""
    state, told = CaseState(case_id=case_id), Told()
    for row in session.exec(select(StepRow).where(StepRow.case_id == case_id).order_by(col(StepRow.no))):
        step = Step.model_validate(row.body)
        command = session.get(CommandRow, row.command_id) if row.command_id else None
        told = tell(told, state, step, about(session, state, as_command(command)) if command else "")
        state = fold(state, step)
    return told


def _possible(found: str, command: Command) -> set[str]:
    """A claim may be made while an entry of the bank is on its way: then it was told as one of a payment, or now is."""
    if command.kind is not CommandKind.BANK:
        return {found}
    return {f"{kind}.{found.partition('.')[2]}" for kind in BY_THE_BANK}
