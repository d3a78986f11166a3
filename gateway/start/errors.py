"""Why an installation does not start, as a code and its details; ``[up.error.CODE]`` of the catalogue has the words."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from gateway.jobs import JobEndedError
from gateway.start.settings import SettingsError
from programmes.load import ProgrammeError
from record.database.engine import InstallationError


class StartCode(StrEnum):
    """What is in the way of a start."""

    IN_USE = "in_use"
    ENDING = "ending"
    NO_LOCKS = "no_locks"
    NOT_A_FOLDER = "not_a_folder"
    UNPRINTABLE_PATH = "unprintable_path"
    LONG_PATH = "long_path"
    PORTS_TAKEN = "ports_taken"
    SOCKET_TAKEN = "socket_taken"
    SERVER_MISSING = "server_missing"
    SERVER_ENDED = "server_ended"
    SERVER_SILENT = "server_silent"
    SERVER_UNREACHABLE = "server_unreachable"
    SETTINGS = "settings"
    INSTALLATION = "installation"
    PROGRAMME = "programme"
    DATABASE = "database"
    SYSTEM = "system"
    JOB_ENDED = "job_ended"  # while it ran


class StartError(Exception):
    """A start that cannot be. ``details`` fill the words of ``code``; ``technical``: lines in English for experts."""

    def __init__(self, code: StartCode, technical: Sequence[str] = (), **details: Any) -> None:
        self.code, self.technical, self.details = code, tuple(technical), details
        said = ", ".join(f"{name}={value}" for name, value in details.items())
        super().__init__("; ".join([f"{code}: {said}" if said else str(code), *technical]))


START_ERRORS: Final = (
    StartError,
    SettingsError,
    InstallationError,
    ProgrammeError,
    JobEndedError,
    SQLAlchemyError,
    OSError,
)
"""What may end a start, or the installation itself, and is said in a sentence."""


def start_error(error: Exception) -> StartError:
    """One of :data:`START_ERRORS` as a ``StartError``. Raises ``TypeError`` for any other."""
    match error:
        case StartError():
            return error
        case SettingsError():
            return StartError(StartCode.SETTINGS, error.lines)
        case InstallationError():
            return StartError(StartCode.INSTALLATION, [str(error)])
        case ProgrammeError():
            return StartError(StartCode.PROGRAMME, str(error).splitlines())
        case JobEndedError():
            return StartError(StartCode.JOB_ENDED, [str(error)], job=error.name)
        case SQLAlchemyError():
            return StartError(StartCode.DATABASE, str(error).splitlines()[:1])
        case OSError():
            return StartError(StartCode.SYSTEM, [error.strerror or str(error)], path=error.filename or "")
    raise TypeError(type(error))
