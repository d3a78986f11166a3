"""The history of a case at a terminal: hours, names and words; and what somebody learns who came too late."""

import re

from models.tasks import TaskKind as K
from tests.cli.office import CASE, Office


def plain(text: str) -> str:
    return " ".join(text.split())


def begun(office: Office) -> str:
    """A case whose application was found complete; gives the task that was answered."""
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    task = office.task(K.CHECK_COMPLETENESS).id
    office.done(f"do {task} complete --as sim-berg")
    return task


def test_who_comes_late_reads_who_did_what_when(office: Office) -> None:
    task = begun(office)
    for line in (f"do {task} complete --as sim-wald", f"do {task} complete --dry-run --as sim-wald"):
        late = office.type(line)
        assert late.exit_code == 4
        assert "von Simulierte Sachbearbeitung Berg: vollständig." in plain(late.stderr)
        assert "Beantwortet am Di 02.01.2018, " in plain(late.stderr)
    details = office.type(f"take {task} --as sim-wald --json").stdout
    assert '"answer": "check_completeness.complete"' in details


def test_the_history_names_hour_and_person_and_parts_refused_attempts(office: Office) -> None:
    task = begun(office)
    office.type(f"do {task} complete --as sim-wald")
    happened, _, refused = office.done(f"case {CASE}").partition("Verlauf")[2].partition("Abgewiesene Versuche")
    assert re.search(
        r"\d\d:\d\d Uhr Simulierte Sachbearbeitung Berg: Vollständigkeit prüfen: vollständig", plain(happened)
    )
    assert "sim-" not in happened + refused
    assert "nicht mehr offen" not in happened
    assert "Simulierte Zahlstelle Wald: Vollständigkeit prüfen: vollständig – abgewiesen" in plain(refused)


def test_a_task_is_shown_with_the_words_of_each_mail_that_an_answer_sends(office: Office) -> None:
    office.done("apply --recipient 06631 --year 2018 --amount 50000.00")
    task = office.task(K.CHECK_COMPLETENESS).id
    mails = [mail for one in office.document(f"show {task} --as sim-berg")["effects"] for mail in one["mails"]]
    shown = plain(office.done(f"show {task} --as sim-berg"))
    assert mails
    for mail in mails:
        assert plain(mail["text"]) in shown
