"""Each submission beside the one before, the plan and the year before; and what speaks against a decision.

Plain values as in :mod:`record.views.case_file`. What differs is a code (:mod:`models.content.differences`), so that
the command line, programs and the desk mark the same. An account number is compared whole and shown masked.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlmodel import Session, col, select

from models.content import answers as a
from models.content import figures
from models.content.declarations import Against, against, filled
from models.content.differences import Odd, Than, differs, drawn
from models.deadlines import months_in
from models.tables import Case, InboundMail
from models.tasks import TASKS, TaskKind
from record.casework.intake import came_view, intakes
from record.views.case_file import View, submissions, submissions_of
from record.views.masking import bank_name, masked

K = TaskKind
Form = type[a.Content]

HAND_OVER: Final = "hand_over"
YEARLY: Final[frozenset[Form]] = frozenset({a.Application, a.Declaration, a.ProofOfUse})
"""Forms that each year's case has once; only these are compared with the year before."""
PLANNED: Final = ("staff_cents", "material_cents", "own_cents")
"""Amounts of a proof that the application planned under the same name."""
SAID: Final = frozenset({"odd", "complete_and_true"})
"""Parts of a submission that are no field: reasons asked for by the page, and the declaration itself."""

ABOUT: Final[Mapping[TaskKind, tuple[Form, ...]]] = {
    **dict.fromkeys(
        (K.CHECK_COMPLETENESS, K.DECIDE_INCOMPLETE, K.EXAMINE, K.GIVE_CONSENT, K.DRAFT_DECISION, K.AWAIT_BUDGET),
        (a.Application,),
    ),
    K.SIGN_DECISION: (a.Application,),
    **dict.fromkeys((K.CALL_BACK, K.CONFIRM_BANK_DETAILS), (a.Declaration,)),
    **dict.fromkeys((K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.REPAIR_PAYMENT, K.LIFT_BLOCK), (a.ChangeNotice,)),
    **dict.fromkeys((K.CHECK_PROOF, K.APPROVE_PROOF), (a.ChangeNotice, a.ProofOfUse)),
    **dict.fromkeys((K.DECIDE_REVOCATION, K.SIGN_REVOCATION, K.CLOSE_CASE), (a.ChangeNotice, a.ProofOfUse)),
}
"""Which declarations speak for or against the decision of a task. The page of a case shows those of all."""


def form_of(kind: str) -> Form:
    """The form behind a kind of submission; the proof and its completion are one."""
    return a.Colleague if kind == HAND_OVER else next(iter(TASKS[K(kind)].choices.values())).content


def compared(session: Session, case: Case) -> list[View]:
    """All submissions of a case as :func:`record.views.case_file.submissions` gives them, each compared.

    ``compared``: by field ``{before, planned, year_before, odd}``, what is not known left out, and ``odd`` a list of
    ``{code, than, by}``. ``sums``: ``[{name, cents, before, year_before}]``; ``remarks``: what is unusual about them.
    ``warnings``: codes of declarations that speak against a grant. ``bank``: of the account that is named. ``way``:
    ``link``, ``mail``, ``officer`` or ``recorded``; then ``recorded`` says how it came (:func:`came_view`).
    """
    by_mail = set(session.exec(select(InboundMail.command_id).where(InboundMail.case_id == case.id)))
    came = {command: came_view(row) for command, row in intakes(session, [case.id]).items()}
    sent = [{**one, **_way(one, by_mail, came)} for one in submissions(session, case.id)]
    last_year = _year_before(session, case)
    return [
        _beside(case, one, _earlier(sent[:at], form_of(one["kind"])), sent, last_year) for at, one in enumerate(sent)
    ]


class Way(StrEnum):
    """By which way a submission came."""

    LINK = "link"
    MAIL = "mail"  # that was taken as the answer
    OFFICER = "officer"  # who started it in the municipality's name
    RECORDED = "recorded"  # by an officer, from a letter or a call


def _way(one: View, by_mail: Collection[str | None], came: Mapping[str, View]) -> View:
    """``way``, and of what an officer recorded from paper or a call ``recorded``: how it came."""
    if found := came.get(one["command"]):
        return {"way": Way.RECORDED, "recorded": found}
    if one["by"].startswith("officer:"):
        return {"way": Way.OFFICER, "recorded": None}
    return {"way": Way.MAIL if one["command"] in by_mail else Way.LINK, "recorded": None}


def warnings_of(session: Session, case_ids: Collection[str]) -> dict[str, list[tuple[Form, Against]]]:
    """By case: the warnings that its newest accepted submissions of each form give."""
    sent = submissions_of(session, case_ids)
    rules = session.exec(select(Case.id, Case.rules).where(col(Case.id).in_(case_ids)))
    return {case_id: list(_in_force(sent[case_id], period_months(pinned))) for case_id, pinned in rules}


def speaking_against(kind: TaskKind, warned: Sequence[tuple[Form, Against]]) -> list[str]:
    """Codes of the warnings that whoever answers a task must see."""
    return [str(code) for form, code in warned if form in ABOUT.get(kind, ())]


def period_months(rules: Mapping[str, Any]) -> int:
    """Months of the grant period, both ends counted."""
    return months_in(*(date.fromisoformat(str(rules[name])) for name in ("period_from", "period_to")))


def _in_force(sent: Sequence[View], months: int) -> Iterator[tuple[Form, Against]]:
    newest = {form_of(one["kind"]): one for one in sent if not one["refused"]}
    for form, one in newest.items():
        for code in against(form, one["content"], period_months=months):
            yield form, code


def _year_before(session: Session, case: Case) -> list[View]:
    """What the recipient sent in its cases of the line's year before, oldest first."""
    query = select(Case.id).where(Case.line == case.line, Case.year == case.year - 1, Case.recipient == case.recipient)
    ids = session.exec(query.order_by(col(Case.opened_at))).all()
    sent = submissions_of(session, ids) if ids else {}
    return [one for case_id in ids for one in sent[case_id]]


def _earlier(sent: Sequence[View], form: Form) -> View | None:
    """The newest submission of a form that was accepted."""
    return next((one for one in reversed(sent) if not one["refused"] and form_of(one["kind"]) is form), None)


def _beside(case: Case, one: View, before: View | None, sent: Sequence[View], last_year: Sequence[View]) -> View:
    form, rules = form_of(one["kind"]), case.rules
    months = period_months(rules)
    now = filled(form, one["content"])
    others = {
        Than.BEFORE: filled(form, before["content"]) if before else None,
        Than.PLANNED: _plan(form, case, _earlier(sent, a.Application), months),
        Than.YEAR_BEFORE: _of_last_year(form, last_year),
    }
    found = {name: _field(name, now.get(name), others) for name in now if name not in SAID}
    if form is a.DrawdownRequest:
        need = int(rules["need_window_months"])
        odd = drawn(int(now["amount_cents"]), case.awarded_cents, need_months=need, period_months=months)
        found["amount_cents"]["odd"] = [*map(_odd, odd), *found["amount_cents"]["odd"]]
    iban = str(one["content"].get("iban", ""))
    return {
        **one,
        "content": {**one["content"], **({"iban": masked(iban)} if iban else {})},
        "bank": (bank_name(iban) or "") if iban else "",
        "compared": {name: told for name, told in found.items() if len(told) > 1 or told["odd"]},
        "warnings": [str(code) for code in against(form, one["content"], period_months=months)],
        **_sums(form, case, now, others),
    }


def _of_last_year(form: Form, last_year: Sequence[View]) -> dict[str, Any] | None:
    found = _earlier(last_year, form) if form in YEARLY else None
    return filled(form, found["content"]) if found else None


def _plan(form: Form, case: Case, application: View | None, months: int) -> dict[str, Any] | None:
    """What was planned under the names of a form's fields; the application plans no money of others."""
    if form is a.DrawdownRequest:
        return {"amount_cents": case.awarded_cents}
    if form is not a.ProofOfUse or application is None:
        return None
    planned = filled(a.Application, application["content"])
    return {name: planned[name] for name in PLANNED} | {"third_party_cents": 0, "months_filled": months}


def _field(name: str, now: Any, others: Mapping[Than, Mapping[str, Any] | None]) -> View:
    """A field elsewhere, and how it differs. What an award allows is no amount that a call should have."""
    told: View = {}
    odd: list[View] = []
    for than, other in others.items():
        if other is None or name not in other:
            continue
        told[than] = masked(str(other[name])) if name == "iban" else other[name]
        found = None if (name, than) == ("amount_cents", Than.PLANNED) else differs(now, other[name], than)
        odd += [_odd(found)] if found else []
    return {**told, "odd": odd}


def _odd(found: Odd) -> View:
    return {"code": str(found.code), "than": str(found.than), "by": found.by}


def _sums(
    form: Form, case: Case, now: Mapping[str, Any], others: Mapping[Than, Mapping[str, Any] | None]
) -> dict[str, Any]:
    """The sums of a form that has amounts to sum, and what is unusual about them."""
    found = _figures(form, case, now)
    if found is None:
        return {"sums": [], "remarks": []}
    beside = {
        than: dict(of_other.rows) if other and (of_other := _figures(form, case, other)) else {}
        for than, other in others.items()
        if than is not Than.PLANNED
    }
    rows = [
        {"name": name, "cents": cents, **{str(than): sums[name] for than, sums in beside.items() if name in sums}}
        for name, cents in found.rows
    ]
    return {"sums": rows, "remarks": list(found.remarks)}


def _figures(form: Form, case: Case, value: Mapping[str, Any]) -> figures.Figures | None:
    if form is a.Application:
        return figures.plan(value)
    if form is a.ProofOfUse:
        months = period_months(case.rules)
        return figures.proof(value, received_cents=case.booked_cents, period_months=months)
    return None
