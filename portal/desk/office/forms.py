"""The form of each change of people: its fields as controls, and the reading of what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from models.office import Change
from models.tasks import Role
from portal.desk.controls import Control, refused_fields, typed
from portal.desk.wording import DeskWords

Json = dict[str, Any]
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Field:
    """One field of a form. ``type``: as :class:`portal.desk.controls.Control` has it, or ``roles`` or ``hidden``."""

    name: str
    type: str = "text"
    required: bool = True


_PERSON: Final = (Field("name"), Field("email"))
_SINCE: Final = (Field("since", "date", False), Field("phone", required=False), Field("phone_source", required=False))
_NUMBER: Final = (Field("number"), Field("source"), Field("since", "date", False))
_END: Final = Field("last_day", "date")
_CONTACT: Final = Field("contact", "hidden")

FIELDS: Final[Mapping[Change, tuple[Field, ...]]] = {
    Change.ADD_OFFICER: (Field("officer"), *_PERSON, Field("roles", "roles"), *_SINCE),
    Change.SET_ROLES: (Field("roles", "roles"),),
    Change.END_OFFICER: (_END,),
    Change.REVOKE_OFFICER: (),
    Change.ADD_OFFICER_NUMBER: _NUMBER,
    Change.END_OFFICER_NUMBER: (Field("number", "choice"), _END),
    Change.ADD_ABSENCE: (Field("first_day", "date"), Field("last_day", "date", False), Field("deputy", "choice")),
    Change.END_ABSENCE: (Field("absence", "hidden"), _END),
    Change.ADD_CONTACT: (*_PERSON, Field("function", required=False), Field("rank", "number", False), *_SINCE),
    Change.END_CONTACT: (_CONTACT, _END),
    Change.ADD_CONTACT_NUMBER: (_CONTACT, *_NUMBER),
    Change.END_CONTACT_NUMBER: (_CONTACT, Field("number", "choice"), _END),
}
ROLES: Final = tuple(role for role in Role if role is not Role.APPLICANT)


@dataclass(frozen=True)
class Asked:
    """A form that was sent: its change, what was typed into it, and what is wrong."""

    change: Change
    raw: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class ChangeForm:
    """A form on a page. ``hidden``: values that are not typed; ``roles``: those that are ticked; none: no such field.

    ``about``: begins the ids of its controls.
    """

    change: Change
    controls: tuple[Control, ...]
    hidden: tuple[tuple[str, str], ...]
    roles: frozenset[str] | None
    roles_error: str
    command_id: str
    about: str


def form(
    words: DeskWords,
    change: Change,
    *,
    asked: Asked | None = None,
    given: Mapping[str, str] | None = None,
    options: Mapping[str, Options] | None = None,
    roles: Sequence[str] = (),
) -> ChangeForm:
    """A change's form. ``given``: what stands in it at first, hidden fields included; ``asked``: the form as sent."""
    given = given or {}
    mine = asked if asked and asked.change is change and _same(asked, given) else None
    about = "-".join(filter(None, (change, given.get("contact", ""), given.get("absence", ""))))
    fields = FIELDS[change]
    hidden = tuple((field.name, given.get(field.name, "")) for field in fields if field.type == "hidden")
    shown = tuple(
        _control(words, about, field, given, mine, (options or {}).get(field.name, ()))
        for field in fields
        if field.type not in {"hidden", "roles"}
    )
    has_roles = any(field.type == "roles" for field in fields)
    ticked = _ticked(mine.raw) if mine else frozenset(roles)
    return ChangeForm(
        change=change,
        controls=shown,
        hidden=hidden,
        roles=ticked if has_roles else None,
        roles_error=mine.errors.get("roles", "") if mine else "",
        command_id=mine.raw.get("command_id", "") if mine else str(uuid4()),
        about=about,
    )


def read(words: DeskWords, change: Change, raw: Mapping[str, str]) -> tuple[Json, Asked]:
    """What was typed, as the content of the change, and what is wrong with it."""
    fields = FIELDS[change]
    wanted = [
        {"name": field.name, "type": "text" if field.type in {"choice", "hidden"} else field.type,
         "required": field.required and field.type != "hidden"}
        for field in fields
        if field.type != "roles"
    ]  # fmt: skip
    found = typed(words, wanted, raw)
    values, errors = dict(found.values), dict(found.errors)
    values |= {name: int(values[name]) for name in ("contact", "absence") if str(values.get(name, "")).isdecimal()}
    if any(field.type == "roles" for field in fields):
        values["roles"] = sorted(_ticked(raw))
        if not values["roles"]:
            errors["roles"] = words.t("error.missing")
    return values, Asked(change, raw, errors)


def refused(words: DeskWords, asked: Asked, details: Mapping[str, Any]) -> Asked:
    """The same with what a rule said of its fields."""
    errors = refused_fields(words, details)
    if name := _FIELD_OF.get(str(details.get("field", "")), str(details.get("field", ""))):
        why = words.find(f"invalid.{details.get('why', '')}")
        errors[name] = words.t("error.field", what=why) if why else words.t("change.wrong")
    known = {field.name for field in FIELDS[asked.change]}
    return Asked(asked.change, asked.raw, {name: said for name, said in errors.items() if name in known})


_FIELD_OF: Final = {"id": "officer", "valid_to": "last_day"}
"""Fields of entries by what they are called in a form."""


def _control(
    words: DeskWords, about: str, field: Field, given: Mapping[str, str], mine: Asked | None, options: Options
) -> Control:
    name = "phone" if field.name == "number" and field.type == "choice" else field.name
    return Control(
        id=f"{about}-{field.name}",
        name=field.name,
        type="line" if field.type == "text" else field.type,
        label=words.t(f"change.field.{name}"),
        hint=words.own(f"change.hint.{name}") or words.own(f"hint.{field.type}"),
        value=mine.raw.get(field.name, "") if mine else given.get(field.name, ""),
        error=mine.errors.get(field.name, "") if mine else "",
        required=field.required,
        options=options,
    )


def _same(asked: Asked, given: Mapping[str, str]) -> bool:
    """Whether the form that was sent is the one of this entry."""
    return all(asked.raw.get(name, "") == given.get(name, "") for name in ("contact", "absence"))


def _ticked(raw: Mapping[str, str]) -> frozenset[str]:
    return frozenset(str(role) for role in ROLES if raw.get(f"role_{role}"))
