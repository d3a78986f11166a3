"""Evidence from the bank as text: one line an entry, ``reference;status;amount;value_date;detail``."""

import csv
import hashlib
import io
from datetime import date

from pydantic import ValidationError

from models.content.answers import BankEntry, BankStatus
from models.content.texts import is_blank
from models.errors import Code, RefusedError
from models.money import AmountError, parse_plain

HEADER = ["reference", "status", "amount", "value_date", "detail"]
MAX_BYTES = 1_000_000


def read_evidence(text: str) -> tuple[str, list[BankEntry]]:
    """SHA-256 of the text and its entries. All or nothing: one bad line refuses the file.

    Raises ``RefusedError`` (``bad_content``) naming line and field.
    """
    raw = text.encode(errors="surrogatepass")
    if len(raw) > MAX_BYTES:
        raise RefusedError(Code.BAD_CONTENT, field="file", line=0)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";")
    try:
        rows = list(reader)
    except csv.Error:  # a bare carriage return, or a field without end
        raise RefusedError(Code.BAD_CONTENT, field="columns", line=reader.line_num) from None
    if not rows or [cell.strip().lower() for cell in rows[0]] != HEADER:
        raise RefusedError(Code.BAD_CONTENT, field="header", line=1)
    entries = [_entry(row, number) for number, row in enumerate(rows[1:], 2) if not all(map(is_blank, row))]
    return hashlib.sha256(raw).hexdigest(), entries


def _entry(row: list[str], number: int) -> BankEntry:
    cells = [cell.strip() for cell in row] + [""] * (len(HEADER) - len(row))
    if len(row) > len(HEADER) or len(row) < len(HEADER) - 1:
        raise RefusedError(Code.BAD_CONTENT, field="columns", line=number)
    reference, status, amount, value_date, detail = cells
    try:
        return BankEntry(
            reference=reference,
            status=BankStatus(status),
            amount_cents=parse_plain(amount),
            value_date=date.fromisoformat(value_date),
            detail=detail,
        )
    except AmountError:
        raise RefusedError(Code.BAD_CONTENT, field="amount", line=number) from None
    except ValidationError as error:
        raise RefusedError(Code.BAD_CONTENT, field=str(error.errors()[0]["loc"][0]), line=number) from None
    except ValueError:
        field = "status" if status not in set(BankStatus) else "value_date"
        raise RefusedError(Code.BAD_CONTENT, field=field, line=number) from None
