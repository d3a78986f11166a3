"""The portal process (``python -m portal``): the clerks' pages, and in play the officers' interface on its socket.

In production officers have a process of their own (``python -m desk``), and nothing of theirs is served here. What is
sent is stored as a command and told to its case; Temporal is needed neither to start nor to take something in: what
cannot be told now, the worker's sweeper tells later.
"""

import logging
from contextlib import AsyncExitStack
from socket import socket as Socket

from assembly.officers import officers_json
from assembly.pages import clerks_pages
from assembly.parts import doors, installed
from assembly.process import InTheWayError, leave, run_process, until_stopped
from gateway.jobs import Jobs
from gateway.start.environment import temporal_connect_config
from gateway.start.settings import Settings
from gateway.temporal.connection import connect
from portal.clerk.statutory import StatutoryTexts
from portal.interface.socket import interface_server, interface_socket
from portal.serving import listening, page_server, serving

log = logging.getLogger("portal")


async def _serve(settings: Settings) -> None:
    temporal = temporal_connect_config(needed=True)
    db = installed(settings)
    client = await connect(temporal, lazy=True)
    house = doors(settings, db, client)
    for name in StatutoryTexts(settings.office_texts).missing() if settings.production else ():
        log.warning("WIR_OFFICE_TEXTS: %s.txt is missing or empty, and its page says so", name)
    stop = until_stopped()
    async with AsyncExitStack() as stack:
        jobs = Jobs()
        port = listening(settings.portal_host, settings.portal_port)
        jobs.watch("pages", await stack.enter_async_context(serving(page_server(clerks_pages(house)), port)))
        if not settings.production:
            server = interface_server(officers_json(house))
            jobs.watch("officers' interface", await stack.enter_async_context(serving(server, _own_socket(settings))))
        log.info("portal runs on %s", settings.portal_url)
        await jobs.beside(stop.wait())
    await house.gateway.messenger.settled()
    db.close()


def _own_socket(settings: Settings) -> Socket:
    try:
        return interface_socket(settings.socket)
    except FileExistsError as error:
        raise InTheWayError(f"another process answers at {error}") from error


def main() -> int:
    """The portal process; gives its exit code."""
    return run_process(_serve)


if __name__ == "__main__":
    leave(main())
