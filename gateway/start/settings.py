"""Every setting of an installation, read once at start: ``WIR_…`` here, Temporal's own from ``temporalio.envconfig``.

Secrets come as ``WIR_X`` or as ``WIR_X_FILE`` naming a file that holds the secret alone. A bad setting stops the start
with one line that says which one, what is wrong and what to do; no line and no ``repr`` ever shows a secret.
"""

import os
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from models.content import phone
from models.contracts import TASK_QUEUE
from models.mail.hours import ALWAYS, MailHours, parse_hours
from models.mail.imap import ImapServer, parse_imap_url
from models.mail.reply import LONGEST_LOCAL
from models.mail.smtp import SmtpServer, parse_smtp_url

PREFIX = "WIR_"
# Read by the light command line, not by the processes that serve: starter.py must start without this module.
CLIENT_NAMES = frozenset({"WIR_LANG", "WIR_AS", "WIR_DEBUG", "WIR_PROGRAM"})
SECRETS = (
    "database_url",
    "database_password",
    "smtp_url",
    "smtp_password",
    "imap_url",
    "imap_password",
    "oidc_client_secret",
)
DESK_SOCKET = "desk.sock"
LONGEST_SOCKET_PATH = 107  # bytes: sun_path of Linux without its closing zero

Port = Annotated[int, Field(ge=1, le=65535)]
PortOrAny = Annotated[int, Field(ge=0, le=65535)]  # 0: any free port, embedded only


class SettingsError(ValueError):
    """A start that must not happen. ``lines``: one per bad setting."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(lines))


class Mode(StrEnum):
    """Fixed in the database when an installation is made; the setting must agree with it."""

    EMBEDDED = "embedded"  # one process, simulated officers, movable clock
    PRODUCTION = "production"  # real people, real time, no default secret


class _FileSecrets(PydanticBaseSettingsSource):
    """``WIR_X_FILE``: a file that holds the secret and nothing else (one trailing line end is dropped)."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._read(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self._read(name) for name in SECRETS}
        return {name: value for name, value in found.items() if value is not None}

    def _read(self, name: str) -> str | None:
        variable = f"{PREFIX}{name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            return None
        if os.environ.get(variable.removesuffix("_FILE")):
            raise SettingsError([f"{variable}: set either this or {variable.removesuffix('_FILE')}, not both"])
        try:
            return Path(path).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise SettingsError([f"{variable}: cannot read {path}: {error.strerror}"]) from None
        except UnicodeDecodeError:
            raise SettingsError([f"{variable}: {path} is not UTF-8 text"]) from None


class Settings(BaseSettings):
    """All settings with their defaults, for the embedded mode. :mod:`gateway.start.environment` reads what is set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    mode: Mode = Mode.EMBEDDED
    data: Path = Path("wir-data")  # database, socket, mailbox and files of the embedded mode; store of files always

    # sqlite:///path or postgresql://user@host/name; empty: SQLite below data
    database_url: SecretStr = SecretStr("")
    database_password: SecretStr = SecretStr("")  # set into database_url, so that no character needs escaping

    # models.mail.smtp.FORM; empty: the embedded mail sink
    smtp_url: SecretStr = SecretStr("")
    smtp_password: SecretStr = SecretStr("")
    smtp_allow_plain: bool = False  # production only: yes, mail may leave unencrypted (a catcher on the same host)
    mail_from: str = "wir@rp.example"
    mail_domain: str = "rp.example"  # right-hand side of Message-IDs
    mail_plus: bool = True  # mail_from's mailbox takes sub-addresses (wir+key@…), so that replies find their mail
    mail_hours: str = ""  # when mail leaves that can wait: "07:00-19:00" or "always"; empty: as the mode has it
    mail_per_second: int = Field(default=0, ge=0)  # what the mail server takes from each worker process; 0: no limit
    mail_per_hour: int = Field(default=0, ge=0)
    dkim_selector: str = ""  # under which name the mail server's signing key stands in the DNS; for `doctor mail`
    dns_server: str = ""  # host:port of the resolver that `doctor mail` asks; empty: the system's

    office_phone: str = phone.SIMULATED  # under which clerks reach the authority; every "call us" names it

    office_texts: Path | None = None  # folder with impressum.txt, datenschutz.txt, barrierefreiheit.txt

    payee: str = ""  # who takes repayments, and on which account: shown to clerks who owe one
    payee_iban: str = ""

    # models.mail.imap.FORM: mail_from's mailbox; empty: the embedded sink's, in production no mail comes in
    imap_url: SecretStr = SecretStr("")
    imap_password: SecretStr = SecretStr("")
    imap_done_folder: str = Field(default="Verarbeitet", min_length=1, max_length=200)  # mails are moved there
    imap_poll_seconds: float = Field(default=45.0, ge=5, le=600)  # between looks into the mailbox
    authserv_id: str = Field(default="", max_length=253)  # whose Authentication-Results count: our own mail server's

    public_url: str = ""  # how clerks reach the portal, without a path; empty: the portal's own address
    portal_host: str = "127.0.0.1"
    portal_port: PortOrAny = 8088
    desk_host: str = "127.0.0.1"  # where the officers' desk listens
    desk_port: PortOrAny = 8090
    mailbox_port: PortOrAny = 8025  # the sink's mailbox in a browser, embedded only
    desk_socket: Path | None = None  # officers' interface; empty: desk.sock below data, where starter.py looks
    desk_url: str = (
        ""  # how officers reach the desk, by browser and by starter.py, without a path; empty: embedded only
    )
    desk_tls_cert: Path | None = None  # PEM with the chain; the desk speaks TLS itself. Without: a proxy does
    desk_tls_key: Path | None = None
    desk_proxies: str = ""  # addresses or networks of the proxies whose X-Forwarded-For and -Proto count, by commas
    proof_minutes: int = Field(default=10, ge=1, le=60)  # how fresh a proof must be for signing and for ordering money

    # the authority's provider of OpenID Connect, as it names itself, and how it knows the desk; empty: passwords alone
    oidc_issuer: str = ""
    oidc_client_id: str = Field(default="", max_length=200)
    oidc_client_secret: SecretStr = SecretStr("")

    ui_port: Port = 8233  # Temporal's UI in the embedded mode
    budget: int = Field(default=0, ge=0, le=10**9)  # embedded only: EUR of each budget year; 0: as the line has it
    task_queue: str = Field(default=TASK_QUEUE, min_length=1, max_length=200)
    metrics_bind: str = ""  # host:port for Prometheus; empty: no metrics
    patience_seconds: float = Field(default=10.0, gt=0, le=60)  # how long a person waits for the case's answer

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, secret files; no ``.env`` is read behind the operator's back."""
        return init_settings, env_settings, _FileSecrets(settings_cls)

    @property
    def production(self) -> bool:
        """Whether real people and money are behind this installation."""
        return self.mode is Mode.PRODUCTION

    @property
    def database(self) -> URL:
        """The database's address with its password, for the engine only; as a text it hides the password.

        No text, because a path may hold what means something else in one (``?``, ``#``, ``%``).
        """
        text = self.database_url.get_secret_value()
        url = make_url(text) if text else URL.create("sqlite", database=str(self.data / "wir.sqlite3"))
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        password = self.database_password.get_secret_value()
        return url.set(password=password) if password else url

    @property
    def hours(self) -> MailHours | None:
        """When mail leaves that can wait, one a person and working day; None: at once, whenever it is written."""
        return parse_hours(self.mail_hours or ("07:00-19:00" if self.production else ALWAYS))

    @property
    def smtp(self) -> SmtpServer | None:
        """Where mail is handed over; None: the embedded sink."""
        url = self.smtp_url.get_secret_value()
        return parse_smtp_url(url, self.smtp_password.get_secret_value()) if url else None

    @property
    def imap(self) -> ImapServer | None:
        """Where replies are fetched; None: the embedded sink, in production nowhere."""
        url = self.imap_url.get_secret_value()
        return parse_imap_url(url, self.imap_password.get_secret_value()) if url else None

    @property
    def portal_url(self) -> str:
        """What links in mails begin with; no slash at the end."""
        return self.public_url or f"http://{self.portal_host}:{self.portal_port}"

    @property
    def desk_page_url(self) -> str:
        """Where the officers' desk is in a browser; no slash at the end."""
        return self.desk_url if self.production else f"http://127.0.0.1:{self.desk_port}"

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        """The proxies before the desk, as they were named."""
        return tuple(one.strip() for one in self.desk_proxies.split(",") if one.strip())

    @property
    def socket(self) -> Path:
        """The Unix socket of the officers' interface."""
        return self.desk_socket or self.data / DESK_SOCKET

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr) -> SecretStr:
        try:
            url = make_url(value.get_secret_value()) if value.get_secret_value() else None
        except (ArgumentError, ValueError):  # their texts quote the address, password and all
            raise ValueError("not an address of the form postgresql://user@host:5432/name or sqlite:///path") from None
        if url and url.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
            raise ValueError(f"{url.drivername} is not supported; take postgresql or sqlite")
        return value

    @field_validator("budget", mode="before")
    @classmethod
    def _check_budget(cls, value: Any) -> Any:
        """Digits alone: 60.000 would be read as sixty."""
        if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
            raise ValueError("whole euros such as 60000 are needed")
        return value

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str) -> str:
        try:
            return validate_email(value, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError as error:
            raise ValueError(str(error)) from None

    @field_validator("mail_hours")
    @classmethod
    def _check_mail_hours(cls, value: str) -> str:
        if value:
            parse_hours(value)
        return value

    @field_validator("mail_domain")
    @classmethod
    def _check_mail_domain(cls, value: str) -> str:
        labels = value.split(".")
        if len(labels) < 2 or not all(label.replace("-", "").isalnum() and label.isascii() for label in labels):
            raise ValueError("a domain such as rp-darmstadt.example is needed")
        return value.lower()

    @field_validator("office_phone")
    @classmethod
    def _check_phone(cls, value: str) -> str:
        return phone.checked(value)

    @field_validator("payee_iban")
    @classmethod
    def _check_iban(cls, value: str) -> str:
        from schwifty import IBAN
        from schwifty.exceptions import SchwiftyException

        try:
            return str(IBAN(value)) if value else ""
        except SchwiftyException:
            raise ValueError("not an IBAN: check its length and digits") from None

    @field_validator("public_url", "desk_url")
    @classmethod
    def _check_web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("a web address such as https://wir.example is needed")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("only scheme, host and port: no path, no query, no user")
        return value.rstrip("/")

    @field_validator("desk_proxies")
    @classmethod
    def _check_proxies(cls, value: str) -> str:
        """Everybody is no proxy: whoever may say where a request comes from is not counted at all."""
        for one in (part.strip() for part in value.split(",") if part.strip()):
            try:
                if ip_network(one).prefixlen == 0:
                    raise ValueError("everybody")
            except ValueError:
                raise ValueError(f"{one} is no address and no network such as 172.18.0.0/16") from None
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, value: str) -> str:
        """As the provider writes it, a slash at the end included: it is compared letter by letter."""
        parts = urlsplit(value)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if value and not (parts.hostname and (parts.scheme == "https" or local)):
            raise ValueError("an https:// address such as https://login.rp-darmstadt.example/realms/rp is needed")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("no query, no fragment, no user")
        return value

    @field_validator("metrics_bind", "dns_server")
    @classmethod
    def _check_bind(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("host:port such as 127.0.0.1:9464 is needed")
        return value

    @model_validator(mode="after")
    def _check_reply_addresses(self) -> Self:
        if self.mail_plus and len(self.mail_from.rpartition("@")[0].encode()) > LONGEST_LOCAL:
            raise ValueError(
                f"WIR_MAIL_FROM: at most {LONGEST_LOCAL} characters before the @, so that reply addresses fit; "
                "take a shorter one, or set WIR_MAIL_PLUS=false"
            )
        return self

    @model_validator(mode="after")
    def _check_oidc(self) -> Self:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret.get_secret_value())
        if any(given) and not all(given):
            raise ValueError(
                "WIR_OIDC_ISSUER, WIR_OIDC_CLIENT_ID and WIR_OIDC_CLIENT_SECRET (or …_FILE): set all three, or none"
            )
        return self

    @model_validator(mode="after")
    def _check_desk_tls(self) -> Self:
        if bool(self.desk_tls_cert) != bool(self.desk_tls_key):
            raise ValueError("WIR_DESK_TLS_CERT and WIR_DESK_TLS_KEY: set both, or neither")
        return self

    @model_validator(mode="after")
    def _check_imap(self) -> Self:
        try:
            _ = self.imap
        except ValueError as error:
            raise ValueError(f"WIR_IMAP_URL: {error}") from None
        return self

    @model_validator(mode="after")
    def _check_smtp(self) -> Self:
        try:
            _ = self.smtp
        except ValidationError as error:
            raise ValueError(f"WIR_SMTP_URL: {reason_of(error.errors()[0])}") from None
        except ValueError as error:
            raise ValueError(f"WIR_SMTP_URL: {error}") from None
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            raise ValueError(
                f"WIR_DESK_SOCKET: {self.socket} is longer than {LONGEST_SOCKET_PATH} bytes, the most a Unix socket's "
                "path may have; set a shorter one"
            )
        return self


def reason_of(error: Any) -> str:
    """What Pydantic found wrong, in its own words and without its prefix."""
    return str(error["msg"]).removeprefix("Value error, ")
