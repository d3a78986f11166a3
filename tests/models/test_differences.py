"""What differs between two answers, and what a declaration says against a grant: tables, and what holds always."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.content import answers as a
from models.content.declarations import Against, against
from models.content.differences import EMPTY, Odd, OddCode, Than, differs, drawn

C = OddCode
ONE = {"sha256": "a" * 64, "name": "a.pdf"}
TWO = {"sha256": "b" * 64, "name": "a.pdf"}


@pytest.mark.parametrize(
    ("now", "then", "code", "by"),
    [
        (5_240_000, 4_800_000, C.HIGHER, 440_000),
        (2_510_00, 2_500_00, C.HIGHER, 10_00),
        (4_800_000, 5_240_000, C.LOWER, 440_000),
        (100, 50, C.DOUBLED, 50),
        (50, 100, C.HALVED, 50),
        (5, 0, C.HIGHER, 5),
        (0, 5, C.LOWER, 5),
        (5, None, C.NEW, None),
        (None, 5, C.GONE, None),
        ("neu", "", C.NEW, None),
        ("", "alt", C.GONE, None),
        ("neu", "alt", C.CHANGED, None),
        (True, False, C.CHANGED, None),
        (False, None, C.NEW, None),
        ([ONE], [TWO], C.CHANGED, None),
        ([ONE], [], C.NEW, None),
        ([], [ONE], C.GONE, None),
        ([ONE, TWO], [ONE], C.CHANGED, None),
    ],
)
def test_a_difference_has_a_code(now: Any, then: Any, code: OddCode, by: int | None) -> None:
    assert differs(now, then, Than.BEFORE) == Odd(code, Than.BEFORE, by)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (0, 0),
        ("a b", "a\nb"),
        ("", None),
        ([], ()),
        (None, []),
        ([ONE, TWO], [TWO, ONE]),
        ([ONE], [ONE | {"name": "x"}]),
    ],
)
def test_what_says_the_same_is_no_difference(now: Any, then: Any) -> None:
    assert differs(now, then, Than.YEAR_BEFORE) is None


values = st.one_of(st.none(), st.booleans(), st.integers(0, 10**11), st.text(max_size=20))


@given(values, st.sampled_from(Than))
def test_nothing_differs_from_itself(value: Any, than: Than) -> None:
    assert differs(value, value, than) is None


@given(values, values, st.sampled_from(Than))
def test_a_difference_is_one_from_both_sides(one: Any, other: Any, than: Than) -> None:
    there, back = differs(one, other, than), differs(other, one, than)
    assert (there is None) is (back is None)
    if there is not None and back is not None:
        mirrored = {C.NEW: C.GONE, C.HIGHER: C.LOWER, C.DOUBLED: C.HALVED, C.CHANGED: C.CHANGED}
        assert back.code in {mirrored.get(there.code), *(k for k, v in mirrored.items() if v == there.code)}
        assert (there.by, there.than) == (back.by, than)


@given(st.integers(0, 10**11), st.integers(0, 10**11))
def test_amounts_differ_by_what_lies_between_them(now: int, then: int) -> None:
    found = differs(now, then, Than.PLANNED)
    assert (found.by if found else 0) == abs(now - then)


def test_empty_is_new_or_gone_and_never_changed() -> None:
    for empty in EMPTY:
        assert differs("x", empty, Than.BEFORE) == Odd(C.NEW, Than.BEFORE)
        assert differs(empty, "x", Than.BEFORE) == Odd(C.GONE, Than.BEFORE)


@pytest.mark.parametrize(
    ("cents", "awarded", "codes"),
    [
        (5_000_000, 5_000_000, [C.WHOLE_AWARD, C.BEYOND_NEED]),
        (833_334, 5_000_000, [C.BEYOND_NEED]),
        (833_333, 5_000_000, []),
        (1, 0, [C.BEYOND_NEED]),
    ],
)
def test_a_call_is_measured_by_the_award(cents: int, awarded: int, codes: list[OddCode]) -> None:
    assert [odd.code for odd in drawn(cents, awarded, need_months=2, period_months=12)] == codes


def test_a_window_longer_than_the_period_is_exceeded_by_nothing_within_the_award() -> None:
    assert drawn(100, 101, need_months=24, period_months=12) == []


WELL: dict[type[a.Content], dict[str, Any]] = {
    a.Application: {"requested_cents": 1},
    a.Declaration: {"waiver": True, "signatory_1": "Anna Eins", "signatory_2": "Bert Zwei"},
    a.ProofOfUse: {"months_filled": 12},
    a.ChangeNotice: {"change": "filled"},
}


@pytest.mark.parametrize(
    ("form", "changed", "codes"),
    [
        (a.Application, {}, []),
        (a.Application, {"not_begun": False}, [Against.ALREADY_BEGUN]),
        (a.Application, {"electronic_service": False}, [Against.PAPER_NOTICES]),
        (a.Application, {"complete_and_true": False}, [Against.NOT_TRUE]),
        (a.Declaration, {}, []),
        (a.Declaration, {"waiver": False}, [Against.NO_WAIVER]),
        (a.Declaration, {"signatory_2": "Eins, Anna"}, [Against.SIGNATORIES_EQUAL]),
        (a.ProofOfUse, {}, []),
        (a.ProofOfUse, {"months_filled": 0}, [Against.POST_VACANT]),
        (a.ProofOfUse, {"months_filled": 11}, [Against.POST_PARTLY_VACANT]),
        (a.ProofOfUse, {"months_filled": 60}, [Against.POST_TOO_LONG]),
        (a.ProofOfUse, {"necessary_and_economical": False}, [Against.NOT_ECONOMICAL]),
        (a.ProofOfUse, {"agrees_with_books": False}, [Against.NOT_IN_BOOKS]),
        (a.ChangeNotice, {}, []),
        *((a.ChangeNotice, {"change": kind}, [Against(f"change_{kind}")]) for kind in a.ChangeKind if kind != "filled"),
    ],
)
def test_a_declaration_that_speaks_against_a_grant_is_a_warning(
    form: type[a.Content], changed: dict[str, Any], codes: list[Against]
) -> None:
    assert against(form, WELL[form] | changed, period_months=12) == codes


def test_every_warning_is_given_by_some_declaration() -> None:
    tried: list[tuple[type[a.Content], dict[str, Any]]] = [
        (a.Application, {"not_begun": False, "electronic_service": False, "complete_and_true": False}),
        (a.Declaration, {"waiver": False, "signatory_2": "Anna Eins"}),
        *(
            (a.ProofOfUse, {"months_filled": m, "necessary_and_economical": False, "agrees_with_books": False})
            for m in (0, 1, 13)
        ),
        *((a.ChangeNotice, {"change": kind}) for kind in a.ChangeKind),
    ]
    given_ = {code for form, content in tried for code in against(form, WELL[form] | content, period_months=12)}
    assert given_ == set(Against)
