"""What an answer would send now, as plain values: letters with legal effect, payment orders, or why it is refused."""

from datetime import date
from typing import Any

from models.tables import Officer
from record.cases.recorder import Foreseen


def effect(found: Foreseen, signer: Officer | None, today: date) -> dict[str, Any]:
    """``{choice, refused, details, signer, signed_on, letters, orders}``.

    ``letters``: ``{id, kind, drafted_by, text}`` with the very text that is signed; without a ``signer`` day and name
    of the signature stand in it as what they will be. ``orders``: ``{id, amount_cents, budget_year, certified_by}``.
    """
    return {
        "choice": found.choice,
        "refused": found.refused,
        "details": found.details,
        "signer": signer.name if signer else "",
        "signed_on": today.isoformat() if signer else "",
        "letters": [
            {"id": draft.id, "kind": draft.kind, "drafted_by": draft.drafted_by, "text": text}
            for draft, text in found.letters
        ],
        "orders": [
            {
                "id": order.id,
                "amount_cents": order.cents,
                "budget_year": order.budget_year,
                "certified_by": order.certified_by,
            }
            for order in found.orders
        ],
    }
