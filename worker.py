"""The worker process: workflows and activities, the mailroom, the inbox, the sweeper and the work of each day."""

import logging

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from assembly.parts import assemble, installed
from assembly.process import leave, run_process, until_stopped
from assembly.working import working
from gateway.start.environment import temporal_connect_config
from gateway.start.settings import Settings, SettingsError
from gateway.temporal.connection import connect, require_attributes
from record.database import failpoints

log = logging.getLogger("wir.worker")


async def _serve(settings: Settings) -> None:
    smtp = settings.smtp
    if smtp is None:
        raise SettingsError(["WIR_SMTP_URL: a worker of its own needs a mail server (starter.py up brings one along)"])
    temporal = temporal_connect_config(needed=True)
    db = installed(settings)
    client = await connect(temporal, runtime=_runtime(settings))
    await require_attributes(client)
    stop = until_stopped()
    failpoints.reached("worker_starts")
    if settings.imap is None:
        log.warning("WIR_IMAP_URL is not set: no mail comes in, replies and returned mail stay in their mailbox")
    elif not settings.authserv_id:
        log.warning("WIR_AUTHSERV_ID is not set: no sender is ever proved, each reply carries a warning")
    try:
        async with working(assemble(settings, db, client, smtp)) as jobs:
            log.info("worker runs, task queue %s", settings.task_queue)
            await jobs.beside(stop.wait())
    finally:
        db.close()


def _runtime(settings: Settings) -> Runtime | None:
    if not settings.metrics_bind:
        return None
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=settings.metrics_bind)))


def main() -> int:
    """The worker process; gives its exit code."""
    return run_process(_serve)


if __name__ == "__main__":
    leave(main())
