"""The schema of the record, version by version (Alembic), for SQLite and PostgreSQL.

Works from a checkout and from an installed package: paths follow this file. Importing Alembic takes
0.4 seconds, so it happens inside the functions.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def alembic_config(url: str) -> "Config":
    """Settings for ``alembic.command``. ``url``: the database, as for ``record.database.engine.Database``."""
    from alembic.config import Config

    config = Config()
    # A % in a path or password is Alembic's own sign and has to be doubled.
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
