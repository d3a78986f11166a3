"""``take``, ``hand``, ``later`` and ``note`` as officers type them."""

from pathlib import Path

import pytest

from tests.cli.office import CASE, Office

FULDA = "apply --recipient 06631 --year 2018 --amount 50000.00"
TASK = f"{CASE}.1"


@pytest.fixture(autouse=True)
def applied(office: Office) -> None:
    """A case whose application is to be checked."""
    office.done(FULDA)


def refused(office: Office, line: str) -> tuple[int, str]:
    """Exit code and what is said of a call that is refused."""
    found = office.type(line)
    return found.exit_code, found.stderr


def test_who_takes_care_of_a_task_stands_wherever_it_stands(office: Office) -> None:
    assert "kümmert sich jetzt sim-berg" in office.done(f"take {TASK} --as sim-berg")
    for looked in ("today --as sim-wald", f"case {CASE} --as sim-wald", f"show {TASK} --as sim-wald"):
        assert "Berg kümmert sich seit Di 02.01.2018 darum." in " ".join(office.done(looked).split())
    assert office.document("today --as sim-wald")["tasks"][0]["taken"]["officer"] == "sim-berg"
    assert "Von anderen" not in office.done("today")
    code, said = refused(office, f"take {TASK} --as sim-wald")
    assert code == 4
    assert "Um diese Aufgabe kümmert sich sim-berg, seit Di 02.01.2018." in said
    office.done(f"take {TASK} --over --as sim-wald")
    assert "Wald hat am Di 02.01.2018 übernommen" in office.done("today --as sim-berg")
    office.done(f"hand {TASK} --to sim-berg --reason Vertretung --as sim-wald")
    read = " ".join(office.done(f"case {CASE} --as sim-berg").split())
    assert "weitergegeben von Simulierte Zahlstelle Wald: Vertretung" in read
    assert "Weitergegeben an Simulierte Sachbearbeitung Berg: Vollständigkeit prüfen" in read


@pytest.mark.slow
def test_a_task_put_on_a_day_comes_back_then(office: Office) -> None:
    office.done(f"later {TASK} --until 2018-01-05 --as sim-berg")
    read = office.done("today --as sim-berg")
    assert "Auf einen Tag gelegt (1)" in read
    assert f"do {TASK}" not in read
    assert office.document("today --list resting --as sim-berg")["counts"]["resting"] == 1
    assert "Auf einen Tag gelegt" not in office.done("today --list take --as sim-berg")
    office.done("forward 4 --as sim-berg")
    assert f"do {TASK}" in office.done("today --as sim-berg")


@pytest.mark.slow
def test_the_printed_line_takes_and_gives_back(office: Office) -> None:
    for _ in range(2):
        printed = office.done(f"show {TASK} --as sim-berg")
        line = next(line for line in printed.splitlines() if " take " in line)
        office.done(line.split("starter.py ", 1)[1])
    events = [one["what"] for one in office.document(f"case {CASE}")["timeline"]]
    assert events[-2:] == ["casework.take", "casework.back"]


@pytest.mark.slow
def test_notes_stand_in_case_and_task(office: Office) -> None:
    office.done(f'note {CASE} --text "Frau Beispiel rief an." --as sim-berg')
    office.done(f'note {CASE} --text "Es war Herr Beispiel." --corrects 1 --as sim-wald')
    for looked in (f"case {CASE}", f"show {TASK}"):
        read = " ".join(office.done(looked).split())
        assert "Simulierte Sachbearbeitung Berg · Vermerk 1, berichtigt durch Vermerk 2" in read
        assert "Es war Herr Beispiel." in read
    assert refused(office, f"note {CASE} --text Nein --corrects 7 --as sim-berg")[0] == 3
    assert refused(office, f"note {CASE} --text Nein --as sim-niemand")[0] == 3
    assert refused(office, f'note {CASE} --text "…" --as sim-berg')[0] == 2


@pytest.mark.slow
def test_a_rehearsal_enters_nothing(office: Office) -> None:
    office.done(f"take {TASK} --dry-run --as sim-berg")
    office.done(f"note {CASE} --text Probe --dry-run --as sim-berg")
    found = office.document(f"case {CASE}")
    assert (found["notes"], found["tasks"][0]["taken"]) == ([], None)


@pytest.mark.slow
def test_a_letter_is_recorded_with_its_scan(office: Office, tmp_path: Path) -> None:
    office.done(f"do {TASK} incomplete --item Stellenplan --as sim-berg")
    scan = tmp_path / "brief.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    line = f"register {CASE}.2 --received 2018-01-02 --reason Anbei. --as sim-berg"
    people = '--acting-name "Simulierte Person" --acting-function "Simulierte Leitung"'
    assert refused(office, f"{line} --channel post {people}")[0] == 1
    assert refused(office, f"{line} --channel pigeon {people}")[0] == 2
    assert refused(office, f"{line} --channel post --scan {scan}")[0] == 2
    assert "Erfasst: " in office.done(f"{line} --channel post --scan {scan} {people}")
    read = " ".join(office.done(f"case {CASE}").split())
    assert "erfasst von Simulierte Sachbearbeitung Berg per Post, eingegangen am Di 02.01.2018" in read
    assert "brief.png" in read
