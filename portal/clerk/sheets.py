"""The pages of a form: each group of its fields is one, and some are asked for only when the figures are unusual."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.content.answers import Acting
from portal.clerk import rules
from portal.forms import FORMS, Field, Form
from portal.reading import read
from record.views.clerk_shapes import ClerkTask

_ODD = "odd"


@dataclass(frozen=True)
class Sheet:
    """One page of a form. ``key``: its address and the key of its words."""

    key: str
    fields: tuple[Field, ...]


def sheets(task: ClerkTask, raw: Mapping[str, str]) -> tuple[Sheet, ...]:
    """The pages that what stands in the form asks for, in order; a page without a field is none."""
    remarks = _remarks(task, raw)
    groups = FORMS[task.kind].groups.items()
    wanted = {key: tuple(one for one in fields if _asked(one, task, remarks)) for key, fields in groups}
    return tuple(Sheet(key, fields) for key, fields in wanted.items() if fields)


def asked(task: ClerkTask, raw: Mapping[str, str]) -> tuple[Field, ...]:
    """All fields that are asked for, in order."""
    return tuple(one for sheet in sheets(task, raw) for one in sheet.fields)


def content_of(form: Form, values: Mapping[str, Any]) -> Acting:
    """The answer that values make. Raises ``ValidationError``."""
    reasons = {one.name: one.about for one in form.fields if one.about}
    plain = {name: value for name, value in values.items() if name not in reasons}
    if reasons:
        plain[_ODD] = [{"code": reasons[name], "reason": values[name]} for name in values if name in reasons]
    return form.model.model_validate(plain)


def values_of(form: Form, content: Acting) -> dict[str, Any]:
    """The values an answer was made of, by field; the other way round."""
    reasons = {one.code: one.reason for one in getattr(content, _ODD, ())}
    told = {one.about: one.name for one in form.fields if one.about}
    plain = {one.name: getattr(content, one.name) for one in form.fields if not one.about}
    return plain | {told[code]: reason for code, reason in reasons.items() if code in told}


def _asked(one: Field, task: ClerkTask, remarks: tuple[str, ...]) -> bool:
    return (not one.about or one.about in remarks) and not (one.once and task.account_only)


def _remarks(task: ClerkTask, raw: Mapping[str, str]) -> tuple[str, ...]:
    """What is unusual about the figures that stand in the form, once all of them can be read."""
    form = FORMS[task.kind]
    if not any(one.about for one in form.fields):
        return ()
    reading = read(tuple(one for one in form.fields if one.name in rules.FIGURES_OF_PROOF), raw)
    figures = None if reading.errors else rules.figures(task, reading.values)
    return figures.remarks if figures else ()
