"""The desk of a played installation, visited as a person visits it: links are followed, forms are filled and sent.

Record, rules, letters and pages are the real ones; commands are decided at once, and all people are simulated.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import html5lib
import httpx
from starlette.types import ASGIApp

from activities.mail_in.inbox_desk import InboxDesk
from models.tasks import TaskKind as K
from portal.desk.app import desk_app
from portal.interface.inbox import Incoming
from portal.login.service import Logins
from record.files.uploads import FileStore
from tests.cli.office import Clock
from tests.inbound.house import reading
from tests.play import Play
from tests.portal.in_process import InProcess

ADDRESS = "http://127.0.0.1:1"
COOKIE = "wir-desk"
"""The only cookie of the desk, on a loopback address."""
AUTHORITY = "Simulierte Bewilligungsbehörde"


def desk_of(play: Play, folder: Path, address: str = ADDRESS, logins: Logins | None = None) -> ASGIApp:
    """The desk over a play; by default with the log-ins of the embedded mode."""
    engine: Any = SimpleNamespace(
        db=play.db,
        gateway=play.gateway,
        directory=play.directory,
        settings=SimpleNamespace(mode="embedded", office_phone="069 90009 640"),
    )
    _, consequences, reader = reading(play.db, folder)
    incoming = Incoming(InboxDesk(reader, consequences), FileStore(folder / "files"))
    logins = logins or Logins(play.db, "embedded", https=False)
    return desk_app(engine, Clock(play.db), logins, incoming, base_url=address, authority=AUTHORITY)


@dataclass
class Form:
    """A form of a page: where it is sent, and its fields as they stand."""

    action: str
    method: str
    fields: dict[str, str]
    button: str


@dataclass
class Visitor:
    """Somebody with a browser without script."""

    http: httpx.Client
    html: str = ""
    status: int = 0
    address: str = ""
    forms: list[Form] = field(default_factory=list)

    def open(self, path: str) -> Self:
        """Opens an address and follows where it leads."""
        return self._take(self.http.get(path, follow_redirects=True))

    def log_in(self, officer: str) -> Self:
        """One click on a simulated officer."""
        self.open("/anmelden")
        form = next(one for one in self.forms if one.fields.get("officer") == officer)
        return self.send(form)

    def send(self, form: Form, **typed: str) -> Self:
        """Fills a form and presses its button."""
        data = form.fields | typed
        return self._take(self.http.post(form.action, data=data, follow_redirects=True))

    @property
    def to_read(self) -> Form | None:
        """The form of the page on which letters are read before they are sent; none on another page."""
        here = "<h1>Bitte lesen Sie, was geschieht</h1>" in self.html
        return next((one for one in self.forms if here and "command_id" in one.fields), None)

    def send_read(self, form: Form, **typed: str) -> Self:
        """Fills a form and presses its button, and the one of the page on which its letters are read."""
        self.send(form, **typed)
        return self.send(self.to_read) if self.to_read else self

    def send_query(self, form: Form, **typed: str) -> Self:
        """The same of a form that only asks: what is typed stands in the address."""
        return self._take(self.http.get(form.action, params=form.fields | typed, follow_redirects=True))

    def send_with(self, form: Form, file: tuple[str, bytes], typed: dict[str, str]) -> Self:
        """Fills a form, chooses a file, and presses its button."""
        data = form.fields | typed
        return self._take(self.http.post(form.action, data=data, files={"file": file}, follow_redirects=True))

    def form(self, choice: str) -> Form:
        """The form of an answer. Raises ``LookupError`` naming those there are."""
        found = [one for one in self.forms if one.fields.get("choice") == choice]
        if not found:
            raise LookupError(f"no {choice} on {self.address}: {[one.fields.get('choice') for one in self.forms]}")
        return found[0]

    @property
    def text(self) -> str:
        """What can be read, in one line."""
        return " ".join("".join(_texts(_tree(self.html).find(".//main"))).split())

    @property
    def cells(self) -> str:
        """What can be read, with a space wherever one element ends and the next begins, as cells of a table stand."""
        return " ".join(" ".join(_tree(self.html).find(".//main").itertext()).split())

    def _take(self, answer: httpx.Response) -> Self:
        self.html, self.status, self.address = answer.text, answer.status_code, answer.url.path
        self.forms = [_form(one, self.address) for one in _tree(self.html).iter("form")] if self.html else []
        return self


def visitor(play: Play, folder: Path) -> Visitor:
    """A browser in front of the desk, in this process; close its ``http`` in the end."""
    transport = InProcess(desk_of(play, folder))
    return Visitor(httpx.Client(base_url=ADDRESS, transport=transport))


def until_open(play: Play, case: str, kind: K) -> None:
    """Everybody answers as usual until a task of a kind is open."""
    while not play.states[case].open(kind):
        todo = play.states[case].open()
        if todo:
            play.answer(case, todo[0].kind)
        else:
            assert play.wake(case)


def _tree(html: str) -> Any:
    return html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)


def _texts(element: Any) -> list[str]:
    if element is None:
        return []
    return [text if text.strip() else " " for text in element.itertext()]


def _form(element: Any, address: str) -> Form:
    fields: dict[str, str] = {}
    for one in element.iter():
        name = one.get("name")
        if not name or one.tag not in {"input", "textarea", "select"}:
            continue
        if one.tag == "select":
            options = list(one.iter("option"))
            chosen = next((o for o in options if o.get("selected") is not None), options[0])
            fields[name] = chosen.get("value", re.sub(r"\s+", " ", chosen.text or ""))
        elif one.get("type") in {"radio", "checkbox"}:
            if one.get("checked") is not None:
                fields[name] = one.get("value", "on")
        elif one.get("type") != "file":
            fields[name] = one.get("value", "") if one.tag == "input" else (one.text or "")
    button = next(("".join(one.itertext()).strip() for one in element.iter("button")), "")
    return Form(element.get("action") or address, element.get("method", "get"), fields, button)
