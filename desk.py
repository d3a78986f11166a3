"""The desk process: the officers' pages and their JSON interface at one address, for people who log in there.

It stores commands and tells the cases, as the portal does; it does not need Temporal to start or to take something in.
"""

import logging

from assembly.officers import officers_entrance
from assembly.parts import doors, installed
from assembly.process import leave, run_process, until_stopped
from gateway.jobs import Jobs
from gateway.start.environment import temporal_connect_config
from gateway.start.settings import Settings, SettingsError
from gateway.temporal.connection import connect
from portal.serving import Certificate, listening, page_server, serving

log = logging.getLogger("wir.desk")


async def _serve(settings: Settings) -> None:
    temporal = temporal_connect_config(needed=True)
    if not settings.production:
        raise SettingsError(["WIR_MODE: a desk of its own belongs to production; starter.py up brings one along"])
    certificate = _certificate(settings)
    db = installed(settings)
    house = doors(settings, db, await connect(temporal, lazy=True))
    server = page_server(officers_entrance(house), proxies=settings.trusted_proxies, certificate=certificate)
    stop = until_stopped()
    async with serving(server, listening(settings.desk_host, settings.desk_port)) as pages:
        jobs = Jobs()
        jobs.watch("desk", pages)
        log.info("desk runs on %s", settings.desk_url)
        await jobs.beside(stop.wait())
    await house.gateway.messenger.settled()
    db.close()


def _certificate(settings: Settings) -> Certificate | None:
    """Raises ``SettingsError`` for a file that cannot be read: it is found before anything starts."""
    if settings.desk_tls_cert is None or settings.desk_tls_key is None:
        return None
    for name, path in (("WIR_DESK_TLS_CERT", settings.desk_tls_cert), ("WIR_DESK_TLS_KEY", settings.desk_tls_key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise SettingsError([f"{name}: cannot read {path}: {error.strerror}"]) from None
    return Certificate(settings.desk_tls_cert, settings.desk_tls_key)


def main() -> int:
    """The desk process; gives its exit code."""
    return run_process(_serve)


if __name__ == "__main__":
    leave(main())
