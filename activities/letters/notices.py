"""Notices: the text of letters with legal effect, as it is signed, hashed and kept.

Elements of each letter: domain research, section 8 (VwVfG §§ 28, 36, 37, 39; VwGO § 58). The text is plain and
final: what is hashed is what is served.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jinja2 import Environment
from pydantic import BaseModel, ConfigDict, Field

from activities.letters.mime import digest
from models.mail.orders import LetterFacts, NoticeKind
from models.programme import Rules
from models.recipients import Court, RecipientKind


class NoticeData(BaseModel):
    """All a notice is made of. ``facts``: names of :class:`models.mail.orders.LetterFacts`; ``court``: the recipient's.

    ``signer_name`` and ``signer_function`` are those of the second person, who signs. Before anybody has signed
    neither the day nor the name is known: they are none, and the text says what will stand there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: NoticeKind
    notice_id: str
    case_id: str
    file_number: str = ""  # the authority's own, where it has given one
    budget_items: dict[int, str] = Field(default_factory=dict)  # budget year to chapter and item, where they are set
    line_title: str
    year: int
    authority: str  # letter head, by line
    recipient_name: str
    recipient_kind: RecipientKind
    signed_on: date | None  # legal day, Europe/Berlin
    signer_name: str | None
    signer_function: str
    contact: str  # mail address of the office …
    phone: str = ""  # … and its telephone
    court: Court
    rules: Rules
    facts: dict[str, Any] = Field(default_factory=dict)
    simulated: bool = False


@dataclass(frozen=True)
class NoticeText:
    """The text of a notice and the SHA-256 (hex) of its UTF-8 bytes."""

    body: str
    sha256: str


def write_notice(environment: Environment, words: Mapping[str, Any], data: NoticeData) -> NoticeText:
    """Fills the notice's template. One blank line at most between paragraphs, one line end at the end."""
    template = environment.get_template(f"notices/{data.kind}.txt")
    text = template.render(d=data, f=LetterFacts.model_validate(data.facts), r=data.rules, words=words)
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    body = re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
    return NoticeText(body, digest(body.encode()))
