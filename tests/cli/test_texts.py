"""Both catalogues say the same things, and what a rule gives along has a name.

That everything the code names has a text is held in ``tests/agreement``.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.options import PARAMS
from cli.words import Words
from models.content.starts import START_CONTENT, Door, started_at
from models.tasks import TASKS
from portal.fields import fields_of
from templates import LANGUAGES, catalogue, look_up
from templates.sentences import action, brief
from workflows.lifecycle import GRANT

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"\{(\w+)\}")


def leaves(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """All texts with their dotted keys; a list of lines is one text."""
    for key, found in table.items():
        where = f"{path}.{key}".lstrip(".")
        if isinstance(found, Mapping):
            yield from leaves(found, where)
        else:
            yield where, found if isinstance(found, str) else "\n".join(found)


def test_codes_stand_in_words() -> None:
    facts = {"change": "vacant", "detail": "AC04", "since": "2018-03-01"}
    assert brief(Words("de", ""), facts) == [
        "Art der Änderung: Stelle unbesetzt",
        "Meldung der Bank: Konto aufgelöst (AC04)",
        "seit: Do 01.03.2018",
    ]
    assert brief(Words("de", ""), {"detail": "Konto.zu"}) == ["Meldung der Bank: Konto.zu"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("approve_drawdown.approve", "Auszahlung anordnen"),
        ("sign_decision.sign", "Entscheidung zeichnen"),
        ("examine.award", "Fachlich prüfen: Bewilligung vorschlagen"),
    ],
)
def test_what_was_done_is_said_once(code: str, said: str) -> None:
    assert action(Words("de", ""), code) == said


def test_a_day_of_notification_is_told_in_no_tense() -> None:
    """It is known when the notice leaves, some days before it comes."""
    assert Words("de", "").say("notified", day="Do 11.01.2018") == "Tag der Bekanntgabe: Do 11.01.2018"


def test_both_languages_have_the_same_values_to_fill_in() -> None:
    german, english = (dict(leaves(catalogue(lang))) for lang in LANGUAGES)
    different = [key for key in german if set(NAME.findall(german[key])) != set(NAME.findall(english[key]))]
    assert different == []
    assert [key for key, text in {**german, **english}.items() if not text.strip()] == []


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
    forms += [START_CONTENT[kind] for kind in sorted(started_at(Door.OFFER, Door.MAIL_LIST))]
    options = {param.field for param in PARAMS.values() if param.field}
    for field in (field for form in forms for field in fields_of(form)):
        assert field["option"] in options, field
        assert look_up(catalogue("de"), f"field.{field['option']}"), field


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
