"""How each kind of task of the authority comes about, on forms of the municipality in which every field is filled."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from models.content import answers as a
from models.stages import Stage
from models.tasks import TASKS
from models.tasks import TaskKind as K
from portal.forms import FORMS, ODD, Field, Kind
from programmes.directory import Directory
from record.database.engine import Database
from tests.forms import USUAL
from tests.play import Play, programmes
from workflows.lifecycle import GRANT
from workflows.procedure.plan import Plan, View
from workflows.procedure.registry import TIMERS

FILE: Final = {"sha256": "ab" * 32, "name": "Konzept.pdf", "size": 123_456, "media_type": "application/pdf"}
KINDS_OF: Final = {form.model: kind for kind, form in reversed(FORMS.items())}
OFFICERS: Final = [kind for kind in TASKS if not GRANT.is_clerks(kind)]


class FullPlay(Play):
    """A play whose municipality leaves no field empty."""

    def form(self, case_id: str, model: type[a.Content], **changes: Any) -> dict[str, Any]:
        """A filled form; one of the municipality with every field."""
        usual = super().form(case_id, model)
        return (filled(KINDS_OF[model], self.today) if model in KINDS_OF else {}) | usual | changes

    def full_application(self, key: str = "06631", **changes: Any) -> str:
        """An application with every field."""
        cents = {"cents": 5_000_000}
        return self.apply(key, **cents, **(filled(K.APPLY, self.today) | {"requested_cents": 5_000_000} | changes))

    def reach(self, case: str, kind: K, **choices: str) -> str:
        """Answers and waits until a task of a kind is open; ``leave`` leaves one alone."""
        tried: set[str] = set()
        usual = {**USUAL, **{K(name): choice for name, choice in choices.items()}}
        while not self.states[case].open(kind):
            todo = [t for t in self.states[case].open() if t.id not in tried and usual.get(t.kind, "leave") != "leave"]
            if todo:
                tried.add(todo[0].id)
                self.answer(case, todo[0].kind, usual[todo[0].kind])
            elif self.wake(case):
                tried.clear()
            else:
                raise LookupError(f"{case}: no {kind}; open: {[str(t.kind) for t in self.states[case].open()]}")
        return case


def filled(kind: K, today: date) -> dict[str, Any]:
    """A form in which every field has content of its own."""
    form = FORMS[kind]
    content = {one.name: _content(one, at, today) for at, one in enumerate(form.fields) if not one.about}
    odd = [{"code": code, "reason": f"Grund zu {code}."} for code in ODD]
    return content | ({"odd": odd} if form.model is a.ProofOfUse else {})


def _content(one: Field, at: int, today: date) -> Any:
    match one.kind:
        case Kind.TEXT:
            return f"Erste Zeile zu {one.name}.\nZweite Zeile zu {one.name}."
        case Kind.MONEY:
            return 1_000_001 + 1_111 * at
        case Kind.NUMBER:
            return min(one.most, max(one.least, 11 + at))
        case Kind.DAY:
            return today.isoformat()
        case Kind.IBAN:
            return "DE02120300000000202051"
        case Kind.ONE_OF:
            return one.options[0]
        case Kind.YES_NO | Kind.CONFIRM:
            return True
        case Kind.FILES:
            return [FILE]
        case _:
            return f"Simuliert {one.name}"


def with_consent() -> Directory:
    """The programme data with the ministry's consent."""
    known = programmes()
    line = known.line("fm", 2018)
    pinned = line.pinned.model_copy(update={"ministry_consent": True})
    lines = {**known.programmes.lines, ("fm", 2018): line.model_copy(update={"pinned": pinned})}
    return Directory(replace(known.programmes, lines=lines))


Road = Callable[[FullPlay, str], str]


def _to(kind: K, **choices: str) -> Road:
    return lambda play, case: play.reach(case, kind, **choices)


def _completed(play: FullPlay, case: str) -> str:
    """An application that was completed once."""
    assert play.answer(case, K.CHECK_COMPLETENESS, "incomplete") == ""
    assert play.answer(case, K.COMPLETE_APPLICATION) == ""
    return play.reach(case, K.EXAMINE)


def _undelivered(play: FullPlay, case: str) -> str:
    play.refuse = lambda mail: mail.template == "award"
    play.reach(case, K.SIGN_DECISION)
    assert play.answer(case, K.SIGN_DECISION) == ""
    return play.reach(case, K.FIX_DELIVERY)


def _told_of_a_change(play: FullPlay, case: str) -> str:
    play.reach(case, K.REQUEST_DRAWDOWN)
    assert play.start(case, "open", {"kind": "notify_change"}) == ""
    assert play.answer(case, K.NOTIFY_CHANGE, "notify") == ""
    return case


def _extension(kind: K) -> Road:
    def road(play: FullPlay, case: str) -> str:
        play.reach(case, K.PROVE_USE)
        assert play.start(case, "open", {"kind": "request_extension"}) == ""
        assert play.answer(case, K.REQUEST_EXTENSION, "request") == ""
        return play.reach(case, kind, prove_use="leave")

    return road


def _completed_proof(play: FullPlay, case: str) -> str:
    play.reach(case, K.CHECK_PROOF)
    assert play.answer(case, K.CHECK_PROOF, "ask_again") == ""
    assert play.answer(case, K.COMPLETE_PROOF) == ""
    return play.reach(case, K.APPROVE_PROOF)


def _given_back(play: FullPlay, case: str) -> str:
    """Withdrawn after money was paid."""
    play.reach(case, K.BOOK_PAYMENT)
    assert play.answer(case, K.BOOK_PAYMENT) == ""
    assert play.start(case, "open", {"kind": "withdraw"}) == ""
    assert play.answer(case, K.WITHDRAW, "withdraw") == ""
    return play.reach(case, K.DECIDE_REVOCATION)


ROADS: Final[Mapping[K, Road]] = {
    K.CHECK_COMPLETENESS: _to(K.CHECK_COMPLETENESS),
    K.DECIDE_INCOMPLETE: _to(K.DECIDE_INCOMPLETE, check_completeness="incomplete", complete_application="leave"),
    K.EXAMINE: _completed,
    K.GIVE_CONSENT: _to(K.GIVE_CONSENT),
    K.DRAFT_DECISION: _to(K.DRAFT_DECISION),
    K.AWAIT_BUDGET: _to(K.AWAIT_BUDGET),
    K.SIGN_DECISION: _to(K.SIGN_DECISION),
    K.FIX_DELIVERY: _undelivered,
    K.DECIDE_DECLARATION: _to(K.DECIDE_DECLARATION, declare_acceptance="leave"),
    K.CALL_BACK: _to(K.CALL_BACK),
    K.CONFIRM_BANK_DETAILS: _to(K.CONFIRM_BANK_DETAILS),
    K.CERTIFY_DRAWDOWN: _to(K.CERTIFY_DRAWDOWN),
    K.APPROVE_DRAWDOWN: _to(K.APPROVE_DRAWDOWN),
    K.BOOK_PAYMENT: _to(K.BOOK_PAYMENT),
    K.REPAIR_PAYMENT: _to(K.REPAIR_PAYMENT, book_payment="rejected"),
    K.LIFT_BLOCK: _told_of_a_change,
    K.DECIDE_EXTENSION: _extension(K.DECIDE_EXTENSION),
    K.SIGN_EXTENSION: _extension(K.SIGN_EXTENSION),
    K.DECIDE_MISSING_PROOF: _to(K.DECIDE_MISSING_PROOF, prove_use="leave"),
    K.CHECK_PROOF: _to(K.CHECK_PROOF),
    K.APPROVE_PROOF: _completed_proof,
    K.DECIDE_REVOCATION: _given_back,
    K.SIGN_REVOCATION: _to(K.SIGN_REVOCATION, check_proof="finding"),
    K.DECIDE_CLAIM: _to(K.DECIDE_CLAIM, repay="leave"),
    K.CLOSE_CASE: _to(K.CLOSE_CASE),
    K.CLARIFY: _to(K.CLARIFY),
}
"""How each kind of task comes about. Whoever calls sees to what a kind needs around it (:func:`installed`)."""


def installed(db: Database, kind: K) -> FullPlay:
    """An installation in which a kind of task can come about."""
    if kind is K.GIVE_CONSENT:
        return FullPlay(db, directory=with_consent())
    return FullPlay(db, budget_cents=100) if kind is K.AWAIT_BUDGET else FullPlay(db)


def led(play: FullPlay, kind: K, case: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The case at its task. What no page foresees opens a task to clarify: here a date whose rule leaves the page."""

    def leaves(view: View, plan: Plan, *task: object) -> None:
        plan.go(Stage.CLOSED)

    with monkeypatch.context() as wrong:
        if kind is K.CLARIFY:
            wrong.setitem(TIMERS, "period_end", leaves)
        return ROADS[kind](play, case)
