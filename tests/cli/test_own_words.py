"""Nothing that this product prints can become somebody's reason, evidence or statement.

Walked through: every printed line of every task, choice and start, with and without facts, in both languages; every
example, label and help page of the catalogues. A text that is offered anywhere is either refused by the forms or gone.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlmodel import func, select

from cli.options import FIELD_PARAMS, PARAMS, Kind, flag
from cli.pages.inbox import print_mail
from cli.pages.today import print_task
from cli.paper import Paper
from cli.verbs import VERBS
from cli.words import Words
from models.content import answers as a
from models.content.placeholders import is_placeholder
from models.content.starts import START_CONTENT, Door, started_at
from models.errors import Code, RefusedError
from models.tables import CommandRow
from models.tasks import TASKS, TaskKind
from portal.fields import fields_of, wrong_fields
from portal.interface.inbox import Settled
from portal.interface.views.steps import Steps
from templates import LANGUAGES, catalogue
from templates.wording import fill
from tests.cli.office import CASE, CLERK, COMMAND, Office
from workflows.lifecycle import GRANT

TODAY: Final = date(2018, 5, 2)
FACTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"requested_cents": 5_000_000, "amount_cents": 100, "until": "2019-06-30", "reason": "Eigenes Wort"},
)
OF_THE_CASE: Final = frozenset({"amount", "until"})
"""What may stand in a printed line: it follows from the case, and nobody claims anything by it."""
STARTS: Final = tuple(kind for kind in START_CONTENT if kind in started_at(Door.OFFER, Door.MAIL_LIST, Door.ROUND))
FORMS: Final[set[type[a.Content]]] = {
    *(choice.content for task in TASKS.values() for choice in task.choices.values()),
    *START_CONTENT.values(),
    a.Odd,
}
KEYS: Final = frozenset({"mail", "task", "email", "kind", "code", "iban", "reference", "odd"})
"""Texts of forms that name something instead of saying something."""


def view(facts: dict[str, Any]) -> dict[str, Any]:
    """All tasks with all their choices, and all starts, as the desk completes them."""
    tasks = [
        {
            "id": f"{CASE}.{number}",
            "kind": str(kind),
            "case": CASE,
            "owner": str(GRANT.owner(kind)),
            "subject": "",
            "state": "open",
            "due": "2018-06-01T00:00:00+02:00",
            "late": False,
            "brief": facts,
            "choices": [{"choice": choice, "read_first": False} for choice in definition.choices],
            "as": "sim-berg",
        }
        for number, (kind, definition) in enumerate(TASKS.items(), 1)
        if not GRANT.is_clerks(kind)
    ]
    starts = [{"kind": kind, "as": "sim-berg", "read_first": False} for kind in STARTS]
    return Steps(TODAY, embedded=True).complete({"tasks": tasks, "starts": starts})


def printed(capsys: pytest.CaptureFixture[str], lang: str, facts: dict[str, Any]) -> str:
    """Everything that is printed for them, and for a mail that waits."""
    paper, found = Paper(Words(lang, "./starter.py")), view(facts)
    for task in found["tasks"]:
        print_task(paper, task)
    for start in found["starts"]:
        paper.start(CASE, start)
    mail: dict[str, Any] = dict.fromkeys(("subject", "sender", "reason", "text", "settled_at", "case"), "")
    mail |= {"id": "3f2a91c0-1", "at": TODAY.isoformat(), "tasks": [], "files": [], "waits": True, "whole": True}
    print_mail(paper, {**mail, "reason": "triage", "verified": True, "number_of_files": 0}, "sim-berg")
    return capsys.readouterr().out


def options(line: str) -> Iterator[tuple[str, str]]:
    """The options of a command line with their values; what is written as the name is."""
    by_flag = {flag(name): name for name, param in PARAMS.items() if not param.positional}
    parts = shlex.split(line)
    for place, part in enumerate(parts):
        if part in by_flag and PARAMS[by_flag[part]].kind is not Kind.FLAG:
            yield by_flag[part], parts[place + 1] if place + 1 < len(parts) else ""


@pytest.mark.parametrize("facts", FACTS, ids=["bare", "facts"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_printed_lines_hold_nothing_that_somebody_has_to_say(
    capsys: pytest.CaptureFixture[str], lang: str, facts: dict[str, Any]
) -> None:
    said = printed(capsys, lang, facts)
    lines = [match["typed"] for match in COMMAND.finditer(said)]
    assert len(lines) > 60
    filled = {name for line in lines for name, value in options(line) if PARAMS[name].field and value}
    assert filled <= OF_THE_CASE
    assert "amount" in filled or not facts
    assert {name: value for line in lines for name, value in options(line) if name == "note"} == {"note": ""}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_left_out_is_named_below_its_line(capsys: pytest.CaptureFixture[str], lang: str) -> None:
    words, said = Words(lang, "./starter.py"), printed(capsys, lang, {})
    blocks = {}
    for line, below in re.findall(r"^ *\./starter\.py (.+)\n((?: +[^. ].*\n)*)", said, re.MULTILINE):
        blocks[line] = " ".join(below.split())
    for task in view({})["tasks"]:
        for choice in task["choices"]:
            below = next(
                text for line, text in blocks.items() if line.startswith(f"do {task['id']} {choice['choice']}")
            )
            for field in choice["fields"]:
                option = FIELD_PARAMS.get(field["option"])
                if option is not None and field["required"] and not field.get("example"):
                    assert f"{flag(option)} ({words.name('field', field['option'])})" in below
    note = next(text for line, text in blocks.items() if line.startswith("inbox") and line.endswith("--note"))
    assert f"--note ({words.name('field', 'note')})" in note


def offered(lang: str) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that the catalogues and help pages offer as a text of a form."""
    told = catalogue(lang)
    for key, text in told["example"].items():
        if key not in {"folder", "file"}:
            yield f"example.{key}", text
    texts_ = {PARAMS[name].field for name in PARAMS if PARAMS[name].kind in {Kind.TEXT, Kind.MANY}} - {
        "change",
        "mail",
        "",
    }
    for field in (*texts_, "note", "name"):
        yield f"field.{field}", told["field"][field]
    for name, param in PARAMS.items():
        if param.field in texts_ or name == "note":
            yield f"metavar.{name}", param.metavar
    for verb in VERBS:
        for line in fill(told["cli"]["verb"][verb]["examples"], {"prog": "./starter.py"}).strip().splitlines():
            for name, value in options(line):
                if PARAMS[name].field in texts_ or name == "note":
                    yield f"cli.verb.{verb}: {name}", value


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_is_offered_is_refused(lang: str) -> None:
    found = list(offered(lang))
    assert {where.split(".")[0] for where, _ in found} >= {"field", "metavar", "cli"}
    assert [(where, text) for where, text in found if not is_placeholder(text)] == []


def words_of(form: type[a.Content]) -> Iterator[tuple[str, Any]]:
    """The fields of a form in which a person says something, and how a text is put there."""
    for field in fields_of(form):
        if field["type"] in {"text", "items"} and field["name"] not in KEYS:
            yield field["name"], (lambda text: [text]) if field["type"] == "items" else str


OFFERED: Final = (
    "Begründung",
    "Was fehlt",
    "Worum es geht",
    "M. Muster",
    "Text",
    "The reason",
    "M. Example",
    "…",
    "...",
)


@pytest.mark.parametrize(
    "text", [*OFFERED, "„BEGRÜNDUNG“", " <begründung> ", "'Was  fehlt'…", "[text]", "Te\u200bxt", ". . ."]
)
def test_each_field_of_each_form_refuses_it(text: str) -> None:
    asked = 0
    for form in FORMS:
        for name, put in words_of(form):
            with pytest.raises(ValidationError) as wrong:
                form.model_validate({name: put(text)})
            codes = {field["code"] for field in wrong_fields(wrong.value) if field["name"] == name}
            brackets_in_a_name = form is a.Colleague and name == "name" and "<" in text
            assert codes == {"name_signs" if brackets_in_a_name else "placeholder"}, (form.__name__, name)
            asked += 1
    assert asked > 30


@pytest.mark.parametrize(
    "text", ["Kassenleitung", "–", "Begründung: Die Stelle ist unbesetzt.", "Text fehlt auf Seite 2", "§ 49"]
)
def test_what_may_be_true_is_taken(text: str) -> None:
    for kind in (a.OptionalText, a.Text, a.Line):
        assert TypeAdapter(kind).validate_python(text) == text


def test_a_note_is_a_statement_too() -> None:
    with pytest.raises(ValidationError, match="placeholder"):
        Settled.model_validate({"mail": "3f2a91c0", "note": "Vermerk"})


def test_what_was_written_before_is_read_back() -> None:
    told = {"account_holder": "Text", "iban": "DE02120300000000202051", "waiver": True, "acting_name": "M. Muster"}
    told |= {"acting_function": "x\x00", "signatory_1": "A. Eins", "signatory_2": "a. eins."}
    assert a.read_back(a.Declaration, told).acting_name == "M. Muster"
    with pytest.raises(ValidationError):
        a.Declaration.model_validate(told)


# at the desk -------------------------------------------------------------------------------------


def commands(office: Office) -> int:
    with office.db.read() as session:
        return session.exec(select(func.count()).select_from(CommandRow)).one()


def test_a_line_pasted_as_printed_names_what_is_missing_and_changes_nothing(office: Office) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    before, pasted = commands(office), 0
    for match in COMMAND.finditer(office.done("today") + office.done(f"case {CASE}")):
        if (
            " refuse" in match["typed"]
            or " incomplete" in match["typed"]
            or match["typed"].startswith("act CASE block")
        ):
            result = office.type(match["typed"])
            wanted = "--item: fehlt" if "incomplete" in match["typed"] else "--reason: fehlt"
            assert (result.exit_code, wanted in result.stderr) == (2, True), result.output
            pasted += 1
    assert pasted >= 4
    assert commands(office) == before


@pytest.mark.parametrize(
    ("lang", "said"), [("de", "--reason: ist nur ein Muster"), ("en", "--reason: is only an example")]
)
def test_an_old_line_is_refused_with_a_sentence(office: Office, lang: str, said: str) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    before = commands(office)
    result = office.type(f"do {CASE}.1 refuse --reason 'Begründung' --as sim-berg", WIR_LANG=lang)
    assert (result.exit_code, said in result.stderr) == (2, True), result.output
    assert commands(office) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"do {CASE}.1 refuse --reason 'a\udcffb' --as sim-berg", "--reason enthält ein Zeichen"),
        (f"do {CASE}.1 refuse --reason 'a\x1bb' --as sim-berg", "--reason: enthält ein Zeichen"),
        (f"do {CASE}.1 incomplete --item ok --item '\u200b' --as sim-berg", "--item: darf nicht leer sein"),
        (f"do {CASE}.1 refuse --file FILE --as sim-berg", "--reason: enthält ein Zeichen"),
        ("case 'a\udcffb'", "CASE enthält ein Zeichen"),
        ("today --as '\udcff'", "--as enthält ein Zeichen"),
        ("contacts 06631 --add --name 'Erika; Max' --email a@r06631.example --as sim-berg", "Name: darf keines"),
        ("contacts 06631 --add --name '\u3164' --email a@r06631.example --as sim-berg", "Name: darf nicht leer sein"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_option(office: Office, tmp_path: Path, line: str, said: str) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    file = tmp_path / "answer.json"
    file.write_text('{"reason": "a\\ud800b"}')
    result = office.type(line.replace("FILE", str(file)))
    assert (result.exit_code, said in result.stderr) == (2, True), result.output


async def test_the_gateway_itself_refuses_it(office: Office) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    with pytest.raises(RefusedError) as refused:
        await office.gateway.answer(task_id=f"{CASE}.1", choice="refuse", content={"reason": "Begründung"}, actor=CLERK)
    assert (refused.value.code, refused.value.details["field"]) == (Code.BAD_CONTENT, "reason")


def test_every_kind_of_task_was_walked_through() -> None:
    assert {task["kind"] for task in view({})["tasks"]} == {str(kind) for kind in TaskKind if not GRANT.is_clerks(kind)}
