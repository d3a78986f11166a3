"""Talks to the officers' interface with nothing but the standard library: HTTP over a Unix socket or TCP."""

import http.client
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from cli.answers import DeskError, UnreachableError

PATIENCE: Final = 60.0
"""Seconds to wait for an answer. The service itself answers with a receipt after ten."""
INTERFACE: Final = "/api"
_LONGEST_PATH: Final = 100  # the kernel takes 107 bytes


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; the kernel tells the other side who calls."""

    def __init__(self, path: Path, patience: float) -> None:
        super().__init__("desk", timeout=patience)
        self._path = path

    def connect(self) -> None:
        """Opens the socket."""
        path = str(self._path)
        if len(path.encode()) > _LONGEST_PATH:
            path = os.path.relpath(path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(path)


class DeskClient:
    """The officers' interface of one installation.

    ``url`` is the desk's address, ``http(s)://host:port``, with the ``token`` of a log-in there; without it the Unix
    socket is used. ``as_name`` names a simulated officer, and counts on the socket only.
    """

    def __init__(self, path: Path, *, url: str = "", token: str = "", as_name: str = "") -> None:
        self._socket, self._url, self._patience = path, url.rstrip("/"), PATIENCE
        self._headers = {"Accept": "application/json"}
        self.has_token = bool(token)
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        if as_name:
            self._headers["X-Wir-As"] = quote(as_name)

    @property
    def where(self) -> str:
        """The address, for people."""
        return self._url or str(self._socket)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Reads. Raises ``UnreachableError`` or ``DeskError``."""
        wanted = {name: value for name, value in query.items() if value}
        target = quote(path, safe="/") + (f"?{urlencode(wanted)}" if wanted else "")
        return self._ask("GET", self._below(target), None)

    def download(self, path: str) -> bytes:
        """The bytes behind a path. Raises ``UnreachableError`` or ``DeskError``."""
        status, raw = self._exchange("GET", self._below(quote(path, safe="/")), None)
        if status >= http.client.BAD_REQUEST:
            _document(status, raw, self.where)
        return raw

    def post(self, path: str, body: Mapping[str, Any], *, patience: float = PATIENCE) -> dict[str, Any]:
        """Asks for a change; ``patience`` in seconds. Raises ``UnreachableError`` or ``DeskError``."""
        self._patience = patience
        return self._ask(
            "POST", self._below(path), json.dumps(body).encode()
        )  # escaped: a file may hold half a character

    def post_page(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Asks one of the desk's own pages, which answers in JSON. Raises ``UnreachableError`` or ``DeskError``."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _below(self, target: str) -> str:
        """Where the officers' interface stands at this address."""
        return f"{INTERFACE}{target}" if self._url else target

    def _ask(self, method: str, target: str, body: bytes | None) -> dict[str, Any]:
        return _document(*self._exchange(method, target, body), self.where)

    def _exchange(self, method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
        headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        connection = self._connection()
        try:
            connection.request(method, target, body, headers)
            reply = connection.getresponse()
            status, raw = reply.status, reply.read()
        except TimeoutError:
            raise UnreachableError(self.where, slow=True) from None
        except (OSError, http.client.HTTPException):
            raise UnreachableError(self.where) from None
        finally:
            connection.close()
        return status, raw

    def _connection(self) -> http.client.HTTPConnection:
        if not self._url:
            return _SocketConnection(self._socket, self._patience)
        parts = urlsplit(self._url)
        if parts.scheme == "https" and parts.hostname:
            return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=self._patience)
        if parts.scheme == "http" and parts.hostname:
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=self._patience)
        raise UnreachableError(self._url)


def _document(status: int, raw: bytes, where: str) -> dict[str, Any]:
    """The JSON object of a reply; anything else means that another program listens there."""
    try:
        found = json.loads(raw)
    except ValueError:
        raise UnreachableError(where) from None
    if not isinstance(found, dict):
        raise UnreachableError(where)
    if status >= http.client.BAD_REQUEST:
        details = found.get("details")
        raise DeskError(status, str(found.get("error", "")), details if isinstance(details, dict) else {})
    return found
