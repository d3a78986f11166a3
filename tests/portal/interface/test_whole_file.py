"""Who decides sees what is decided: every field of the forms behind a task, and every consequence of each answer.

The fields are those of the clerk's forms, read as the clerk read them; the consequences are compared with what happens
when the answer is given. :data:`PLACES` are the places in which both must be seen before the decision.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from sqlmodel import col, select

from cli.pages.case import print_case
from cli.pages.task import print_task_page
from models.content.answers import read_back
from models.tables import Budget, Case, CommandRow, Notice, Outbox, TaskRow
from models.tasks import TASKS
from models.tasks import TaskKind as K
from portal.clerk.sheets import values_of
from portal.forms import ACTING, FORMS
from portal.shown import row_pairs
from record.cases.foreseeing import assumed
from record.database.engine import Database
from record.database.words import mail_text
from record.views.case_file import ACCOUNT_TASKS
from templates.sentences import grouped
from templates.wording import Wording
from tests.desk.site import Visitor, visitor
from tests.fixtures.databases import OWNER
from tests.portal.interface.roads import OFFICERS, ROADS, FullPlay, installed, led
from tests.portal.interface.test_decision_basis import IBAN, Desk, _terminal

Seen = Callable[[Desk, str, K, pytest.CaptureFixture[str]], str]
DE: Final = Wording("de")


def _in_case(desk: Desk, case: str, _: K, capsys: pytest.CaptureFixture[str]) -> str:
    return _terminal(capsys, print_case, desk.get(f"/case/{case}"))


def _in_task(desk: Desk, case: str, kind: K, capsys: pytest.CaptureFixture[str]) -> str:
    return _terminal(capsys, print_task_page, desk.shown(case, kind), "")


def _in_case_json(desk: Desk, case: str, _: K, __: pytest.CaptureFixture[str]) -> str:
    return " ".join(_said(desk.get(f"/case/{case}")))


def _in_task_json(desk: Desk, case: str, kind: K, _: pytest.CaptureFixture[str]) -> str:
    return " ".join(_said(desk.shown(case, kind)))


def _at_desk(desk: Desk, case: str, kind: K, _: pytest.CaptureFixture[str]) -> str:
    """The page of the task, in the browser of somebody who may do it."""
    with TemporaryDirectory() as folder, closing(visitor(desk.play, Path(folder)).http) as http:
        browser = Visitor(http).log_in(desk.play.actor(case, kind).id)
        return browser.open(f"/aufgabe/{desk.play.task(case, kind).id}").cells


PLACES: Final[dict[str, Seen]] = {
    "desk": _at_desk,
    "case": _in_case,
    "show": _in_task,
    "case --json": _in_case_json,
    "show --json": _in_task_json,
}
"""Where an officer reads before a decision, as text. Each gives what stands there, with single spaces."""


def _said(value: Any, name: str = "") -> Iterator[str]:
    """All that a document says, with amounts and days as people write them, and codes as they are called."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _said(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner, name)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int) and name.endswith("cents"):
        yield DE.amount(value)
    elif name == "due":
        yield DE.last_day(str(value)) if value else ""
    elif name == "kind":
        yield DE.find(f"task.{value}.title") or DE.name("notice_kind", str(value))
    else:
        yield " ".join(DE.value(name, value).split())


LINK: Final = re.compile(r"(/[tc]/)\S+")


SAMPLE: Final = frozenset({K.CALL_BACK, K.SIGN_DECISION})
"""Kinds of ``make test``: a telephone and a letter; ``make test-slow`` looks at the others."""


def sampled(kind: K, *more: str) -> Any:
    """A parameter of one of the two halves of the tests."""
    return pytest.param(kind, *more, marks=() if kind in SAMPLE else pytest.mark.slow)


@pytest.fixture(params=[sampled(kind) for kind in OFFICERS], ids=str)
def kind(request: pytest.FixtureRequest) -> K:
    """Each kind of task of the authority."""
    return K(request.param)


@pytest.fixture
def db_role() -> str:
    """The desk is one of the places, and its log-ins are not the worker's."""
    return OWNER


@pytest.fixture
def about(db: Database, kind: K, monkeypatch: pytest.MonkeyPatch) -> tuple[FullPlay, str]:
    """An installation and a case in which such a task is open."""
    play = installed(db, kind)
    return play, led(play, kind, play.full_application(), monkeypatch)


def test_each_kind_of_task_has_a_road() -> None:
    assert set(ROADS) == set(OFFICERS)


# every field ----------------------------------------------------------------------------------------


def _as_the_clerk_saw(play: FullPlay, case: str) -> list[tuple[str, str, str]]:
    """Form, label and text of every field of everything that was sent, as the clerk's check page had it."""
    with play.db.read() as session:
        rows = session.exec(
            select(CommandRow, TaskRow.kind)
            .join(TaskRow, col(TaskRow.id) == col(CommandRow.task_id), isouter=True)
            .where(CommandRow.case_id == case, CommandRow.actor_kind == "clerk", CommandRow.kind != "start")
        ).all()
    found = []
    for row, task_kind in rows:
        form = FORMS[K(task_kind or K.APPLY)]
        content = read_back(form.model, row.content.get("application", row.content))
        values = values_of(form, content) | {one.name: getattr(content, one.name) for one in ACTING}
        pairs = row_pairs([*form.fields, *ACTING], values, masked=True)
        assert len(pairs) == len(form.fields) + len(ACTING), f"{form.model}: every field was filled"
        found += [(form.model.__name__, label, " ".join(text.split())) for label, text in pairs]
    return found


def test_every_field_of_every_form_is_seen_before_the_decision(
    about: tuple[FullPlay, str], kind: K, capsys: pytest.CaptureFixture[str]
) -> None:
    play, case = about
    wanted = _as_the_clerk_saw(play, case)
    assert wanted
    for place, seen in PLACES.items():
        text = seen(Desk(play), case, kind, capsys)
        for form, label, value in wanted:
            pair = re.compile(rf"{re.escape(label)}:? {re.escape(value)}")
            assert pair.search(text), f"{place}, {kind}: {form} {label!r} {value!r} is not to be seen"


def test_the_roads_lead_over_every_form(sqlite_template: Path, tmp_path: Path) -> None:
    sent: set[str] = set()
    for road in (K.EXAMINE, K.LIFT_BLOCK, K.SIGN_EXTENSION, K.APPROVE_PROOF, K.DECIDE_REVOCATION, K.SIGN_REVOCATION):
        path = tmp_path / f"{road}.db"
        shutil.copy(sqlite_template, path)
        with closing(Database(f"sqlite:///{path}")) as db:
            play = installed(db, road)
            case = ROADS[road](play, play.full_application())
            sent |= {form for form, _, _ in _as_the_clerk_saw(play, case)}
    assert sent == {form.model.__name__ for form in FORMS.values()}


def test_account_numbers_are_whole_only_where_somebody_compares_or_pays(
    about: tuple[FullPlay, str], kind: K, capsys: pytest.CaptureFixture[str]
) -> None:
    play, case = about
    for place, seen in PLACES.items():
        text = seen(Desk(play), case, kind, capsys)
        whole = IBAN in text or grouped(IBAN) in text
        assert whole is (kind in ACCOUNT_TASKS and place.startswith(("show", "desk"))), place
    assert IBAN not in json.dumps(Desk(play).get("/today"))


# every consequence ------------------------------------------------------------------------------------


def test_every_consequence_is_seen_before_the_decision(
    about: tuple[FullPlay, str], kind: K, capsys: pytest.CaptureFixture[str]
) -> None:
    play, case = about
    desk = Desk(play, play.actor(case, kind).id)
    effects = desk.shown(case, kind)["effects"]
    assert [one["choice"] for one in effects] == [choice["choice"] for choice in _task(play, case, kind)["choices"]]
    wanted = [text for one in effects for text in _named(one)]
    for place, seen in PLACES.items():
        text = seen(desk, case, kind, capsys)
        for one in wanted:
            assert one in text, f"{place}, {kind}: {one!r} is not to be seen"


def _task(play: FullPlay, case: str, kind: K) -> dict[str, Any]:
    return Desk(play).task(case, kind)


def _named(effect: dict[str, Any]) -> Iterator[str]:
    """Every letter, amount and date of an effect, as people read it."""
    for letter in effect["letters"]:
        yield " ".join(letter["text"].split())
    for mail in effect["mails"]:
        yield mail["subject"]
        yield mail["function"]
    for order in effect["orders"]:
        yield order["id"]
        yield DE.amount(order["amount_cents"])
    for one in effect["reservations"]:
        yield DE.amount(abs(one["cents"])) if one["cents"] > 0 else ""
    for one in effect["money"]:
        yield DE.amount(one["after_cents"])
    for one in effect["dates"]:
        yield DE.day(one["on"]) if one["on"] else ""
    for one in (*effect["opens"], *effect["postpones"]):
        yield DE.last_day(one["due"])
        yield DE.name("task", f"{one['kind']}.title")


CHOICES: Final = [sampled(kind, choice) for kind in OFFICERS for choice in TASKS[kind].choices]


@pytest.mark.parametrize(("kind", "choice"), CHOICES, ids=str)
def test_what_is_foreseen_is_what_happens(about: tuple[FullPlay, str], kind: K, choice: str) -> None:
    """Letters, mails, money, tasks, dates and the stage after an answer are those that were shown before it."""
    play, case = about
    play.refuse = lambda _mail: False
    signer = play.actor(case, kind).id
    (effect,) = (one for one in Desk(play, signer).shown(case, kind)["effects"] if one["choice"] == choice)
    _compare(play, case, kind, choice, effect)


def _compare(play: FullPlay, case: str, kind: K, choice: str, effect: dict[str, Any]) -> None:
    """Gives the answer and compares."""
    before, state = _record(play, case), play.states[case]
    content = assumed(TASKS[kind].choices[choice].content, state, play.now)
    own = {name: _plain(value) for name, value in content.items() if name in {"until", "posted_on", "amount_cents"}}
    assert play.answer(case, kind, choice, **own) == effect["refused"]
    if effect["refused"]:
        return
    after, answered = _record(play, case), next(iter(state.open(kind))).id
    happened, shown = _happened(before, after, answered), _foreseen(effect)
    if effect["assumed"]:  # the words that were assumed are not those that were written
        happened["mails"], shown["mails"] = ([mail[:2] for mail in found["mails"]] for found in (happened, shown))
    assert shown == happened
    for one in effect["dates"]:
        day = play.states[case].timers.get(one["name"])
        if one["ends"]:
            assert day is None, one
        elif one["name"] == "notified":
            assert one["on"] in after["notified"]
        else:
            assert day is None or DE.last_day(day.isoformat()) == DE.day(one["on"])


def _foreseen(effect: dict[str, Any]) -> dict[str, Any]:
    return {
        "notices": sorted(letter["id"] for letter in effect["letters"]),
        "mails": sorted((mail["template"], mail["subject"], _unlinked(mail["text"])) for mail in effect["mails"]),
        "opened": sorted((one["kind"], one["due"]) for one in effect["opens"]),
        "postponed": sorted((one["kind"], one["due"]) for one in effect["postpones"]),
        "closed": sorted(one["id"] for one in effect["closes"]),
        "budget": {one["budget_year"]: one["cents"] for one in effect["reservations"]},
        "stage": effect["stage"],
    }


def _happened(before: dict[str, Any], after: dict[str, Any], answered: str) -> dict[str, Any]:
    old, new, mails = before["tasks"], after["tasks"], set(before["mails"])
    return {
        "notices": sorted(set(after["notices"]) - set(before["notices"])),
        "mails": sorted(mail[1:] for mail in after["mails"] if mail not in mails),
        "opened": sorted(task[:2] for at, task in new.items() if at not in old),
        "postponed": sorted(task[:2] for at, task in new.items() if at in old and task[1] != old[at][1]),
        "closed": sorted(at for at, task in new.items() if at in old and task[2] != old[at][2] and at != answered),
        "budget": {y: c - before["budget"][y] for y, c in after["budget"].items() if c != before["budget"][y]},
        "stage": after["stage"],
    }


def _record(play: FullPlay, case: str) -> dict[str, Any]:
    """What can be compared of a case: all that a step may have written."""
    with play.db.read() as session:
        return {
            "notices": list(session.exec(select(Notice.id).where(Notice.case_id == case))),
            "mails": [
                (mail.id, mail.template, mail.subject, _unlinked(mail_text(mail.mime)))
                for mail in session.exec(select(Outbox).where(Outbox.case_id == case))
            ],
            "tasks": {
                row.id: (row.kind, row.due_at.isoformat(), row.state)
                for row in session.exec(select(TaskRow).where(TaskRow.case_id == case))
            },
            "notified": [
                str(notice.notified_on) for notice in session.exec(select(Notice).where(Notice.case_id == case))
            ],
            "budget": {row.budget_year: row.committed_cents for row in session.exec(select(Budget))},
            "stage": session.get_one(Case, case).stage,
        }


def _unlinked(text: str) -> str:
    """The words of a mail without the keys of its links: they are made when it is written, gone when it has left."""
    return LINK.sub(r"\1…", text).replace("\r\n", "\n").strip()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
