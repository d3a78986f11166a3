"""Which tasks a list shows, in which order, and which page of it: as an address or a command line says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

from models.content.texts import printable
from models.errors import Code, RefusedError
from models.stages import Stage
from models.tasks import TaskKind

T = TypeVar("T", bound=StrEnum)

PAGE: Final = 50
"""Tasks on a page."""
LATE: Final = "yes"
"""How an address says that only late tasks are wanted."""
_LONGEST: Final = 80
_LAST_PAGE: Final = 99_999


class Part(StrEnum):
    """A list of the day. All but the last one share the tasks among them: each stands in one of them."""

    LATE = "late"  # I may answer it, and it is late
    MINE = "mine"  # I take care of it, or nobody else may
    TAKE = "take"  # others may as well, and I do not take care of it
    RESTING = "resting"  # I may answer it, and it is put on a day that has not come
    OTHERS = "others"  # I may not
    WEEK = "week"  # due within seven days, whoever may


class Order(StrEnum):
    """What comes first; among equals what is due first."""

    DUE = "due"
    RECIPIENT = "recipient"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Filter:
    """Empty fields restrict nothing. ``recipient``: a part of the name, or how the key begins."""

    round: str = ""
    kind: str = ""
    recipient: str = ""
    stage: str = ""
    late: bool = False
    order: Order = Order.DUE
    part: Part | None = None
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """As an address says; what there is not restricts nothing, but a kind, a stage or a round that nobody has."""
        typed = {name: " ".join(printable(query.get(name, "")).split())[:_LONGEST] for name in _NAMES}
        return cls(
            typed["round"],
            typed["kind"],
            typed["recipient"],
            typed["stage"],
            typed["late"] == LATE,
            _one_of(Order, typed["order"]) or Order.DUE,
            _one_of(Part, typed["list"]),
            page_number(typed["page"]) or 1,
        )

    @classmethod
    def checked(cls, query: Mapping[str, str]) -> Self:
        """The same for who typed it by hand. Raises ``RefusedError`` (``bad_content``) for what there is not."""
        found = cls.of(query)
        known: Mapping[str, Any] = {
            "kind": not found.kind or _one_of(TaskKind, found.kind),
            "stage": not found.stage or _one_of(Stage, found.stage),
            "late": not query.get("late") or found.late,
            "order": not query.get("order") or found.order == query["order"],
            "list": not query.get("list") or found.part is not None,
            "page": not query.get("page") or page_number(query["page"]),
        }
        for name, is_known in known.items():
            if not is_known:
                raise RefusedError(Code.BAD_CONTENT, field=name)
        return found

    @property
    def restricts(self) -> bool:
        """Whether tasks are left out."""
        return bool(self.round or self.kind or self.recipient or self.stage or self.late)

    @property
    def kept(self) -> "Filter":
        """What stays when somebody comes back: the filter and the order, not the list and its page."""
        return replace(self, part=None, page=1)

    def told(self) -> dict[str, str]:
        """The fields that say something, as an address and a command line name them."""
        told = {
            "round": self.round,
            "kind": self.kind,
            "recipient": self.recipient,
            "stage": self.stage,
            "late": LATE if self.late else "",
            "order": "" if self.order is Order.DUE else str(self.order),
            "list": str(self.part or ""),
            "page": str(self.page) if self.page > 1 else "",
        }
        return {name: value for name, value in told.items() if value}

    def query(self, **changed: Any) -> str:
        """What stands behind the question mark, with some of it changed; a changed list begins with its first page."""
        return urlencode(replace(self, **{"page": 1, **changed}).told())

    def without(self, name: str) -> str:
        """The address with one restriction less; never the bare one, which puts the kept filter back."""
        return self.query(**{name: False if name == "late" else ""}) or urlencode({"order": self.order})


_NAMES: Final = ("round", "kind", "recipient", "stage", "late", "order", "list", "page")


def page_number(text: str) -> int:
    """The number of a page; 0 for what is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    return number if number <= _LAST_PAGE else 0


def _one_of(codes: type[T], text: str) -> T | None:
    return next((code for code in codes if code == text), None)
