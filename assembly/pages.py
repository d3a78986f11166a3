"""What the portal serves to people: the clerks' pages."""

from starlette.types import ASGIApp

from assembly.parts import Doors
from portal.clerk.app import clerk_app
from portal.clerk.pages import Office
from portal.clerk.statutory import StatutoryTexts


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
