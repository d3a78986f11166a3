"""Rendering: one Jinja environment over ``templates/web``, strict about missing names and escaping everything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from portal.door import Post
from portal.words import WEB, day, day_of, euros, instant, word

STATIC: Final = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Office:
    """How a clerk reaches the authority, and where repayments go. ``authority``: letter head, by line.

    ``post`` writes what people say about the pages into the outbox; without it they are given the address only.
    """

    authority: str
    email: str
    phone: str = ""
    payee: str = ""
    payee_iban: str = ""
    post: Post | None = None


class Pages:
    """Makes pages. ``simulated``: says on each that people and money are made up."""

    def __init__(self, office: Office, *, simulated: bool) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(WEB),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            euros=euros, day=day, day_of=day_of, instant=instant, weekday=lambda value: day(value, weekday=True)
        )
        self._environment.globals.update(word=word, office=office, simulated=simulated)

    def page(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """One page. ``errors``, if any, makes the summary and the prefix of the title."""
        facts.setdefault("errors", [])
        text = self._environment.get_template(template).render(**facts)
        return HTMLResponse(text, status_code=status)
