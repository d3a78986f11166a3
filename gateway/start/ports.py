"""The ports of an embedded installation: tried before anything starts, named with the settings that move them."""

import errno
import os
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

from gateway.start.errors import StartCode, StartError
from gateway.start.settings import PREFIX, Settings

LOOPBACK: Final = "127.0.0.1"
PORTS: Final = ("desk_port", "portal_port", "mailbox_port", "ui_port")
"""The settings that name a port here, in the order people read them. The last one is Temporal's."""


def setting(name: str) -> str:
    """The environment variable of a field of ``Settings``."""
    return PREFIX + name.upper()


def check_ports(settings: Settings, names: Iterable[str] = PORTS) -> None:
    """Raises ``StartError`` naming every port that cannot be had, its setting, and a free one instead."""
    taken: dict[str, int] = {}
    reasons: set[str] = set()
    with ExitStack() as held:  # all at once, so that one port for two pages is found too
        for name in names:
            port = int(getattr(settings, name))
            try:
                held.enter_context(socket.create_server((LOOPBACK, port)))
            except OSError as error:
                taken[name] = port
                reasons |= {error.strerror or str(error)} if error.errno != errno.EADDRINUSE else set()
        free = {name: _free_beside(port, held) for name, port in taken.items()}
    if taken:
        raise StartError(
            StartCode.PORTS_TAKEN,
            sorted(reasons),
            ports=", ".join(f"{port} ({setting(name)})" for name, port in taken.items()),
            settings=" ".join(f"{setting(name)}={port}" for name, port in _moved(settings, free).items()),
        )


def _moved(settings: Settings, free: dict[str, int]) -> dict[str, int]:
    """The free ports, and those that the environment of this call sets and that stay."""
    return {
        name: free.get(name, int(getattr(settings, name)))
        for name in PORTS
        if name in free or os.environ.get(setting(name))
    }


def _free_beside(port: int, held: ExitStack) -> int:
    """The next free port above, held so that the next question does not find the same one; any port otherwise."""
    for candidate in [*range(max(port, 1024) + 1, min(max(port, 1024) + 100, 65536)), 0]:
        try:
            found = held.enter_context(socket.create_server((LOOPBACK, candidate)))
        except OSError:
            continue
        return int(found.getsockname()[1])
    raise StartError(StartCode.SYSTEM, ["no free port"], path="")
