"""Nothing is signed unread: what a decision would send, pay or end, as one hash, and who was shown it.

An officer's decision that signs a letter, orders a payment or ends a case is taken only if the record shows this very
text to this person in this log-in. The hash is made of the decision itself, of the letters as they will go out and of
what the municipality has sent so far; so whatever changes after it was shown makes another hash, and the officer reads
again. The source is the design's section 5: who decides sees what is decided.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from models.case import Step
from models.commands import Actor, ActorKind, CommandState
from models.stages import ENDED
from models.tables import Case, CommandRow, ShownText
from record.cases.chain import canonical
from record.cases.commands import as_command
from record.cases.rule_facts import current_bank_details
from record.database.clock import legal_now
from workflows.procedure.plan import Decision, NoticeDraft


def must_be_shown(step: Step) -> bool:
    """Whether a step signs a letter with legal effect, orders a payment, or ends the case."""
    return bool(step.notices) or any(order.status == "approved" for order in step.orders) or step.stage in ENDED


def shown_hash(
    session: Session,
    case: Case,
    about: str,
    choice: str,
    decision: Decision,
    letters: Iterable[tuple[NoticeDraft, str]],
) -> str:
    """SHA-256 over what a decision sends, pays and ends. ``about``: the task, or the case something is started in."""
    step = decision.step
    content: dict[str, Any] = {
        "about": about,
        "choice": choice,
        "letters": [[draft.id, draft.kind, text] for draft, text in letters],
        "orders": [[order.id, order.cents, order.budget_year] for order in decision.orders],
        "payee": _payee(session, case) if decision.orders else [],
        "reservations": {str(year): cents for year, cents in decision.reservations.items()},
        "money": step.money,
        "stage": step.stage,
        "mails": [str(mail.template) for mail in decision.mails],
        "sent": _sent(session, case),
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _payee(session: Session, case: Case) -> list[str]:
    details = current_bank_details(session, case.id)
    return [details.holder, details.iban, details.reference] if details else []


def _sent(session: Session, case: Case) -> list[str]:
    """What the municipality has sent that counts: another submission is read before anything is decided."""
    rows = select(CommandRow.id).where(
        CommandRow.case_id == case.id,
        CommandRow.actor_kind == ActorKind.CLERK,
        CommandRow.state == CommandState.APPLIED,
    )
    return list(session.exec(rows.order_by(col(CommandRow.step_no))))


def is_noted(session: Session, reader: Actor, about: str, choice: str, sha256: str) -> bool:
    """Whether it is on record that an officer was shown this in this log-in."""
    return session.get(ShownText, (reader.id, reader.login, about, choice, sha256)) is not None


def note_shown(session: Session, reader: Actor, about: str, choice: str, sha256: str) -> None:
    """Puts on record that an officer was shown this; once is enough."""
    row = {
        "officer_id": reader.id,
        "login_id": reader.login,
        "about": about,
        "choice": choice,
        "sha256": sha256,
        "at": datetime.now(UTC),
        "legal_at": legal_now(session),
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.connection().execute(insert(ShownText).values(row).on_conflict_do_nothing())


def shown_as(session: Session, reader: Actor, about: str, choice: str, beginning: str) -> str:
    """The one hash that begins so, of what an officer was shown in this log-in; "" for none, or several."""
    if not beginning:
        return ""
    found = select(ShownText.sha256).where(
        ShownText.officer_id == reader.id,
        ShownText.login_id == reader.login,
        ShownText.about == about,
        ShownText.choice == choice,
        col(ShownText.sha256).startswith(beginning),
    )
    known = session.exec(found).all()
    return known[0] if len(known) == 1 else ""


def was_shown(session: Session, command: CommandRow, sha256: str) -> bool:
    """Whether a command carries this hash, and its officer was shown it in the log-in that the command came from."""
    if command.shown != sha256:
        return False
    return is_noted(session, as_command(command).actor, command.task_id or command.case_id, command.choice, sha256)
