"""What all tables of the record share: names of constraints, instants as text in UTC, cents as whole numbers."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
)
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """An instant as ISO 8601 text in UTC: sortable, readable, the same on both databases.

    Refuses naive values with ``ValueError``.
    """

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To UTC text with microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Back to an aware ``datetime``."""
        return None if value is None else datetime.fromisoformat(value)


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable, index=index))


def json_column() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON(), nullable=False))


def cents_column() -> Any:
    return Field(default=0, sa_column=Column(BigInteger(), nullable=False))


class Table(SQLModel):
    """Base of all tables."""

    metadata: ClassVar[MetaData] = METADATA
