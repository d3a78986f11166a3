"""The address of a mail server in one line: what those of SMTP and IMAP have in common. Pure."""

from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

IMPLICIT: Final = "implicit"
REQUIRED: Final = "required"

Kind = TypeVar("Kind", bound=StrEnum)


def split(url: str, scheme: str, form: str) -> SplitResult:
    """The parts of ``scheme://`` or ``schemes://``. ``ValueError`` names the ``form`` and never quotes the secret."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"not an address of the form {form}") from None  # urllib's text would quote the password
    if parts.scheme not in (scheme, f"{scheme}s") or not parts.hostname or port == 0:
        raise ValueError(f"not an address of the form {form}")
    return parts


def security(parts: SplitResult, kinds: type[Kind]) -> Kind:
    """How the connection is encrypted: by its scheme, or by ``?starttls=`` one of ``kinds``; by default required."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = set(options) - {"starttls"}
    if unknown:
        raise ValueError(f"unknown option {', '.join(sorted(unknown))}; only starttls is known")
    wanted = options.get("starttls")
    if parts.scheme.endswith("s"):
        if wanted is not None:
            raise ValueError(f"{parts.scheme}:// is encrypted from the first byte; leave starttls out")
        return kinds(IMPLICIT)
    choices = [str(kind) for kind in kinds if kind != IMPLICIT]
    if wanted is not None and wanted not in choices:
        raise ValueError(f"starttls is {', '.join(choices[:-1])} or {choices[-1]}")
    return kinds(wanted or REQUIRED)
