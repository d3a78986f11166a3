"""A wrong programme file stops the start with file, line and reason."""

import re
import shutil
from pathlib import Path

import pytest

from programmes.load import ProgrammeError, load_all, load_line

MADE_UP = Path(__file__).parents[1] / "data" / "lines"

# what is wrong: (field of mv-2027.yaml, value written there instead, reason)
WRONG_VALUES = {
    "amount in German": ("ceiling", '"120.000,00"', "ceiling: amount refused: grouped; write 120000.00"),
    "amount in English": ("ceiling", '"120,000.00"', "ceiling: amount refused: grouped; write 120000.00"),
    "amount of two readings": ("ceiling", '"120.000"', "write 120000.00 or 120.00"),
    "amount without quotes": ("ceiling", "120000.00", 'write an amount as text in quotes: "50000.00"'),
    "whole amount without quotes": ("ceiling", "120000", 'write an amount as text in quotes: "50000.00"'),
    "amount of zero": ("ceiling", '"0.00"', "ceiling: must be more than 0"),
    "negative amount": ("ceiling", '"-5.00"', "ceiling: amount refused: negative"),
    "amount with three decimals": ("bagatelle_recovery", '"0.125"', "bagatelle_recovery: amount refused"),
    "budget in German": ("budgets", '{2027: "1.000.000,00"}', "budgets.2027: amount refused: grouped"),
    "budget of no year": ("budgets", '{soon: "5.00"}', "budgets.soon: must be a whole number"),
    "number in words": ("grace_weeks", "two", "grace_weeks: must be a whole number, found 'two'"),
    "number in quotes": ("grace_weeks", '"2"', "grace_weeks: must be a whole number"),
    "half a week": ("grace_weeks", "2.5", "grace_weeks: must be a whole number"),
    "no week": ("grace_weeks", "0", "grace_weeks: must be at least 1"),
    "nothing": ("grace_weeks", "", "grace_weeks: must be a whole number"),
    "switch in words": ("ministry_consent", "maybe", "ministry_consent: must be true or false, found 'maybe'"),
    "German date": ("proof_due", "31.10.2029", "proof_due: must be a day such as 2018-12-31"),
    "no such date": ("proof_due", "2029-02-30", "no such value: day"),
    "date with a time": ("proof_due", "2029-10-31 08:00:00", "must be a day without a time"),
    "proof before the end": ("proof_due", "2028-10-31", "must be after period_to"),
    "end before start": ("period_to", "2026-04-30", "must be after period_from"),
    "unknown kind": ("eligible_kinds", "[organisation, club]", "eligible_kinds.1: must be one of 'rural_district'"),
    "body not on the list": ("eligible_keys", "[lotsen, nobody]", "nobody is not in recipients.yaml"),
    "key without quotes": ("eligible_keys", "[99901001]", "eligible_keys.0: must be text in quotes, found '99901001'"),
    "ladder that falls": ("dunning_weeks", "[1, 4, 2]", "dunning_weeks: the steps must grow"),
    "empty ladder": ("dunning_weeks", "[]", "dunning_weeks: must hold at least 1"),
    "one number for a ladder": ("dunning_weeks", "2", "dunning_weeks: must be a list"),
    "unknown length": ("proof_pre_reminders", "[P2M, 10 days]", "proof_pre_reminders.1: not a length of time"),
    "year without last call": (
        "latest_drawdown",
        "{2027: 2027-11-15}",
        "one day for each budget year: 2027, 2028, 2029",
    ),
    "medium without days": ("notification_days", "{post: 4, portal: 1}", "days are missing for electronic"),
    "unknown medium": ("notification_days", "{fax: 1}", "must be one of 'post'"),
}

# what is wrong: (text of mv-2027.yaml, what stands there instead, text on the line named, reason)
WRONG_TEXTS = {
    "amount in cents": ("ceiling:", "ceiling_cents:", "ceiling_cents:", "ceiling_cents: is not a known field"),
    "unknown field": ("remedy_months:", "remedy_month:", "remedy_month:", "remedy_month: is not a known field"),
    "field given twice": ("claim_months:", "remedy_months:", "remedy_months:", "remedy_months is given twice"),
    "unknown certainty": ("  certainty: made_up", "  certainty: sure", "  certainty: sure", "must be one of 'found'"),
    "no certainty": ("  certainty: made_up\n", "", "tranches:", "tranches.certainty: is missing"),
    "unknown source": ("  source: play", "  source: S99", "  source: S99", "S99 is not in the list of sources"),
    "no value": (
        "grace_weeks: {value:",
        "grace_weeks: {worth:",
        "grace_weeks:",
        "must have value, source and certainty",
    ),
    "shares below the whole": ("share_bp: 1667", "share_bp: 1666", "tranches:", "the shares make 9999 bp, not 10000"),
    "wrong share in one row": ("share_bp: 5000", "share_bp: half", "share_bp: half", "tranches.1.share_bp: must be"),
    "year without budget": ('2029: "100000.00"', '2030: "100000.00"', "tranches:", "there is no budget for 2029"),
    "call in another year": (
        "2029: 2029-04",
        "2029: 2030-04",
        "latest_drawdown:",
        "2030-04-30 is not in the budget year",
    ),
    "unknown letter": ("  award: mv/award", "  prize: mv/award", "  prize:", "must be one of 'invitation'"),
    "another file name": ("year: 2027", "year: 2026", "code:", "ask for the file name mv-2026.yaml"),
    "broken YAML": ("code: mv", "code: [mv", "", "is not readable as YAML"),
}


def _folder(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A copy of the made-up folder with one thing changed in one file."""
    shutil.copytree(MADE_UP, tmp_path / "lines")
    file = tmp_path / "lines" / name
    text = file.read_text(encoding="utf-8")
    assert old in text, f"the table asks to replace {old!r}, which is not in {name}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def _refused(file: Path) -> str:
    with pytest.raises(ProgrammeError) as refused:
        load_all(file.parent)
    assert refused.value.path == file
    return str(refused.value)


def _assert_named(file: Path, place: str, reason: str) -> None:
    """One `file:line: reason`, and the line is the one that is wrong."""
    said = _refused(file).splitlines()
    matching = [line for line in said if reason in line]
    assert matching, said
    number = re.fullmatch(rf"{re.escape(str(file))}:(\d+): .+", matching[0])
    assert number
    assert place in file.read_text(encoding="utf-8").splitlines()[int(number[1]) - 1]


@pytest.mark.parametrize(("field", "value", "reason"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_a_wrong_value_is_refused_at_its_place(tmp_path: Path, field: str, value: str, reason: str) -> None:
    line = re.search(rf"^{field}: {{value: (.*), source: play", (MADE_UP / "mv-2027.yaml").read_text("utf-8"), re.M)
    assert line
    file = _folder(tmp_path, "mv-2027.yaml", line[0], line[0].replace(line[1], value))
    _assert_named(file, f"{field}:", reason)


@pytest.mark.parametrize(("old", "new", "place", "reason"), WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_a_wrong_line_is_refused_at_its_place(tmp_path: Path, old: str, new: str, place: str, reason: str) -> None:
    _assert_named(_folder(tmp_path, "mv-2027.yaml", old, new), place, reason)


R, C, B = "recipients.yaml", "courts.yaml", "base_rates.yaml"
PLAY = '{play: "invented for tests"}'
VALID_TO = "valid_to: 2028-06-30"

# what is wrong: (file, its text, what stands there instead, line named, reason)
OTHER_FILES = {
    "key without quotes": (R, '"99901001"', "06411000", 14, "recipients.2.key: must be text in quotes"),
    "key too short": (R, '"99901"', '"9990"', 12, "recipients.0.key: is not written as it must be"),
    "no for false": (R, '"NO"', "NO", 12, "district: must be text in quotes, found 'False'"),
    "unknown kind": (R, "organisation", "club", 15, "recipients.3.kind: must be one of"),
    "unknown court": (R, "court: nordstadt", "court: southtown", 12, "southtown is not in courts.yaml"),
    "unknown district": (R, 'in_district: "99901"', 'in_district: "99999"', 14, "99999 is not in the list"),
    "one key twice": (R, '"99902"', '"99901"', 13, "holds at the same time as 99901 (Nordkreis)"),
    "one body twice": (R, "lotsen-club", "bruecke-club", 16, "holds at the same time as lotsen"),
    "end before start": (R, VALID_TO, f"valid_from: 2029-01-01, {VALID_TO}", 13, "valid_to is before valid_from"),
    "column without origin": (R, "  valid_to: {", "  valid_from: {", 13, "valid_to has no origin"),
    "source not listed": (R, "  kind: {source: play", "  kind: {source: S1", 6, "S1 is not in the list of sources"),
    "court without seat": (C, ', seat: "Nordstadt"', "", 8, "courts.0.seat: is missing"),
    "list for a mapping": (C, PLAY, "[play]", 2, "sources: must hold fields with values"),
    "no sources": (C, f"sources: {PLAY}", "", 1, "sources: is missing"),
    "rate without quotes": (B, '"1.50"', "1.50", 4, "rates.0.percent: write a rate as text in quotes"),
    "rate left out": (B, '"1.50"', "null", 4, "exactly where its certainty is open"),
    "rate in words": (B, '"1.50"', '"low"', 4, "rates.0.percent: must be a number in quotes"),
    "source of a rate": (B, "source: play", "source: S1", 4, "S1 is not in the list of sources"),
}


@pytest.mark.parametrize(("name", "old", "new", "line", "reason"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_a_wrong_list_is_refused_at_its_place(
    tmp_path: Path, name: str, old: str, new: str, line: int, reason: str
) -> None:
    file = _folder(tmp_path, name, old, new)
    said = _refused(file).splitlines()
    assert any(one.startswith(f"{file}:{line}: ") and reason in one for one in said), said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "1: must hold fields with values, and holds none"),
        (b"# nothing\n", "1: must hold fields with values"),
        (b"- one\n- two\n", "1: must hold fields with values"),
        (b"just words\n", "1: must hold fields with values"),
        (b"code: mv\nname: \xff\n", "1: is not text in UTF-8"),
        (b"code: mv\nname: \x07\n", "1: is not readable as YAML"),
        (b"code: mv\n---\ncode: mw\n", "2: is not readable as YAML"),
        (b"code: mv\nname: !!python/object:os.system {}\n", "2: is not readable as YAML"),
        (b"code: mv\n? [a, b]\n: 1\n", "2: is not readable as YAML"),
        (b"code: mv\n1: 2\n", "1: must have value, source and certainty"),
    ],
)
def test_what_is_no_programme_file_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "mv-2027.yaml"
    file.write_bytes(content)
    with pytest.raises(ProgrammeError, match=re.escape(reason.split(": ", 1)[1])) as refused:
        load_line(file)
    assert str(refused.value).startswith(f"{file}:")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match=r"recipients.yaml:1: cannot be read \(No such file or directory\)"):
        load_all(tmp_path)


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    file = _folder(tmp_path, "mv-2027.yaml", "grace_weeks: {value: 2", "grace_weeks: {value: two")
    file.write_text(file.read_text(encoding="utf-8").replace('"120000.00"', '"-1"'), encoding="utf-8")
    said = _refused(file).splitlines()
    assert len(said) == 2
    assert "ceiling: amount refused: negative" in said[0]
    assert "grace_weeks: must be a whole number" in said[1]
