"""What a text may hold and when it is empty, for every field of every form."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway.evidence import HEADER, read_evidence
from models.content import answers as a
from models.content import texts
from models.content.answers import BankEntry, Content, DeliveryFailure, FileRef, Odd
from models.content.names import fits_header, person_key, same_person
from models.content.starts import START_CONTENT
from models.errors import Code, RefusedError
from models.tasks import TASKS
from portal.fields import fields_of, wrong_fields
from portal.forms import Field, Kind
from portal.reading import read

FORMS: Final[tuple[type[Content], ...]] = (
    *dict.fromkeys(choice.content for task in TASKS.values() for choice in task.choices.values()),
    *dict.fromkeys(START_CONTENT.values()),
    BankEntry,
    DeliveryFailure,
    Odd,
    FileRef,
)
CONTROLS: Final = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0)) if chr(n) not in "\t\n\r"]
HALVES: Final = ["\ud800", "\udfff", "a\udc00"]
NOTHING_SEEN: Final = [
    "\u200b",
    "\u200d\ufe0f",
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800",
    "\u0301",
    "\u00a0 \u2003",
    "\u202e\u2069",
    "\ufeff",
    "",
]
PATTERNED: Final = frozenset({"sha256"})
"""Fields with an alphabet of their own, which holds no control sign."""


def text_fields() -> Iterator[tuple[type[Content], str, bool]]:
    """(form, field, whether it is a list) of all fields that hold text."""
    for form in FORMS:
        for field in fields_of(form):
            if field["type"] in {"text", "items"} and field["name"] not in {*PATTERNED, "odd"}:
                yield form, field["name"], field["type"] == "items"


FIELDS: Final = tuple(dict.fromkeys(text_fields()))
ONE: Final = st.sampled_from(FIELDS)


def codes(form: type[Content], name: str, value: Any) -> set[str]:
    """What is wrong with one field when it has this value."""
    try:
        form.model_validate({name: value})
    except ValidationError as error:
        return {field["code"] for field in wrong_fields(error) if field["name"] == name}
    return set()


def test_there_are_many_fields() -> None:
    assert len(FIELDS) > 60


@given(ONE, st.text(max_size=20), st.sampled_from([*CONTROLS, *HALVES]), st.text(max_size=20))
@example((a.Reason, "reason", False), "Der Antrag ", "\x00", "ist unvollständig.")
def test_no_field_takes_a_control_sign(
    field: tuple[type[Content], str, bool], before: str, sign: str, after: str
) -> None:
    form, name, many = field
    text = f"x{before}{sign}{after}x"
    assert codes(form, name, [text] if many else text) & {"control_characters", "name_signs"}


@given(ONE, st.text(max_size=80))
def test_what_a_field_takes_can_be_stored_and_shown(field: tuple[type[Content], str, bool], text: str) -> None:
    form, name, many = field
    if codes(form, name, [text] if many else text):
        return
    info = form.model_fields[name]
    cleaned = _value(form, name, [text] if many else text)
    for found in cleaned if many else [cleaned]:
        assert len(found.encode()) >= len(found)
        assert not any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in found)
        assert not set(found) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe")
        assert found == "" or not texts.is_blank(found)
        assert found or not info.is_required()


def _value(form: type[Content], name: str, value: Any) -> Any:
    """The field's value as it is stored, whatever else the form needs."""
    return TypeAdapter(form.model_fields[name].rebuild_annotation()).validate_python(value)


@pytest.mark.parametrize("text", NOTHING_SEEN)
def test_what_cannot_be_seen_is_empty(text: str) -> None:
    assert texts.is_blank(text)
    for form, name, many in FIELDS:
        found = codes(form, name, [text] if many else text)
        if form.model_fields[name].is_required() and name not in {"iban"}:
            assert found == {"string_too_short"}, (form.__name__, name)
    for kind in (Kind.LINE, Kind.TEXT):
        assert read((Field("details", kind),), {"details": text}).errors["details"].code == "missing"
        assert read((Field("details", kind, required=False),), {"details": text}).values == {"details": ""}


@pytest.mark.parametrize("text", ["a", "é", "e\u0301", "👍🏽", "नमस्ते", "–", "İ", "Zoë 👩‍👧"])
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert not texts.is_blank(text)
    assert texts.one_line(f" {text}\n") == texts.lines(text) == text


def test_lines_keep_their_breaks_and_one_line_has_none() -> None:
    assert texts.lines("a\r\nb\rc\u2028d\te\n") == "a\nb\nc\nd\te"
    for sign in "\n\t\r\u2028\u2029":
        with pytest.raises(texts.ControlCharacterError):
            texts.one_line(f"a{sign}b")
    assert texts.one_line("\u2068Erika\u2069 \u202eMuster\u202c") == "Erika Muster"


@given(st.text())
def test_text_of_a_mail_comes_through_without_what_nobody_may_write(text: str) -> None:
    found = texts.printable(text)
    assert texts.lines(found) == ("" if texts.is_blank(found) else found.strip())


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x85", "\ud800", "\r"])
@pytest.mark.parametrize("place", ["reference", "detail"])
def test_a_bank_line_with_a_control_sign_refuses_the_file(sign: str, place: str) -> None:
    cells = {"reference": "FM18-06631-D01-A1", "detail": "AC04"} | {place: f"x{sign}y"}
    text = f"{';'.join(HEADER)}\n{cells['reference']};booked;25000.00;2018-03-14;{cells['detail']}\n"
    with pytest.raises(RefusedError) as refused:
        read_evidence(text)
    assert (refused.value.code, refused.value.details["line"]) == (Code.BAD_CONTENT, 2)
    assert refused.value.details["field"] in {place, "columns"}


# people --------------------------------------------------------------------------------------------

SAME: Final = [
    ("Erika Muster", "erika  MUSTER"),
    ("Erika Muster", "Muster, Erika"),
    ("Erika Muster", "Frau Dr. Erika Muster"),
    ("Prof. Dr. E. Muster", "E Muster"),
    ("Erika Muster-Schulze", "Erika Muster Schulze"),
    ("Erika Muster", "Erika\u200b Mus\u2060ter\ufe0f"),
    ("Erika Muster", "Erika\u3164Muster"),
    ("Erika Muster", "Еrika Мuster"),  # Cyrillic Е and М
    ("Erika Muster", "Εrika Μusτer"),  # Greek Ε, Μ and τ
    ("Erika Muster", "Ｅｒｉｋａ Ｍｕｓｔｅｒ"),
    ("Erika Müster", "Erika Mu\u0308ster"),
    ("Jörg Groß", "JORG GROSS"),
]
DIFFERENT: Final = [
    ("Erika Muster", "Erik Muster"),
    ("A. Erste", "B. Zweite"),
    ("Simulierte Person Eins", "Simulierte Person Zwei"),
    ("Erika Muster, Landrätin", "Max Muster, Kämmerer"),
    ("Frau Dr.", "Herr Prof."),
    ("Иван Петров", "Пётр Иванов"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_person_is_one(one: str, other: str) -> None:
    assert same_person(one, other)
    with pytest.raises(ValidationError, match="signatories_equal"):
        _declared(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_people_are_two(one: str, other: str) -> None:
    assert not same_person(one, other)
    assert _declared(one, other).signatory_2 == other


def _declared(one: str, other: str) -> a.Declaration:
    return a.Declaration(
        account_holder="Kreiskasse",
        iban="DE02120300000000202051",
        waiver=True,
        signatory_1=one,
        signatory_2=other,
        acting_name="Simulierte Person",
        acting_function="Kasse",
    )


@given(st.text(), st.text())
def test_sameness_is_mutual_and_knows_no_case(one: str, other: str) -> None:
    assert same_person(one, other) == same_person(other, one)
    assert same_person(one, f"  {one} ")
    assert person_key(one) == person_key(" ".join(reversed(one.split())))


@pytest.mark.parametrize(
    "name", ["Landkreis Fulda, Fachbereich 4 (Integration), Frau Dr. Erika Mustermann-Schulze", "Zi. 12: Tel."]
)
def test_names_that_offices_have_are_taken(name: str) -> None:
    assert fits_header(name)


def test_old_content_is_read_back_and_never_judged_anew() -> None:
    old = {"reason": "Begründung\x00"}
    assert a.read_back(a.Reason, old).reason == old["reason"]
    with pytest.raises(ValidationError):
        a.read_back(a.Reason, {"reason": 1})
    kept = a.read_back(a.PostedOn, {"posted_on": "2018-01-02", "reason": "Text"})
    assert kept.posted_on == date(2018, 1, 2)
