"""What the officers' interface needs of an engine: record, way in, programme data, settings, and in play its clock."""

from datetime import datetime
from typing import Protocol

from gateway.gateway import Gateway
from gateway.intake import Directory as LinesAndKeys
from portal.interface.views.rounds import Lines
from record.database.engine import Database
from record.views.looks import Directory as Known
from record.views.tasks import Directory as Names


class Directory(LinesAndKeys, Names, Lines, Known, Protocol):
    """Programme data: lines and recipients by key, and by identity."""


class Installation(Protocol):
    """The mode of an installation, as its settings say."""

    @property
    def mode(self) -> str:
        """``embedded`` or ``production``."""
        ...

    @property
    def office_phone(self) -> str:
        """Under which clerks reach the authority."""
        ...


class Engine(Protocol):
    """What the desk needs of the engine."""

    @property
    def db(self) -> Database:
        """The record."""
        ...

    @property
    def gateway(self) -> Gateway:
        """The way in."""
        ...

    @property
    def directory(self) -> Directory:
        """Programme data."""
        ...

    @property
    def settings(self) -> Installation:
        """The settings."""
        ...


class Lapse(Protocol):
    """Moves the clock of an embedded installation."""

    async def forward(self, days: int) -> datetime:
        """Moves on by whole days; gives the new legal instant."""
        ...
