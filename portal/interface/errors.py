"""How a "no" is told: stable code, details, HTTP status. A fault gets an incident number and nothing else."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.service import RPCError

from models.errors import CONFLICTS, NOT_FOUND, Code, RefusedError
from portal.fields import wrong_fields
from portal.interface.auth import ForbiddenError
from portal.interface.bodies import LIMIT, NotJsonError, TooBigError
from record.database.engine import InstallationError

log = logging.getLogger(__name__)


class NotFoundError(Exception):
    """No document or round of that name."""


class NotEmbeddedError(Exception):
    """Only an embedded installation can do this."""


class ProofNeededError(Exception):
    """Signing, and ordering money, needs a fresh proof of who it is."""


class OwnEntryError(Exception):
    """Somebody tried to change their own entry (four-eyes principle)."""


def status_of(code: str) -> int:
    """HTTP status of a refusal."""
    if code in NOT_FOUND:
        return 404
    if code in CONFLICTS:
        return 409
    return {Code.BAD_CONTENT: 400, Code.UNKNOWN_CHOICE: 400, Code.WRONG_ROLE: 403, Code.OFFICER_REVOKED: 403}.get(
        Code(code), 422
    )


def refused(code: str, details: Mapping[str, Any], **beside: Any) -> JSONResponse | None:
    """The response for a refusal; none when nothing was refused."""
    if not code:
        return None
    return JSONResponse({"error": code, "details": dict(details), **beside}, status_code=status_of(code))


def _error(status: int, code: str, **details: Any) -> JSONResponse:
    return JSONResponse({"error": code, "details": details}, status_code=status)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise TypeError
    status = 400 if error.code is Code.UNKNOWN_OFFICER and not error.details.get("officer") else status_of(error.code)
    return JSONResponse({"error": error.code, "details": error.details}, status_code=status)


async def _wrong(request: Request, error: Exception) -> Response:
    fields = wrong_fields(error) if isinstance(error, ValidationError) else []
    return _error(400, Code.BAD_CONTENT, fields=fields)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, request.url.path, type(error).__name__)
    return _error(503, "unavailable")


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _error(status, "not_found", what=request.url.path)


async def _incident(request: Request, error: Exception) -> Response:
    """The edge: whatever else happened is logged under a number, and only the number is told."""
    number = uuid4().hex[:8]
    log.error("incident %s: %s %s", number, request.method, request.url.path, exc_info=error)
    return _error(500, "incident", incident=number)


def _plain(status: int, code: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, error: Exception) -> Response:
        return _error(status, code)

    return handler


async def _not_found(request: Request, error: Exception) -> Response:
    return _error(404, "not_found", what=str(error)[:80])


async def _too_big(request: Request, error: Exception) -> Response:
    return _error(413, "too_big", limit=LIMIT)


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    RefusedError: _refused,
    ValidationError: _wrong,
    NotJsonError: _plain(400, "bad_json_body"),
    TooBigError: _too_big,
    ForbiddenError: _plain(401, "forbidden"),
    NotFoundError: _not_found,
    NotEmbeddedError: _plain(422, "not_embedded"),
    OwnEntryError: _plain(409, "own_entry"),
    ProofNeededError: _plain(403, "proof_needed"),
    InstallationError: _unavailable,
    OperationalError: _unavailable,
    RPCError: _unavailable,
    TimeoutError: _unavailable,
    HTTPException: _http,
    Exception: _incident,
}
