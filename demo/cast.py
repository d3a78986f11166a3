"""Who plays and when: ``cast.toml`` and ``year.toml`` as typed data."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from schwifty import IBAN

from models.deadlines import BERLIN
from models.recipients import Recipient

STRAIGHT = "straight"
MORNING = time(8)
BANK_CODE = "99999999"
"""A bank that does not exist; only the check digits of the simulated accounts are right."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FormScript(_Data):
    """How a clerk fills one form: heading of the page, last button, start on the case page, text by label.

    ``if_asked``: what is asked for only when something else was answered so.
    """

    title: str
    send: str
    start: str = ""
    fields: dict[str, str]
    if_asked: dict[str, str] = Field(default_factory=dict)


class OfficeScript(_Data):
    """How the authority answers one kind of task."""

    choice: str
    content: Mapping[str, Any] = Field(default_factory=dict)


class Work(_Data):
    """One thing that happens at a stop. ``of``/``but``: roles of the cast; ``kinds``: kinds of recipients."""

    do: Literal["open", "clerks", "start", "officers", "bank", "repay", "refuse_mail", "appoint", "four_eyes", "look"]
    say: str = ""
    say_en: str = ""
    form: str = ""
    of: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    but_kinds: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()

    def said(self, lang: str) -> str:
        """What the demo says about it; empty for nothing."""
        return self.say_en if lang == "en" else self.say

    def concerns(self, role: str, kind: str) -> bool:
        """Whether a recipient takes part."""
        return (
            (not self.of or role in self.of)
            and role not in self.but
            and (not self.kinds or kind in self.kinds)
            and kind not in self.but_kinds
        )


class Stop(_Data):
    """A day on which something happens."""

    day: date
    work: tuple[Work, ...]

    @property
    def at(self) -> datetime:
        """Eight in the morning, Europe/Berlin."""
        return datetime.combine(self.day, MORNING, BERLIN)


class Member(_Data):
    """A recipient in its role. ``values`` fill the placeholders of forms."""

    key: str
    name: str
    kind: str
    role: str
    values: Mapping[str, str]
    office: Mapping[str, OfficeScript]
    addresses: tuple[str, ...]

    @property
    def ends(self) -> str:
        """The stage its case must have reached at the end; empty: it stays open."""
        return self.values["ends"]


class Cast(_Data):
    """Everybody, and the year they play."""

    members: tuple[Member, ...]
    stops: tuple[Stop, ...]
    forms: Mapping[str, FormScript]
    office: Mapping[str, OfficeScript]
    words: Mapping[str, Any]  # the rest of cast.toml: what clerks read and write on any page


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def load(recipients: list[Recipient], only: frozenset[str] = frozenset()) -> Cast:
    """The cast for these recipients; ``only`` some of their keys for a shorter play."""
    told = _read("cast.toml")
    members = [_member(told, one) for one in recipients if not only or one.key in only]
    return Cast(
        members=tuple(sorted(members, key=lambda one: one.key)),
        stops=tuple(Stop.model_validate(stop) for stop in _read("year.toml")["stop"]),
        forms={name: FormScript.model_validate(form) for name, form in told["form"].items()},
        office={name: OfficeScript.model_validate(script) for name, script in told["office"].items()},
        words={name: told[name] for name in ("clerk", "start", "repay", "deputy")},
    )


def _member(told: dict[str, Any], recipient: Recipient) -> Member:
    role = told["recipients"].get(recipient.key, STRAIGHT)
    own = dict(told["role"].get(role, {}))
    office = own.pop("office", {})
    names = {"name": recipient.name, "key": recipient.key}
    values = told["standard"] | told["kind"].get(str(recipient.kind), {}) | own | names
    iban = str(IBAN.generate("DE", bank_code=BANK_CODE, account_code=f"{int(recipient.key):010d}"))
    return Member(
        key=recipient.key,
        name=recipient.name,
        kind=str(recipient.kind),
        role=role,
        values=values | {"iban": iban},
        office={kind: OfficeScript.model_validate(script) for kind, script in office.items()},
        addresses=tuple(address.format(**names) for address in told["clerk"]["addresses"]),
    )
