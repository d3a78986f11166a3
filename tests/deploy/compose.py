"""Reads docker-compose.yml the way Docker does: with the variables of an .env filled in."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
OURS = "wir-grants:"  # the image that is built here

# What an operator writes into .env; test values, none of them a default anywhere.
ANSWERS = {
    "POSTGRES_PASSWORD": "superuser-7f3a9c21b4",
    "TEMPORAL_DATABASE_PASSWORD": "temporal-5d1e8a90c7",
    "WIR_OWNER_PASSWORD": "owner-2b6f4e83d1",
    "WIR_APP_PASSWORD": "app-9c0d7a15e6",
    "WIR_DESK_PASSWORD": "desk-3a8d1f57b2",
    "WIR_DESK_URL": "https://desk.rp-darmstadt.example",
    "WIR_DESK_TLS_CERT": "",
    "WIR_DESK_TLS_KEY": "",
    "WIR_DESK_PROXIES": "",
    "WIR_PROOF_MINUTES": "10",
    "WIR_OIDC_ISSUER": "",
    "WIR_OIDC_CLIENT_ID": "",
    "WIR_OIDC_CLIENT_SECRET": "",
    "WIR_SMTP_URL": "smtp://wir@mail.rp-darmstadt.example:587",
    "WIR_SMTP_PASSWORD": "smtp-4e8b2f60a3",
    "WIR_SMTP_ALLOW_PLAIN": "false",
    "WIR_MAIL_FROM": "wir@rp-darmstadt.example",
    "WIR_MAIL_PLUS": "",
    "WIR_MAIL_HOURS": "",
    "WIR_MAIL_PER_SECOND": "",
    "WIR_MAIL_PER_HOUR": "",
    "WIR_DKIM_SELECTOR": "",
    "WIR_MAIL_DOMAIN": "rp-darmstadt.example",
    "WIR_IMAP_URL": "imaps://wir@mail.rp-darmstadt.example/INBOX",
    "WIR_IMAP_PASSWORD": "imap-7b1d9e42c5",
    "WIR_IMAP_DONE_FOLDER": "Verarbeitet",
    "WIR_AUTHSERV_ID": "mx.rp-darmstadt.example",
    "WIR_PUBLIC_URL": "https://wir.rp-darmstadt.example",
    "WIR_OFFICE_PHONE": "+49 30 23125 000",
    "WIR_PAYEE": "Simulierte Landeskasse",
    "WIR_PAYEE_IBAN": "DE02120300000000202051",
    "TEMPORAL_RETENTION": "90d",
}

# ${NAME}, ${NAME:?message}, ${NAME:-default}, ${NAME-default}: the forms used here.
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?:(?P<sign>:\?|:-|-)(?P<text>[^}]*))?\}")


class NotSetError(Exception):
    """A needed variable is missing; the message is the compose file's own."""


def fill(text: str, answers: dict[str, str]) -> str:
    """The text with its variables replaced. Raises ``NotSetError`` where Docker would refuse."""

    def value(match: re.Match[str]) -> str:
        name, sign, default = match["name"], match["sign"], match["text"]
        given = answers.get(name)
        if sign == ":?" and not given:
            raise NotSetError(default)
        if sign == ":-":
            return given or default
        return given if given is not None else default or ""

    return VARIABLE.sub(value, text)


def written() -> dict[str, Any]:
    """The file as it stands, anchors resolved, variables not."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def services(answers: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Services by name, with variables filled in if answers are given."""
    found: dict[str, dict[str, Any]] = written()["services"] if answers is None else filled(answers)["services"]
    return found


def filled(answers: dict[str, str]) -> dict[str, Any]:
    """The file with variables filled in."""
    content: dict[str, Any] = _filled(written(), answers)
    return content


def _filled(content: Any, answers: dict[str, str]) -> Any:
    """As Docker does it: the file is read first and filled in then, so an empty answer is an empty text."""
    match content:
        case str():
            return fill(content, answers)
        case dict():
            return {name: _filled(value, answers) for name, value in content.items()}
        case list():
            return [_filled(value, answers) for value in content]
    return content


def environment(service: dict[str, Any]) -> dict[str, str]:
    """A service's environment as its process sees it."""
    return {name: str(value) for name, value in service.get("environment", {}).items()}


def docker_compose() -> list[str] | None:
    """The command, where Docker's compose plugin is installed."""
    if shutil.which("docker") is None:
        return None
    known = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if known.returncode == 0 else None
