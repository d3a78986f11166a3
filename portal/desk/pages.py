"""Rendering of the desk: one Jinja environment over ``templates/desk``, strict about missing names, escaping all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.responses import HTMLResponse

from portal.desk.wording import PAGES, DeskWords
from portal.login.service import LoggedIn
from record.views.lists.tasks import AMOUNTS
from templates.html import html_environment
from templates.sentences import grouped


@dataclass(frozen=True)
class Head:
    """What stands at the top of each page: the officer who is logged in, their roles, and the legal day.

    ``reads_only``: no page offers anything to be done.
    """

    login: LoggedIn
    name: str
    roles: tuple[str, ...]
    today: str
    mails: int
    reads_only: bool = False


class Pages:
    """Makes pages. ``embedded``: says on each that people and money are made up, and lets the clock be moved."""

    def __init__(self, *, embedded: bool, authority: str) -> None:
        self._environment = html_environment(PAGES.parent)
        self._environment.filters.update(grouped=grouped, cents=amount_of)
        self._environment.globals.update(new_id=lambda: str(uuid4()))
        self._environment.globals.update(embedded=embedded, authority=authority.splitlines()[0] if authority else "")

    def page(
        self, template: str, words: DeskWords, head: Head | None = None, *, status: int = 200, **facts: Any
    ) -> HTMLResponse:
        """One page; without a ``head`` nobody is logged in. ``errors``: (id of a control, message)."""
        facts = {"errors": [], "here": ""} | facts
        text = self._environment.get_template(template).render(w=words, t=words.t, head=head, **facts)
        return HTMLResponse(text, status_code=status)


def amount_of(task: Mapping[str, Any]) -> int:
    """The amount a task is about, in cents; 0 where it is about none."""
    facts = task.get("brief") or {}
    return next((int(facts[name]) for name in AMOUNTS if facts.get(name)), 0)
