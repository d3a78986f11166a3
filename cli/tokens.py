"""The token of a log-in, kept between calls: one file for each desk, in the person's own folder, for nobody else."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

_OTHERS: Final = 0o077
_LOCAL: Final = ("127.0.0.1", "::1", "localhost")


class OpenToOthersError(Exception):
    """Somebody else may read the file, so what stands in it is no secret any more."""


@dataclass(frozen=True)
class Token:
    """``address``: of the desk it is good for, and it is sent nowhere else."""

    address: str
    token: str


def is_safe(address: str) -> bool:
    """Whether a token may travel there: encrypted, or on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname in _LOCAL


def folder() -> Path:
    """Where it is kept: below ``XDG_CONFIG_HOME``, by default ``~/.config``."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".config") / "wir"


def place(address: str) -> Path:
    """The file for a desk; its name says which."""
    return folder() / f"{quote(address, safe='')}.json"


def read(address: str) -> str:
    """The token for a desk; empty when there is none. Raises ``OpenToOthersError``."""
    path = place(address)
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise OpenToOthersError(path)
            found = json.load(file)
    except (OSError, ValueError):
        return ""
    fits = isinstance(found, dict) and found.get("address") == address
    return str(found.get("token", "")) if fits else ""


def write(address: str, token: str) -> None:
    """Keeps a token. The file is for its owner only from its first byte on, and never half."""
    path = place(address)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(Token(address, token)), file)
    new.replace(path)


def forget(address: str) -> None:
    """Removes it."""
    place(address).unlink(missing_ok=True)
