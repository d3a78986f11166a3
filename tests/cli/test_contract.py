"""The command contract: exit codes, one JSON document, light imports, no colour off a terminal, help for each verb."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import build
from cli.call import Here
from cli.options import flag
from cli.verbs import VERBS
from models.commands import Actor, ActorKind, CommandKind
from models.tables import Round
from models.tasks import TaskKind as K
from record.cases.commands import NewCommand, store
from record.database.alarms import AlarmKind, raise_alarm
from record.database.clock import legal_now
from record.promises import Finding, Violation
from tests.cli.office import CASE, Office, on_terminal

ROOT = Path(__file__).parents[2]
BERG = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=("case_worker",), simulated=True)
FULDA = "apply --recipient 06631 --year 2018 --amount 50000.00"
HEAVY = ("temporalio", "sqlalchemy", "sqlmodel", "pydantic", "starlette", "asyncio", "babel")
IMPORTED = (
    "import sys; sys.argv, code = {argv!r}, 0\n"
    "import starter\n"
    "try:\n    starter.main()\n"
    "except SystemExit as end:\n    code = end.code\n"
    "print(code or 0, *sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)"
)


def imported(*argv: str, data: Path, heavy: tuple[str, ...] = HEAVY) -> tuple[str, str]:
    """What is printed, and exit code with the heavy modules that a fresh process has loaded for it."""
    script = IMPORTED.format(argv=["starter.py", *argv], heavy=heavy)
    env = {**os.environ, "WIR_DATA": str(data), "WIR_LANG": "de"}
    env.pop("WIR_AS", None)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=env, check=True)
    return done.stdout, done.stderr.splitlines()[-1]


@pytest.mark.parametrize("argv", [[], ["--help"], ["do", "--help"]])
def test_help_imports_nothing_heavy_and_not_even_typer(argv: list[str], tmp_path: Path) -> None:
    printed, end = imported(*argv, data=tmp_path, heavy=(*HEAVY, "typer", "rich", "http.client"))
    assert len(printed) > 100
    assert end == "0"


def test_a_sample_is_printed_without_anything_heavy(tmp_path: Path) -> None:
    assert imported("bank", "--example", data=tmp_path)[1] == "0"


def test_today_imports_nothing_heavy(office: Office) -> None:
    office.done(FULDA)
    printed, end = imported("today", data=office.folder)
    assert f"do {CASE}.1 complete" in printed
    assert end == "0"


def test_refusals_and_case_import_nothing_heavy(office: Office) -> None:
    office.done(FULDA)
    assert imported("case", CASE, data=office.folder)[1] == "0"
    assert imported("do", f"{CASE}.1", "complete", "--as", "sim-tal", data=office.folder)[1] == "1"
    assert imported("today", data=office.folder / "nothing")[1] == "5"


def test_a_person_without_the_environment_is_taken_into_it(tmp_path: Path) -> None:
    command = ["./starter.py", "today", "--data", str(tmp_path)]
    env = {**os.environ, "WIR_LANG": "en"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=env)
    assert done.returncode == 5
    assert "Nothing runs here" in done.stderr
    assert f"up --data {tmp_path}" in done.stderr


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (f"do {CASE}.1 complete --as sim-berg", 0, "Erledigt: Vollständigkeit prüfen: vollständig."),
        (f"do {CASE}.1 complete --as sim-tal", 1, "eine andere Rolle"),
        (f"do {CASE}.1 complete", 2, "--as NAME"),
        (f"do {CASE}.1 complete --as sim-niemand", 3, "niemand"),
        (f"do {CASE}.1 nonsense --as sim-berg", 2, "Möglich sind: complete, incomplete, refuse."),
        (f"do {CASE}.1 incomplete --as sim-berg", 2, "--item: fehlt"),
        (f"do {CASE}.1 complete --amount 1 --as sim-berg", 2, "--amount: ist hier keine Angabe"),
        (f"do {CASE}.9 complete --as sim-berg", 3, f"{CASE}.9"),
        ("do", 2, "Es fehlt TASK."),
        (f"do {CASE}.1 complete --until gestern --as sim-berg", 2, "Das ist kein Datum."),
        (f"do {CASE}.1 refuse --reason {'x' * 4001} --as sim-berg", 2, "--reason: ist länger als 4000 Zeichen"),
        ("case wir-fm-2018-00000", 3, "wir-fm-2018-00000"),
        ("case ../today", 3, "gibt es hier nicht"),
        ("show nothing", 3, "nothing"),
        ("round wir-fm-1999", 3, "wir-fm-1999"),
        (f"{FULDA} --line xx", 3, "Bekannt sind: fm 2018"),
        ("apply --recipient 06631 --year 2018 --amount 60000.00", 1, "Höchstbetrag von 50.000,00 €"),
        ("apply --recipient 06631 --year 2018 --amount 40000.00", 4, f"läuft bereits ein Fall: {CASE}"),
        ("apply --recipient 06631 --year 2018 --amount 0", 2, "größer als null"),
        ("apply --recipient 06631 --year MMXVIII --amount 1", 2, "keine Jahreszahl"),
        ("apply --recipient 06631 --year 2018", 2, "--amount"),
        ("apply --recipient 6631 --year 2018 --amount 50000", 1, "Schlüssel 6631"),
        ("apply --recipient 06415000 --year 2018 --amount 50000", 1, "06435014"),
        ("act wir-fm-2018-06631 dance --as sim-berg", 2, "Möglich sind:"),
        (f"act {CASE} block --reason x --as sim-kasse", 1, "Sachbearbeitung"),
        (f"act {CASE} request-extension --until 2019-06-30 --reason x --as sim-berg", 2, "--acting-name: fehlt"),
        ("forward 0", 2, "1 bis 3660"),
        ("bank", 2, "bank --example"),
        ("bank nothing.csv", 2, "nicht gelesen"),
        ("today --color", 2, "--color"),
        ("tody", 2, "Gemeint ist vielleicht „today“."),
        ("today extra", 2, "today --help"),
        ("today --data", 2, "braucht einen Wert"),
        ("", 0, "Befehle"),
    ],
)
def test_each_end_has_its_code_and_its_sentence(office: Office, line: str, code: int, said: str) -> None:
    office.done(FULDA)
    result = office.type(line)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert (result.stdout == "") is (code != 0)
    assert "Traceback" not in result.output


def test_the_way_on_names_the_case_that_was_typed(office: Office) -> None:
    office.done(FULDA)
    office.done(f"do {CASE}.1 complete --as sim-berg")
    result = office.type(f"do {CASE}.1 refuse --reason Doppelt. --as sim-berg")
    assert (result.exit_code, f"./starter.py case {CASE}." in result.output) == (4, True), result.output


def test_a_rehearsal_tells_money_as_more_or_less(office: Office) -> None:
    office.done(FULDA)
    office.done(f"do {CASE}.1 complete --as sim-berg")
    office.done(f"do {office.task(K.EXAMINE).id} award --amount 45000 --reason Gekürzt. --as sim-berg")
    line = f"do {office.task(K.DRAFT_DECISION).id} award --amount 40000 --reason Gekürzt. --as sim-berg --dry-run"
    told = office.done(line)
    assert "vorgeschlagen: um 5.000,00 € weniger" in told
    assert "gebunden: um 40.000,00 € mehr" in told


def test_a_rehearsed_draft_shows_the_letter_and_the_line_that_gives_it(office: Office) -> None:
    office.done(FULDA)
    office.done(f"do {CASE}.1 complete --as sim-berg")
    office.done(f"do {office.task(K.EXAMINE).id} award --as sim-berg")
    task = office.task(K.DRAFT_DECISION).id
    told = office.done(f"do {task} award --amount 40000 --reason 'Ohne Fahrten.' --as sim-berg --dry-run")
    assert "Zuwendungsbescheid, so wie ihn die zweite Person zur Zeichnung erhält" in told
    assert "Gründe der teilweisen Ablehnung: Ohne Fahrten." in told
    line = next(one for one in told.splitlines() if f"do {task} award" in one)
    assert "Erledigt" in office.done(line.strip().removeprefix("./starter.py "))
    assert office.task(K.SIGN_DECISION).state == "open"


def test_a_rehearsed_mail_shows_the_words_that_were_typed(office: Office) -> None:
    office.done(FULDA)
    told = office.done(f"do {CASE}.1 incomplete --item 'Finanzierungsplan mit Eigenmitteln' --as sim-berg --dry-run")
    assert "E-Mail „" in told
    assert "1. Finanzierungsplan mit Eigenmitteln" in told


def test_the_second_person_must_be_another_one(office: Office) -> None:
    office.done(FULDA)
    for choice in ("complete", "award"):
        office.done(
            f"do {office.task(K.CHECK_COMPLETENESS if choice == 'complete' else K.EXAMINE).id} {choice} --as sim-berg"
        )
    with office.db.write() as session:
        from models.tables import Officer

        berg = session.get_one(Officer, "sim-berg")
        berg.roles = [*berg.roles, "co_signer"]
        session.add(berg)
    office.done(f"do {office.task(K.DRAFT_DECISION).id} award --as sim-berg")
    sign = office.task(K.SIGN_DECISION).id
    result = office.type(f"do {sign} sign --as sim-berg")
    assert (result.exit_code, "Vier-Augen-Prinzip" in result.stderr) == (4, True)
    assert f"do {sign} sign" not in office.done("today --as sim-berg")
    assert "(andere Person)" in office.done("today --as sim-berg")
    assert f"show {sign} --as sim-see" in office.done("today")
    timeline = office.document(f"case {CASE}")["timeline"]
    assert (timeline[-1]["what"], timeline[-1]["refused"]) == ("sign_decision.sign", "four_eyes")


def test_revoking_is_said_in_words_and_the_revoked_person_reads_why(office: Office) -> None:
    office.done(FULDA)
    assert "ab sofort entzogen" in office.done("officers sim-berg --revoke --as sim-tal")
    result = office.type(f"do {CASE}.1 complete --as sim-berg")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Der Zugang von sim-berg ist seit Di 02.01.2018 entzogen." in result.stderr
    assert office.type("officers --revoke --as sim-tal").exit_code == 2


def test_a_second_opening_says_since_when(office: Office) -> None:
    with office.db.write() as session:
        wish = NewCommand("wir-fm-2018", CommandKind.OPEN_ROUND, BERG, {}, choice="open_round")
        store(session, wish).state = "applied"
        session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=datetime(2017, 11, 6, 9, tzinfo=UTC)))
    for more in ("", " --dry-run"):
        result = office.type(f"act wir-fm-2018 open-round --as sim-wald{more}")
        assert (result.exit_code, result.stdout) == (4, "")
        assert "Die Runde wir-fm-2018 ist seit Mo 06.11.2017 offen; eröffnet hat sie sim-berg." in result.stderr
        assert "./starter.py round wir-fm-2018" in result.stderr
    found = json.loads(office.type("act wir-fm-2018 open-round --as sim-wald --json").stdout)
    assert found["error"] == "already_open"
    assert found["details"]["since"].startswith("2017-11-06T09:00:00")
    with office.db.write() as session:
        row = session.get_one(Round, "wir-fm-2018")
        row.ended_at = datetime(2018, 1, 1, 12, tzinfo=UTC)
        session.add(row)
    said = office.type("act wir-fm-2018 open-round --as sim-wald").stderr
    assert "war vom Mo 06.11.2017 bis Mo 01.01.2018 offen; eröffnet hat sie sim-berg." in said


@pytest.mark.parametrize("lang", ["de", "en"])
def test_nothing_runs_here(tmp_path: Path, lang: str) -> None:
    runner = CliRunner(env={"WIR_LANG": lang, "WIR_DATA": str(tmp_path)})
    result = runner.invoke(build(), ["today"])
    assert (result.exit_code, result.stdout) == (5, "")
    assert {"de": "läuft nichts", "en": "Nothing runs"}[lang] in result.stderr
    assert f"up --data {tmp_path}" in result.stderr


@pytest.mark.parametrize("name", ["two words", "-x", "a'b\"c", "a&b;c", "$HOME", "ä#?%"])
def test_the_line_that_starts_it_can_be_pasted(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for env in ({"WIR_DATA": name}, {"WIR_DATA": str(tmp_path / name)}):
        result = CliRunner(env={"WIR_LANG": "de", **env}).invoke(build(), ["today"])
        way = result.stderr.splitlines()[1].removeprefix("Bitte starten mit: ")
        shown = subprocess.run(
            ["sh", "-c", way.replace("./starter.py", "printf '%s\\n'", 1)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert shown == ["up", "--data", f"./{name}"]


def test_a_folder_whose_path_cannot_be_pasted_is_no_way(tmp_path: Path) -> None:
    result = CliRunner(env={"WIR_LANG": "de", "WIR_DATA": str(tmp_path / "a\nb")}).invoke(build(), ["today"])
    assert result.exit_code == 5
    assert "up --data" not in result.stderr
    assert "sich nicht drucken lassen" in result.stderr


def test_the_demo_has_a_folder_of_its_own() -> None:
    asked: list[Path] = []

    def played(data: Path) -> int:
        asked.append(data)
        return 0

    here = Here(up=lambda data, words: 0, demo=played)
    for line in (["demo"], ["demo", "--data", "there"]):
        assert CliRunner(env={"WIR_DATA": "where-people-work"}).invoke(build(here=here), line).exit_code == 0
    assert asked == [Path("wir-demo"), Path("there")]
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/wir-data/", "/wir-demo/", "/wir-demo-*/"} <= set(ignored)


def test_a_very_deep_data_folder_and_a_wrong_address_are_said(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    for env in ({"WIR_DATA": str(deep)}, {"WIR_DESK_URL": "ftp://desk"}, {"WIR_DESK_URL": "http://127.0.0.1:1"}):
        result = CliRunner(env={"WIR_LANG": "de", **env}).invoke(build(), ["today"])
        assert (result.exit_code, result.stdout) == (5, ""), result.output


def test_an_unknown_language_is_said() -> None:
    result = CliRunner(env={"WIR_LANG": "fr"}).invoke(build(), ["today"])
    assert (result.exit_code, "de und en" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "line",
    ["today", f"case {CASE}", "round wir-fm-2018", "officers", "contacts 06631", "doctor", f"show {CASE}/N1"],
)
def test_json_is_one_document_and_nothing_else(office: Office, line: str) -> None:
    signed(office)
    result = office.type(f"{line} --json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert isinstance(json.loads(result.stdout), dict)


def test_a_refusal_in_json_is_a_document_too(office: Office) -> None:
    result = office.type("case wir-fm-2018-00000 --json")
    assert json.loads(result.stdout) == {"error": "unknown_case", "details": {"case": "wir-fm-2018-00000"}}
    assert result.exit_code == 3
    assert "gibt es hier nicht" in result.stderr


def test_the_names_of_the_contract_stay(office: Office) -> None:
    office.done(FULDA)
    case = office.document(f"case {CASE}")
    promised = (
        "case line year recipient stage waiting_for since due then requested_cents awarded_cents ordered_cents "
        "booked_cents repaid_cents tasks timeline"
    )
    assert set(promised.split()) <= set(case)
    assert set(case["recipient"]) == {"key", "name", "kind"}
    assert {"id", "kind", "owner", "state", "due", "choices"} <= set(case["tasks"][0])
    assert {"at", "what", "who"} <= set(case["timeline"][0])
    assert (case["requested_cents"], case["waiting_for"]) == (5_000_000, "case_worker")


def test_everything_fits_into_eighty_columns_but_command_lines(office: Office) -> None:
    signed(office)
    for lang in ("de", "en"):
        for line in ("today", f"case {CASE}", "round wir-fm-2018", "officers", "contacts 06631", "doctor"):
            printed = office.done(line, WIR_LANG=lang)
            wide = [text for text in printed.splitlines() if len(text) > 80 and "./starter.py" not in text]
            assert wide == []
            assert [text for text in printed.splitlines() if text != text.rstrip()] == []


def test_no_colour_off_a_terminal_or_when_unwanted(office: Office) -> None:
    office.done(FULDA)
    assert "\x1b[" not in office.done("today")
    today = ["today", "--data", str(office.folder)]
    assert "\x1b[" in on_terminal(today, {})
    assert "\x1b[3" not in on_terminal(today, {"NO_COLOR": "1"})


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("name", list(VERBS))
def test_each_verb_has_help_with_examples(name: str, lang: str) -> None:
    result = CliRunner(env={"WIR_LANG": lang}).invoke(build(), [name, "--help"])
    assert result.exit_code == 0
    examples = re.findall(rf"^  \./starter\.py {name}\b", result.stdout, re.MULTILINE)
    assert examples
    for option in re.findall(
        r"--[a-z-]+", "\n".join(line for line in result.stdout.splitlines() if "./starter" in line)
    ):
        assert option in {flag(param) for param in VERBS[name].params}, option


def test_the_sample_of_bank_evidence_is_read(office: Office, tmp_path: Path) -> None:
    sample = tmp_path / "sample.csv"
    sample.write_text(office.done("bank --example"))
    assert "Zeilen: 3. Ohne Fall: 3." in office.done(f"bank {sample} --dry-run")


def test_a_case_with_another_folder_says_so_in_its_lines(office: Office) -> None:
    office.done(FULDA)
    printed = office.done(f"today --data {office.folder}", WIR_DATA="/nowhere")
    assert f"complete --as sim-berg --data {office.folder}" in printed


def signed(office: Office) -> None:
    """A case with an award on its way, and the row of its round."""
    office.done(FULDA)
    for kind in (K.CHECK_COMPLETENESS, K.EXAMINE, K.DRAFT_DECISION, K.SIGN_DECISION):
        office.follow(office.done("today"), "do", f" {office.task(kind).id} ")
    with office.db.write() as session:
        session.add(Round(id="wir-fm-2018", line="fm", year=2018, opened_at=legal_now(session)))


def test_a_fault_of_the_program_is_one_sentence(tmp_path: Path) -> None:
    broken = (
        "import sys; sys.argv = ['starter.py', 'today']\n"
        "import cli.call; del cli.call.Call.data\n"
        "import starter; starter.main()"
    )
    env = {**os.environ, "WIR_DATA": str(tmp_path)}
    for debug, lines in (("", 1), ("1", 0)):
        done = subprocess.run(
            [sys.executable, "-c", broken],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**env, "WIR_DEBUG": debug},
        )
        assert done.returncode == 5
        assert ("Traceback" in done.stderr) is (debug == "1")
        assert not lines or len(done.stderr.splitlines()) == lines


def test_doctor_names_what_is_broken_and_says_so_with_its_code(office: Office) -> None:
    office.done(FULDA)
    assert "Alle 7 Zusagen gehalten." in office.done("doctor")
    office.found_by_engine.append(Violation(promise=7, code=Finding.NO_RUNNING_WORKFLOW, case_id=CASE))
    with office.db.write() as session:
        raise_alarm(session, AlarmKind.UNKNOWN_COMMAND, CASE, "a command that is not in the record", key="x")
    result = office.type("doctor")
    assert (result.exit_code, result.stderr) == (1, "")
    for said in (
        "1 Zusagen verletzt.",
        f"no_running_workflow {CASE}",
        "Alarm: ein Befehl, der nicht in der Akte steht",
    ):
        assert said in result.stdout


def test_the_socket_may_stand_elsewhere_and_a_typed_folder_counts_more(office: Office, tmp_path: Path) -> None:
    moved = {"WIR_DATA": "/nowhere", "WIR_DESK_SOCKET": str(office.folder / "desk.sock")}
    assert "Heute ist" in office.done("today", **moved)
    assert office.type(f"today --data {tmp_path / 'other'}", **moved).exit_code == 5
    assert "Heute ist" in office.done(f"today --data {office.folder}", WIR_DESK_URL="http://127.0.0.1:1")
