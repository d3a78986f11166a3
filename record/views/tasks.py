"""A task as officers read it: what is to do, who may, and what its decision is about. Plain values, no words."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, Protocol

from sqlmodel import Session

from models.deadlines import legal_day
from models.programme import FundingLine, Recipient
from models.stages import Stage
from models.tables import Case, TaskRow
from models.tasks import TASKS, Role, TaskKind
from record.absences import absent, acting_for, whose
from record.cases.hands import Hands, barred, hands
from record.casework.holding import holdings
from record.casework.views import notes_view, taken_view
from record.database.clock import legal_now, legal_today
from record.people import officer_roles, officers
from record.views.case_file import ACCOUNT_TASKS, Accounts, reasons
from record.views.comparison import compared, speaking_against, warnings_of
from record.views.masking import concealed, with_bank
from workflows.lifecycle import GRANT
from workflows.procedure.plan import COPY

View = dict[str, Any]


class Directory(Protocol):
    """Names of recipients, and funding lines."""

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year."""
        ...

    def recipient(self, identity: str, on: date) -> Recipient:
        """A recipient as it is called on a day."""
        ...


class Shown:
    """What the tasks of some cases show beside their own rows, read once for all of them.

    ``whole``: account numbers stand there whole, in a task whose owner compares or pays; lists and files mask them.
    """

    def __init__(self, session: Session, directory: Directory, case_ids: list[str], *, whole: bool = False) -> None:
        self._session, self._directory, self._whole = session, directory, whole
        self._case_ids, self.hands = case_ids, hands(session, case_ids)
        self._taken, self._today = holdings(session, case_ids), legal_today(session)
        self._reasons, self.warned = reasons(session, case_ids), warnings_of(session, case_ids)

    def taken(self, row: TaskRow) -> View:
        """Who takes care of an open task, and whether it is put on a day."""
        return taken_view(self._taken.get(row.id) if row.state == "open" else None, row, self._today)

    def about(self, row: TaskRow, kind: TaskKind) -> View:
        """What the decision is about: warnings first, reasons so far, and for some kinds the account."""
        about: View = {"warnings": speaking_against(kind, self.warned.get(row.case_id, []))}
        about["reasons"] = self._reasons.get(row.case_id, [])
        if kind in ACCOUNT_TASKS:
            order = row.subject if kind is TaskKind.BOOK_PAYMENT else ""
            found = _account_view(self._accounts, self._directory, row.case_id, order, whole=self._whole)
            about["account"] = found
            about["warnings"] += account_warnings(found)
        return about

    @cached_property
    def _accounts(self) -> Accounts:
        """Read only where a task is about an account."""
        return Accounts(self._session, self._case_ids)


MALFORMED: Final = "account_malformed"
"""Code of the warning that the check digits of an account are wrong."""

ACCOUNT_WARNINGS: Final = {"account_elsewhere": "elsewhere", "account_changed": "earlier_iban"}
"""Code of a warning to the part of an account that makes it necessary."""


def account_warnings(account: View | None) -> list[str]:
    """What is doubtful about an account, as codes."""
    if account is None:
        return []
    malformed = [] if account["well_formed"] else [MALFORMED]
    return [code for code, name in ACCOUNT_WARNINGS.items() if account[name]] + malformed


def account_view(session: Session, directory: Directory, case_id: str) -> View | None:
    """The account of a case with its bank; its number is masked."""
    return _account_view(Accounts(session, [case_id]), directory, case_id)


def _account_view(
    accounts: Accounts, directory: Directory, case_id: str, order_id: str = "", *, whole: bool = False
) -> View | None:
    found = accounts.of(case_id, lambda case: str(recipient_view(directory, case)["name"]), order_id)
    if found is None:
        return None
    return with_bank(found) if whole else concealed(with_bank(found))


def task_view(session: Session, directory: Directory, task_id: str, officer_id: str = "") -> View | None:
    """One task of the authority with all that its decision is about, and its case; none for an unknown one."""
    row = session.get(TaskRow, task_id)
    case = session.get(Case, row.case_id) if row else None
    if row is None or case is None:
        return None
    task = task_row(session, row, officer_id, Shown(session, directory, [case.id], whole=True))
    about = {"case": case.id, "recipient": recipient_view(directory, case)}
    about |= {"file_number": case.file_number or ""}
    return {
        "id": row.id,
        "kind": "task",
        "title": "",
        "text": "",
        **about,
        "tasks": [task | about],
        "submissions": compared(session, case),
        "notes": notes_view(session, case.id),
    }


def task_row(session: Session, row: TaskRow, officer_id: str, shown: Shown) -> View:
    kind = TaskKind(row.kind)
    is_open = row.state == "open"
    known = shown.hands
    may = _may(session, row, known) if is_open and kind in TASKS else []
    about = shown.about(row, kind) if is_open and row.owner != Role.APPLICANT else {}
    letter = row.subject.split("|")[2].removesuffix(COPY) if kind is TaskKind.FIX_DELIVERY else ""
    about |= shown.taken(row) | {"may": may, "letter": letter}
    holder = str((about.get("taken") or {}).get("officer", ""))
    return about | {
        "id": row.id,
        "kind": row.kind,
        "owner": row.owner,
        "state": row.state,
        "due": iso(row.due_at),
        "late": row.late,
        "rule": row.due_rule,
        "subject": row.subject if "|" not in row.subject else "",
        "brief": row.brief,
        "choices": list(_choices(session, row, kind)) if is_open else [],
        "opened": iso(row.opened_at),
        "closed": iso(row.closed_at),
        "closed_by": row.closed_by,
        "choice": row.choice,
        "mine": officer_id in may if officer_id else True,
        "four_eyes": bool(officer_id) and officer_id in barred(row, known),
        "take_back": officer_id if is_open and _takes_back(session, row, officer_id, known) else "",
        "as": officer_id if officer_id in may else next(iter(_present(session, may)), ""),
        "for": whose(standing_in(session, officer_id), may, holder) if officer_id in may else [],
    }


def _choices(session: Session, row: TaskRow, kind: TaskKind) -> Iterator[View]:
    """The answers that the case can be given in its stage; an invitation has no case yet.

    ``read_first``: it may sign, pay or end the case, and is taken only from whoever was shown what it does.
    """
    case = session.get(Case, row.case_id) if row.case_id else None
    if case is None:
        yield from ({"choice": choice, "read_first": False} for choice in TASKS[kind].choices)
        return
    stage = Stage(case.stage)
    for choice in GRANT.choices(kind, stage):
        yield {"choice": choice, "read_first": GRANT.read_first(stage, f"{kind}.{choice}")}


def _takes_back(session: Session, row: TaskRow, officer_id: str, known: Hands) -> bool:
    """Whether this officer did what the task checks, and may take it back."""
    kind = TaskKind(row.kind)
    if not officer_id or officer_id not in barred(row, known):
        return False
    roles = roles_today(session).get(officer_id, frozenset())
    given = any(GRANT.takes_back(kind, choice) for choice in TASKS[kind].choices)
    return given and any(GRANT.owner(first) in roles for first in GRANT.not_by(kind))


def _may(session: Session, row: TaskRow, known: Hands) -> list[str]:
    """Officers who may answer: the right role on the legal day, and not the person before."""
    if row.owner == Role.APPLICANT:
        return []
    other_hands = barred(row, known)
    return [o for o, roles in roles_today(session).items() if row.owner in roles and o not in other_hands]


def standing_in(session: Session, officer_id: str) -> frozenset[str]:
    """For whom an officer stands in today; read once a view."""
    known: dict[str, frozenset[str]] = session.info.setdefault("wir_acting", {})
    if officer_id not in known:
        known[officer_id] = acting_for(session, officer_id, legal_today(session))
    return known[officer_id]


def _present(session: Session, may: list[str]) -> list[str]:
    """Those who are there before those who are away."""
    away = session.info.get("wir_away")
    if away is None:
        away = session.info["wir_away"] = frozenset(absent(session, legal_today(session)))
    return sorted(may, key=away.__contains__)


def roles_today(session: Session) -> dict[str, frozenset[Role]]:
    """Roles of all officers on the legal day; read once a view."""
    known: dict[str, frozenset[Role]] | None = session.info.get("wir_roles")
    if known is None:
        today = legal_day(legal_now(session))
        known = {o.id: officer_roles(session, o.id, today) for o in officers(session, today)}
        session.info["wir_roles"] = known
    return known


def recipient_view(directory: Directory, case: Case) -> View:
    found = directory.recipient(case.recipient, legal_day(case.opened_at))
    return {"key": case.recipient_key, "name": found.name, "kind": str(found.kind)}


def iso(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
