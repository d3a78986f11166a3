"""The portal process (``python -m portal``): the clerks' pages, and the officers' interface.

The pages are served over TCP, the officers' interface on its Unix socket. Both store commands and tell the cases;
neither needs Temporal to start or to take something in: what it cannot tell now, the worker's sweeper tells later.
"""

import logging
from socket import socket as Socket

from assembly.pages import clerks_pages, officers_json
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
    port, socket = listening(settings.portal_host, settings.portal_port), _own_socket(settings)
    async with (
        serving(page_server(clerks_pages(house)), port) as pages,
        serving(interface_server(officers_json(house)), socket) as desk,
    ):
        jobs = Jobs()
        jobs.watch("pages", pages)
        jobs.watch("officers' interface", desk)
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
