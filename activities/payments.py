"""Handing payment orders over. What leaves the house is reproducible to the byte and leaves once."""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


class OrderConflictError(Exception):
    """Under this end-to-end id something else has left the house before. A person must look."""


@dataclass(frozen=True)
class PaymentOrder:
    """All the cash office needs. ``end_to_end_id`` is stable for ever; amounts in cents (EUR)."""

    end_to_end_id: str
    case_id: str
    amount_cents: int
    budget_year: int
    holder: str
    iban: str
    reference: str
    certified_by: str
    approved_by: str
    ordered_at: datetime
    file_number: str = ""  # the authority's own; this and the next two as they were known when the order was made
    budget_chapter: str = ""
    budget_title: str = ""


ADDED = ("file_number", "budget_chapter", "budget_title")


class PaymentGateway(Protocol):
    """The bank's or the Land's cash system, seen from here."""

    def hand_over(self, order: PaymentOrder) -> str:
        """Hands over once and returns the SHA-256 of what left. The same order again is the same hand-over.

        Raises ``OrderConflictError`` when the id has left with other contents.
        """
        ...


class LedgerOnly(PaymentGateway):
    """Writes each order as one file into a folder the cash office reads (embedded mode; the bank file comes later)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hand_over(self, order: PaymentOrder) -> str:
        """Temporary name, fsync, rename; an existing file with the same bytes is done already."""
        data = _bytes(order)
        digest = hashlib.sha256(data).hexdigest()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self._folder / f"{order.end_to_end_id}.json"
        if target.exists():
            if hashlib.sha256(target.read_bytes()).hexdigest() != digest:
                raise OrderConflictError(order.end_to_end_id)
            return digest
        draft = target.with_suffix(f".{os.getpid()}.part")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return digest


def _bytes(order: PaymentOrder) -> bytes:
    """What is not known is left out, so that an order from before there were such numbers has its bytes still."""
    known = {name: found for name in ADDED if (found := getattr(order, name))}
    content: dict[str, Any] = {
        "end_to_end_id": order.end_to_end_id,
        "case": order.case_id,
        "currency": "EUR",
        "amount_cents": order.amount_cents,
        "budget_year": order.budget_year,
        "creditor": {"name": order.holder, "iban": order.iban, "reference": order.reference},
        "certified_by": order.certified_by,
        "approved_by": order.approved_by,
        "ordered_at": order.ordered_at.isoformat(),
        **known,
    }
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()
