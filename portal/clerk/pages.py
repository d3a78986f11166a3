"""Rendering: one Jinja environment over ``templates/web``, strict about missing names and escaping everything."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from models.content import phone
from portal.clerk.door import Post
from portal.clerk.statutory import StatutoryTexts
from portal.words import PHONE, WEB, day, day_of, euros, instant, word
from templates.html import html_environment

_NO_LINK: Final = re.compile(r"<(a|title|button|option|textarea)\b.*?</\1>", re.DOTALL)

STATIC: Final = Path(__file__).parents[1] / "static"


@dataclass(frozen=True)
class Office:
    """How a clerk reaches the authority, and where repayments go. ``authority``: letter head, by line.

    ``post`` writes what people say about the pages into the outbox; without it they are given the address only.
    """

    authority: str
    email: str
    phone: str
    payee: str = ""
    payee_iban: str = ""
    texts: StatutoryTexts = field(default_factory=lambda: StatutoryTexts(None))
    post: Post | None = None


class Pages:
    """Makes pages. ``simulated``: says on each that people and money are made up."""

    def __init__(self, office: Office, *, simulated: bool) -> None:
        self._environment = html_environment(WEB)
        self._environment.filters.update(
            euros=euros, day=day, day_of=day_of, instant=instant, weekday=lambda value: day(value, weekday=True)
        )
        self._number = escape(office.phone)
        self._link = Markup('<a class="kern-link" href="{}">{}</a>').format(phone.link(office.phone), office.phone)
        self._environment.globals.update(word=word, office=office, phone=self._link, simulated=simulated)

    def page(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """One page. ``errors``, if any, makes the summary and the prefix of the title."""
        facts.setdefault("errors", [])
        text = self._environment.get_template(template).render(**facts)
        return HTMLResponse(self._with_phone(text), status_code=status)

    def _with_phone(self, text: str) -> str:
        """The office's number where a text names it: as a link, but as plain text where no link may stand."""
        plain = _NO_LINK.sub(lambda part: part[0].replace(PHONE, self._number), text)
        return plain.replace(PHONE, self._link)
