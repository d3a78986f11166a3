"""What a simulated clerk types, by the meaning of a field: fields are named as in :mod:`models.content.answers`.

Pages, their number and their wording are free to change; a field that is not known here gets something that fits
its kind.
"""

from typing import Final

WHO: Final = "Erika Muster (simuliert)"
FUNCTION: Final = "Fachstelle Integration"

TYPED: Final[dict[str, str]] = {
    "acting_name": WHO,
    "acting_function": FUNCTION,
    "project_title": "WIR-Fallmanagement",
    "position_share_percent": "100",
    "requested_cents": "50.000,00",
    "staff_cents": "48.000,00",
    "material_cents": "4.500",
    "own_cents": "2.500,00",
    "third_party_cents": "0,00",
    "concept": "Beratung von Geflüchteten im Landkreis.",
    "answer": "Das Konzept liegt bei.",
    "account_holder": "Kreiskasse Fulda",
    "iban": "DE02 1203 0000 0000 2020 51",
    "reference": "4711",
    "signatory_1": "A. Beispiel, Landrätin (simuliert)",
    "signatory_2": "B. Beispiel, Erster Beigeordneter (simuliert)",
    "amount_cents": "25.000,00",
    "need": "Personalkosten im Frühjahr.",
    "since": "1.2.2018",
    "details": "Die Stelle ist seit Februar frei.",
    "narrative": "Wir haben 120 Menschen beraten. Die Stelle war besetzt.",
    "months_filled": "12",
    "until": "30.6.2019",
    "why": "Der Abschluss fehlt noch.",
    "statement": "Die Stelle war besetzt.",
    "reason": "Die Stelle wird nicht geschaffen.",
}
"""Text by field."""

UNTICKED: Final = frozenset({"waiver"})
"""Boxes that a person may leave alone; all others on the way are ticked."""


def text_for(name: str, *, mode: str = "", long: bool = False) -> str:
    """What to type into a field. ``mode``: its ``inputmode``; ``long``: it has several lines."""
    if name in TYPED:
        return TYPED[name]
    if mode:
        return {"decimal": "0,00", "numeric": "1"}.get(mode, "1")
    return "Das haben wir so gemacht. Es war gut." if long else "Simulierte Angabe"
