"""The log-in's addresses, for the application that serves the desk."""

from starlette.routing import BaseRoute, Route

from portal.login import leaving, ways
from portal.login.devices import Devices
from portal.login.entering import Entering
from portal.login.leaving import Leaving, Proving
from portal.login.links import Links
from portal.login.parts import Page
from portal.login.provider_pages import ProviderPages
from portal.login.proving import Proofs
from portal.login.service import Logins
from record.logins.credentials import LINK

SERVICE = "WIR"
"""Under which name an app for codes keeps its secret."""


def login_routes(logins: Logins, page: Page) -> list[BaseRoute]:
    """The routes. ``page`` makes a page of ``templates/``. The application refuses posts from other sites."""
    proofs = Proofs(logins.db)
    entering, out, proving = Entering(logins, proofs, page), Leaving(logins, page), Proving(logins, proofs, page)
    devices = Devices(logins, page)
    routes: list[BaseRoute] = [
        Route(ways.LOGIN, entering.show),
        Route(ways.LOGIN, entering.take, methods=["POST"]),
        Route(leaving.OUT, out.out, methods=["POST"]),
        Route(leaving.EVERYWHERE, out.everywhere, methods=["POST"]),
        Route(leaving.GONE, out.gone),
        Route(ways.PROOF, proving.show),
        Route(ways.PROOF, proving.take, methods=["POST"]),
        Route(ways.DEVICE, devices.show),
        Route(ways.DEVICE, devices.take, methods=["POST"]),
        Route(f"{ways.DEVICE}/code", devices.codes, methods=["POST"]),
        Route(f"{ways.DEVICE}/token", devices.token, methods=["POST"]),
    ]
    if logins.simulated:
        return routes
    return routes + _of_real_people(logins, page)


def _of_real_people(logins: Logins, page: Page) -> list[BaseRoute]:
    links = Links(logins, page, SERVICE)
    routes: list[BaseRoute] = [
        Route(f"{LINK}/{{token}}", links.show),
        Route(f"{LINK}/{{token}}", links.take, methods=["POST"]),
    ]
    if logins.provider is not None:
        provider = ProviderPages(logins, logins.provider, page)
        routes += [Route(ways.PROVIDER, provider.send), Route(ways.RETURN, provider.back)]
    return routes
