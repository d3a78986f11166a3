"""Changes of the authority's people and of the contacts of municipalities: what is asked for by each.

A change is a command as all others: stored with its actor and its content, then applied or refused. It belongs to no
case. Days that were not given are filled in when it is applied, so that the same change sent again is the same one.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from models.content.answers import Content, Key, Line, OptionalLine, PersonName
from models.tasks import Role

Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(Role))]
MAX_NUMBER: Final = 2**31 - 1
"""Numbers of entries and ranks are integer columns of 32 bits."""
Entry = Annotated[int, Field(ge=0, le=MAX_NUMBER)]


class Change(StrEnum):
    """What is changed; the ``choice`` of the command."""

    ADD_OFFICER = "add_officer"
    SET_ROLES = "set_roles"
    END_OFFICER = "end_officer"
    REVOKE_OFFICER = "revoke_officer"
    ADD_OFFICER_NUMBER = "add_officer_number"
    END_OFFICER_NUMBER = "end_officer_number"
    ADD_ABSENCE = "add_absence"
    END_ABSENCE = "end_absence"
    ADD_CONTACT = "add_contact"
    END_CONTACT = "end_contact"
    ADD_CONTACT_NUMBER = "add_contact_number"
    END_CONTACT_NUMBER = "end_contact_number"


class OfOfficer(Content):
    """A change of a person of the authority."""

    officer: Key


class OfContact(Content):
    """A change of the contacts of a recipient (its identity)."""

    recipient: Key


class _Person(Content):
    name: PersonName
    email: Key
    since: date | None = None
    phone: OptionalLine = ""
    phone_source: OptionalLine = ""


class _Number(Content):
    number: Key
    source: Line
    since: date | None = None


class AddOfficer(OfOfficer, _Person):
    """A new person, with their roles."""

    roles: Roles


class SetRoles(OfOfficer):
    """All roles a person has from now on."""

    roles: Roles


class EndOfficer(OfOfficer):
    """A person's last day."""

    last_day: date


class RevokeOfficer(OfOfficer):
    """A person is sent away at once."""


class AddOfficerNumber(OfOfficer, _Number):
    """A telephone number of a person of the authority."""


class EndOfficerNumber(OfOfficer):
    """The last day of a number."""

    number: Key
    last_day: date


class AddAbsence(OfOfficer):
    """A person is away, and who stands in. Without a last day: until somebody says that they are back."""

    first_day: date
    last_day: date | None = None
    deputy: Key


class EndAbsence(OfOfficer):
    """The last day of an absence, which may be the day before it begins: then it never was.

    ``absence`` 0: the one that is, or comes next.
    """

    absence: Entry = 0
    last_day: date


class AddContact(OfContact, _Person):
    """A new contact; with rank 0 the last in line."""

    function: OptionalLine = ""
    rank: Annotated[int, Field(ge=0, le=1000)] = 0


class EndContact(OfContact):
    """A contact's last day."""

    contact: Entry
    last_day: date


class AddContactNumber(OfContact, _Number):
    """A telephone number of a contact."""

    contact: Entry


class EndContactNumber(OfContact):
    """The last day of a number."""

    contact: Entry
    number: Key
    last_day: date


CHANGES: Final[Mapping[Change, type[OfOfficer] | type[OfContact]]] = {
    Change.ADD_OFFICER: AddOfficer,
    Change.SET_ROLES: SetRoles,
    Change.END_OFFICER: EndOfficer,
    Change.REVOKE_OFFICER: RevokeOfficer,
    Change.ADD_OFFICER_NUMBER: AddOfficerNumber,
    Change.END_OFFICER_NUMBER: EndOfficerNumber,
    Change.ADD_ABSENCE: AddAbsence,
    Change.END_ABSENCE: EndAbsence,
    Change.ADD_CONTACT: AddContact,
    Change.END_CONTACT: EndContact,
    Change.ADD_CONTACT_NUMBER: AddContactNumber,
    Change.END_CONTACT_NUMBER: EndContactNumber,
}

OWN: Final = frozenset({Change.ADD_ABSENCE, Change.END_ABSENCE})
"""What people may enter for themselves. Nothing else of one's own entry is changed by oneself (four eyes)."""


def needed_role(change: Change) -> Role:
    """Who may ask for a change."""
    return Role.CASE_WORKER if issubclass(CHANGES[change], OfContact) else Role.CO_SIGNER
