"""The Unix socket of the officers' interface, of the embedded mode alone: its owner may connect and nobody else."""

import os
import socket
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


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
    config = uvicorn.Config(app, ws="none", lifespan="off", access_log=False, log_config=None, server_header=False)
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
