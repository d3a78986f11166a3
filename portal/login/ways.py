"""Where a browser may be sent after a log-in: to a page of this desk and nowhere else."""

from typing import Final
from urllib.parse import urlencode

HOME: Final = "/"
LOGIN: Final = "/anmelden"
PROOF: Final = "/bestaetigen"
PROVIDER: Final = "/anmelden/haus"
RETURN: Final = "/anmelden/haus/zurueck"
"""Where the provider sends people back to; registered there."""
DEVICE: Final = "/geraet"
INTERFACE: Final = "/api"
"""Below it the JSON interface answers to tokens; the pages know nothing of it."""
PURPOSE: Final = "zweck"
NEXT: Final = "weiter"
"""Name of the parameter that says where to go on."""
_LONGEST: Final = 2000


def own_path(wanted: str) -> str:
    """The wanted address if it is a path of our own, with its query; the first page otherwise.

    Browsers read ``//host``, ``/\\host`` and ``/<tab>/host`` as another host, and drop line breaks. So: one slash, no
    backslash, nothing but visible ASCII; what is not ASCII comes percent-encoded.
    """
    fits = (
        0 < len(wanted) <= _LONGEST
        and wanted[0] == "/"
        and wanted[1:2] != "/"
        and all("!" <= sign <= "~" and sign != "\\" for sign in wanted)
    )
    return wanted if fits else HOME


def with_next(page: str, wanted: str) -> str:
    """The address of a page that goes on to another one of ours."""
    path = own_path(wanted)
    return page if path == HOME else f"{page}?{urlencode({NEXT: path})}"


def to_provider(purpose: str, wanted: str = HOME, *, link: str = "") -> str:
    """The address that leads to the provider of OpenID Connect, and from there on to a page of ours."""
    more = {"link": link} if link else {}
    return f"{PROVIDER}?{urlencode({PURPOSE: purpose, NEXT: own_path(wanted), **more})}"
