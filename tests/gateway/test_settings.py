"""A good setting is understood, a bad one stops the start with one line of its own, and no line shows a secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from gateway.start.environment import load_settings, temporal_connect_config
from gateway.start.settings import Mode, SettingsError
from models.mail.smtp import SmtpSecurity, parse_smtp_url

STRONG = "correct-horse-battery"
PRODUCTION = {
    "WIR_MODE": "production",
    "WIR_DATABASE_URL": "postgresql://wir_app@db:5432/wir",
    "WIR_DATABASE_PASSWORD": STRONG,
    "WIR_SMTP_URL": "smtp://wir@mail.rp-darmstadt.example:587",
    "WIR_SMTP_PASSWORD": STRONG,
    "WIR_MAIL_FROM": "wir@rp-darmstadt.example",
    "WIR_MAIL_DOMAIN": "rp-darmstadt.example",
    "WIR_OFFICE_PHONE": "+49 30 23125 000",
    "WIR_PUBLIC_URL": "https://wir.rp-darmstadt.example",
    "WIR_DESK_URL": "https://desk.rp-darmstadt.example",
    "WIR_DESK_PROXIES": "172.30.84.1",
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("WIR_", "TEMPORAL_")):
            monkeypatch.delenv(name)


def _environment(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_without_any_setting_the_embedded_mode_starts(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    assert settings.mode is Mode.EMBEDDED
    assert (settings.database.drivername, settings.database.database) == ("sqlite", f"{tmp_path}/wir.sqlite3")
    assert settings.socket == tmp_path / "desk.sock"
    assert settings.smtp is None
    assert settings.portal_url == "http://127.0.0.1:8088"


def test_a_complete_production_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, PRODUCTION)
    settings = load_settings()
    assert settings.production
    assert settings.database == make_url(f"postgresql+psycopg://wir_app:{STRONG}@db:5432/wir")
    assert STRONG not in str(settings.database)
    assert settings.smtp is not None
    assert settings.smtp.security is SmtpSecurity.REQUIRED
    assert settings.smtp.password.get_secret_value() == STRONG
    assert settings.portal_url == "https://wir.rp-darmstadt.example"


def test_a_mailbox_for_replies_is_encrypted_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(mode="embedded").imap is None
    more = {"WIR_IMAP_URL": "imaps://wir%40rp@mail.rp-darmstadt.example/Antworten", "WIR_IMAP_PASSWORD": STRONG}
    _environment(monkeypatch, {**PRODUCTION, **more})
    imap = load_settings().imap
    assert imap is not None
    assert (imap.user, imap.port, imap.folder, imap.encrypted) == ("wir@rp", 993, "Antworten", True)
    assert STRONG not in repr(imap)


# One changed value, the one line that must come.
BAD = [
    ("WIR_MODE", "test", "WIR_MODE: Input should be 'embedded' or 'production'"),
    ("WIR_DATABASE_URL", "sqlite:///x.db", "WIR_DATABASE_URL: production needs PostgreSQL"),
    ("WIR_DATABASE_URL", "", "WIR_DATABASE_URL: production needs PostgreSQL"),
    ("WIR_DATABASE_URL", "mysql://u@h/n", "WIR_DATABASE_URL: mysql is not supported"),
    ("WIR_DATABASE_URL", "nonsense", "WIR_DATABASE_URL: not an address of the form"),
    ("WIR_DATABASE_PASSWORD", "", "WIR_DATABASE_PASSWORD: must be set"),
    ("WIR_DATABASE_PASSWORD", "Postgres", "WIR_DATABASE_PASSWORD: is a well-known default"),
    ("WIR_DATABASE_PASSWORD", "kurz", "WIR_DATABASE_PASSWORD: is shorter than 12"),
    ("WIR_SMTP_URL", "", "WIR_SMTP_URL: production needs a mail server"),
    ("WIR_SMTP_URL", "smtp://wir@mail?starttls=never", "WIR_SMTP_URL: mail would leave unencrypted"),
    ("WIR_SMTP_URL", "smtp://wir@mail?starttls=opportunistic", "WIR_SMTP_URL: mail would leave unencrypted"),
    ("WIR_SMTP_URL", "smtp://wir@mail?starttls=maybe", "WIR_SMTP_URL: starttls is required, opportunistic or never"),
    ("WIR_SMTP_URL", "smtp://wir@mail?tls=1", "WIR_SMTP_URL: unknown option tls"),
    ("WIR_SMTP_URL", "smtps://wir@mail?starttls=required", "WIR_SMTP_URL: smtps:// is encrypted"),
    ("WIR_SMTP_URL", "smtp://mail", "WIR_SMTP_URL: a user needs a password and a password needs a user"),
    ("WIR_SMTP_URL", "http://mail", "WIR_SMTP_URL: not an address of the form"),
    ("WIR_SMTP_URL", "smtp://wir@mail:99999", "WIR_SMTP_URL: not an address of the form"),
    ("WIR_SMTP_URL", "smtp://wir@mail/inbox", "WIR_SMTP_URL: nothing may follow"),
    ("WIR_SMTP_PASSWORD", "secret", "WIR_SMTP_PASSWORD: is a well-known default"),
    ("WIR_IMAP_URL", "imap://wir:correct-horse-battery@mail?starttls=never", "WIR_IMAP_URL: mail would travel unencr"),
    ("WIR_IMAP_URL", "imaps://wir:correct-horse-battery@mail?starttls=required", "WIR_IMAP_URL: imaps:// is encrypted"),
    (
        "WIR_IMAP_URL",
        "imap://wir:correct-horse-battery@mail?starttls=may",
        "WIR_IMAP_URL: starttls is required or never",
    ),
    ("WIR_IMAP_URL", "imaps://wir:correct-horse-battery@mail?tls=1", "WIR_IMAP_URL: unknown option tls"),
    ("WIR_IMAP_URL", "imaps://wir@mail", "WIR_IMAP_URL: a mailbox needs a user and a password"),
    ("WIR_IMAP_URL", "imaps://wir:secret@mail", "WIR_IMAP_PASSWORD: is a well-known default"),
    ("WIR_IMAP_URL", "pop3://wir@mail", "WIR_IMAP_URL: not an address of the form"),
    ("WIR_IMAP_POLL_SECONDS", "1", "WIR_IMAP_POLL_SECONDS: Input should be greater than or equal to 5"),
    ("WIR_PUBLIC_URL", "http://wir.example", "WIR_PUBLIC_URL: production needs an https:// address"),
    ("WIR_PUBLIC_URL", "", "WIR_PUBLIC_URL: production needs an https:// address"),
    ("WIR_PUBLIC_URL", "wir.example", "WIR_PUBLIC_URL: a web address"),
    ("WIR_PUBLIC_URL", "https://wir.example/grants", "WIR_PUBLIC_URL: only scheme, host and port"),
    ("WIR_DESK_URL", "http://desk.example", "WIR_DESK_URL: production needs an https:// address"),
    ("WIR_DESK_URL", "", "WIR_DESK_URL: production needs an https:// address"),
    ("WIR_DESK_URL", "https://wir.rp-darmstadt.example", "WIR_DESK_URL: the desk needs a host name of its own"),
    ("WIR_DESK_PROXIES", "", "WIR_DESK_PROXIES: name the proxy that speaks TLS"),
    ("WIR_DESK_PROXIES", "0.0.0.0/0", "WIR_DESK_PROXIES: 0.0.0.0/0 is no address and no network"),
    ("WIR_DESK_PROXIES", "*", "WIR_DESK_PROXIES: * is no address and no network"),
    ("WIR_DESK_TLS_CERT", "/etc/wir/tls/desk.pem", "WIR_DESK_TLS_CERT and WIR_DESK_TLS_KEY: set both"),
    ("WIR_PROOF_MINUTES", "0", "WIR_PROOF_MINUTES: "),
    ("WIR_MAIL_FROM", "", "WIR_MAIL_FROM: must be set in production"),
    ("WIR_MAIL_FROM", "nobody", "WIR_MAIL_FROM: An email address must have an @-sign"),
    ("WIR_MAIL_DOMAIN", "localhost", "WIR_MAIL_DOMAIN: a domain such as"),
    ("WIR_OFFICE_PHONE", "12345", "WIR_OFFICE_PHONE: a telephone number such as"),
    ("WIR_OFFICE_PHONE", "06151 ask for Ms. X", "WIR_OFFICE_PHONE: a telephone number such as"),
    ("WIR_OFFICE_PHONE", "1+234567", "WIR_OFFICE_PHONE: a telephone number such as"),
    ("WIR_PORTAL_PORT", "70000", "WIR_PORTAL_PORT: Input should be less than or equal to 65535"),
    ("WIR_PORTAL_PORT", "0", "WIR_PORTAL_PORT: production needs a fixed port"),
    ("WIR_BUDGET", "60000", "WIR_BUDGET: only to play with"),
    ("WIR_BUDGET", "60.000", "WIR_BUDGET: whole euros such as 60000"),
    ("WIR_PAYEE_IBAN", "DE02120300000000202052", "WIR_PAYEE_IBAN: not an IBAN"),
    ("WIR_PAYEE", "Simulierte Landeskasse", "WIR_PAYEE and WIR_PAYEE_IBAN: set both, or neither"),
    ("WIR_PATIENCE_SECONDS", "0", "WIR_PATIENCE_SECONDS: Input should be greater than 0"),
    ("WIR_METRICS_BIND", "9464", "WIR_METRICS_BIND: host:port"),
    ("WIR_LOG_LEVEL", "loud", "WIR_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'"),
    ("WIR_DESK_SOCKET", "/run/" + "x" * 110, "WIR_DESK_SOCKET: /run/xxx"),
    ("WIR_DATABSE_URL", "x", "WIR_DATABSE_URL: unknown setting; did you mean WIR_DATABASE_URL?"),
    ("WIR_SMTP_PASSWORD_FILE", "/run/secrets/x", "WIR_SMTP_PASSWORD_FILE: set either this or WIR_SMTP_PASSWORD"),
]


@pytest.mark.parametrize(("name", "value", "line"), BAD, ids=[f"{name}={value[:24]}" for name, value, _ in BAD])
def test_a_bad_setting_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str) -> None:
    _environment(monkeypatch, {**PRODUCTION, name: value})
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert len(refused.value.lines) == 1, refused.value.lines
    assert refused.value.lines[0].startswith(line)
    assert "\n" not in str(refused.value)
    assert STRONG not in str(refused.value)


PROVIDER = {
    "WIR_OIDC_ISSUER": "https://login.rp-darmstadt.example/realms/rp/",
    "WIR_OIDC_CLIENT_ID": "wir-desk",
    "WIR_OIDC_CLIENT_SECRET": STRONG,
}


def test_a_provider_of_log_ins_is_read_as_it_names_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_settings(mode="embedded").oidc_issuer == ""
    secret = tmp_path / "secret"
    secret.write_text(f"{STRONG}\n")
    given = {**PRODUCTION, **PROVIDER, "WIR_OIDC_CLIENT_SECRET": "", "WIR_OIDC_CLIENT_SECRET_FILE": str(secret)}
    _environment(monkeypatch, given)
    settings = load_settings()
    assert settings.oidc_issuer == "https://login.rp-darmstadt.example/realms/rp/"
    assert settings.oidc_client_secret.get_secret_value() == STRONG
    assert STRONG not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("WIR_OIDC_ISSUER", "", "WIR_OIDC_ISSUER, WIR_OIDC_CLIENT_ID and WIR_OIDC_CLIENT_SECRET (or …_FILE): set all"),
        ("WIR_OIDC_CLIENT_ID", "", "WIR_OIDC_ISSUER, WIR_OIDC_CLIENT_ID and WIR_OIDC_CLIENT_SECRET (or …_FILE): set"),
        ("WIR_OIDC_CLIENT_SECRET", "", "WIR_OIDC_ISSUER, WIR_OIDC_CLIENT_ID and WIR_OIDC_CLIENT_SECRET (or …_FILE)"),
        ("WIR_OIDC_CLIENT_SECRET", "secret", "WIR_OIDC_CLIENT_SECRET: is a well-known default"),
        ("WIR_OIDC_ISSUER", "login.example", "WIR_OIDC_ISSUER: an https:// address such as"),
        ("WIR_OIDC_ISSUER", "http://login.example", "WIR_OIDC_ISSUER: an https:// address such as"),
        ("WIR_OIDC_ISSUER", "http://127.0.0.1:8080", "WIR_OIDC_ISSUER: production needs an https:// address"),
        ("WIR_OIDC_ISSUER", "https://a@login.example", "WIR_OIDC_ISSUER: no query, no fragment, no user"),
        ("WIR_OIDC_ISSUER", "https://login.example/?x", "WIR_OIDC_ISSUER: no query, no fragment, no user"),
    ],
)
def test_a_bad_provider_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str) -> None:
    _environment(monkeypatch, {**PRODUCTION, **PROVIDER, name: value})
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert len(refused.value.lines) == 1, refused.value.lines
    assert refused.value.lines[0].startswith(line)


def test_every_bad_setting_gets_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, {"WIR_MODE": "production"})
    with pytest.raises(SettingsError) as refused:
        load_settings()
    named = [line.partition(":")[0] for line in refused.value.lines]
    assert named == [
        "WIR_DATABASE_URL",
        "WIR_SMTP_URL",
        "WIR_PUBLIC_URL",
        "WIR_DESK_URL",
        "WIR_DESK_PROXIES",
        "WIR_MAIL_FROM",
        "WIR_MAIL_DOMAIN",
        "WIR_OFFICE_PHONE",
    ]


def test_plain_mail_in_production_only_when_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {
        "WIR_SMTP_URL": "smtp://catcher:1025?starttls=never",
        "WIR_SMTP_PASSWORD": "",
        "WIR_SMTP_ALLOW_PLAIN": "true",
    }
    _environment(monkeypatch, {**PRODUCTION, **changed})
    smtp = load_settings().smtp
    assert smtp is not None
    assert (smtp.host, smtp.port, smtp.security) == ("catcher", 1025, SmtpSecurity.NEVER)


def test_a_secret_is_read_from_its_file_without_the_line_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" p@ss/word:with#signs \n", encoding="utf-8")
    given = {name: value for name, value in PRODUCTION.items() if name != "WIR_DATABASE_PASSWORD"}
    _environment(monkeypatch, {**given, "WIR_DATABASE_PASSWORD_FILE": str(file)})
    settings = load_settings()
    assert settings.database_password.get_secret_value() == " p@ss/word:with#signs "
    assert settings.database.password == " p@ss/word:with#signs "


@pytest.mark.parametrize(
    ("content", "line"),
    [(None, "cannot read {file}: No such file or directory"), (b"\xff\xfe\x00", "{file} is not UTF-8 text")],
    ids=["missing", "not text"],
)
def test_an_unreadable_secret_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, line: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("WIR_SMTP_PASSWORD_FILE", str(file))
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value) == "WIR_SMTP_PASSWORD_FILE: " + line.format(file=file)


def test_nothing_that_prints_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, {**PRODUCTION, "WIR_SMTP_URL": f"smtp://wir:{STRONG}@mail", "WIR_SMTP_PASSWORD": ""})
    settings = load_settings()
    printed = f"{settings!r} {settings} {settings.model_dump()} {settings.smtp!r} {settings.model_dump_json()}"
    assert STRONG not in printed


def test_a_wrong_address_does_not_repeat_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(
        monkeypatch, {"WIR_DATABASE_URL": f"postgresql//u:{STRONG}@h", "WIR_SMTP_URL": f"smtp://u:{STRONG}@h:no"}
    )
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert STRONG not in str(refused.value)
    assert refused.value.lines[0].startswith("WIR_DATABASE_URL: ")


SMTP_URLS = [
    ("smtp://mail.example", "mail.example", 587, "", SmtpSecurity.REQUIRED),
    ("smtp://u:p%40ss@mail.example:2525", "mail.example", 2525, "p@ss", SmtpSecurity.REQUIRED),
    ("smtp://mail.example?starttls=opportunistic", "mail.example", 25, "", SmtpSecurity.OPPORTUNISTIC),
    ("smtp://127.0.0.1:1025?starttls=never", "127.0.0.1", 1025, "", SmtpSecurity.NEVER),
    ("smtps://u:p@mail.example", "mail.example", 465, "p", SmtpSecurity.IMPLICIT),
    ("smtp://[::1]:1025?starttls=never", "::1", 1025, "", SmtpSecurity.NEVER),
]


@pytest.mark.parametrize(("url", "host", "port", "password", "security"), SMTP_URLS, ids=[row[0] for row in SMTP_URLS])
def test_smtp_addresses(url: str, host: str, port: int, password: str, security: SmtpSecurity) -> None:
    server = parse_smtp_url(url)
    assert (server.host, server.port, server.security) == (host, port, security)
    assert server.password.get_secret_value() == password
    assert server.encrypted is (security in (SmtpSecurity.REQUIRED, SmtpSecurity.IMPLICIT))


def test_temporal_comes_from_its_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(monkeypatch, {"TEMPORAL_ADDRESS": "temporal:7233", "TEMPORAL_NAMESPACE": "wir"})
    config = temporal_connect_config(needed=True)
    assert config["target_host"] == "temporal:7233"
    assert config["namespace"] == "wir"


def test_a_process_of_its_own_needs_a_temporal_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _environment(monkeypatch, {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    assert "target_host" not in temporal_connect_config(needed=False)
    with pytest.raises(SettingsError, match=r"^TEMPORAL_ADDRESS: required, "):
        temporal_connect_config(needed=True)


def test_an_unreadable_temporal_file_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text("[profile\n", encoding="utf-8")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    with pytest.raises(SettingsError, match=r"^TEMPORAL_CONFIG_FILE or TEMPORAL_…: ") as refused:
        temporal_connect_config(needed=False)
    assert "\n" not in str(refused.value)


def test_settings_do_not_load_temporal() -> None:
    code = "import sys, gateway.start.settings; sys.exit('temporalio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
