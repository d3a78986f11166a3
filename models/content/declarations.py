"""Declarations of the municipality that can speak against a grant, a payment or an approval: warnings, by form."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from models.content import answers as a
from models.content.names import same_person


class Against(StrEnum):
    """Code of a warning."""

    ALREADY_BEGUN = "already_begun"
    NOT_TRUE = "not_true"  # of an application: "complete and true" was not confirmed
    PAPER_NOTICES = "paper_notices"
    NO_WAIVER = "no_waiver"
    SIGNATORIES_EQUAL = "signatories_equal"
    POST_VACANT = "post_vacant"
    POST_PARTLY_VACANT = "post_partly_vacant"
    POST_TOO_LONG = "post_too_long"
    NOT_ECONOMICAL = "not_economical"
    NOT_IN_BOOKS = "not_in_books"
    CHANGE_VACANT = "change_vacant"
    CHANGE_SHIFTED = "change_shifted"
    CHANGE_OTHER_FUNDING = "change_other_funding"
    CHANGE_OTHER = "change_other"


Told = Mapping[str, Any]
Form = type[a.Content]


def filled(form: Form, content: Told) -> dict[str, Any]:
    """Content as it is stored, with what the form takes where nothing was given."""
    presets = {name: info.default for name, info in form.model_fields.items() if not info.is_required()}
    return presets | dict(content)


def against(form: Form, content: Told, *, period_months: int) -> list[Against]:
    """The warnings of one submission, in their order; none for a form that declares nothing."""
    rule = _RULES.get(form)
    if rule is None:
        return []
    holds = rule(filled(form, content), period_months)
    return [code for code in Against if holds.get(code)]


def _application(told: Told, _months: int) -> dict[Against, bool]:
    return {
        Against.ALREADY_BEGUN: told["not_begun"] is False,
        Against.NOT_TRUE: told["complete_and_true"] is False,
        Against.PAPER_NOTICES: told["electronic_service"] is False,
    }


def _declaration(told: Told, _months: int) -> dict[Against, bool]:
    one, two = str(told.get("signatory_1", "")), str(told.get("signatory_2", ""))
    return {
        Against.NO_WAIVER: told.get("waiver") is False,
        Against.SIGNATORIES_EQUAL: bool(one) and same_person(one, two),
    }


def _proof(told: Told, months: int) -> dict[Against, bool]:
    filled_months = told["months_filled"]
    return {
        Against.POST_VACANT: filled_months == 0,
        Against.POST_PARTLY_VACANT: 0 < filled_months < months,
        Against.POST_TOO_LONG: filled_months > months,
        Against.NOT_ECONOMICAL: told["necessary_and_economical"] is False,
        Against.NOT_IN_BOOKS: told["agrees_with_books"] is False,
    }


def _change(told: Told, _months: int) -> dict[Against, bool]:
    """A post that is filled again speaks against nothing."""
    return {Against(f"change_{kind}"): told.get("change") == kind for kind in a.ChangeKind if kind != "filled"}


_RULES: Final[Mapping[Form, Callable[[Told, int], dict[Against, bool]]]] = {
    a.Application: _application,
    a.Declaration: _declaration,
    a.ProofOfUse: _proof,
    a.ChangeNotice: _change,
}
