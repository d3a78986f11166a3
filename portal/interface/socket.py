"""The Unix socket of the officers' interface. The kernel tells who is at the other end; nobody can claim it."""

import os
import socket
import struct
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

_UCRED: Final = struct.Struct("3i")  # pid, uid, gid


def peer_uid(connection: Any) -> int | None:
    """The user id of the process at the other end of a Unix socket; none for any other socket."""
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return int(_UCRED.unpack(raw)[1])


class PeerProtocol(H11Protocol):
    """Puts the caller's user id into the request's state as ``peer_uid``."""

    def connection_made(self, transport: Any) -> None:
        """A connection begins."""
        self.app_state = {**self.app_state, "peer_uid": peer_uid(transport.get_extra_info("socket"))}
        super().connection_made(transport)


def interface_socket(path: Path, mode: int = 0o600) -> socket.socket:
    """A listening socket at ``path``, in place of a stale one. ``mode`` 0o600: its owner alone may connect.

    Raises ``FileExistsError`` when another process answers there.
    """
    if path.exists():
        if answers(path):
            raise FileExistsError(path)
        path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~mode)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    listening.listen(128)
    return listening


def interface_server(app: ASGIApp) -> uvicorn.Server:
    """A server: ``await interface_server(app).serve(sockets=[interface_socket(path)])``. Logs no request."""
    config = uvicorn.Config(
        app, http=PeerProtocol, ws="none", lifespan="off", access_log=False, log_config=None, server_header=False
    )
    return uvicorn.Server(config)


def answers(path: Path) -> bool:
    """Whether a process takes connections there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
