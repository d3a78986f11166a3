"""What people can start beside their tasks: through which door each comes, and the form behind it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import StringConstraints

from models.content import answers as a


class MailAgain(a.Content):
    """Which mail is to be sent again: its id, or the beginning of it as lists show it (at least eight characters)."""

    mail: a.Key


class FileNumber(a.Content):
    """The authority's own file number (Geschäftszeichen), as its registry gave it."""

    file_number: Annotated[a.Line, StringConstraints(max_length=60)]


class Door(StrEnum):
    """Where a person finds something to start."""

    OFFER = "offer"  # an officer, offered with the case
    MAIL_LIST = "mail_list"  # an officer, beside a mail in the list of the case
    ROUND = "round"  # an officer, of a funding round instead of a case
    CASE_PAGE = "case_page"  # a clerk
    TASK_PAGE = "task_page"  # a clerk
    OPERATOR = "operator"  # offered to nobody: an operator names it


@dataclass(frozen=True)
class Startable:
    """One thing that can be started."""

    door: Door
    form: type[a.Content]


STARTABLE: Final[dict[str, Startable]] = {
    "open": Startable(Door.CASE_PAGE, a.StartTask),
    "withdraw": Startable(Door.OFFER, a.Withdrawal),  # this and the next two on behalf of a clerk
    "notify_change": Startable(Door.OFFER, a.ChangeNotice),
    "request_extension": Startable(Door.OFFER, a.ExtensionRequest),
    "block": Startable(Door.OFFER, a.Reason),
    "resend": Startable(Door.MAIL_LIST, MailAgain),  # a letter once more, to whoever is first in line now
    "set_file_number": Startable(Door.OFFER, FileNumber),
    "link": Startable(Door.CASE_PAGE, a.LinkAgain),
    "hand_over": Startable(Door.TASK_PAGE, a.Colleague),
    "move": Startable(Door.OPERATOR, a.Nothing),
    "open_round": Startable(Door.ROUND, a.Nothing),
}
START_CONTENT: Final[dict[str, type[a.Content]]] = {kind: one.form for kind, one in STARTABLE.items()}


def started_at(*doors: Door) -> frozenset[str]:
    """What can be started through one of these doors."""
    return frozenset(kind for kind, one in STARTABLE.items() if one.door in doors)
