"""Production is tested as production: the handbook word by word, and one case as far as real time allows.

One installation for the whole module (:mod:`tests.deploy.production`): the jobs of the compose file, worker, portal and
desk as processes with no other database role than their own, officers who log in at the desk and type at
``starter.py``, a clerk on the pages, mail over SMTP. Everybody is simulated. Time is real: a notice counts as received
on a later day, so the case ends where it waits for that day.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from subprocess import CompletedProcess
from typing import Any

import httpx
import psycopg
import pytest

from activities.sink.server import MailSink, SinkMail
from cli.call import NOT_FOUND
from models.deadlines import BERLIN
from tests.deploy.compose import ANSWERS, services
from tests.deploy.handbook import Operator, commands, handbook, jobs, unknown
from tests.deploy.officers import certificate
from tests.deploy.production import Production, through_proxy, until
from tests.e2e.clerk import Clerk, InPlain
from tests.e2e.counts import Tally
from tests.e2e.walk import APPLICATION, CLERK, DECLARATION, confirmed

CALL = (
    *("--number", "069 90009 640", "--number-from", "Verzeichnis", "--iban-heard", "2051"),
    *("--spoken-with", "Simulierte Kassenleiterin", "--spoken-function", "Kassenleitung"),
)

YEAR = datetime.now(UTC).year + 1
"""The programme year that is begun: its applications are due at the end of this year."""

CASE = f"wir-fm-{YEAR}-06631"
OPENED = re.compile(r"^\./starter\.py act \S+ open-round")
pytestmark = [pytest.mark.server, pytest.mark.postgres]


def rules_of(text: str, year: int) -> str:
    """The example's rules with every date as many years later."""
    return re.sub(r"\b(2017|2018|2019)\b", lambda found: str(int(found[0]) + year - 2018), text)


@dataclass
class People:
    """Everybody around the installation."""

    here: Production
    operator: Operator
    printed: list[str] = field(default_factory=list)
    """What the handbook's commands have printed."""

    def officer(self, who: str, *words: str) -> CompletedProcess[str]:
        """An officer's command, in their own log-in."""
        return self.operator.officers[who].types(*words)

    def logs_in_again(self, who: str) -> None:
        """The handbook ends with a log-out, after which the terminal is nobody's; password and code let it in again."""
        officer = self.operator.officers[who]
        out = officer.types("today")
        assert (out.returncode, "nicht angemeldet" in out.stderr) == (1, True), out
        assert officer.enters(who).status_code == httpx.codes.OK
        assert officer.logs_in().returncode == 0

    def document(self, who: str, *words: str) -> dict[str, Any]:
        """The JSON document of a command that must succeed."""
        ran = self.officer(who, *words, "--json")
        assert (ran.returncode, ran.stderr) == (0, ""), ran
        found: dict[str, Any] = json.loads(ran.stdout)
        return found

    def does(self, who: str, kind: str, choice: str, *words: str) -> None:
        """An officer answers the case's open task of a kind; the case must have taken it."""
        done = self.document(who, "do", self.task(who, kind), choice, *words)
        assert done["outcome"]["applied"] is True, done

    def task(self, who: str, kind: str) -> str:
        """The id of the case's open task of a kind, as soon as there is one."""
        found: list[str] = []

        def there() -> bool:
            ran = self.officer(who, "case", CASE, "--json")
            if ran.returncode == NOT_FOUND:  # a receipt is given before the case has heard of it
                return False
            assert ran.returncode == 0, ran
            tasks = json.loads(ran.stdout)["tasks"]
            found.extend(task["id"] for task in tasks if (task["kind"], task["state"]) == (kind, "open"))
            return bool(found)

        until(there, f"no open task {kind}")
        return found[0]

    def mail(self, subject: str) -> SinkMail:
        """The newest mail to the clerk about something, as soon as it has come."""

        def come() -> list[SinkMail]:
            return [mail for mail in self.here.sink.mails(CLERK) if subject in mail.subject]

        until(lambda: bool(come()), f"no mail {subject!r} came:\n{self.here.log('worker')}")
        return come()[-1]

    @contextmanager
    def clerk(self) -> Iterator[Clerk]:
        """The clerk of the municipality, at the public address."""
        with through_proxy(self.here) as http:
            yield Clerk(InPlain(http), Tally())

    def after(self, line: str, ran: CompletedProcess[str]) -> None:
        """What happens outside when a command of the handbook has been run."""
        self.printed.append(ran.stdout)
        if OPENED.match(line):
            self.applies()

    def applies(self) -> None:
        """The clerk follows the invitation's link and applies."""
        with self.clerk() as clerk:
            link = self.mail("Einladung").task_links[0]
            heading = clerk.answer("apply", link, *APPLICATION, confirmed("Antrag absenden"))
        assert heading == "Ihr Antrag ist eingegangen"
        self.task("lang", "check_completeness")

    def nothing_is_on_its_way(self) -> bool:
        """Whether every command is applied and every mail was taken by the mail server."""
        with self.connect() as connection:
            commands_left = connection.execute("SELECT id FROM command WHERE state <> 'applied'").fetchall()
            mails_left = connection.execute("SELECT id FROM outbox WHERE state <> 'accepted'").fetchall()
        return not commands_left + mails_left

    def connect(self, role: str = "wir_app", password: str = "") -> psycopg.Connection:
        """The record's database, as worker and portal reach it."""
        return psycopg.connect(
            host=self.here.environment_of("postgresql-roles")["PGHOST"],
            user=role,
            dbname="wir",
            password=password or self.here.answers["WIR_APP_PASSWORD"],
            application_name="test",
        )


def answers(smtp: int, desk: str) -> dict[str, str]:
    """What the operator writes into ``.env``. The mail server is a sink without TLS, as the file says to name one."""
    return {
        **ANSWERS,
        "WIR_DESK_URL": desk,
        "WIR_DESK_TLS_CERT": "/etc/wir/tls/desk.pem",
        "WIR_DESK_TLS_KEY": "/etc/wir/tls/desk.key",
        "WIR_SMTP_URL": f"smtp://127.0.0.1:{smtp}?starttls=never",
        "WIR_SMTP_PASSWORD": "",
        "WIR_SMTP_ALLOW_PLAIN": "true",
        "WIR_MAIL_HOURS": "always",  # the tests also run at night
        "WIR_IMAP_URL": "",
        "WIR_IMAP_PASSWORD": "",
    }


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """An installation that was brought to its first award by the handbook, and all who took part."""
    folder = tmp_path_factory.mktemp("host")
    sink = MailSink(folder / "mailbox")
    here = Production(folder, sink)
    certificate(here.certificate, here.certificate.with_suffix(".key"))
    operator = Operator(here, answers(sink.start().port, here.desk), YEAR, rules_of)
    found = People(here, operator)
    operator.afterwards = found.after
    try:
        operator.follow(handbook())
        found.logs_in_again("tief")
        yield found
    finally:
        codes = here.down()
        sink.stop()
    said = "".join(here.log(name) for name in ("worker", "portal", "desk"))
    assert set(codes.values()) == {0}, (codes, said)
    assert "Traceback" not in said


@pytest.mark.slow
def test_the_handbook_leads_to_the_first_award(people: People) -> None:
    award = people.mail("Zuwendungsbescheid")
    assert award.to == CLERK
    assert award.sender.endswith("<wir@rp-darmstadt.example>")
    case = people.document("lang", "case", CASE)
    assert (case["stage"], case["awarded_cents"]) == ("award_sent", 5_000_000)


@pytest.mark.slow
def test_printed_command_lines_can_be_copied_where_officers_type(people: People) -> None:
    printed = "\n".join(people.printed)
    assert f"  ./starter.py act wir-fm-{YEAR} open-round\n" in printed
    assert f"  ./starter.py case {CASE}\n" in printed


@pytest.mark.slow
def test_a_year_that_is_over_is_not_begun(people: People) -> None:
    refused = people.officer("lang", "act", "wir-fm-2018", "open-round")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "31.12.2018" in refused.stderr
    assert people.officer("lang", "round", "wir-fm-2018").returncode != 0


@pytest.mark.slow
def test_one_case_as_far_as_real_time_allows(people: People) -> None:
    with people.clerk() as clerk:
        link = people.mail("Zuwendungsbescheid").task_links[0]
        heading = clerk.answer("declare", link, *DECLARATION, confirmed("Erklärung absenden"))
    assert heading == "Ihre Erklärung ist eingegangen"
    people.does("lang", "call_back", "confirmed", *CALL, "--called-at", f"{datetime.now(BERLIN):%Y-%m-%d %H:%M}")
    people.does("tief", "confirm_bank_details", "confirm")
    case = people.document("lang", "case", CASE)
    assert {task["state"] for task in case["tasks"]} == {"answered"}
    assert (case["stage"], case["then"]) == ("award_sent", "notified"), "it waits for the third day after the mail"
    assert {step["who"] for step in case["timeline"]} == {"officer:lang", "officer:tief", "clerk:fulda-district"}
    until(people.nothing_is_on_its_way, "a command or a mail is stuck")
    doctor = people.officer("lang", "doctor")
    assert doctor.returncode == 0, doctor.stdout


@pytest.mark.slow
def test_an_officer_logs_in_at_the_desk_in_a_browser_and_sees_the_case(people: People) -> None:
    tief = people.operator.officers["tief"]
    entered = tief.enters("tief")
    assert (entered.status_code, entered.url.path) == (200, "/")
    assert "Simulierte Person Tief" in entered.text
    (cookie,) = [one for one in entered.history[0].headers.get_list("set-cookie") if "wir-desk" in one]
    assert cookie.startswith("__Host-wir-desk=")
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert entered.headers["strict-transport-security"] == "max-age=31536000"
    with tief.browser() as http:
        assert "Fulda" in http.get(f"/fall/{CASE}").text
        assert http.get("/", headers={"Host": "wir.rp-darmstadt.example"}).status_code == 400


@pytest.mark.slow
def test_the_portal_serves_nothing_of_the_officers_and_has_no_socket(people: People) -> None:
    with through_proxy(people.here) as http:
        base = people.here.answers["WIR_PUBLIC_URL"]
        for path in ("/anmelden", "/api/today", "/geraet", "/zugang/x", f"/fall/{CASE}", "/today"):
            assert http.get(base + path).status_code == 404, path
        assert http.post(f"{base}/geraet/code").status_code in {404, 405}
    assert not list(people.here.data.glob("*.sock"))


@pytest.mark.slow
def test_each_process_is_in_the_database_as_its_own_role_and_nobody_else_is(people: People) -> None:
    with people.connect("postgres", people.here.answers["POSTGRES_PASSWORD"]) as connection:  # sees everybody
        rows = connection.execute(
            "SELECT application_name, usename, usesuper FROM pg_stat_activity JOIN pg_user USING (usename)"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND datname = 'wir'"
        ).fetchall()
    assert set(rows) == {("wir-grants", "wir_app", False), ("wir-grants", "wir_desk", False)}
    for role in ("wir_app", "wir_desk", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            people.connect(role, "guessed-5f0c9b27")


def test_each_command_of_the_section_is_known() -> None:
    assert unknown(handbook()) == []
    assert len(commands(handbook())) >= 15


@pytest.mark.parametrize(
    "command", ["docker compose exec portal sh", "docker compose up --detach; curl http://x.example", "psql wir"]
)
def test_a_command_that_no_test_knows_is_named(command: str) -> None:
    text = f"{handbook()}\n```sh\n{command}   # new\n```\n"
    found = unknown(text)
    assert len(found) == 1
    assert command.rsplit(maxsplit=1)[-1] in found[0]


def test_the_table_of_jobs_names_each_job_of_the_compose_file() -> None:
    found = services()
    assert sorted(jobs(handbook())) == sorted(
        name for name, service in found.items() if service["restart"].startswith("on-failure")
    )
