"""Both catalogues say the same things, for everything the code can name."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

import workflows.procedure  # noqa: F401 - fills the registries
from activities.mail_check import CheckCode, Status
from cli.options import PARAMS, flag
from cli.verbs import VERBS
from cli.words import Words
from gateway.start_errors import StartCode
from models.answers import BankStatus
from models.errors import Code
from models.mail import NoticeKind, Template
from models.money import AmountCode
from models.recipients import RecipientKind
from models.stages import Stage, Urgency
from models.starts import START_CONTENT
from models.tasks import TASKS, Role, TaskState
from portal.fields import fields_of
from record.alarms import AlarmKind
from record.mail_views import Fate
from record.promises import CHECK_FAILED, PROMISES, Shown
from templates import LANGUAGES, catalogue, look_up
from workflows.lifecycle import GRANT
from workflows.procedure.registry import RUNGS, STARTS, TIMERS

ROOT = Path(__file__).parents[2]
FINDING = re.compile(r'(?:_broken\(\w+, |_wrong\(|code=|yield \d, )"(\w+)"')
NAME = re.compile(r"\{(\w+)\}")
ENUMS: list[tuple[str, type[StrEnum]]] = [
    ("stage", Stage),
    ("urgency", Urgency),
    ("role", Role),
    ("recipient_kind", RecipientKind),
    ("task_state", TaskState),
    ("bank_status", BankStatus),
    ("notice_kind", NoticeKind),
    ("letter", Template),
    ("mail_fate", Fate),
    ("mail_check", CheckCode),
    ("mail_status", Status),
    ("amount", AmountCode),
    ("alarm", AlarmKind),
]


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """All texts with their dotted keys; a list of lines is one text."""
    for key, found in table.items():
        where = f"{path}.{key}".lstrip(".")
        if isinstance(found, Mapping):
            yield from leaves(found, where)
        else:
            yield where, found if isinstance(found, str) else "\n".join(found)


def wanted() -> Iterator[str]:
    """Every key that the code can ask for."""
    for table, enum in ENUMS:
        yield from (f"{table}.{member}" for member in enum)
    for reason in StartCode:
        yield from (f"up.error.{reason}.message", f"up.error.{reason}.way")
    for code in Code:
        yield from (f"refusal.{code}.message", f"refusal.{code}.way")
    for kind, definition in TASKS.items():
        yield from (f"task.{kind}.title", f"task.{kind}.duty")
        yield from (f"choice.{kind}.{choice}" for choice in definition.choices)
    yield from (f"rung.{name}" for _, name in RUNGS)
    yield from (f"timer.{name}" for name in TIMERS)
    yield from (f"start.{name}" for name in STARTS)
    yield from (f"bank.{status}" for status in BankStatus)
    yield from (f"start_step.{kind}" for kind in START_CONTENT if kind not in {"open", "move"})
    for verb in VERBS.values():
        yield from (f"cli.verb.{verb.name}.{part}" for part in ("short", "help", "examples"))
        for name in verb.params:
            yield f"cli.arg.{flag(name)}" if PARAMS[name].positional else f"cli.option.{name}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_the_code_names_has_a_text(lang: str) -> None:
    missing = sorted({key for key in wanted() if not look_up(catalogue(lang), key)})
    assert missing == []
    assert len(list(wanted())) > 300


def test_both_languages_have_the_same_keys_and_values_to_fill_in() -> None:
    german, english = (dict(leaves(catalogue(lang))) for lang in LANGUAGES)
    assert sorted(german) == sorted(english)
    different = [key for key in german if set(NAME.findall(german[key])) != set(NAME.findall(english[key]))]
    assert different == []
    assert [key for key, text in {**german, **english}.items() if not text.strip()] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_promise_has_its_text_and_no_text_is_left_over(lang: str) -> None:
    assert sorted(catalogue(lang)["promise"]) == sorted(str(promise.number) for promise in PROMISES)
    assert [one for one in (Shown.TESTS, Shown.NOT_NOW) if not look_up(catalogue(lang), f"cli.promise_{one}")] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_finding_of_doctor_has_its_text_and_no_text_is_left_over(lang: str) -> None:
    found = {CHECK_FAILED}
    for path in (*(ROOT / "record" / "promises").glob("*.py"), ROOT / "gateway" / "doctor.py"):
        found |= set(FINDING.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 50
    assert sorted(catalogue(lang)["doctor"]) == sorted(found)


def test_brackets_close() -> None:
    for lang in LANGUAGES:
        for key, text in leaves(catalogue(lang)):
            if key.startswith(("cli.", "refusal.", "up.")):
                assert text.count("[") == text.count("]"), key


@pytest.mark.parametrize("kind", ["rule", "event"])
def test_each_deadline_can_be_explained(kind: str) -> None:
    written = {"rule": r'rule="(\w+)"', "event": r'start_event="(\w+)"'}[kind]
    used = {
        name
        for path in (ROOT / "workflows" / "procedure").glob("*.py")
        for name in re.findall(written, path.read_text(encoding="utf-8"))
    }
    assert len(used) > 8
    for lang in LANGUAGES:
        assert sorted(name for name in used if not look_up(catalogue(lang), f"{kind}.{name}")) == []


def test_each_fact_of_a_brief_has_a_name_or_is_not_for_people() -> None:
    silent = {"template", "notice", "days", "agenda", "subject"}
    used = set()
    for path in (ROOT / "workflows" / "procedure").glob("*.py"):
        for call in re.findall(r"plan\.(?:open|office)\(((?:[^()]|\([^()]*\))*)\)", path.read_text(encoding="utf-8")):
            used |= set(re.findall(r"(\w+)=", call))
    assert len(used) > 10
    assert sorted(name for name in used - silent if not look_up(catalogue("de"), f"fact.{name}")) == []


def test_each_field_an_officer_fills_has_a_label_and_an_option() -> None:
    forms = [
        choice.content for kind, task in TASKS.items() if not GRANT.is_clerks(kind) for choice in task.choices.values()
    ]
    forms += [START_CONTENT[kind] for kind in ("withdraw", "notify_change", "request_extension", "block", "resend")]
    options = {param.field for param in PARAMS.values() if param.field}
    for field in (field for form in forms for field in fields_of(form)):
        assert field["option"] in options, field
        assert look_up(catalogue("de"), f"field.{field['option']}"), field


CLERKS = {"open", "link", "hand_over", "move"}
"""What is started from a clerk's page alone."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_help_lists_each_kind_an_officer_can_start(lang: str) -> None:
    listed = catalogue(lang)["cli"]["arg"]["KIND"].partition(": ")[2]
    found = [word.replace("-", "_") for word in re.findall(r"[a-z]+(?:-[a-z]+)*", listed)]
    assert set(START_CONTENT) - CLERKS <= set(found)
    assert CLERKS.isdisjoint(found)


def test_what_a_rule_sends_along_is_said() -> None:
    words = Words("de", "./starter.py")
    message, way = words.refusal("over_ceiling", {"ceiling_cents": 5_000_000})
    assert message == "Der Betrag liegt über dem Höchstbetrag von 50.000,00 €."
    assert words.refusal("over_ceiling", {})[0] == "Der Betrag liegt über dem Höchstbetrag."
    assert words.refusal("wrong_role", {"role": "co_signer"})[0].endswith(": Zweitzeichnung.")
    assert "./starter.py officers" in words.refusal("four_eyes", {"first": "draft_decision"})[1]
    assert "Entscheidung entwerfen" in words.refusal("four_eyes", {"first": "draft_decision"})[0]
    assert words.refusal("date_not_later", {"day": "2019-03-31", "latest": ""})[0].endswith(
        "nach dem So 31.03.2019 liegen."
    )
    assert words.refusal("something_new", {}) == ("something_new", "")
    assert way
