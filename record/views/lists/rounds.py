"""The table of a round: every recipient with its stage, its money and its next date. Plain values, no words."""

from collections import Counter
from collections.abc import Collection
from typing import Final

from sqlmodel import Session, col, select

from models.case import CaseState
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.mail.inbound import MailKind
from models.stages import ENDED, Stage
from models.tables import Budget, Case, InboundMail, Outbox, Round, TaskRow
from models.tasks import TaskKind
from record.views.tasks import Directory, View, iso, recipient_view
from workflows.lifecycle import GRANT

STORED: Final = (
    "requested_cents",
    "awarded_cents",
    "reserved_cents",
    "ordered_cents",
    "booked_cents",
    "claimed_cents",
    "repaid_cents",
)
CENTS: Final = (*STORED, "to_call_cents", "expected_cents")
"""Amounts of a row; the last two follow from the others."""


def round_view(session: Session, directory: Directory, round_id: str) -> View:
    """Budget, cases, invitations and sums of a round. Raises ``RefusedError`` (``unknown_case``)."""
    found = session.get(Round, round_id)
    if found is None:
        raise RefusedError(Code.UNKNOWN_CASE, case=round_id)
    cases = list(
        session.exec(select(Case).where(Case.line == found.line, Case.year == found.year).order_by(col(Case.id)))
    )
    returned = _returned(session, {case.id for case in cases})
    rows = [_row(directory, case) | {"undelivered": returned[case.id]} for case in cases]
    budgets = session.exec(select(Budget).where(Budget.line == found.line).order_by(col(Budget.budget_year)))
    invitations = _invitations(session, directory, round_id)
    return {
        "round": round_id,
        "line": found.line,
        "year": found.year,
        "opened_at": iso(found.opened_at),
        "ended_at": iso(found.ended_at),
        "invitations_open": sum(1 for one in invitations if one["state"] == "open"),
        "invitations": invitations,
        "budget": [
            {"year": b.budget_year, "total_cents": b.total_cents, "committed_cents": b.committed_cents} for b in budgets
        ],
        "cases": rows,
        "stages": dict(Counter(str(row["stage"]) for row in rows)),
        "sums": {name: sum(row[name] for row in rows) for name in CENTS},
    }


def _row(directory: Directory, case: Case) -> View:
    """``to_call_cents``: awarded and not yet ordered, while the case lives; ``expected_cents``: claimed, not repaid.

    ``gave_up``: the municipality withdrew its application or waived the grant.
    """
    recipient = recipient_view(directory, case)
    state = CaseState.model_validate(case.state)
    earliest = state.earliest
    owed = min((task.due for task in state.tasks.values() if task.kind is TaskKind.REPAY), default=None)
    return {
        "case": case.id,
        "key": recipient["key"],
        "recipient": recipient["name"],
        "stage": case.stage,
        "urgency": str(state.urgency),
        "waiting_for": str(GRANT.owner(earliest.kind)) if earliest else "",
        "due": iso(earliest.due if earliest else None),
        **{name: getattr(case, name) for name in STORED},
        "to_call_cents": 0 if case.stage in ENDED else case.awarded_cents - case.ordered_cents,
        "expected_cents": case.claimed_cents - case.repaid_cents,
        "expected_by": iso(owed),
        "gave_up": case.stage in {Stage.WITHDRAWN, Stage.WAIVED},
    }


def _invitations(session: Session, directory: Directory, round_id: str) -> list[View]:
    """Who was invited, what became of it, and whether a mail of it came back.

    ``{task, key, recipient, state, late, invited_at, bounced}``; ``state`` is the task's: ``answered`` by an
    application, ``open`` or, where the round is over, ``expired`` without one.
    """
    rows = session.exec(select(TaskRow).where(TaskRow.round_id == round_id).order_by(col(TaskRow.id)))
    invited = list(rows)
    mails = session.exec(
        select(Outbox.id, Outbox.task_id, Outbox.state).where(
            Outbox.case_id == "", col(Outbox.task_id).in_([row.id for row in invited])
        )
    ).all()
    back = _bounced(session, [mail for mail, _, _ in mails])
    bounced = {task for mail, task, state in mails if state == "failed" or mail in back}
    return [
        {
            "task": row.id,
            "key": row.id.rpartition("/")[2],
            "recipient": directory.recipient(row.recipient, legal_day(row.opened_at)).name,
            "state": row.state,
            "late": row.late,
            "invited_at": iso(row.opened_at),
            "bounced": row.id in bounced,
        }
        for row in invited
    ]


def _bounced(session: Session, mails: Collection[str]) -> set[str]:
    """The mails of which a report came in that they did not arrive."""
    query = select(InboundMail.outbox_id).where(
        InboundMail.kind == MailKind.BOUNCE, col(InboundMail.outbox_id).in_(mails)
    )
    return set(session.exec(query))


def _returned(session: Session, case_ids: Collection[str]) -> Counter[str]:
    """By case: how many mails the mail server refused for good, or a report says did not arrive."""
    refused = select(Outbox.id, Outbox.case_id).where(Outbox.state == "failed", col(Outbox.case_id).in_(case_ids))
    reported = select(InboundMail.outbox_id, InboundMail.case_id).where(
        InboundMail.kind == MailKind.BOUNCE, col(InboundMail.case_id).in_(case_ids)
    )
    return Counter(case for _, case in {*session.exec(refused), *session.exec(reported)})
