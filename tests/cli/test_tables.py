"""Tables at every width: no amount, no status and no heading is ever cut or folded; a name gives way."""

import os
import re
import subprocess
import sys
from datetime import date
from typing import Any

import pytest

from cli.layout import laid_out, width_of, wrapped
from cli.pages.case import print_case
from cli.pages.tables import SUMS, print_round
from cli.pages.today import print_today
from cli.paper import Paper
from cli.words import Words
from models.stages import Stage
from models.tables import Round
from programmes.directory import Directory
from record.database.clock import legal_now
from templates.rounds import bound
from tests.cli.office import CASE, Office
from tests.cli.test_contract import FULDA, ROOT, signed

WIDTHS = (40, 60, 80, 100, 160)
AMOUNT = re.compile(r"\d[\d.]*,\d\d")
LANGUAGES = ("de", "en")


def round_of_everybody() -> dict[str, Any]:
    """A round of all 33 with their real names, each stage there is, and the largest amounts there can be."""
    recipients = Directory().programmes.recipients
    kinds = Directory().line("fm", 2018).rules().eligible_kinds
    bodies = recipients.eligible(kinds, date(2018, 1, 2))
    stages = list(Stage)
    cases = [
        {
            "case": f"wir-fm-2018-{body.key}",
            "key": body.key,
            "recipient": body.name,
            "stage": str(stages[number % len(stages)]),
            **dict.fromkeys((*SUMS, "reserved_cents"), 5_000_000),
            "repaid_cents": number * 111_111,
            "gave_up": False,
        }
        for number, body in enumerate(bodies)
    ]
    sums = {name: sum(int(str(case[name])) for case in cases) for name in (*SUMS, "reserved_cents")}
    budget = [{"year": 2018, "total_cents": 165_000_000, "committed_cents": 162_500_000}]
    return {"round": "wir-fm-2018", "budget": budget, "cases": cases, "sums": sums, "invitations_open": 3}


def test_it_is_said_why_less_is_bound_than_was_awarded() -> None:
    view, words = round_of_everybody(), Words("de", "./starter.py")
    assert bound(words, view) == ""
    offenbach, kassel, *others = view["cases"]
    offenbach |= {"recipient": "Offenbach", "reserved_cents": 0, "gave_up": True}
    kassel |= {"recipient": "Kassel", "reserved_cents": 4_800_000}
    others[0] |= {"recipient": "Hanau", "awarded_cents": 0}
    view["sums"] |= {"awarded_cents": 160_000_000, "reserved_cents": 159_800_000}
    assert bound(words, view) == (
        "Bewilligt sind 1.600.000,00 €, davon verzichtet 50.000,00 € (Offenbach), "
        "davon wieder frei 2.000,00 € (Kassel), im Entwurf vorgemerkt 50.000,00 € (Hanau). "
        "Gebunden sind deshalb 1.598.000,00 €."
    )
    for case in view["cases"]:
        case |= {"awarded_cents": 5_000_000, "reserved_cents": 0, "gave_up": True, "recipient": "X"}
    assert "(X, X, X und 30 weitere)" in bound(words, view)


def printed(capsys: pytest.CaptureFixture[str], lang: str, show: Any, view: dict[str, Any]) -> list[str]:
    """The lines of a view."""
    show(Paper(Words(lang, "./starter.py")), view)
    return capsys.readouterr().out.splitlines()


def amounts(words: Words, view: Any) -> set[str]:
    """Every amount in a view as people read it, without the sign of the currency."""
    if isinstance(view, list):
        return {found for one in view for found in amounts(words, one)}
    if not isinstance(view, dict):
        return set()
    own = {words.amount(cents).strip("€ ") for name, cents in view.items() if name in SHOWN and isinstance(cents, int)}
    return own | {found for one in view.values() for found in amounts(words, one)}


SHOWN = {"awarded_cents", "booked_cents", "repaid_cents", "total_cents", "committed_cents", "amount_cents"}
SHOWN |= {"requested_cents", "ordered_cents", "claimed_cents"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_round_of_everybody_keeps_money_status_names_and_headings(
    width: int, lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    view, words = round_of_everybody(), Words(lang, "")
    assert len(view["cases"]) == 33
    for case in view["cases"]:
        case.pop("requested_cents")
    view["sums"].pop("requested_cents")
    lines = printed(capsys, lang, print_round, view)
    text = "\n".join(lines)
    assert max(map(len, lines)) <= width
    assert {found for found in amounts(words, view) if found not in text} == set()
    assert "1.650.000,00" in text or "1,650,000.00" in text
    for name in ("col_recipient", "col_stage", "col_year", "awarded", "booked", "repaid", "total", "committed", "free"):
        assert words.say(name) in text
    flat = " ".join(text.split())
    for case in view["cases"]:
        assert " ".join(f"{case['key']} {case['recipient']}".split()) in flat or width >= 100
        assert any(words.name("stage", case["stage"]) in line for line in lines), case["stage"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_case_and_day_keep_their_amounts(
    office: Office, width: int, lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(office)
    case = office.document(f"case {CASE}")
    case |= {name: 162_500_000 + number for number, name in enumerate(sorted(SHOWN)) if name in case}
    order = {"id": "FM18-06412000-D02-A1", "status": "handed_over", "amount_cents": 162_500_000}
    case["orders"] = [order | {"status": status} for status in ("unknown", "booked", "rejected")]
    today = office.document("today")
    today["tasks"] = [{**task, "mine": mine} for task in case["tasks"] for mine in (True, False)]
    today["tasks"] = [task | {"case": CASE, "brief": {"amount_cents": 162_500_000}} for task in today["tasks"]]
    monkeypatch.setenv("COLUMNS", str(width))
    words = Words(lang, "./starter.py")
    for show, view in ((print_case, case), (print_today, today)):
        lines = printed(capsys, lang, show, view)
        text = "\n".join(lines)
        expected = amounts(words, view if show is print_case else {})
        assert {found for found in expected if found not in text} == set()
        assert not [
            line for line in lines if len(line) > max(width, 40) and "./starter.py" not in line and " " in line.strip()
        ]
        for line in lines:
            assert line.strip() != "€", "an amount was parted from its sign"
    for status in ("unknown", "booked", "rejected"):
        assert words.name("order_status", status) in "\n".join(printed(capsys, lang, print_case, case))


def test_a_pipe_is_eighty_columns_or_what_columns_says(office: Office) -> None:
    office.done(FULDA)
    with office.db.write() as session:
        session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=legal_now(session)))
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"WIR_LANG": "de"}
    seen = {}
    for columns in ("", "60", "200", "nonsense"):
        command = [sys.executable, str(ROOT / "starter.py"), "round", "--data", str(office.folder)]
        more = {"COLUMNS": columns} if columns else {}
        out = subprocess.run(command, env=env | more, capture_output=True, text=True, check=True).stdout
        assert "Formale Prüfung" in out
        assert "1.650.000,00" in out
        seen[columns] = max(map(len, out.splitlines()))
    assert seen["60"] <= 60
    assert seen[""] == seen["nonsense"] <= 80


@pytest.mark.parametrize("width", range(1, 130))
def test_no_cell_is_ever_lost(width: int) -> None:
    columns = ("Empfänger", "Stand", "bewilligt", "ausgezahlt")
    rows = [
        ("06635 Landkreis Waldeck-Frankenberg", "Verwendungsnachweis überfällig", "1.625.000,00", "50.000,00"),
        ("06631009 Fulda", "Warteliste", "0,00", "0,00"),
    ]
    head, body = laid_out(columns, rows, right=frozenset({2, 3}), elastic=0, width=width)
    text = " ".join(" ".join([*head, *body]).split())
    words = {word for row in (columns, *rows) for cell in row for word in cell.split()}
    assert {word for word in words if word not in text} == set()
    assert any("Verwendungsnachweis überfällig" in line for line in body)
    for amount in ("1.625.000,00", "50.000,00"):
        assert any(amount in line for line in body)
    if width >= 32:
        assert all(len(line) <= width for line in (*head, *body))


def test_an_amount_is_never_parted_from_its_sign() -> None:
    text = "Bewilligt sind 1.625.000,00 € und mehr"
    for width in range(1, 60):
        assert any("1.625.000,00 €" in line for line in wrapped(text, width))


@pytest.mark.parametrize(("asked", "width"), [("", 80), ("60", 60), ("0", 80), ("-5", 80), ("x", 80), ("99999", 80)])
def test_only_a_sensible_width_counts(asked: str, width: int) -> None:
    assert width_of({"COLUMNS": asked}, 80) == width
