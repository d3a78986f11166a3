"""What can be sent to the officers' interface: one model a request, bounded before anything is read into it."""

import json
import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints
from starlette.requests import Request

from gateway.evidence import MAX_BYTES
from models.content import texts
from models.errors import Code, RefusedError

LIMIT: Final = 2 * MAX_BYTES
"""Bytes of a request; a file of bank evidence, escaped as JSON, fits in."""

M = TypeVar("M", bound=BaseModel)
_HALF: Final = re.compile("[\ud800-\udfff]")


def _one_line(value: Any) -> Any:
    return texts.one_line(value) if isinstance(value, str) else value


Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), BeforeValidator(_one_line)]
OptionalId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), BeforeValidator(_one_line)]
Shown = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$|^$")]
"""The hash of what was shown, or the beginning of it."""
CommandId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$|^$")]


class TooBigError(Exception):
    """More bytes were sent than a request may have."""


class NotJsonError(Exception):
    """Something else than a JSON object was sent."""


class Body(BaseModel):
    """Base of all requests. ``dry_run`` asks what would happen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dry_run: bool = False


class Answer(Body):
    """An answer to a task. ``content`` by field name or option; ``command_id`` makes twice once.

    ``shown``: of what was shown, for an answer that signs, pays or ends the case.
    ``in_place_of``: the absent officer for whom the caller stands in.
    """

    task: Id
    choice: Id
    content: dict[str, JsonValue] = {}
    command_id: CommandId = ""
    shown: Shown = ""
    in_place_of: OptionalId = ""


class Start(Body):
    """Something an officer starts. ``shown`` as in :class:`Answer`."""

    case: Id
    kind: Id
    content: dict[str, JsonValue] = {}
    command_id: CommandId = ""
    shown: Shown = ""


class Applying(Body):
    """An application taken in by an officer."""

    recipient: Id
    year: Annotated[int, Field(ge=2000, le=2099)]
    line: Id = "fm"
    content: dict[str, JsonValue] = {}
    command_id: CommandId = ""


class Evidence(Body):
    """A file of bank evidence."""

    text: str


class Adopting(Body):
    """The case to rebuild."""

    case: Id


class Days(Body):
    """How far the clock moves."""

    days: Annotated[int, Field(ge=1, le=3660)]


async def json_object(request: Request, limit: int = LIMIT) -> dict[str, Any]:
    """The JSON object of a request.

    Raises ``TooBigError``, ``NotJsonError``, and ``RefusedError`` for text that no one could write down again: JSON can
    spell half a character (RFC 7493 forbids it), and neither database nor answer could carry it.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise TooBigError
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotJsonError from None
    if not isinstance(found, dict):
        raise NotJsonError
    if (field := _halved("", found)) is not None:
        raise RefusedError(Code.BAD_CONTENT, fields=[{"name": field, "option": field, "code": "control_characters"}])
    return found


def _halved(name: str, found: Any) -> str | None:
    """The name beside the first text with half a character; "" where the name itself is one, none where all is well."""
    if isinstance(found, str):
        return name if _HALF.search(found) else None
    if isinstance(found, dict):
        if any(_HALF.search(key) for key in found):
            return ""
        return next((at for key, value in found.items() if (at := _halved(key, value)) is not None), None)
    if isinstance(found, list):
        return next((at for value in found if (at := _halved(name, value)) is not None), None)
    return None


async def parsed(request: Request, model: type[M], limit: int = LIMIT) -> M:
    """The request as its model. Raises also ``pydantic.ValidationError``."""
    return model.model_validate(await json_object(request, limit))
