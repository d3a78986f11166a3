"""Runs migrations: on the connection of the caller, or on the database of ``WIR_DATABASE_URL`` (command line)."""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString

import models.tables  # noqa: F401 - the tables enter themselves into METADATA
from models.tables.base import METADATA, Instant
from record.database.engine import Database


def render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Plain column types in version files: a version must not change when the models do."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.String(length=32)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


def run(connection: Connection) -> None:
    """All versions in one transaction: a failed migration leaves the schema as it was."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        compare_type=True,
        compare_server_default=True,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Use what the caller brought, else open the database."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    url = context.config.get_main_option("sqlalchemy.url") or os.environ["WIR_DATABASE_URL"]
    database = Database(url)
    with database.schema() as own:
        run(own)
    database.close()


main()
