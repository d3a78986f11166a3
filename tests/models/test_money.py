"""How amounts are read, written and cut."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import (
    MAX_CENTS,
    AmountCode,
    AmountError,
    Cents,
    format_eur,
    format_plain,
    parse_german,
    parse_plain,
    proportional,
    split_instalments,
)

Parser = Callable[[str], Cents]
amounts = st.integers(1, MAX_CENTS).map(Cents)

BOTH_TAKE = [
    ("50000", 5_000_000),
    ("50000.00", 5_000_000),
    ("50000,00", 5_000_000),
    ("25000.5", 2_500_050),
    ("25000,5", 2_500_050),
    ("  50000.00\n", 5_000_000),
    ("0.01", 1),
    ("007", 700),
    ("1000000000.00", MAX_CENTS),
]

GERMAN_TAKES = [
    ("50.000,00", 5_000_000),
    ("50.000,00 €", 5_000_000),
    ("50.000,00\u00a0€", 5_000_000),
    ("50.000", 5_000_000),
    ("50 000,00", 5_000_000),
    ("50\u202f000,00", 5_000_000),
    ("1.650.000,00", 165_000_000),
    ("25.000,5 EUR", 2_500_050),
    ("25000 euro", 2_500_000),
    ("4.166,67€", 416_667),
]

C = AmountCode
BOTH_REFUSE = [
    ("", C.EMPTY, ()),
    (" \u00a0\t", C.EMPTY, ()),
    ("50,000.00", C.GROUPED, ("50000.00",)),
    ("1,650,000", C.GROUPED, ("1650000.00",)),
    ("50'000.00", C.GROUPED, ("50000.00",)),
    ("50,000", C.AMBIGUOUS, ("50000.00", "50.00")),
    ("50,125", C.AMBIGUOUS, ("50125.00",)),
    ("1,650.000", C.NOT_A_NUMBER, ()),
    ("50.00,000", C.NOT_A_NUMBER, ()),
    ("1.23.456,00", C.NOT_A_NUMBER, ()),
    ("50000.125", C.TOO_MANY_DECIMALS, ()),
    ("50000.120", C.TOO_MANY_DECIMALS, ("50000.12",)),
    ("0.500", C.TOO_MANY_DECIMALS, ("0.50",)),
    ("0", C.ZERO, ()),
    ("0,00", C.ZERO, ()),
    ("-5", C.NEGATIVE, ()),
    ("-0", C.NEGATIVE, ()),
    ("\u221250.000,00", C.NEGATIVE, ()),
    ("--5", C.NOT_A_NUMBER, ()),
    ("+5", C.NOT_A_NUMBER, ()),
    ("inf", C.NOT_A_NUMBER, ()),
    ("nan", C.NOT_A_NUMBER, ()),
    ("1e5", C.NOT_A_NUMBER, ()),
    ("0x10", C.NOT_A_NUMBER, ()),
    ("1_000", C.NOT_A_NUMBER, ()),
    ("5.", C.NOT_A_NUMBER, ()),
    (".5", C.NOT_A_NUMBER, ()),
    ("\u0665\u0660", C.NOT_A_NUMBER, ()),  # Arabic-Indic digits
    ("\uff15\uff10", C.NOT_A_NUMBER, ()),  # full-width digits
    ("5\u00b2", C.NOT_A_NUMBER, ()),
    ("fifty", C.NOT_A_NUMBER, ()),
    ("50 00", C.NOT_A_NUMBER, ()),
    ("1000000000.01", C.TOO_LARGE, ()),
    ("9" * 39, C.TOO_LARGE, ()),
    ("9" * 10_000, C.TOO_LARGE, ()),
    ("x" * 10_000, C.NOT_A_NUMBER, ()),
]

PLAIN_REFUSES = [
    ("50.000,00", C.GROUPED, ("50000.00",)),
    ("50 000,00", C.GROUPED, ("50000.00",)),
    ("1.650.000", C.GROUPED, ("1650000.00",)),
    ("50.000", C.AMBIGUOUS, ("50000.00", "50.00")),
    ("50.000 €", C.AMBIGUOUS, ("50000.00", "50.00")),
    ("50.125", C.AMBIGUOUS, ("50125.00",)),
    ("50000 €", C.NOT_A_NUMBER, ("50000.00",)),
    ("50000.00 EUR", C.NOT_A_NUMBER, ("50000.00",)),
]


@pytest.mark.parametrize("parse", [parse_plain, parse_german])
@pytest.mark.parametrize(("text", "cents"), BOTH_TAKE)
def test_an_amount_written_plainly_is_taken_everywhere(parse: Parser, text: str, cents: int) -> None:
    assert parse(text) == cents


@pytest.mark.parametrize(("text", "cents"), GERMAN_TAKES)
def test_a_form_takes_what_a_clerk_writes(text: str, cents: int) -> None:
    assert parse_german(text) == cents


@pytest.mark.parametrize("parse", [parse_plain, parse_german])
@pytest.mark.parametrize(("text", "code", "hint"), BOTH_REFUSE)
def test_what_is_no_amount_is_refused_with_reason_and_hint(
    parse: Parser, text: str, code: AmountCode, hint: tuple[str, ...]
) -> None:
    with pytest.raises(AmountError) as refused:
        parse(text)
    assert (refused.value.code, refused.value.hint) == (code, hint)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(("text", "code", "hint"), PLAIN_REFUSES)
def test_a_program_is_held_to_the_plain_writing(text: str, code: AmountCode, hint: tuple[str, ...]) -> None:
    with pytest.raises(AmountError) as refused:
        parse_plain(text)
    assert (refused.value.code, refused.value.hint) == (code, hint)


def test_zero_is_taken_where_it_is_an_answer() -> None:
    assert parse_german("0,00 €", zero_ok=True) == 0
    assert parse_plain("0", zero_ok=True) == 0


@pytest.mark.parametrize(
    ("cents", "plain", "german"),
    [
        (0, "0.00", "0,00\u00a0€"),
        (5, "0.05", "0,05\u00a0€"),
        (5_000_000, "50000.00", "50.000,00\u00a0€"),
        (165_000_000, "1650000.00", "1.650.000,00\u00a0€"),
        (-416_667, "-4166.67", "-4.166,67\u00a0€"),
    ],
)
def test_amounts_are_written_plainly_and_in_german(cents: int, plain: str, german: str) -> None:
    assert format_plain(Cents(cents)) == plain
    assert format_eur(Cents(cents)) == german


@given(amounts)
def test_every_amount_survives_writing_and_reading(cents: Cents) -> None:
    assert parse_plain(format_plain(cents)) == cents
    assert parse_german(format_plain(cents)) == cents
    assert parse_german(format_eur(cents)) == cents


@given(st.text(alphabet="0123456789.,' -€E", max_size=45) | st.text(max_size=60))
def test_any_text_is_an_amount_in_bounds_or_refused_with_usable_hints(text: str) -> None:
    for parse in (parse_plain, parse_german):
        hints: tuple[str, ...] = ()
        try:
            cents = parse(text)
        except AmountError as refused:
            cents, hints = Cents(1), refused.hint
        assert 0 < cents <= MAX_CENTS
        assert all(format_plain(parse_plain(hint)) == hint for hint in hints)


@given(st.text(alphabet="0123456789.,", max_size=14))
def test_both_parsers_never_read_two_different_amounts_from_one_text(text: str) -> None:
    try:
        plain = parse_plain(text)
    except AmountError:
        return
    assert parse_german(text) == plain


@pytest.mark.parametrize(
    ("total", "n", "parts"),
    [
        (5_000_000, 12, [416_667] * 11 + [416_663]),
        (5_000_000, 4, [1_250_000] * 4),
        (5_000_000, 1, [5_000_000]),
        (100, 3, [33, 33, 34]),
        (15, 10, [1] * 9 + [6]),
        (10, 10, [1] * 10),
    ],
)
def test_instalments_are_equal_with_the_rest_in_the_last(total: int, n: int, parts: list[int]) -> None:
    assert split_instalments(Cents(total), n) == parts


@pytest.mark.parametrize(("total", "n"), [(0, 1), (5, 6), (100, 0), (100, -1), (-100, 2)])
def test_no_instalment_is_less_than_a_cent(total: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot cut"):
        split_instalments(Cents(total), n)


@given(amounts, st.integers(1, 60))
def test_instalments_make_the_total_to_the_cent(total: Cents, n: int) -> None:
    if total < n:
        return
    parts = split_instalments(total, n)
    assert sum(parts) == total
    assert len(parts) == n
    assert min(parts) >= 1
    assert len(set(parts[:-1])) <= 1


@pytest.mark.parametrize(
    ("total", "numerator", "denominator", "share"),
    [
        (5_000_000, 5, 12, 2_083_333),  # post filled on 1 August
        (5_000_000, 2_500, 10_000, 1_250_000),  # the 25 percent cut
        (1, 1, 2, 1),  # half a cent is rounded up
        (3, 1, 2, 2),
        (1, 49, 100, 0),
        (0, 1, 3, 0),
    ],
)
def test_a_share_is_rounded_half_up(total: int, numerator: int, denominator: int, share: int) -> None:
    assert proportional(Cents(total), numerator, denominator) == share


@pytest.mark.parametrize(("total", "numerator", "denominator"), [(-1, 1, 2), (1, -1, 2), (1, 1, 0), (1, 1, -2)])
def test_a_share_of_nothing_real_is_refused(total: int, numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        proportional(Cents(total), numerator, denominator)


@given(amounts, st.integers(0, 366), st.integers(1, 366))
def test_a_share_is_within_half_a_cent(total: Cents, numerator: int, denominator: int) -> None:
    share = proportional(total, numerator, denominator)
    assert abs(2 * share * denominator - 2 * total * numerator) <= denominator
