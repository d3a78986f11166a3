"""Promise 3: what is signed, ordered, approved or confirmed has two people, each with the role on that day.

And who signs, pays or ends a case was shown what they decided on.

The audit chain is the witness: each answer of an officer stands there with its actor. Orders, notices and bank
details must name the same people.
"""

from collections.abc import Iterator

from models.commands import CommandKind
from models.tables import Order
from models.tasks import TaskKind
from record.cases.shown import must_be_shown
from record.promises.book import Book, CaseBook, Entry, Violation
from record.promises.finding import Finding
from workflows.lifecycle import GRANT

K = TaskKind
NOTICE_HANDS: dict[str, tuple[tuple[TaskKind, ...], tuple[TaskKind, ...]]] = {
    "award": ((K.DRAFT_DECISION,), (K.SIGN_DECISION,)),
    "refusal": ((K.DRAFT_DECISION,), (K.SIGN_DECISION,)),
    "extension": ((K.DECIDE_EXTENSION,), (K.SIGN_EXTENSION,)),
    "revocation": ((K.DECIDE_REVOCATION,), (K.SIGN_REVOCATION,)),
    "claim": ((K.CHECK_PROOF,), (K.APPROVE_PROOF,)),
}
"""Whose answers draft and sign a notice of each kind."""


def hands(book: Book) -> Iterator[Violation]:
    """Each officer's answer by an authorised person, second answers by another one; papers name these people."""
    for case in book.cases.values():
        yield from _answers(book, case)
        yield from _notices(case)
        yield from _orders(case)
        yield from _unread(book, case)


def _answers(book: Book, case: CaseBook) -> Iterator[Violation]:
    tasks = {task.id: task for task in case.tasks}
    last: dict[tuple[TaskKind, str], str] = {}
    for entry in case.applied:
        command = book.commands.get(entry.row.command_id or "")
        task = tasks.get(command.task_id) if command is not None else None
        if command is None or task is None or command.kind != CommandKind.ANSWER:
            continue
        kind = TaskKind(task.kind)
        if GRANT.is_clerks(kind):
            continue
        where = f"step {entry.row.no}, {kind}, {entry.row.actor}"
        before = {first: last.get((first, task.subject), "") for first in GRANT.not_by(kind)}
        own = [first for first, who in before.items() if who == entry.officer]
        back = bool(own) and GRANT.takes_back(kind, command.choice)
        if not entry.officer or not book.holds(
            entry.officer, GRANT.owner(own[0] if back else kind), command.received_at
        ):
            yield _broken(case, Finding.NOT_AUTHORISED, where)
        if not all(before.values()) or (own and not back):
            yield _broken(case, Finding.SAME_PERSON_TWICE, where)
        if task.closed_by != entry.officer:
            yield _broken(case, Finding.OTHER_PERSON_IN_TASK, task.id)
        last[kind, task.subject] = entry.officer


def _notices(case: CaseBook) -> Iterator[Violation]:
    for notice in case.notices:
        first, second = NOTICE_HANDS.get(notice.kind, ((), ()))
        signed = [e for e in case.applied if e.step is not None and notice.id in e.step.notices]
        if notice.drafted_by == notice.signed_by or not first:
            yield _broken(case, Finding.NOTICE_WITHOUT_TWO_PEOPLE, notice.id)
        elif len(signed) != 1 or not _by(signed[0], notice.signed_by, second):
            yield _broken(case, Finding.NOTICE_SIGNED_BY_ANOTHER, notice.id)
        elif _last_by(case, signed[0].row.no, first) != notice.drafted_by:
            yield _broken(case, Finding.NOTICE_DRAFTED_BY_ANOTHER, notice.id)


def _orders(case: CaseBook) -> Iterator[Violation]:
    for order in case.orders:
        made = [e for e in case.applied if _makes(e, order)]
        if order.certified_by == order.approved_by:
            yield _broken(case, Finding.ORDER_WITHOUT_TWO_PEOPLE, order.id)
        if len(made) != 1 or not _by(made[0], order.approved_by, (K.APPROVE_DRAWDOWN,)):
            yield _broken(case, Finding.ORDER_APPROVED_BY_ANOTHER, order.id)
            continue
        if _last_by(case, made[0].row.no, (K.CERTIFY_DRAWDOWN,), order.instalment) != order.certified_by:
            yield _broken(case, Finding.ORDER_CERTIFIED_BY_ANOTHER, order.id)
        yield from _bank_details(case, order, made[0].row.no)


def _bank_details(case: CaseBook, order: Order, before: int) -> Iterator[Violation]:
    """The account an order went to was called back by one and confirmed by another before that."""
    details = case.details.get(order.bank_details_id)
    if details is None or not details.called_back_by or not details.confirmed_by:
        yield _broken(case, Finding.BANK_DETAILS_NOT_CONFIRMED, order.id)
    elif details.called_back_by == details.confirmed_by:
        yield _broken(case, Finding.BANK_DETAILS_BY_ONE_PERSON, order.id)
    else:
        hands = (_last_by(case, before, (K.CALL_BACK,)), _last_by(case, before, (K.CONFIRM_BANK_DETAILS,)))
        if hands != (details.called_back_by, details.confirmed_by):
            yield _broken(case, Finding.BANK_DETAILS_BY_ANOTHER, order.id)


def _unread(book: Book, case: CaseBook) -> Iterator[Violation]:
    """Officers' decisions that had to be shown before; a command without any hash is older than that rule."""
    for entry in case.applied:
        command = book.commands.get(entry.row.command_id or "")
        if command is None or command.shown is None or entry.step is None or not must_be_shown(entry.step):
            continue
        about = command.task_id or command.case_id
        key = (command.actor_id, command.login_id or "", about, command.choice, command.shown)
        if entry.officer and key not in book.shown:
            yield _broken(case, Finding.DECIDED_UNREAD, f"step {entry.row.no}, {command.choice}, {entry.row.actor}")


def _makes(entry: Entry, order: Order) -> bool:
    return entry.step is not None and any(o.id == order.id and o.status == "approved" for o in entry.step.orders)


def _by(entry: Entry, officer: str, kinds: tuple[TaskKind, ...]) -> bool:
    return entry.officer == officer and _answers_one_of(entry, kinds)


def _answers_one_of(entry: Entry, kinds: tuple[TaskKind, ...]) -> bool:
    return entry.row.action.partition(".")[0] in kinds


def _last_by(case: CaseBook, before: int, kinds: tuple[TaskKind, ...], subject: str = "") -> str:
    """Who answered such a task about a subject last before a step."""
    about = {task.command_id for task in case.tasks if task.subject == subject}
    found = [
        entry.officer
        for entry in case.applied
        if entry.row.no < before and entry.row.command_id in about and _answers_one_of(entry, kinds)
    ]
    return found[-1] if found else ""


def _broken(case: CaseBook, code: Finding, detail: str) -> Violation:
    return Violation(promise=3, code=code, case_id=case.id, detail=detail)
