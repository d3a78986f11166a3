"""What the validation of a file found, in plain words."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "date_type": "must be a day such as 2018-12-31",
    "date_parsing": "must be a day such as 2018-12-31",
    "date_from_datetime_parsing": "must be a day such as 2018-12-31",
    "date_from_datetime_inexact": "must be a day without a time, such as 2018-12-31",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "is not written as it must be ({pattern})",
    "enum": "must be one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "tuple_type": "must be a list",
    "dict_type": "must hold fields with values",
    "model_type": "must hold fields with values",
    "model_attributes_type": "must hold fields with values",
    "decimal_parsing": "must be a number in quotes",
}
_NOT_SHOWN = ("missing", "extra_forbidden")
_MAX_SHOWN = 40


def in_words(error: ErrorDetails, label: str) -> str:
    """One sentence: which field, what is wrong with it, and what stands there, if that is short."""
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] in {"value_error", "assertion_error"}:
        said = str(context["error"])
    else:
        said = _WORDS.get(error["type"], error["msg"]).format_map(context)
    found = error["input"]
    shown = isinstance(found, str | int | float | bool) and error["type"] not in _NOT_SHOWN
    return f"{label}: {said}" + (f", found {str(found)[:_MAX_SHOWN]!r}" if shown else "")
