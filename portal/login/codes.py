"""One-time codes by RFC 6238, as the usual apps make them: six digits, a new one every thirty seconds."""

from datetime import datetime, timedelta
from typing import Final

import pyotp
import segno

from record.logins.tokens import same

STEP: Final = 30
_AROUND: Final = (0, -1, 1)
"""Codes of the step before and after count too: clocks differ, and people need time to type."""


def code_at(secret: str, step: int) -> str:
    """The code of a time step."""
    return pyotp.TOTP(secret, interval=STEP).generate_otp(step)


def step_of(now: datetime) -> int:
    """The time step of an instant."""
    return int(now.timestamp()) // STEP


def step_of_code(secret: str, typed: str, now: datetime) -> int | None:
    """The time step whose code was typed, if it is one that counts now. Spaces between the digits are left out."""
    code = "".join(typed.split())
    found = None
    for around in _AROUND:  # all are compared, so that the time it takes says nothing
        step = step_of(now) + around
        if same(code_at(secret, step), code):
            found = step
    return found


def next_code_at(now: datetime) -> datetime:
    """When the app shows the next code."""
    return now + timedelta(seconds=STEP - now.timestamp() % STEP)


def app_address(secret: str, officer_id: str, issuer: str) -> str:
    """What an app reads from the picture: the secret, and under which name it keeps it."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=officer_id, issuer_name=issuer)


def picture(address: str) -> str:
    """The QR code as an SVG that stands in the page itself: no file. Black on white, also at night."""
    code = segno.make_qr(address, error="m")
    return code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
