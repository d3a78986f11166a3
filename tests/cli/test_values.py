"""What a person types: amounts, days, numbers and files, and how a mistake is answered."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import values
from cli.values import UsageError
from cli.words import Words, printable, program, typed_folder
from models.money import MAX_CENTS, Cents, format_plain
from templates.wording import as_day, fill

DE, EN = Words("de", "./starter.py"), Words("en", "./starter.py")


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("50000.00", 5_000_000), ("50000", 5_000_000), ("25000,5", 2_500_050), ("50.000,00", 5_000_000), ("0.01", 1)],
)
def test_amounts_that_are_taken(typed: str, cents: int) -> None:
    assert values.amount(DE, "amount", typed) == cents


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "größer als null"),
        ("-1", "unter null"),
        ("50000.001", "zwei Nachkommastellen"),
        ("50,000.00", "Gemeint ist vielleicht 50000.00."),
        ("50.000", "zwei Beträge"),
        ("fünfzig", "kein Betrag"),
        ("", "fehlt ein Betrag"),
        ("9" * 30, "zu groß"),
        ("1e5", "kein Betrag"),
    ],
)
def test_amounts_that_are_not_taken_say_why(typed: str, said: str) -> None:
    with pytest.raises(UsageError, match="--amount") as refusal:
        values.amount(DE, "amount", typed)
    assert said in str(refusal.value)


def test_a_long_wrong_text_is_not_repeated_in_full() -> None:
    with pytest.raises(UsageError) as refusal:
        values.amount(EN, "amount", "x" * 5_000)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("typed", ["2018-12-31", "31.12.2018", " 2018-12-31 "])
def test_days_in_both_writings(typed: str) -> None:
    assert values.day(DE, "until", typed) == "2018-12-31"


@pytest.mark.parametrize("typed", ["31.2.2018", "2018-13-01", "morgen", "1.1.18", "", "2018-12-31T10:00"])
def test_other_days_are_refused_with_the_writing(typed: str) -> None:
    with pytest.raises(UsageError, match=r"--until.*2018-12-31 oder 31\.12\.2018"):
        values.day(DE, "until", typed)


@pytest.mark.parametrize("typed", ["0", "-1", "3661", "zehn", "1.5", "٣"])
def test_numbers_of_days_have_bounds(typed: str) -> None:
    with pytest.raises(UsageError, match="1 bis 3660"):
        values.days(DE, typed)


@pytest.mark.parametrize(
    ("content", "said"), [(b"{", "Zeile 1"), (b"[]", "kein JSON"), (b"\xff", "nicht gelesen"), (None, "nicht gelesen")]
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        values.json_file(DE, str(path))


@given(st.integers(1, MAX_CENTS))
def test_what_is_shown_for_programs_is_read_back(cents: int) -> None:
    assert values.amount(DE, "amount", format_plain(Cents(cents))) == cents


@pytest.mark.parametrize(
    ("cents", "german", "english"),
    [
        (5_000_000, "50.000,00 €", "€50,000.00"),
        (-123_456, "-1.234,56 €", "-€1,234.56"),
        (0, "0,00 €", "€0.00"),
        (165_000_000, "1.650.000,00 €", "€1,650,000.00"),
    ],
)
def test_amounts_are_written_as_people_write_them(cents: int, german: str, english: str) -> None:
    assert (DE.amount(cents), EN.amount(cents)) == (german, english)


def test_days_carry_their_weekday_and_are_legal_days() -> None:
    assert DE.day("2018-12-31") == "Mo 31.12.2018"
    assert EN.day("2018-12-31") == "Mon 2018-12-31"
    assert DE.day("2018-12-31T23:30:00+00:00") == "Di 01.01.2019"
    assert DE.day("") == "–"
    assert DE.last_day("2018-12-31T23:00:00+00:00") == "Mo 31.12.2018"
    assert DE.last_day("2018-12-31") == "Mo 31.12.2018"
    assert as_day("2018-07-01").isoformat() == "2018-07-01"


def test_parts_without_their_values_fall_away() -> None:
    assert fill("a[ b {x}[ c {y}]]", {"x": 1, "y": 2}) == "a b 1 c 2"
    assert fill("a[ b {x}[ c {y}]]", {"x": 1}) == "a b 1"
    assert fill("a[ b {x}[ c {y}]]", {"y": 2}) == "a"
    assert fill("{x} {z}", {"x": "[q]"}) == "[q] …"


def test_foreign_text_cannot_steer_a_terminal() -> None:
    assert printable("a\x1b[2Jb\u202ec\x9bd\tä €") == "a�[2Jb�c�d ä €"


@pytest.mark.parametrize(
    ("folder", "typed"),
    [
        ("wir-data", "./wir-data"),
        ("-x", "./-x"),
        ("a b/c", "./a b/c"),
        ("/elsewhere/d", "/elsewhere/d"),
        ("..", "./.."),
    ],
)
def test_a_folder_is_named_as_it_is_typed_from_here(
    folder: str, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed_folder(Path(folder)) == typed
    assert (tmp_path / typed).resolve() == (tmp_path / folder).resolve()


def test_the_program_is_named_as_it_was_called(tmp_path: Path) -> None:
    script = tmp_path / "starter.py"
    script.write_text("")
    assert program(str(script)) == f"python3 {script}"
    script.chmod(0o755)
    assert program(str(script)) == str(script)
    spaced = tmp_path / "two words" / "starter.py"
    spaced.parent.mkdir()
    spaced.write_text("")
    assert shlex.split(program(str(spaced))) == ["python3", str(spaced)]
    spaced.chmod(0o755)
    assert shlex.split(program(str(spaced))) == [str(spaced)]
    assert program("/usr/bin/wir") == "wir"
    assert program("/usr/bin/pytest") == "./starter.py"
    assert program(str(script), {"WIR_PROGRAM": "wir"}) == "wir"
    assert program(str(script), {"WIR_PROGRAM": ""}) == str(script)


@pytest.mark.parametrize(
    ("option", "typed", "code"),
    [
        ("role", "case_worker", "case_worker"),
        ("role", "Sachbearbeitung", "case_worker"),
        ("role", "feststellung", "payment_certifier"),
        ("change", "Stelle unbesetzt", "vacant"),
    ],
)
def test_codes_are_taken_as_they_are_called(option: str, typed: str, code: str) -> None:
    assert values.code(DE, option, typed) == code


def test_what_is_no_code_is_told_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"--role: „Chef“ gibt es nicht\. Möglich: .*Sachbearbeitung \(case_worker\)"):
        values.code(DE, "role", "Chef")
