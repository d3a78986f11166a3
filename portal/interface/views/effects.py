"""What each answer would do now, as plain values: letters, mails, money, tasks and dates, or why it is refused."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from models.case import Money
from models.deadlines import BERLIN, Deadline, deemed, period
from models.mail.orders import MailOrder
from models.programme import Rules
from models.tables import Officer
from models.tasks import TaskKind
from record.cases.foreseeing import Foreseen
from workflows.lifecycle import GRANT
from workflows.procedure.plan import Decision, NoticeDraft, TaskPaper

Json = dict[str, Any]

TOLD_ELSEWHERE: Final = frozenset({"reserved", "ordered"})
"""Sums that stand among the effects by budget year."""


def effect(found: Foreseen, rules: Rules, signer: Officer | None, today: date) -> Json:
    """What an answer would do; empty lists where it is refused.

    ``read_first``: it signs, pays or ends the case; ``shown``: the hash that such an answer carries, "" where words are
    still missing.

    ``{choice, refused, details, assumed}``; ``signer``, ``signed_on``, ``letters``: ``{id, kind, drafted_by,
    channel, text}`` with the very text that is signed; without a signer day and name of the signature stand in it
    as what they will be. ``mails``: ``{template, function, subject, text, notice, task}``, without links.
    ``orders``: ``{id, amount_cents, budget_year, certified_by}``. ``reservations``: ``{budget_year, cents}``,
    negative frees. ``money``: ``{name, before_cents, after_cents}``. ``opens``, ``postpones``: ``{kind, owner, due,
    rule}``; ``closes``: ``{id, kind}``. ``drafts``: the letters, as above, that a second person signs next;
    ``unsignable``: the code of what speaks against that now. ``quotes``: words of the answer stand in a letter or a
    mail. ``dates``: ``{name, on, rule, ends}``. ``account``: what becomes of the bank details. ``stage_before``,
    ``stage``.
    """
    return {
        "choice": found.choice,
        "refused": found.refused,
        "details": found.details,
        "assumed": list(found.assumed),
        "read_first": found.must_be_shown,
        "shown": found.shown,
        "signer": signer.name if signer else "",
        "signed_on": today.isoformat() if signer else "",
        "stage_before": str(found.before.stage),
        "stage": str(found.after.stage),
        **_papers(found),
        "drafts": [_letter(draft, text, "") for draft, text in found.drafted],
        "unsignable": found.unsignable,
        "quotes": found.quotes,
        **_money(found),
        **_tasks(found),
        "dates": list(_dates(found.decision, rules, found) if found.decision else ()),
        "account": found.decision.bank if found.decision else "",
    }


def _papers(found: Foreseen) -> Json:
    mailed = {mail.order.notice_id for mail in found.mails}
    return {
        "letters": [_letter(draft, text, "mail" if draft.id in mailed else "post") for draft, text in found.letters],
        "mails": [
            {
                "template": str(mail.order.template),
                "function": mail.function,
                "subject": mail.subject,
                "text": mail.text,
                "notice": mail.order.notice_id,
                "task": _task_of(found, mail.order),
            }
            for mail in found.mails
        ],
    }


def _letter(draft: NoticeDraft, text: str, channel: str) -> Json:
    return {"id": draft.id, "kind": draft.kind, "drafted_by": draft.drafted_by, "channel": channel, "text": text}


def _task_of(found: Foreseen, order: MailOrder) -> str:
    """The kind of the task whose link a mail carries."""
    task = found.after.tasks.get(order.task_id)
    return str(task.kind) if task else ""


def _money(found: Foreseen) -> Json:
    before, after = found.before.money, found.after.money
    decision = found.decision
    return {
        "orders": [
            {
                "id": order.id,
                "amount_cents": order.cents,
                "budget_year": order.budget_year,
                "certified_by": order.certified_by,
            }
            for order in (decision.orders if decision else ())
        ],
        "reservations": [
            {"budget_year": year, "cents": cents}
            for year, cents in sorted(decision.reservations.items() if decision else ())
        ],
        "money": [
            {"name": name, "before_cents": getattr(before, name), "after_cents": getattr(after, name)}
            for name in Money.model_fields
            if name not in TOLD_ELSEWHERE and getattr(before, name) != getattr(after, name)
        ],
    }


def _tasks(found: Foreseen) -> Json:
    """What somebody owes afterwards and did not before, until another day, or no more; without the answered task."""
    decision = found.decision
    if decision is None:
        return {"opens": [], "closes": [], "postpones": []}
    step, papers, tasks = decision.step, decision.papers, found.before.tasks
    return {
        "opens": [_owed(task.kind, task.due, papers[task.id]) for task in step.opened],
        "closes": [{"id": one.id, "kind": str(tasks[one.id].kind)} for one in step.closed if one.id != found.about],
        "postpones": [
            _owed(task.kind, task.due, papers[task.id]) for task in step.rescheduled if task.due != tasks[task.id].due
        ],
    }


def _owed(kind: TaskKind, due: datetime, paper: TaskPaper) -> Json:
    rule = paper.rule.model_dump(mode="json") if paper.rule else {}
    return {"kind": str(kind), "owner": str(GRANT.owner(kind)), "due": due.isoformat(), "rule": rule}


def _dates(decision: Decision, rules: Rules, found: Foreseen) -> Iterator[Json]:
    """Dates of the case that begin to run or end, each with its rule where it has one."""
    timers = decision.step.timers
    if decision.notified is not None:
        yield from _notified(decision, rules, runs_out="notified" in timers)
    for name, at in timers.items():
        if at is not None and name != "notified":
            last = (at - timedelta(microseconds=1)).astimezone(BERLIN).date()
            yield {"name": name, "on": last.isoformat(), "rule": {}, "ends": False}
        elif at is None and name in found.before.timers and (name, "notified" in timers) != ("final", True):
            yield {"name": name, "on": "", "rule": {}, "ends": True}


def _notified(decision: Decision, rules: Rules, *, runs_out: bool) -> Iterator[Json]:
    """The day on which a notice counts as notified, and where it starts one, the end of the period for a suit."""
    if decision.notified is None:
        return
    day = decision.notified[1]
    yield _date("notified", deemed(decision.step.facts.get("posted_on", day), day))
    if runs_out:
        yield _date("final", period(day, months=rules.remedy_months, rule="remedy_months", start_event="notified"))


def _date(name: str, due: Deadline) -> Json:
    return {"name": name, "on": due.end.isoformat(), "rule": due.model_dump(mode="json"), "ends": False}
