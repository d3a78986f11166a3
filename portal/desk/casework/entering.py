"""Reading of what is typed into the forms of casework."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from models.content.texts import is_key
from portal.forms import Field, Kind
from portal.reading import read


@dataclass(frozen=True)
class Entry:
    """What was read: values, and a message for each field that is wrong."""

    values: dict[str, Any]
    errors: dict[str, str]


def day_of(text: str) -> date | None:
    """The day that was typed as people here write it; none for anything else."""
    found = read((Field("day", Kind.DAY, limit=20),), {"day": text.strip()})
    day = found.values.get("day")
    return day if isinstance(day, date) and not found.errors else None


def typed_id(form: Mapping[str, str]) -> str:
    """The number of this form: the same for a double click, and for a form that comes back."""
    sent = form.get("command_id", "")
    return sent if 8 <= len(sent) <= 64 and is_key(sent) and sent.replace("-", "").isalnum() else str(uuid4())
