"""``doctor mail``: a real mail server with TLS and login, a real DNS server, and what is missing in either."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from activities.mail_out.mail_check import CheckCode, Wanted, check_mail
from models.mail.smtp import SmtpServer
from record.database.engine import Database
from tests.activities.servers import ReportingScript, Script, smtp_server
from tests.cli.office import Office
from tests.mails.names import Zone, name_server

DOMAIN = "rp.example"
C = CheckCode
GOOD: Zone = {
    (DOMAIN, "MX"): ["10 mail.rp.example."],
    (DOMAIN, "TXT"): ['"v=spf1 mx -all"', '"something else"'],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=quarantine"'],
    (f"wir._domainkey.{DOMAIN}", "TXT"): ['"v=DKIM1; k=rsa; " "p=MIIBIjANBgkqhkiG9w0B"'],
}


@dataclass(frozen=True)
class Tls:
    """Both ends of a connection: the server's certificate, and a client that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def made(folder: Path, days: int) -> Tls:
    """A certificate of our own, in a folder of the test."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    wanted = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", str(days)]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    out = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *kind, *wanted, *out], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return Tls(server, ssl.create_default_context(cafile=certificate))


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    return made(tmp_path, 90)


def by_code(report: dict[str, Any]) -> dict[str, str]:
    return {check["code"]: check["status"] for check in report["checks"]}


def missing(report: dict[str, Any]) -> set[str]:
    return {code for code, status in by_code(report).items() if status == "missing"}


async def report_of(zone: Zone, server: SmtpServer, tls: Tls | None = None, **more: Any) -> dict[str, Any]:
    async with name_server(zone) as names:
        wanted = Wanted(server=server, domain=DOMAIN, dns_server=names, **more)
        return await check_mail(wanted, tls_context=tls.client if tls else None)


async def test_all_is_there_and_no_mail_was_sent(tls: Tls) -> None:
    script = ReportingScript()
    script.login_right = True
    async with smtp_server(script, login=True, tls=tls.server) as server:
        report = await report_of(GOOD, server, tls, dkim_selector="wir")
    assert set(by_code(report)) == set(CheckCode)
    assert set(by_code(report).values()) == {"fine"}
    assert report["held"]
    found = {check["code"]: check["found"] for check in report["checks"]}
    assert found[C.TLS].startswith("TLSv1.")
    assert found[C.SPF] == "v=spf1 mx -all"
    assert found[C.MX] == "10 mail.rp.example."
    assert (script.got, script.senders) == ([], [])
    assert "secret-of-the-test" not in str(report)


async def test_a_server_without_reports_will_do(tls: Tls) -> None:
    async with smtp_server(Script(), tls=tls.server) as server:
        report = await report_of(GOOD, server, tls)
    assert missing(report) == {C.DSN}
    assert by_code(report)[C.LOGIN] == "not_asked"
    assert report["held"]


async def test_a_refused_login(tls: Tls) -> None:
    async with smtp_server(Script(), login=True, tls=tls.server) as server:
        report = await report_of(GOOD, server, tls)
    assert missing(report) == {C.LOGIN}
    assert by_code(report)[C.NOOP] == "not_asked"
    assert not report["held"]
    assert "secret-of-the-test" not in str(report)


async def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    tls = made(tmp_path, 13)
    async with smtp_server(ReportingScript(), tls=tls.server) as server:
        report = await report_of(GOOD, server, tls)
    assert missing(report) == {C.CERTIFICATE}
    assert not report["held"]


async def test_a_certificate_nobody_knows(tls: Tls) -> None:
    async with smtp_server(Script(), tls=tls.server) as server:
        report = await report_of(GOOD, server)
    assert missing(report) == {C.CONNECT}
    assert not report["held"]


async def test_nothing_answers(tls: Tls) -> None:
    async with smtp_server(Script(), tls=tls.server) as gone:
        pass
    report = await report_of(GOOD, gone, tls)
    assert missing(report) == {C.CONNECT}
    assert by_code(report)[C.MX] == "fine"


@pytest.mark.parametrize("plain_is_fine", [True, False])
async def test_in_plain_only_where_that_was_allowed(plain_is_fine: bool) -> None:
    async with smtp_server(ReportingScript()) as server:
        report = await report_of(GOOD, server, plain_is_fine=plain_is_fine)
    assert missing(report) == {C.TLS}
    assert report["held"] == plain_is_fine


@pytest.mark.parametrize(
    ("name", "kind", "records", "code"),
    [
        (DOMAIN, "MX", [], C.MX),
        (DOMAIN, "MX", ["0 ."], C.MX),  # the domain takes no mail (RFC 7505)
        (DOMAIN, "TXT", ['"something else"'], C.SPF),
        (DOMAIN, "TXT", ['"v=spf1 mx -all"', '"v=spf1 -all"'], C.SPF),
        (DOMAIN, "TXT", ['"v=spf10 mx -all"'], C.SPF),
        (f"_dmarc.{DOMAIN}", "TXT", [], C.DMARC),
        (f"_dmarc.{DOMAIN}", "TXT", ['"p=none"'], C.DMARC),
        (f"wir._domainkey.{DOMAIN}", "TXT", [], C.DKIM),
        (f"wir._domainkey.{DOMAIN}", "TXT", ['"v=DKIM1; p="'], C.DKIM),  # revoked
    ],
)
async def test_each_record_that_is_missing_or_wrong(name: str, kind: str, records: list[str], code: CheckCode) -> None:
    zone = {**GOOD, (name, kind): records}
    async with smtp_server(ReportingScript()) as server:
        report = await report_of(zone, server, dkim_selector="wir", plain_is_fine=True)
    assert missing(report) == {C.TLS, code}
    assert not report["held"]


async def test_a_subdomain_is_under_the_policy_of_its_organisation() -> None:
    own = {("wir.rp.example", kind): found for (name, kind), found in GOOD.items() if name == DOMAIN}
    zone = {**GOOD, **own}
    async with smtp_server(ReportingScript()) as server, name_server(zone) as names:
        wanted = Wanted(server=server, domain="wir.rp.example", dns_server=names, plain_is_fine=True)
        assert missing(await check_mail(wanted)) == {C.TLS}


async def test_a_resolver_that_is_away_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.mail_out.mail_check.PATIENCE", 0.3)
    async with name_server({}) as gone:
        pass
    async with smtp_server(ReportingScript()) as server:
        wanted = Wanted(server=server, domain=DOMAIN, dns_server=gone, plain_is_fine=True)
        assert missing(await check_mail(wanted)) == {C.TLS, C.MX, C.SPF, C.DMARC}


async def test_the_sink_is_not_asked_anything() -> None:
    report = await check_mail(Wanted(server=None, domain=DOMAIN, dkim_selector="wir"))
    assert report["sink"]
    assert report["held"]
    assert set(by_code(report).values()) == {"not_asked"}


def test_on_the_command_line(db: Database, tmp_path: Path) -> None:
    """For people and for programs, and 1 in the end when something is missing."""
    told = {
        "held": False,
        "sink": False,
        "domain": DOMAIN,
        "checks": [
            {"code": "tls", "status": "fine", "found": "TLSv1.3", "needed": True},
            {"code": "dsn", "status": "missing", "found": "", "needed": False},
            {"code": "spf", "status": "missing", "found": "", "needed": True},
        ],
    }

    async def doctor() -> dict[str, Any]:
        return told

    office = Office(db, tmp_path, mail_doctor=doctor)
    office.open()
    try:
        result = office.type("doctor mail")
        assert result.exit_code == 1
        assert result.stderr == ""
        lines = result.stdout.splitlines()
        assert "In Ordnung: Die Verbindung ist verschlüsselt." in lines
        assert "   Gefunden: TLSv1.3" in lines
        assert any(line.startswith("FEHLT: Genau ein SPF-Eintrag") for line in lines)
        assert any(line.startswith("Fehlt, geht aber auch ohne: ") for line in lines)
        assert max(map(len, lines)) <= 80
        assert office.type("doctor mail --json").exit_code == 1
        assert "MISSING: Exactly one SPF record" in office.type("doctor mail", WIR_LANG="en").stdout
        told["held"] = True
        assert office.document("doctor mail") == told
        assert office.type("doctor post").exit_code == 2
    finally:
        office.close()
