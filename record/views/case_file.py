"""What a decision is about, for those who decide: what the municipality sent, the account, and all reasons so far.

Plain values as in :mod:`record.views.officers`: codes, cents and ISO dates. Account numbers are whole in here; what
reaches people goes through :mod:`record.views.masking`, and stays whole only where somebody compares or pays.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from models.commands import ActorKind, CommandKind, CommandState
from models.content import phone
from models.deadlines import legal_day
from models.tables import BankDetails, Case, CommandRow, Contact, Order, StepRow, TaskRow, Telephone
from models.tasks import TaskKind
from record.database.clock import legal_today
from record.telephones import as_told, before, numbers_of, valid_on
from workflows.lifecycle import GRANT

View = dict[str, Any]
K = TaskKind

ACCOUNT_TASKS: Final = frozenset(
    {
        K.CALL_BACK,
        K.CONFIRM_BANK_DETAILS,
        K.CERTIFY_DRAWDOWN,
        K.APPROVE_DRAWDOWN,
        K.BOOK_PAYMENT,
        K.REPAIR_PAYMENT,
    }
)
"""Tasks whose owner decides on an account, or on money that goes there."""

ON_BEHALF: Final = frozenset(map(str, GRANT.openable()))
"""What an officer starts in the municipality's name; the names are those of the municipality's own tasks."""

WRITTEN: Final = ("reason", "why", "details", "detail")
"""Where the reason of a decision, a start or the bank stands in its content."""


def submissions(session: Session, case_id: str) -> list[View]:
    """All that the municipality sent in a case, oldest first, as it was stored.

    ``{command, kind, task, at, by, simulated, state, refused, content}``; ``kind`` is the kind of the clerk's task,
    or ``hand_over``. What was refused stands there too, with the code of the reason. What an officer recorded in
    its name carries the officer as ``by``.
    """
    return submissions_of(session, [case_id])[case_id]


def submissions_of(session: Session, case_ids: Collection[str]) -> dict[str, list[View]]:
    """The same of several cases, by case."""
    rows = session.exec(
        select(CommandRow, TaskRow.kind)
        .join(TaskRow, col(TaskRow.id) == col(CommandRow.task_id), isouter=True)
        .where(col(CommandRow.case_id).in_(case_ids))
        .order_by(col(CommandRow.received_at), col(CommandRow.stored_at), col(CommandRow.id))
    )
    found: dict[str, list[View]] = {case_id: [] for case_id in case_ids}
    for row, task_kind in rows:
        if kind := _sent_as(row, task_kind or ""):
            found[row.case_id].append(_submission(row, kind))
    return found


def _sent_as(row: CommandRow, task_kind: str) -> str:
    """The kind of form behind a command, or nothing where it is not the municipality's."""
    match row.kind:
        case CommandKind.APPLY:
            return K.APPLY
        case CommandKind.ANSWER if task_kind and GRANT.is_clerks(K(task_kind)):
            return task_kind
        case CommandKind.START if row.choice in ON_BEHALF or row.choice == "hand_over":
            return row.choice
    return ""


def _submission(row: CommandRow, kind: str) -> View:
    return {
        "command": row.id,
        "kind": kind,
        "task": row.task_id,
        "at": row.received_at.isoformat(),
        "by": f"{row.actor_kind}:{row.actor_id}",
        "simulated": row.simulated,
        "state": row.state,
        "refused": row.reason,
        "content": dict(row.content.get("application", row.content)),
    }


class Accounts:
    """The accounts of some cases with all that was tried about them, read once for all of them."""

    def __init__(self, session: Session, case_ids: Collection[str]) -> None:
        ids, self._today = sorted(set(case_ids)), legal_today(session)
        self._cases = {case.id: case for case in session.exec(select(Case).where(col(Case.id).in_(ids)))}
        named = list(
            session.exec(select(BankDetails).where(col(BankDetails.case_id).in_(ids)).order_by(col(BankDetails.id)))
        )
        self._named = {case_id: [row for row in named if row.case_id == case_id] for case_id in ids}
        paid_to = select(Order.id, Order.bank_details_id).where(col(Order.case_id).in_(ids))
        self._paid_to = dict(session.exec(paid_to).all())
        declared = select(CommandRow.id, CommandRow.received_at).where(
            col(CommandRow.id).in_([row.command_id for row in named])
        )
        self._declared = dict(session.exec(declared).all())
        self._calls = _calls_of(session, ids)
        self._numbers = numbers_of(session, sorted({case.recipient for case in self._cases.values()}))
        self._same = _cases_by_account(session, {row.iban for row in named})

    def of(self, case_id: str, name_of: Callable[[Case], str], order_id: str = "") -> View | None:
        """The account that counts in a case now, or the one an order goes to; none where none was declared.

        ``{holder, iban, reference, state, declared_at, phones, calls, call_back, elsewhere, earlier_iban}``. ``state``:
        ``declared``, ``called_back`` or ``confirmed``. ``phones``: the numbers on file. ``calls``: what was tried about
        this account, oldest first; ``call_back``: the one by which it was confirmed. ``elsewhere``: other recipients
        that named the same account, each with case and name. ``earlier_iban``: the account named before, where it was
        another one.
        """
        every = self._named[case_id]
        to = self._paid_to.get(order_id)
        valid = [row for row in every if (row.id == to if order_id in self._paid_to else not row.rejected)]
        if not valid:
            return None
        row = valid[-1]
        declared_at = self._declared.get(row.command_id)
        tried = self._tried(case_id, declared_at)
        confirmed = [one for one in tried if one["choice"] == "confirmed" and not one["refused"]]
        earlier = [one.iban for one in every if (one.id or 0) < (row.id or 0) and one.iban != row.iban]
        return {
            "holder": row.holder,
            "iban": row.iban,
            "reference": row.reference,
            "state": "confirmed" if row.confirmed_by else "called_back" if row.called_back_by else "declared",
            "declared_at": declared_at.isoformat() if declared_at else "",
            "phones": self._phones(case_id, declared_at),
            "calls": tried,
            "call_back": confirmed[-1] if confirmed and row.called_back_by else None,
            "elsewhere": self._elsewhere(case_id, row.iban, name_of),
            "earlier_iban": earlier[-1] if earlier else "",
        }

    def _phones(self, case_id: str, declared_at: datetime | None) -> list[View]:
        """The numbers under which the municipality is reached today: ``{written, source, since, contact, …}``.

        ``known_before`` is false of a number that was entered only after the account was declared: it may be as false.
        """
        known = valid_on(self._numbers[self._cases[case_id].recipient], self._today)
        trusted = before(known, declared_at) if declared_at else {number.number for number, _ in known}
        return [
            as_told(number) | {"contact": who.name, "function": who.function, "known_before": number.number in trusted}
            for number, who in known
        ]

    def _tried(self, case_id: str, since: datetime | None) -> list[View]:
        """Every call about the account that was written down since it was declared, oldest first.

        ``{at, by, choice, called_at, number, number_known_from, source, since, spoken_with, spoken_with_function,
        iban_heard, note, refused}``. ``source`` and ``since``: of a number that was on file. A call whose digits
        differed stands there with the code of its refusal.
        """
        known = self._numbers[self._cases[case_id].recipient]
        return [_call(known, row) for row in self._calls[case_id] if since is None or row.received_at >= since]

    def _elsewhere(self, case_id: str, iban: str, name_of: Callable[[Case], str]) -> list[View]:
        """Cases of other recipients in which the same account stands, also one that was rejected there."""
        mine = self._cases[case_id].recipient
        return [{"case": case.id, "name": name_of(case)} for case in self._same[iban] if case.recipient != mine]


def _calls_of(session: Session, case_ids: Collection[str]) -> dict[str, list[CommandRow]]:
    """By case: every call-back that was answered, oldest first."""
    rows = session.exec(
        select(CommandRow)
        .join(TaskRow, col(TaskRow.id) == col(CommandRow.task_id))
        .where(col(CommandRow.case_id).in_(case_ids), TaskRow.kind == K.CALL_BACK)
        .where(CommandRow.state != CommandState.RECEIVED)
        .order_by(col(CommandRow.received_at), col(CommandRow.stored_at), col(CommandRow.id))
    )
    found: dict[str, list[CommandRow]] = {case_id: [] for case_id in case_ids}
    for row in rows:
        found[row.case_id].append(row)
    return found


def _cases_by_account(session: Session, ibans: Collection[str]) -> dict[str, list[Case]]:
    """By account: the cases in which it was named."""
    rows = session.exec(
        select(BankDetails.iban, Case)
        .join(Case, col(Case.id) == col(BankDetails.case_id))
        .where(col(BankDetails.iban).in_(sorted(ibans)))
        .order_by(col(Case.id))
    )
    found: dict[str, dict[str, Case]] = {iban: {} for iban in ibans}
    for iban, case in rows:
        found[iban][case.id] = case
    return {iban: list(cases.values()) for iban, cases in found.items()}


def _call(on_file: Sequence[tuple[Telephone, Contact]], row: CommandRow) -> View:
    """Who called whom under which number, as it was recorded."""
    told, number = row.content, {}
    if told.get("number"):
        wanted, known = phone.canonical(told["number"]), valid_on(on_file, legal_day(row.received_at))
        number = next((as_told(found) for found, _ in known if found.number == wanted), {})
    texts = ("called_at", "number", "number_known_from", "spoken_with", "spoken_with_function", "iban_heard")
    return {
        "at": row.received_at.isoformat(),
        "by": row.actor_id,
        "choice": row.choice,
        **{name: told.get(name) or "" for name in texts},
        "source": number.get("source", ""),
        "since": number.get("since", ""),
        "note": told.get("reason", ""),
        "refused": row.reason,
    }


def reasons(session: Session, case_ids: Collection[str]) -> dict[str, list[View]]:
    """By case: every reason somebody wrote into a step so far, oldest first: ``{at, who, what, reason}``."""
    rows = session.exec(
        select(StepRow, CommandRow, TaskRow.kind)
        .join(CommandRow, col(CommandRow.id) == col(StepRow.command_id))
        .join(TaskRow, col(TaskRow.id) == col(CommandRow.task_id), isouter=True)
        .where(col(StepRow.case_id).in_(case_ids))
        .order_by(col(StepRow.case_id), col(StepRow.no))
    )
    found: dict[str, list[View]] = {case_id: [] for case_id in case_ids}
    for step, command, task_kind in rows:
        text = written(command.content)
        if text and command.actor_kind != ActorKind.SYSTEM and not step.body.get("refused"):
            what = step.action.replace("answer.", f"{task_kind}.", 1)
            found[step.case_id].append({"at": step.at.isoformat(), "who": step.actor, "what": what, "reason": text})
    return found


def written(content: Mapping[str, Any]) -> str:
    """The reason in the content of a command, or nothing; of a request for documents what was asked for."""
    items: Sequence[str] = content.get("items") or ()
    texts = [*(str(item) for item in items), *(str(content[name]) for name in WRITTEN if content.get(name))]
    return "; ".join(texts)
