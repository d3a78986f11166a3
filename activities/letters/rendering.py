"""Letters: from an order and its facts to a finished mail. The words stand in ``templates/email/``, one file a letter.

Each file's sentences are filled once, as plain text; one text layout and one HTML layout then show the same
sentences, so both parts always say the same. The same data gives the same bytes.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2 import Template as JinjaTemplate
from markupsafe import Markup, escape
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from activities.letters.mime import BERLIN, Envelope, build, digest, message_id, one_line
from activities.letters.notices import NoticeData, NoticeText, write_notice
from activities.letters.wording import filters, long_day
from models.content import phone
from models.mail.orders import OFFICER_TEMPLATES, LetterFacts, Template
from models.programme import Rules
from templates import catalogue

_ADDRESS: Final = re.compile(r"(https?://\S+)")

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class LetterData(BaseModel):
    """All a mail is made of. ``due`` is the last day in time (Europe/Berlin), ``date`` the mail's own instant.

    ``dedupe_key`` decides message id and boundaries: one key, one mail. ``notice_body`` is the signed text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Template
    dedupe_key: str
    case_id: str = ""  # or the round's id for an invitation, or "" for a digest
    line_title: str = ""
    year: int = 0
    authority: str = ""  # letter head, by line
    recipient_name: str = ""
    recipient_key: str = ""
    contact_name: str = ""
    contact_function: str = ""
    to_address: str
    task_link: str | None = None
    case_link: str | None = None
    due: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    rules: Rules | None = None  # the line's rules as pinned to the case
    notice_id: str = ""
    notice_body: str = ""
    sender: str
    phone: str = ""  # under which clerks reach the authority
    reply_to: str = ""
    in_reply_to: str | None = None  # message id of the case's first mail
    date: AwareDatetime
    simulated: bool = False


@dataclass(frozen=True)
class FinishedMail:
    """A mail ready to send. ``to``: envelope address, domain in ASCII. ``sha256`` is that of ``mime``, in hex."""

    subject: str
    message_id: str
    to: str
    mime: bytes
    sha256: str
    text: str
    html: str


class Letters:
    """Writes mails and notices. ``mail_domain`` stands right of the @ in message ids."""

    def __init__(self, mail_domain: str, templates: Path = TEMPLATES) -> None:
        self._domain = mail_domain
        self._folder = templates
        self._words = _toml(templates / "email" / "words.toml")
        self._jinja, self._sentence = _environment(templates)

    def write(self, data: LetterData) -> FinishedMail:
        """The finished mail. Raises ``ValueError`` for an address no mail can go to."""
        letter = self._fill(data)
        text = self._jinja.get_template("email/layout.txt").render(letter)
        html = self._jinja.get_template("email/layout.html").render(letter)
        subject = _subject(data, letter["subject"])
        envelope = Envelope(
            sender=data.sender,
            to=data.to_address,
            to_name=data.contact_name,
            sender_name=one_line(data.authority.splitlines()[0]) if data.authority else "",
            reply_to=data.reply_to or data.sender,
            in_reply_to=data.in_reply_to or "",
        )
        identity = message_id(data.dedupe_key, data.case_id, self._domain)
        attachment = (data.notice_id.replace("/", "-") + ".txt", data.notice_body) if data.notice_body else None
        to, mime = build(
            envelope, identity=identity, subject=subject, date=data.date, text=text, html=html, attachment=attachment
        )
        return FinishedMail(subject, identity, to, mime, digest(mime), text, html)

    def preview(self, data: LetterData) -> tuple[str, str]:
        """Subject and text that a mail would have."""
        letter = self._fill(data)
        return _subject(data, letter["subject"]), self._jinja.get_template("email/layout.txt").render(letter)

    def notice(self, data: NoticeData) -> NoticeText:
        """The text of a letter with legal effect, and its hash. The same data gives the same text."""
        return write_notice(self._jinja, self._words, data)

    def _fill(self, data: LetterData) -> Mapping[str, Any]:
        """The letter's sentences with facts filled in; sentences that came out empty are gone."""
        source = _toml(self._folder / "email" / f"{data.template}.toml")
        facts = self._facts(data)

        def fill(sentence: str) -> str:
            return self._filled(sentence, facts)

        rows = [(fill(label), one_line(fill(value))) for label, value in source.get("rows", [])]
        return facts | {
            "subject": one_line(fill(source["subject"])),
            "what": fill(source["what"]),
            "help": self._help(data),
            "reply": self._reply(data),
            "deadline": self._deadline(data),
            "otherwise": fill(source.get("otherwise", "")),
            "action": fill(source.get("action", "")),
            "list_title": fill(source.get("list_title", "")),
            "list": [line.strip() for line in fill(source.get("list", "")).splitlines() if line.strip()],
            "rows": [(label, value) for label, value in rows if value],
            "body": [paragraph for sentence in source.get("body", []) if (paragraph := fill(sentence))],
        }

    def _facts(self, data: LetterData) -> dict[str, Any]:
        """What a letter's sentences may name."""
        return {
            "d": data,
            "f": LetterFacts.model_validate(data.facts),
            "words": self._words,
            "texts": catalogue("de"),
        }

    def _filled(self, sentence: str, facts: Mapping[str, Any]) -> str:
        return self._sentence(sentence).render(facts).strip()

    def _deadline(self, data: LetterData) -> str:
        """The last day in time; a reminder after it says so instead of naming a day that has passed."""
        if data.due is None:
            return ""
        over = data.due < data.date.astimezone(BERLIN).date()
        return str(self._words["date"]["over" if over else "until"].format(day=long_day(data.due)))

    def _reply(self, data: LetterData) -> str:
        """What a reply by mail does; officers have their list for that."""
        if data.template in OFFICER_TEMPLATES:
            return ""
        return str(self._words["reply"]["task" if data.task_link else "other"])

    def _help(self, data: LetterData) -> str:
        reader = "officer" if data.template in OFFICER_TEMPLATES else "clerk"
        reader = f"{reader}_phone" if reader == "clerk" and data.phone else reader
        return str(self._words["help"][reader].format(address=data.sender, phone=data.phone))


def _subject(data: LetterData, text: str) -> str:
    """With the case in front, so that an answer finds it."""
    return f"[{data.case_id}] {text}" if data.case_id else text


def linked(text: str) -> Markup:
    """A line for HTML with the addresses in it as links; everything else is text."""
    parts = _ADDRESS.split(text)
    link = Markup('<a href="{0}">{0}</a>')
    return Markup("").join(link.format(part) if at % 2 else escape(part) for at, part in enumerate(parts))


def dialled(text: str, number: str) -> Markup:
    """A sentence for HTML in which the office's number is a link that dials it."""
    link = Markup('<a href="{}">{}</a>').format(phone.link(number), number)
    return link.join(escape(part) for part in text.split(number)) if number else escape(text)


@cache
def _environment(templates: Path) -> tuple[Environment, Callable[[str], JinjaTemplate]]:
    """The templates of a folder, and what compiles one of the few hundred sentences; each is compiled once."""
    found = Environment(
        loader=FileSystemLoader(templates),
        # Sentences are escaped once, in the HTML layout; escaping them before would show "&amp;" to the reader.
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words = _toml(templates / "email" / "words.toml")
    found.filters.update(filters(words) | {"dialled": dialled, "linked": linked})
    return found, cache(found.from_string)


@cache
def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
