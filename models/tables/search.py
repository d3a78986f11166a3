"""What officers look for: the words of letters, mails and submissions, beside the rows in which they stand."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from models.tables.base import Table, instant


class SearchWords(Table, table=True):
    """The different words of one text, folded (:mod:`record.database.words`). Not the record: it can be made anew.

    PostgreSQL looks them up in an index; SQLite reads them all, so its index holds nothing.
    """

    __tablename__ = "search_words"
    __table_args__ = (
        Index("ix_search_words_words", "words", postgresql_using="gin", sqlite_where=text("words IS NULL")),
    )
    kind: str = Field(primary_key=True)  # notice | mail | inbound | command
    id: str = Field(primary_key=True)
    case_id: str = ""
    at: datetime = instant(index=True)
    words: str = Field(sa_column=Column(Text().with_variant(TSVECTOR(), "postgresql"), nullable=False))
