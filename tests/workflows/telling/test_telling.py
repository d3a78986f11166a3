"""Every way a step can come about has its words, and what operators read says what the record says."""

from datetime import UTC, datetime, timedelta

import pytest

from models.case import CaseState, ClosedTask, OpenTask, Order, Rung, Step, StepKind
from models.stages import Stage
from models.tasks import TaskKind as K
from models.tasks import TaskState
from models.told import LAST, Happened, Sent, Told, tell
from workflows import details, verbs, words
from workflows.lifecycle import GRANT
from workflows.notation import Date
from workflows.procedure.triggers import REMINDERS, UNKNOWN

CASE = "wir-fm-2018-06631"
MONDAY = datetime(2018, 4, 9, 8, tzinfo=UTC)
TRIGGERS = sorted({trigger for _, trigger, _ in GRANT.edges()})
FIRED = {"early": ("remind", "pre_1"), "due": ("due",), "dunned": ("dun_1",), "grace": ("grace",)}
"""The page's words for what fires, and the names that agendas have for them."""


def task(number: int, kind: K, subject: str = "", *agenda: tuple[str, datetime], late: bool = False) -> OpenTask:
    """An open task that was or is due on Monday."""
    rungs = tuple(Rung(name=name, at=at) for name, at in agenda)
    return OpenTask(id=f"{CASE}.{number}", kind=kind, due=MONDAY, agenda=rungs, subject=subject, late=late)


def case(*tasks: OpenTask, orders: dict[str, Order] | None = None, **more: object) -> CaseState:
    """A case in disbursement with these open tasks."""
    state = CaseState(case_id=CASE, stage=Stage.DISBURSING, since=MONDAY, tasks={one.id: one for one in tasks})
    return state.model_copy(update={"orders": orders or {}, **more})


def step(**more: object) -> Step:
    """The case's next step, on Monday."""
    return Step.model_validate({"no": 1, "kind": StepKind.COMMAND, "action": "", "at": MONDAY} | more)


def said(about: str) -> str:
    """What is said of a step that came about so; a ``KeyError`` where nothing is."""
    kind, _, name = about.partition(".")
    if about in verbs.VERBS or about in verbs.EVENTS:
        return words.command_words(case(), about)
    if kind == "timer":
        return words.RUNGS[name]
    return "".join(words.fallen_words(kind, fired, "") for fired in FIRED[name])


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_way_a_step_comes_about_has_words(trigger: str) -> None:
    text = said(trigger)
    assert text
    assert text not in {verbs.UNSAID, verbs.EVENTS[UNKNOWN]}
    assert not {"_", "{", "command"} & {*text, *text.split()}


def test_a_way_without_words_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of the check."""
    monkeypatch.delitem(verbs.VERBS, "close_case.close")
    with pytest.raises(KeyError):
        said("close_case.close")


def test_all_that_fires_has_words_of_its_own() -> None:
    assert {name.partition("_")[0] for names in FIRED.values() for name in names} == set(REMINDERS)
    assert all(words.rung_words(name) != verbs.say(name) for names in FIRED.values() for name in names)
    assert {*Date} <= set(words.RUNGS)


def test_a_reason_of_tomorrow_is_said_by_its_code() -> None:
    assert verbs.reason("a_code_of_tomorrow") == "a code of tomorrow"


@pytest.mark.parametrize(
    ("about", "task_of_it", "text"),
    [
        ("certify_drawdown.certify", task(9, K.CERTIFY_DRAWDOWN, "D01"), "payment certifier certified drawdown D01"),
        ("book_payment.booked", task(9, K.BOOK_PAYMENT, "FM18-06631-D01-A1"), "bank booked FM18-06631-D01-A1"),
        ("repay.booked", task(9, K.REPAY, "FM18-06631-C1"), "bank booked the repayment FM18-06631-C1"),
        ("open.withdraw", task(9, K.REPAY), "applicant began to withdraw"),
        ("start.block", task(9, K.REPAY), "case worker blocked payments"),
        ("made.up", task(9, K.REPAY), verbs.UNSAID),
        ("", task(9, K.REPAY), verbs.UNSAID),
    ],
)
def test_a_command_is_named_with_what_it_is_about(about: str, task_of_it: OpenTask, text: str) -> None:
    assert words.command_words(case(task_of_it), about) == text


def test_of_two_tasks_of_a_kind_neither_is_named() -> None:
    both = case(task(8, K.CERTIFY_DRAWDOWN, "D01"), task(9, K.CERTIFY_DRAWDOWN, "D02"))
    assert words.command_words(both, "certify_drawdown.certify") == "payment certifier certified drawdown"


def test_a_date_is_named_with_its_task() -> None:
    state = case(task(9, K.DECLARE_ACCEPTANCE))
    assert words.date_words(state, f"{CASE}.9", "remind") == "reminder to the municipality: declare acceptance"
    assert words.date_words(state, "", "period_end") == "the grant period ends"


def test_a_mail_is_named_by_template_task_and_notice() -> None:
    subject = f"award|{CASE}.5|{CASE}/N1|copy"
    assert words.subject_words(subject) == "“award” (of task 5, notice N1, a copy)"
    assert words.subject_words("receipt||") == "“receipt”"


# what is told ------------------------------------------------------------------------------------


def test_the_task_that_a_step_ends_says_what_it_is_about() -> None:
    """Two instalments are certified side by side: the recorded step knows which one."""
    state = case(task(8, K.CERTIFY_DRAWDOWN, "D01"), task(9, K.CERTIFY_DRAWDOWN, "D02"))
    ended = ClosedTask(id=f"{CASE}.9", state=TaskState.ANSWERED)
    told = tell(Told(), state, step(closed=(ended,)), "certify_drawdown.certify")
    assert [one.subject for one in told.steps] == ["D02"]


def test_a_mail_that_came_back_is_named_by_the_task_it_makes() -> None:
    told = tell(Told(), case(), step(opened=(task(9, K.FIX_DELIVERY, "award|x.5|x/N1"),)), "mail_failed")
    assert "a mail came back: “award” (of task 5, notice N1)" in details.of_case(case(), told, MONDAY)


def test_the_last_steps_are_told_and_no_more() -> None:
    told, state = Told(), case()
    for number in range(1, LAST + 4):
        told = tell(told, state, step(no=number), "move")
    assert [one.no for one in told.steps] == list(range(4, LAST + 4))


def order(status: str) -> Order:
    """An order of 25,000.00 EUR."""
    return Order(id="FM18-06631-D01-A1", instalment="D01", cents=2_500_000, status=status)


@pytest.mark.parametrize(
    ("about", "status", "text"),
    [
        ("approve_drawdown.approve", "approved", "approved, not handed over yet"),
        ("", "handed_over", "handed over, no word of the bank yet"),
        ("book_payment.booked", "booked", "booked: the money has left"),
        ("book_payment.rejected", "rejected", "rejected by the bank: no money has left"),
        ("book_payment.returned", "rejected", "returned by the bank: the money is back"),
        ("book_payment.due", "unknown", "unknown: the bank has said nothing in time"),
    ],
)
def test_each_fate_of_an_order_is_said_with_its_day(about: str, status: str, text: str) -> None:
    told = tell(Told(), case(), step(orders=(order(status),), kind=StepKind.COMMAND), about)
    shown = details.of_case(case(orders={order(status).id: order(status)}), told, MONDAY)
    assert f"- order FM18-06631-D01-A1, 25,000.00 EUR: {text}, since Mon 9 Apr 2018" in shown


def test_an_order_from_before_things_were_told_is_shown_without_a_day() -> None:
    shown = details.of_case(case(orders={"x": order("booked")}), Told(), MONDAY)
    assert "booked: the money has left\n" in f"{shown}\n"


def test_every_status_is_an_orders() -> None:
    assert set(details.ORDERS) >= {"approved", "handed_over", "booked", "rejected", "unknown"}
    assert Sent(status="returned", at=MONDAY).status in details.ORDERS


def test_what_was_refused_is_not_said_to_be_done() -> None:
    state = case(task(9, K.CERTIFY_DRAWDOWN, "D01"))
    told = tell(Told(), state, step(refused="four_eyes"), "certify_drawdown.certify")
    shown = details.of_case(state, told, MONDAY)
    assert "- 1, Mon 9 Apr 2018: refused – a second person has to do it: certify drawdown D01 (certify)" in shown
    assert "certified" not in shown


def test_the_timer_after_a_refusal_says_so() -> None:
    state = case(task(9, K.CERTIFY_DRAWDOWN, "D01", ("due", MONDAY)))
    waits = "payment certifier: certify drawdown D01, until Mon 9 Apr 2018; then it counts as late"
    assert words.timer_words(state, tell(Told(), state, step(), "certify_drawdown.certify")) == waits
    refused = tell(Told(), state, step(refused="four_eyes"), "certify_drawdown.certify")
    assert words.timer_words(state, refused) == f"step 1 was refused: a second person has to do it – {waits}"


def test_a_step_says_what_it_led_to() -> None:
    led = step(stage=Stage.PROOF_CHECK, opened=(task(9, K.CHECK_PROOF),))
    shown = details.of_case(case(), tell(Told(), case(), led, "prove_use.submit"), MONDAY)
    assert "applicant handed in the proof of use → proof check; proof auditor: check proof" in shown


def test_of_a_late_task_the_next_date_is_said() -> None:
    letter = ("dun_1", MONDAY + timedelta(days=14))
    shown = details.of_case(case(task(9, K.REPAY, "FM18-06631-C1", letter, late=True)), Told(), MONDAY)
    owed = "repay FM18-06631-C1, until Mon 9 Apr 2018 (late); then dunning letter 1 on Mon 23 Apr 2018"
    assert f"- **applicant**: {owed}" in shown
    open_end = details.of_case(case(task(9, K.REPAY, late=True)), Told(), MONDAY)
    assert "until Mon 9 Apr 2018 (late); then it stays open" in open_end


def test_an_application_that_began_no_case_says_why() -> None:
    shown = details.not_begun(CASE, "over_ceiling")
    assert shown.startswith("**refused** – more than the line gives – no case began")


def test_a_step_of_before_labels_is_said_to_be_unsaid() -> None:
    shown = details.of_case(case(), Told(steps=(Happened(no=1, at=MONDAY, about="x"),)), MONDAY)
    assert verbs.UNSAID in shown
