"""What the corpus takes to be on record: two cases, three contacts. All invented."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.mail.inbound import KnownContact, Thread

CORPUS: Final = Path(__file__).parent / "corpus"
AUTHSERV: Final = "mx.rp.example"
FULDA: Final = Thread(
    outbox_id="out-1", case_id="wir-fm-2018-06631", task_id="wir-fm-2018-06631/T3", recipient="06631", contact_id=1
)
DARMSTADT: Final = Thread(outbox_id="out-2", case_id="wir-fm-2018-06411", recipient="06411", contact_id=3)
KEYS: Final = {"abcdefghijkl2345": FULDA, "mnopqrstuvwx4567": DARMSTADT}
IDS: Final = {"<wir-fm-2018-06631.1f0c9a@rp.example>": FULDA, "<wir-fm-2018-06411.77aa31@rp.example>": DARMSTADT}
CASES: Final = {one.case_id: one.model_copy(update={"outbox_id": ""}) for one in (FULDA, DARMSTADT)}
CONTACTS: Final = {
    "erika.muster@kreis-fulda.example": (KnownContact(contact_id=1, recipient="06631"),),
    "integration@kreis-fulda.example": (KnownContact(contact_id=2, recipient="06631"),),
    "max.beispiel@stadt-darmstadt.example": (KnownContact(contact_id=3, recipient="06411"),),
}


@dataclass(frozen=True)
class World:
    """A lookup over the constants above."""

    def by_reply_key(self, key: str) -> Thread | None:
        """By key."""
        return KEYS.get(key)

    def by_envelope_id(self, envelope_id: str) -> Thread | None:
        """By key sent as ENVID."""
        return KEYS.get(envelope_id)

    def by_message_id(self, message_id: str) -> Thread | None:
        """By id."""
        return IDS.get(message_id)

    def by_case_number(self, case_id: str) -> Thread | None:
        """By case."""
        return CASES.get(case_id)

    def contacts(self, address: str) -> tuple[KnownContact, ...]:
        """By address."""
        return CONTACTS.get(address, ())


def index() -> dict[str, dict[str, Any]]:
    """Per file name: group, kind and what else is expected."""
    found: dict[str, dict[str, Any]] = json.loads((CORPUS.parent / "index.json").read_text("utf-8"))
    return found


def raw(name: str) -> bytes:
    """The bytes of one message."""
    return (CORPUS / f"{name}.eml").read_bytes()
