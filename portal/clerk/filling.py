"""What stands in a task's form: presets, an earlier answer, the draft, and what is posted now; later ones win.

A draft begins only when a person typed something or added a file: what is empty, what the page itself showed and the
first of each choice is also what a machine sends that ticks boxes and presses buttons. So a choice alone begins no
draft, and a page that comes back all empty takes nothing away from one. Where all that is to be typed stands there
from an earlier answer, a page of choices is kept: there is nothing else a person could do on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.content.answers import FileRef
from models.content.texts import is_blank
from portal.clerk.incoming import Posted
from portal.forms import ACTING, FORMS, Field, Kind
from portal.shown import facts, typed
from record.views.clerk_shapes import ClerkTask

_TYPED = frozenset({Kind.LINE, Kind.TEXT, Kind.MONEY, Kind.NUMBER, Kind.DAY, Kind.IBAN})


@dataclass(frozen=True)
class Filling:
    """Text by field, as typed, and files."""

    raw: dict[str, str]
    files: tuple[FileRef, ...] = ()

    def with_(self, posted: Posted) -> "Filling":
        """With what was posted on top; files that were not part of the form stay."""
        return Filling(self.raw | posted.raw, self.files if posted.files is None else posted.files)


def standing(task: ClerkTask) -> Filling:
    """What the form shows before anything is posted."""
    told = facts(task)
    fields = FORMS[task.kind].fields
    raw = {one.name: told.get(one.preset, one.preset) for one in fields if one.preset} | typed(task, task.earlier)
    return Filling(raw | task.draft.raw, task.draft.files) if task.draft else Filling(raw)


def is_typed(task: ClerkTask, before: Filling, posted: Posted) -> bool:
    """Whether a person typed something that is worth keeping, or chose or took away something beside what is kept."""
    changed = {name: text for name, text in posted.raw.items() if _plain(text) != _plain(before.raw.get(name, ""))}
    files = before.files if posted.files is None else posted.files
    kinds = {one.name: one.kind for one in (*FORMS[task.kind].fields, *ACTING)}
    given = [kinds[name] for name, text in changed.items() if not is_blank(text)]
    if set(files) - set(before.files) or not _TYPED.isdisjoint(given):
        return True
    if task.draft is None:
        return bool(given and task.earlier) and _TYPED.isdisjoint(kinds[name] for name in posted.raw)
    if not (changed or files != before.files):
        return False
    return bool(given) or _something_stands(FORMS[task.kind].fields, posted.raw)


def emptied(fields: Iterable[Field], before: Filling, posted: Posted) -> list[str]:
    """Names of typed fields that came back empty and were not before."""
    names = [one.name for one in fields if one.kind in _TYPED]
    stood = [name for name in names if not is_blank(before.raw.get(name, ""))]
    return [name for name in stood if is_blank(posted.raw.get(name, "x"))]


def _something_stands(fields: Iterable[Field], raw: Mapping[str, str]) -> bool:
    return any(not is_blank(raw.get(one.name, "")) for one in fields if one.kind in _TYPED)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
