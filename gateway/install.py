"""``python -m gateway.install``: brings the database of the settings to this version's schema and sets its mode once.

In the compose file this is the one-shot job ``wir-migrate``; it runs as the schema's owner, which nothing else does.
"""

import sys
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from gateway.start.environment import load_settings
from gateway.start.settings import Settings, SettingsError
from record.database.engine import Database, InstallationError
from record.database.install import install, schema_version


def run(settings: Settings) -> str:
    """Install or upgrade; the sentence says what stands now. Twice is once. Raises ``InstallationError``."""
    database = Database(settings.database)
    try:
        install(database, settings.mode.value)
        return f"schema {schema_version(database)}, mode {settings.mode}"
    finally:
        database.close()


def main(say: Callable[[str], object] = print) -> int:
    """Exit code 0 when the schema stands; 1 with one line for each thing that is wrong."""
    try:
        say(run(load_settings()))
    except (SettingsError, InstallationError) as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:  # its first line names host and user, never the password
        print(f"WIR_DATABASE_URL: {str(error.orig).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
