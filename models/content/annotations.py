"""What stands behind the annotation of a form's field."""

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin


def plain_class(annotation: Any) -> Any:
    """The class behind an annotation: without constraints, and without the none of an optional field."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return plain_class(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return plain_class(next(part for part in get_args(annotation) if part is not type(None)))
    return origin or annotation
