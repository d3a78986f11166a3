"""What has no task and still needs somebody: commands without an answer, mail and bank lines that belong nowhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, exists, func, select

from models.stages import ENDED
from models.tables import BankLine, Case, CommandRow, Outbox
from record.mail_views import late_mails, number_late
from record.views.inbound import number_waiting, waiting
from record.views.lists.filters import PAGE
from record.views.tasks import View, iso

STUCK_AFTER: Final = timedelta(seconds=30)


def problems(session: Session, now: datetime) -> View:
    """``stuck``, ``late_mails``, ``triage`` and ``inbox``: of each the oldest ones; ``numbers`` counts them all."""
    stuck, late, inbox = _stuck(session), late_mails(session, now, PAGE), waiting(session, PAGE)
    triage = _triage(session)
    return {
        "stuck": stuck,
        "late_mails": late,
        "triage": triage[:PAGE],
        "inbox": inbox,
        "numbers": {
            "stuck": _number(stuck, lambda: _number_stuck(session)),
            "late_mails": _number(late, lambda: number_late(session, now)),
            "triage": len(triage),
            "inbox": _number(inbox, lambda: number_waiting(session)),
        },
    }


def _number(shown: Sequence[View], counted: Any) -> int:
    """How many there are: counted only where some may be left out."""
    return len(shown) if len(shown) < PAGE else int(counted())


def _is_stuck() -> tuple[Any, ...]:
    """Commands that no case has answered for a while (server time)."""
    return CommandRow.state == "received", col(CommandRow.stored_at) < datetime.now(UTC) - STUCK_AFTER


def _stuck(session: Session) -> list[View]:
    rows = session.exec(select(CommandRow).where(*_is_stuck()).order_by(col(CommandRow.stored_at)).limit(PAGE))
    return [{"command": r.id, "case": r.case_id, "kind": r.kind, "received_at": iso(r.received_at)} for r in rows]


def _number_stuck(session: Session) -> int:
    return session.exec(select(func.count()).select_from(CommandRow).where(*_is_stuck())).one()


def _triage(session: Session) -> list[View]:
    """What belongs to no case, or could not be delivered and has no task: somebody must look."""
    return [*_unmatched(session), *_refused(session), *_undelivered(session)]


def _unmatched(session: Session) -> list[View]:
    lines = session.exec(select(BankLine).where(col(BankLine.command_id).is_(None), BankLine.note == ""))
    return [_line(line) for line in lines]


def _refused(session: Session) -> list[View]:
    rows = session.exec(
        select(CommandRow.reason, BankLine)
        .join(BankLine, col(BankLine.command_id) == col(CommandRow.id))
        .where(CommandRow.kind == "bank", CommandRow.state == "refused", BankLine.note == "")
    )
    return [_line(line) | {"reason": reason} for reason, line in rows]


def _undelivered(session: Session) -> list[View]:
    ended = select(Case.id).where(col(Case.stage).in_([str(stage) for stage in ENDED]))
    # A case that took note of it had a task for it, and somebody has seen to that.
    seen_to = exists().where(
        col(CommandRow.id) == "mail-" + col(Outbox.id),
        col(CommandRow.kind) == "mail_failed",
        col(CommandRow.state) == "applied",
    )
    mails = session.exec(
        select(Outbox.id, Outbox.case_id, Outbox.smtp_reply)
        .where(Outbox.state == "failed", col(Outbox.case_id).in_(ended), ~seen_to)
        .order_by(col(Outbox.queued_at), col(Outbox.id))
    )
    return [{"kind": "mail", "id": mail, "case": case, "reply": reply} for mail, case, reply in mails]


def _line(line: BankLine) -> View:
    return {
        "kind": "bank_line",
        "reference": line.reference,
        "amount_cents": line.amount_cents,
        "value_date": line.value_date.isoformat(),
    }
