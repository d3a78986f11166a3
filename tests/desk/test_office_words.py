"""The words of the office's pages: one for each change, each field of a form, and each value of a programme."""

from datetime import date

import pytest

from models.office import CHANGES, Change
from models.programme import Certainty, Financing, Letter, Medium, Proration, Tranche
from models.recipients import RecipientKind
from portal.desk.office.forms import FIELDS
from portal.desk.office.programme import fields, in_words, lines_in_words
from portal.desk.wording import DeskWords, own_words
from programmes.directory import Directory
from templates import LANGUAGES


def test_each_change_has_its_words_and_its_form() -> None:
    words = own_words("de")["change"]
    for table in ("title", "causes", "button"):
        assert set(words[table]) == {str(one) for one in Change}
    assert set(FIELDS) == set(Change)
    shown = {field.name for form in FIELDS.values() for field in form if field.type != "hidden"}
    assert set(words["field"]) == shown
    assert set(words["hint"]) <= shown


@pytest.mark.parametrize("change", list(Change))
def test_a_form_asks_for_what_its_change_holds(change: Change) -> None:
    of_page = {"officer", "recipient"} if change is not Change.ADD_OFFICER else set()
    assert {field.name for field in FIELDS[change]} == set(CHANGES[change].model_fields) - of_page
    needed = {name for name, one in CHANGES[change].model_fields.items() if one.is_required()}
    assert needed - of_page <= {field.name for field in FIELDS[change] if field.required}


def test_each_value_of_a_programme_has_its_name() -> None:
    words = own_words("de")
    assert set(words["rule"]) == set(fields())
    assert set(words["certainty"]) == {str(one) for one in Certainty}
    told = {str(one) for table in (Financing, Proration, Medium) for one in table}
    assert set(words["rule_value"]) == told


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ceiling_cents", 5_000_000, "50.000,00\u00a0€"),
        ("sanction_cut_bp", 2500, "25\u00a0%"),
        ("interest_points_bp", 12, "0,12\u00a0%"),
        ("proof_due", date(2019, 3, 31), "So\u00a031.03.2019"),
        ("dunning_weeks", (2, 6), "2 Wochen; 6 Wochen"),
        ("receipt_working_days", 1, "1 Arbeitstag"),
        ("proof_pre_reminders", ("P3M", "P4W"), "3 Monate; 4 Wochen"),
        ("budgets", {2018: 165_000_000}, "2018: 1.650.000,00\u00a0€"),
        ("latest_drawdown", {2018: date(2018, 11, 30)}, "2018: Fr\u00a030.11.2018"),
        ("notification_days", {Medium.POST: 3, Medium.PORTAL: 1}, "Post: 3 Tage; Portal: 1 Tag"),
        ("tranches", (Tranche(budget_year=2018, share_bp=10_000),), "2018: 100\u00a0%"),
        ("eligible_kinds", (RecipientKind.RURAL_DISTRICT,), "Landkreis"),
        ("financing", Financing.FIXED_AMOUNT, "Festbetrag"),
        ("eligible_keys", (), "keine"),
        ("max_instalments", 4, "4"),
        ("ministry_consent", False, "Nein"),
    ],
)
def test_a_value_is_said_in_words(field: str, value: object, said: str) -> None:
    assert in_words(DeskWords("de"), field, value) == said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_line_is_told_whole_and_without_codes(lang: str) -> None:
    directory = Directory()
    told = lines_in_words(DeskWords(lang), [directory.line(one.code, one.year) for one in directory.lines()])
    assert len(told) == len(directory.lines())
    codes = {str(one) for table in (Financing, Proration, RecipientKind, Letter) for one in table if "_" in one}
    for line in told:
        assert len(line.values) == len(fields())
        for value in line.values:
            assert value.text, value.label
            assert not codes & set(value.text.split())
            assert value.certainty
