"""The programme files: what they say, and that a line is data."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.deadlines import before, fixed_day, units
from models.money import Cents
from models.programme import UNSOURCED, Certainty, Letter, Medium, RecipientKind, Rules, Tranche
from programmes.directory import Directory
from programmes.load import FOLDER, Programmes, load_all, load_line

MADE_UP = Path(__file__).parents[1] / "data" / "lines"


@pytest.fixture(scope="module")
def real() -> Programmes:
    return load_all()


@pytest.fixture(scope="module")
def made_up() -> Programmes:
    return load_all(MADE_UP)


def test_the_line_of_2018(real: Programmes) -> None:
    rules = real.lines["fm", 2018].rules()
    assert rules.ceiling_cents == 5_000_000
    assert rules.budgets == {2018: 165_000_000}
    assert (rules.period_from, rules.period_to) == (date(2018, 1, 1), date(2018, 12, 31))
    assert (rules.remedy_months, rules.declaration_months, rules.dunning_weeks) == (1, 1, (2, 6))
    assert rules.notification_days == {Medium.POST: 3, Medium.ELECTRONIC: 3, Medium.PORTAL: 1}
    assert not rules.sanction_in_award


def test_the_budget_of_2018_is_enough_for_everybody(real: Programmes) -> None:
    rules = real.lines["fm", 2018].rules()
    everybody = real.recipients.eligible(rules.eligible_kinds, rules.period_from, keys=rules.eligible_keys)
    assert len(everybody) * rules.ceiling_cents == sum(rules.budgets.values())


def test_another_budget_to_play_with_is_marked_as_made_up(real: Programmes) -> None:
    line = Directory(real, budget=60_000).line("fm", 2018)
    assert line.rules().budgets == {2018: 6_000_000}
    assert line.origin("budgets").certainty is Certainty.MADE_UP
    assert line.rules() == real.lines["fm", 2018].rules().model_copy(update={"budgets": {2018: 6_000_000}})
    assert Directory(real).programmes is real


def test_the_days_of_2018(real: Programmes) -> None:
    rules = real.lines["fm", 2018].rules()
    application = fixed_day(
        rules.application_deadline,
        rule="application_deadline",
        start_event="year",
        roll=rules.application_deadline_rolls,
    )
    proof = fixed_day(rules.proof_due, rule="proof_due", start_event="award", roll=rules.proof_due_rolls)
    assert (application.end, proof.end) == (date(2018, 1, 2), date(2019, 4, 1))
    reminders = [before(proof.end, **units(length)) for length in rules.proof_pre_reminders]
    assert reminders == [date(2019, 1, 1), date(2019, 3, 4)]


@pytest.mark.parametrize("line", [("fm", 2018), ("mv", 2027)])
def test_every_rule_has_an_origin(real: Programmes, made_up: Programmes, line: tuple[str, int]) -> None:
    found = {**real.lines, **made_up.lines}[line]
    assert set(found.origins) == set(Rules.model_fields) - set(UNSOURCED)
    assert {found.origin(name).source for name in found.origins} <= set(found.sources)


def test_the_real_files_hold_nothing_made_up_and_no_unused_source(real: Programmes) -> None:
    line = real.lines["fm", 2018]
    assert Certainty.MADE_UP not in {origin.certainty for origin in line.origins.values()}
    cited = (FOLDER / "fm-2018.yaml").read_text(encoding="utf-8").split("# Money")[1]
    assert {source for source in line.sources if not re.search(rf"\b{source}\b", cited)} == set()


def test_what_the_sources_leave_open_is_said(real: Programmes) -> None:
    open_rules = real.lines["fm", 2018].unsettled()
    assert {"bagatelle_recovery_cents", "financing", "latest_drawdown", "sanction_in_award"} <= set(open_rules)
    assert "ceiling_cents" not in open_rules


def test_every_letter_has_a_text(real: Programmes, made_up: Programmes) -> None:
    fm, mv = real.lines["fm", 2018].rules(), made_up.lines["mv", 2027].rules()
    assert set(fm.texts) == set(Letter)
    assert (mv.text_key(Letter.AWARD), mv.text_key(Letter.DUNNING)) == ("mv/award", "dunning")


@pytest.mark.parametrize("line", [("fm", 2018), ("mv", 2027)])
def test_what_is_pinned_to_a_case_is_small_and_survives_json(
    real: Programmes, made_up: Programmes, line: tuple[str, int]
) -> None:
    rules = {**real.lines, **made_up.lines}[line].rules()
    text = rules.model_dump_json()
    assert len(text.encode()) < 3_000
    assert Rules.model_validate_json(text) == rules


def test_pinned_rules_hold_whole_cents_only(real: Programmes) -> None:
    pinned = real.lines["fm", 2018].rules().model_dump()
    for wrong in ("50000.00", 5e6, -1, 0, True):
        with pytest.raises(ValidationError, match="ceiling_cents"):
            Rules.model_validate({**pinned, "ceiling_cents": wrong})


def test_another_line_is_data(made_up: Programmes) -> None:
    line = made_up.lines["mv", 2027]
    rules = line.rules()
    assert {origin.certainty for origin in line.origins.values()} == {Certainty.MADE_UP}
    assert rules.ceiling_cents == 12_000_000
    assert rules.ministry_consent
    assert rules.dunning_weeks == (1, 2, 4)
    invited = made_up.recipients.eligible(rules.eligible_kinds, date(2027, 1, 4), keys=rules.eligible_keys)
    assert [one.key for one in invited] == ["99901001", "lotsen"]
    assert {one.kind for one in invited} == {RecipientKind.MUNICIPALITY, RecipientKind.ORGANISATION}


@pytest.mark.parametrize(
    ("award", "years"),
    [
        (12_000_000, ((2027, 3_999_600), (2028, 6_000_000), (2029, 2_000_400))),
        (100, ((2027, 33), (2028, 50), (2029, 17))),
        (1, ((2027, 0), (2028, 1), (2029, 0))),
    ],
)
def test_an_award_is_borne_by_several_budget_years(
    made_up: Programmes, award: int, years: tuple[tuple[int, int], ...]
) -> None:
    assert made_up.lines["mv", 2027].rules().by_budget_year(Cents(award)) == years


@given(st.integers(1, 10**9), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_the_years_always_bear_the_award_to_the_cent(real: Programmes, award: int, weights: list[int]) -> None:
    bounds = [0, *(10_000 * sum(weights[: n + 1]) // sum(weights) for n in range(len(weights)))]
    tranches = tuple(Tranche(budget_year=2018 + n, share_bp=bounds[n + 1] - bounds[n]) for n in range(len(weights)))
    rules = real.lines["fm", 2018].rules().model_copy(update={"tranches": tranches})
    parts = [cents for _, cents in rules.by_budget_year(Cents(award))]
    assert sum(parts) == award
    assert min(parts) >= 0


def test_one_year_bears_all(real: Programmes) -> None:
    assert real.lines["fm", 2018].rules().by_budget_year(Cents(2_500_000)) == ((2018, 2_500_000),)


def test_a_line_can_be_read_alone() -> None:
    assert load_line(FOLDER / "fm-2018.yaml").name.en == "WIR case management for refugees"


def test_base_rates_are_exact_and_the_unknown_one_is_left_out(real: Programmes) -> None:
    rates = {rate.valid_from: rate for rate in real.base_rates.rates}
    assert str(rates[date(2016, 7, 1)].percent) == "-0.88"
    assert rates[date(2026, 7, 1)].percent is None
    assert rates[date(2026, 7, 1)].certainty is Certainty.OPEN


def test_each_recipient_has_a_court_with_a_seat(real: Programmes) -> None:
    seats = {real.courts.find(one.court).seat for one in real.recipients.recipients}
    assert seats == {"Darmstadt", "Frankfurt am Main", "Gießen", "Kassel", "Wiesbaden"}
