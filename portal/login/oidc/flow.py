"""What a browser keeps while its person is at the provider: in its own cookie, sealed, for ten minutes.

So nothing is stored for people who never come back, and a plain link may begin it.
"""

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from record.logins.tokens import keyed, same

LASTS: Final = timedelta(minutes=10)


class Purpose(StrEnum):
    """What the person wants."""

    LOGIN = "login"
    PROVE = "prove"  # the same person again, in a running log-in
    CONNECT = "connect"  # a new person with a one-time link


@dataclass(frozen=True)
class Flow:
    """One way to the provider and back. ``login_id``: of the log-in there was; ``link``: token of a one-time link."""

    purpose: Purpose
    state: str
    nonce: str
    verifier: str
    next: str
    began: float
    login_id: str = ""
    link: str = ""


def sealed(flow: Flow, key: str) -> str:
    """The cookie's value."""
    text = base64.urlsafe_b64encode(json.dumps(asdict(flow)).encode()).decode()
    return f"{text}.{_seal(text, key)}"


def opened(value: str, key: str, now: datetime) -> Flow | None:
    """What the cookie holds, unless it is no cookie of ours, or too old."""
    text, _, seal = value.rpartition(".")
    if not text or not same(seal, _seal(text, key)):
        return None
    found = json.loads(base64.urlsafe_b64decode(text))  # we sealed it, so it is ours
    flow = Flow(**found | {"purpose": Purpose(found["purpose"])})
    return flow if 0 <= now.timestamp() - flow.began < LASTS.total_seconds() else None


def _seal(text: str, key: str) -> str:
    return keyed(key, f"flow {text}")
