"""Composition root of the portal process (``python -m portal``): the clerks' pages, and the officers' interface.

The pages are served over TCP, the officers' interface on its Unix socket. Both store commands and tell the cases;
neither needs Temporal to start or to take something in: what it cannot tell now, the worker's sweeper tells later.
"""

import asyncio
import logging
import signal
import sys
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from gateway.doctor import examine
from gateway.jobs import JobEndedError, Jobs
from gateway.settings import Settings, SettingsError, load_settings, temporal_connect_config
from gateway.temporal import connect
from portal.app import clerk_app
from portal.desk import desk_app
from portal.desk_socket import desk_server, desk_socket
from portal.pages import Office
from portal.serving import listening, page_server, serving
from programmes.load import ProgrammeError
from record.engine import InstallationError
from worker import WORKFLOWS, Doors, checked_mail, doors, incoming_of, installed

log = logging.getLogger("portal")


def pages_of(house: Doors) -> ASGIApp:
    """The clerks' pages. Letter head by the first line."""
    line = next(iter(house.directory.programmes.lines.values()))
    settings = house.settings
    return clerk_app(
        house.db,
        house.gateway,
        house.directory,
        store_folder=settings.data / "files",
        base_url=settings.portal_url,
        office=Office(
            authority=line.authority,
            email=settings.mail_from,
            phone=settings.office_phone,
            payee=settings.payee,
            payee_iban=settings.payee_iban,
            post=house.correspondence,
        ),
    )


def desk_of(house: Doors) -> ASGIApp:
    """The officers' interface; time stands still here, for only the embedded stack can move it."""

    async def doctor() -> dict[str, Any]:
        return (await examine(house.db, house.client, WORKFLOWS)).as_json()

    async def mail_doctor() -> dict[str, Any]:
        return await checked_mail(house.settings)

    return desk_app(house, doctor=doctor, incoming=incoming_of(house), mail_doctor=mail_doctor)


async def _serve(settings: Settings) -> None:
    db = installed(settings)
    client = await connect(temporal_connect_config(settings.mode), lazy=True)
    house = doors(settings, db, client)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with (
        serving(page_server(pages_of(house)), listening(settings.portal_host, settings.portal_port)) as pages,
        serving(desk_server(desk_of(house)), desk_socket(settings.socket)) as desk,
    ):
        jobs = Jobs()
        jobs.watch("pages", pages)
        jobs.watch("officers' interface", desk)
        log.info("portal runs on %s", settings.portal_url)
        await jobs.beside(stop.wait())
    await house.gateway.messenger.settled()
    db.close()


def main() -> int:
    """The portal process. Exit code 5 with one line when something it needs is not there, or a server ended."""
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        asyncio.run(_serve(settings))
    except (SettingsError, InstallationError, ProgrammeError, JobEndedError, FileExistsError) as error:
        print(f"another process answers at {error}" if isinstance(error, FileExistsError) else error, file=sys.stderr)
        return 5
    except (OSError, RuntimeError, SQLAlchemyError) as error:
        print(f"cannot start: {str(error).splitlines()[0]}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
