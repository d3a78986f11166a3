"""What is written beside a round's step: budget, invitations, reminders, and the end of links."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from models.commands import CommandKind, CommandState
from models.mail.orders import About, MailOrder, Template
from models.programme import Recipient, Rules
from models.rounds import application_deadline
from models.stages import ENDED
from models.tables import Budget, Case, CommandRow, Round, TaskRow, TaskToken
from models.tasks import TaskKind, TaskState
from record.cases import drafts
from record.people import contacts
from workflows.lifecycle import GRANT

Figures = dict[str, Any]


class Correspondence(Protocol):
    """Turns an order for a letter into a finished mail in the outbox."""

    def write(self, session: Session, about: About, order: MailOrder, key: str, at: datetime) -> None:
        """One finished mail to a recipient. Raises ``LookupError`` without a contact."""
        ...


class RoundPapers:
    """Writes into the session of a round's step; each method returns what the step counts."""

    def __init__(self, correspondence: Correspondence) -> None:
        self._correspondence = correspondence

    def invite(
        self, session: Session, found: Round, rules: Rules, bodies: Sequence[Recipient], at: datetime
    ) -> Figures:
        """Makes the line's money known and invites all who may apply and have not yet.

        A budget year that an earlier round of the line has made known keeps its total.
        """
        for year, total in sorted(rules.budgets.items()):
            if session.get(Budget, (found.line, year)) is None:
                session.add(Budget(line=found.line, budget_year=year, total_cents=total))
        applied = _applied(session, found)
        invited = [self._invitation(found, rules, body, at) for body in bodies if body.identity not in applied]
        session.add_all(invited)
        session.flush()
        return {"invited": len(invited), "unreached": self._mail(session, found, invited, at)}

    def remind(self, session: Session, found: Round, at: datetime) -> Figures:
        """Reminds those who have not applied; an application on its way counts."""
        waiting = self._unanswered(session, found, at)
        return {"reminded": len(waiting), "unreached": self._mail(session, found, waiting, at, reminder=True)}

    def mark_late(self, session: Session, found: Round, at: datetime) -> Figures:
        """The deadline has passed: what is open stays open and is late (E06)."""
        waiting = self._unanswered(session, found, at)
        for invitation in waiting:
            invitation.late = True
            session.add(invitation)
        return {"late": len(waiting)}

    def end(self, session: Session, found: Round, at: datetime) -> Figures:
        """The round is over: open invitations expire and their links die."""
        rows = _open_invitations(session, found)
        for row in rows:
            row.state, row.closed_at, row.closed_by = TaskState.EXPIRED, at, "system"
            session.add(row)
        drafts.clear(session, *[row.id for row in rows])
        session.execute(
            update(TaskToken)
            .where(col(TaskToken.task_id).in_([row.id for row in rows]), col(TaskToken.revoked_at).is_(None))
            .values(revoked_at=at)
        )
        found.ended_at = at
        session.add(found)
        return {"expired": len(rows)}

    def figures(self, session: Session, found: Round) -> Figures:
        """Where the round stands. An application on its way counts as an open case."""
        mine = (Case.line == found.line, Case.year == found.year)
        open_cases = col(Case.stage).not_in([str(stage) for stage in ENDED])
        money = select(func.sum(Budget.total_cents), func.sum(Budget.committed_cents)).where(Budget.line == found.line)
        total, committed = session.exec(money).one()
        return {
            "open_invitations": len(_open_invitations(session, found)),
            "cases": _count(session, *mine),
            "open_cases": _count(session, *mine, open_cases) + len(_on_their_way(session, found)),
            "waiting": _count(session, *mine, col(Case.waiting_since).is_not(None)),
            "budget_cents": int(total or 0),
            "committed_cents": int(committed or 0),
        }

    def _invitation(self, found: Round, rules: Rules, body: Recipient, at: datetime) -> TaskRow:
        deadline = application_deadline(rules)
        return TaskRow(
            id=f"{found.id}/{body.key}",
            round_id=found.id,
            recipient=body.identity,
            kind=TaskKind.APPLY,
            owner=GRANT.owner(TaskKind.APPLY),
            opened_at=at,
            due_at=deadline.ends_at,
            due_rule=deadline.model_dump(mode="json"),
            brief={"ceiling_cents": rules.ceiling_cents, "line": found.line, "year": found.year},
        )

    def _unanswered(self, session: Session, found: Round, at: datetime) -> list[TaskRow]:
        """Open invitations without an application that was received in time."""
        coming = {row.task_id for row in _on_their_way(session, found) if row.received_at < at}
        applied = _applied(session, found)
        rows = _open_invitations(session, found)
        return [row for row in rows if row.id not in coming and row.recipient not in applied]

    def _mail(
        self, session: Session, found: Round, rows: Sequence[TaskRow], at: datetime, *, reminder: bool = False
    ) -> tuple[str, ...]:
        """One mail each; returns the keys of those who have nobody to write to."""
        unreached = []
        for row in rows:
            key = row.id.rpartition("/")[2]
            if not contacts(session, row.recipient):
                unreached.append(key)
                continue
            about = About(id=found.id, line=found.line, year=found.year, recipient=row.recipient)
            facts = {"reminder": True} if reminder else {}
            order = MailOrder(template=Template.INVITATION, to="clerk", task_id=row.id, facts=facts)
            self._correspondence.write(session, about, order, f"{found.id}:{found.step_no + 1}:{key}", at)
        return tuple(unreached)


def _open_invitations(session: Session, found: Round) -> list[TaskRow]:
    query = select(TaskRow).where(TaskRow.round_id == found.id, TaskRow.state == "open").order_by(col(TaskRow.id))
    return list(session.exec(query.execution_options(populate_existing=True)))


def _applied(session: Session, found: Round) -> set[str]:
    """Recipients (identities) that have a living grant of this line and year."""
    query = select(Case.recipient).where(Case.line == found.line, Case.year == found.year, col(Case.live).is_(True))
    return set(session.exec(query))


def _on_their_way(session: Session, found: Round) -> list[CommandRow]:
    """Applications that are stored and have no case yet."""
    query = select(CommandRow).where(
        CommandRow.kind == CommandKind.APPLY,
        CommandRow.state == CommandState.RECEIVED,
        col(CommandRow.case_id).startswith(f"{found.id}-"),
    )
    return list(session.exec(query))


def _count(session: Session, *where: Any) -> int:
    return session.exec(select(func.count()).select_from(Case).where(*where)).one()
