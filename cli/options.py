"""Every argument and option of the command line, once: its writing, its kind, and the form field it fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How a value is given and read."""

    ARGUMENT = "argument"
    WORDS = "words"  # an argument of one word or more
    OPTIONAL = "optional"  # an argument that may be left out
    FLAG = "flag"
    TEXT = "text"
    MANY = "many"  # may be repeated
    CODE = "code"  # one of a table of texts, by its code or in words
    CODES = "codes"  # the same, may be repeated
    AMOUNT = "amount"
    DAY = "day"
    MOMENT = "moment"
    NUMBER = "number"


@dataclass(frozen=True)
class Param:
    """One argument or option. ``field``: the name of the form field under which the service takes it."""

    kind: Kind
    metavar: str = ""
    field: str = ""
    written: str = ""  # where an argument of another verb has the plain name

    @property
    def positional(self) -> bool:
        """Given by its place, not by a name."""
        return self.kind in {Kind.ARGUMENT, Kind.WORDS, Kind.OPTIONAL}


K = Kind
PARAMS: Final[Mapping[str, Param]] = {
    "task": Param(K.ARGUMENT, "TASK"),
    "choice": Param(K.ARGUMENT, "CHOICE"),
    "case": Param(K.ARGUMENT, "CASE"),
    "sought": Param(K.WORDS, "TEXT"),
    "doc": Param(K.ARGUMENT, "DOC"),
    "round": Param(K.OPTIONAL, "ROUND"),
    "kind": Param(K.ARGUMENT, "KIND"),
    "days": Param(K.ARGUMENT, "DAYS"),
    "body": Param(K.ARGUMENT, "RECIPIENT"),
    "evidence": Param(K.OPTIONAL, "FILE"),
    "person": Param(K.OPTIONAL, "ID"),
    "part": Param(K.OPTIONAL, "PART"),
    "inbound": Param(K.OPTIONAL, "MAIL"),
    "for_task": Param(K.TEXT, "TASK", written="--task"),
    "of_round": Param(K.TEXT, "ROUND", written="--round"),
    "of_kind": Param(K.TEXT, "KIND", written="--kind"),
    "of_name": Param(K.TEXT, "TEXT", written="--recipient"),
    "stage": Param(K.TEXT, "STAGE"),
    "late": Param(K.FLAG),
    "order": Param(K.TEXT, "ORDER"),
    "list": Param(K.TEXT, "LIST"),
    "page": Param(K.NUMBER, "NUMBER"),
    "note": Param(K.TEXT, "TEXT"),
    "save": Param(K.TEXT, "DIR"),
    "reason": Param(K.TEXT, "TEXT", "reason"),
    "amount": Param(K.AMOUNT, "EUR", "amount"),
    "item": Param(K.MANY, "TEXT", "items"),
    "until": Param(K.DAY, "DATE", "until"),
    "posted_on": Param(K.DAY, "DATE", "posted_on"),
    "number": Param(K.TEXT, "NUMBER", "number"),
    "called_at": Param(K.MOMENT, "TIME", "called_at"),
    "number_from": Param(K.TEXT, "TEXT", "number_known_from"),
    "spoken_with": Param(K.TEXT, "NAME", "spoken_with"),
    "spoken_function": Param(K.TEXT, "TEXT", "spoken_with_function"),
    "iban_heard": Param(K.TEXT, "DIGITS", "iban_heard"),
    "change": Param(K.CODE, "KIND", "change"),
    "since": Param(K.DAY, "DATE", "since"),
    "mail": Param(K.TEXT, "ID", "mail"),
    "details": Param(K.TEXT, "TEXT", "details"),
    "file_number": Param(K.TEXT, "TEXT", "file_number"),
    "acting_name": Param(K.TEXT, "NAME", "acting_name"),
    "acting_function": Param(K.TEXT, "TEXT", "acting_function"),
    "file": Param(K.TEXT, "FILE"),
    "recipient": Param(K.TEXT, "KEY"),
    "year": Param(K.NUMBER, "YEAR"),
    "line": Param(K.TEXT, "LINE"),
    "title": Param(K.TEXT, "TEXT"),
    "add": Param(K.FLAG),
    "id": Param(K.NUMBER, "NUMBER"),
    "name": Param(K.TEXT, "NAME"),
    "email": Param(K.TEXT, "ADDRESS"),
    "function": Param(K.TEXT, "TEXT"),
    "phone": Param(K.TEXT, "NUMBER"),
    "phone_source": Param(K.TEXT, "TEXT"),
    "role": Param(K.CODES, "ROLE"),
    "rank": Param(K.NUMBER, "NUMBER"),
    "from": Param(K.DAY, "DATE"),
    "end": Param(K.DAY, "DATE"),
    "revoke": Param(K.FLAG),
    "in_place_of": Param(K.TEXT, "ID"),
    "deputy": Param(K.TEXT, "ID"),
    "back": Param(K.DAY, "DATE"),
    "history": Param(K.FLAG),
    "channel": Param(K.TEXT, "WAY"),
    "received": Param(K.DAY, "DATE"),
    "scan": Param(K.TEXT, "FILE"),
    "signed": Param(K.FLAG),
    "taken_by": Param(K.TEXT, "NAME"),
    "source": Param(K.TEXT, "TEXT"),
    "to": Param(K.TEXT, "ID"),
    "over": Param(K.FLAG),
    "give_back": Param(K.FLAG, written="--back"),
    "text": Param(K.TEXT, "TEXT"),
    "corrects": Param(K.NUMBER, "NUMBER"),
    "csv": Param(K.FLAG),
    "opened": Param(K.FLAG),
    "example": Param(K.FLAG),
    "shown": Param(K.TEXT, "HASH"),
    "dry_run": Param(K.FLAG),
    "as": Param(K.TEXT, "NAME"),
    "data": Param(K.TEXT, "DIR"),
    "demo_data": Param(K.TEXT, "DIR", written="--data"),
    "json": Param(K.FLAG),
}

FIELD_PARAMS: Final[Mapping[str, str]] = {param.field: name for name, param in PARAMS.items() if param.field}
"""Form field, as the service names it in ``fields[].option``, to the option that fills it."""

_METAVAR: Final = {param.metavar: name for name, param in PARAMS.items() if param.positional}


def flag(name: str) -> str:
    """How a parameter is written: ``--posted-on``, or ``TASK`` for an argument."""
    param = PARAMS[name]
    return param.metavar if param.positional else param.written or "--" + name.replace("_", "-")


def of_metavar(metavar: str) -> str:
    """The argument shown as ``metavar``."""
    return _METAVAR[metavar]
