"""What is served to officers: pages and JSON interface at one address, and in play the interface on a socket too."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from activities.letters.mime import envelope_address
from activities.mail_out.mail_check import Wanted, check_mail
from assembly.parts import WORKFLOWS, Doors
from gateway.doctor import examine
from gateway.start.settings import Settings
from portal.desk.app import desk_app
from portal.interface.app import officers_interface
from portal.interface.engine import Lapse
from portal.interface.inbox import Incoming
from portal.login.oidc.provider import Client, Provider
from portal.login.service import Logins
from portal.login.ways import INTERFACE, RETURN
from portal.security import SecurityMiddleware
from record.files.uploads import FileStore


def officers_entrance(house: Doors, lapse: Lapse | None = None) -> ASGIApp:
    """The desk, and below ``/api`` the JSON interface for whoever has a token of it. Nobody gets in under another host.

    ``lapse``: embedded only, where time can be moved and the desk is reached at a loopback address.
    """
    settings, logins = house.settings, logins_of(house)
    line = next(iter(house.directory.programmes.lines.values()))
    address = settings.desk_page_url
    desk = desk_app(house, lapse, logins, incoming_of(house), base_url=address, authority=line.authority)
    json = SecurityMiddleware(officers_json(house, lapse, logins), address, _refused)
    app = Starlette(routes=[Mount(INTERFACE, json), Mount("/", desk)])
    if not settings.production:
        return app
    return TrustedHostMiddleware(app, [str(urlsplit(address).hostname)], www_redirect=False)


def officers_json(house: Doors, lapse: Lapse | None = None, logins: Logins | None = None) -> ASGIApp:
    """The JSON interface. Without ``logins``, on its socket, callers name simulated officers."""

    async def doctor() -> dict[str, Any]:
        return (await examine(house.db, house.client, WORKFLOWS)).as_json()

    async def mail_doctor() -> dict[str, Any]:
        return await checked_mail(house.settings)

    return officers_interface(
        house, lapse, doctor=doctor, logins=logins, incoming=incoming_of(house), mail_doctor=mail_doctor
    )


def logins_of(house: Doors) -> Logins:
    """The log-ins as the settings want them."""
    settings = house.settings
    return Logins(
        house.db,
        str(settings.mode),
        https=settings.desk_page_url.startswith("https://"),
        proof=timedelta(minutes=settings.proof_minutes),
        provider=_provider(settings),
    )


def _provider(settings: Settings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    return Provider(Client(settings.oidc_issuer, settings.oidc_client_id, secret, settings.desk_page_url + RETURN))


async def _refused(_request: Request) -> Response:
    """A browser of another site tried to post."""
    return PlainTextResponse("403", 403)


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
