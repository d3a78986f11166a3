"""What a process serves to people: the clerks' pages and the officers' interface."""

from typing import Any

from starlette.types import ASGIApp

from activities.letters.mime import envelope_address
from activities.mail_out.mail_check import Wanted, check_mail
from assembly.parts import WORKFLOWS, Doors
from gateway.doctor import examine
from gateway.start.settings import Settings
from portal.clerk.app import clerk_app
from portal.clerk.pages import Office
from portal.clerk.statutory import StatutoryTexts
from portal.desk.app import desk_app
from portal.interface.app import officers_interface
from portal.interface.engine import Lapse
from portal.interface.inbox import Incoming
from record.files.uploads import FileStore


def clerks_pages(house: Doors) -> ASGIApp:
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
            texts=StatutoryTexts(settings.office_texts),
            post=house.correspondence,
        ),
    )


def officers_json(house: Doors, lapse: Lapse | None = None) -> ASGIApp:
    """The officers' interface; without ``lapse`` time stands still, for only the embedded stack can move it."""

    async def doctor() -> dict[str, Any]:
        return (await examine(house.db, house.client, WORKFLOWS)).as_json()

    async def mail_doctor() -> dict[str, Any]:
        return await checked_mail(house.settings)

    return officers_interface(house, lapse, doctor=doctor, incoming=incoming_of(house), mail_doctor=mail_doctor)


def officers_desk(house: Doors, lapse: Lapse) -> ASGIApp:
    """The officers' desk of an embedded installation."""
    line = next(iter(house.directory.programmes.lines.values()))
    address = house.settings.desk_page_url
    return desk_app(house, lapse, incoming_of(house), base_url=address, authority=line.authority)


def incoming_of(house: Doors) -> Incoming:
    """Mail that came in and files of answers, as the officers' interface hands them out."""
    return Incoming(house.inbox_desk, FileStore(house.settings.data / "files"))


async def checked_mail(settings: Settings) -> dict[str, Any]:
    """``doctor mail``: the mail server and the sender's domain, as the settings name them."""
    return await check_mail(
        Wanted(
            server=settings.smtp,
            domain=envelope_address(settings.mail_from).rpartition("@")[2],
            dkim_selector=settings.dkim_selector,
            dns_server=settings.dns_server,
            plain_is_fine=settings.smtp_allow_plain,
        )
    )
