"""The files that the tables of this package are read from."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import CheckConstraint

from models.tables.base import METADATA

ROOT: Final = Path(__file__).parents[2]
_CODES: Final = re.compile(r"(\w+) IN \(([^)]*)\)")


@cache
def toml(path: str) -> dict[str, Any]:
    """A TOML file of the project."""
    return tomllib.loads(text(path))


def text(path: str) -> str:
    """A file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def rows(page: str, heading: str) -> str:
    """The rows of the Markdown table whose heading begins like this."""
    body = text(page).partition(f"\n{heading}")[2].partition("\n\n")[0]
    return "\n".join(line for line in body.splitlines() if line.startswith("|") and not line.startswith("| ---"))


def cells(row: str) -> list[str]:
    """The cells of one row, without the signs of code."""
    return [cell.strip(" `") for cell in row.strip("|").split("|")]


def constrained(table: str, column: str) -> list[str]:
    """The codes that the database lets into a column."""
    checks = (one for one in METADATA.tables[table].constraints if isinstance(one, CheckConstraint))
    found = (match for one in checks for match in _CODES.finditer(str(one.sqltext)) if match[1] == column)
    return [code for match in found for code in re.findall(r"'(\w+)'", match[2])]
