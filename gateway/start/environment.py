"""Reads the settings: ``WIR_…`` into :mod:`gateway.start.settings`, ``TEMPORAL_…`` by ``temporalio.envconfig``."""

import difflib
import os
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gateway.start.production import unfit_for_production
from gateway.start.settings import CLIENT_NAMES, PREFIX, SECRETS, Settings, SettingsError, reason_of

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConnectConfig


def load_settings(**given: Any) -> Settings:
    """Read the environment; ``given`` (from the command line) wins. ``SettingsError`` with one line per bad setting."""
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsError([_line(item) for item in error.errors()]) from None
    if settings.production:
        lines = [*_misspelt(os.environ), *unfit_for_production(settings, settings.database)]
        if lines:
            raise SettingsError(lines)
    return settings


def temporal_connect_config(*, needed: bool) -> "ClientConnectConfig":
    """Where Temporal is, from ``TEMPORAL_…`` and ``TEMPORAL_CONFIG_FILE``; without ``target_host`` the embedded server.

    ``needed``: a process that brings no server along. Imports temporalio only when called. ``SettingsError`` for an
    unreadable file, and for a needed address that is not set.
    """
    from temporalio.envconfig import ClientConfig

    try:
        config = ClientConfig.load_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        # a TOML error is a small picture over several lines; the operator gets its words in one
        raise SettingsError([f"TEMPORAL_CONFIG_FILE or TEMPORAL_…: {' '.join(str(error).split())}"]) from None
    if needed and not config.get("target_host"):
        raise SettingsError(
            ["TEMPORAL_ADDRESS: required, for example temporal:7233 (starter.py up has its own server)"]
        )
    return config


def _line(error: Any) -> str:
    name = "".join(f"{PREFIX}{str(part).upper()}" for part in error["loc"][:1])
    return f"{name}: {reason_of(error)}" if name else reason_of(error)


def _misspelt(environ: Any) -> list[str]:
    """A misspelt name would leave a default in force: refused in production."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS} | CLIENT_NAMES
    lines = []
    for name in sorted(n for n in environ if n.startswith(PREFIX) and n not in known):
        near = difflib.get_close_matches(name, known, n=1)
        lines.append(f"{name}: unknown setting" + (f"; did you mean {near[0]}?" if near else ""))
    return lines
