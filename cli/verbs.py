"""The verbs: what each sends to the officers' interface, and what it prints. Renderers are imported on use."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli import values
from cli.call import DEMO_DATA, REFUSED, Call

CLIENT: Final = ("as", "data", "json")
LISTED: Final = ("of_round", "of_kind", "of_name", "stage", "late", "order", "list", "page")
CHANGING: Final = ("dry_run", *CLIENT)
PHONE: Final = ("phone", "phone_source")
CALL: Final = ("number", "called_at", "spoken_with", "spoken_function", "iban_heard", "number_from")
FORM: Final = ("reason", "amount", "item", "until", "posted_on", "file")
AWAY: Final = ("deputy", "until", "back")
PAPER: Final = ("channel", "received", "scan", "signed", "taken_by")
ON_BEHALF: Final = ("change", "since", "details", "acting_name", "acting_function")

LAPSE_SECONDS: Final = 900.0
"""Years may pass in one call of ``forward``."""

SAMPLE: Final = """reference;status;amount;value_date;detail
FM18-06631-D01-A1;booked;25000.00;2018-03-14;
FM18-06411000-D02-A1;rejected;12500.00;2018-06-01;AC04
FM18-06412000-C1;booked;25000.00;2019-05-20;
"""
"""Bank evidence: one line an order (end-to-end id) or repayment (cash reference); amounts plain, days ISO."""


@dataclass(frozen=True)
class Verb:
    """A verb, its parameters in the order help shows them, and what runs it (an exit code or none for done)."""

    name: str
    params: tuple[str, ...]
    run: Callable[[Call], int | None]


VERBS: dict[str, Verb] = {}


def _verb(*params: str) -> Callable[[Callable[[Call], int | None]], Callable[[Call], int | None]]:
    def enter(run: Callable[[Call], int | None]) -> Callable[[Call], int | None]:
        name = run.__name__.rstrip("_")
        VERBS[name] = Verb(name, params, run)
        return run

    return enter


@_verb("data")
def up(call: Call) -> int:
    """The embedded stack until Ctrl-C."""
    return call.here.up(call.data, call.words)


@_verb("demo_data")
def demo(call: Call) -> int:
    """The year 2018 in time-lapse."""
    return call.here.demo(Path(call.text("demo_data") or DEMO_DATA))


@_verb()
def login(call: Call) -> int | None:
    """Lets this command line in at the desk."""
    from cli.pages.login import log_in

    return log_in(call)


@_verb()
def logout(call: Call) -> None:
    """Takes it out again."""
    from cli.pages.login import log_out

    log_out(call)


@_verb("recipient", "year", "amount", "line", "title", "acting_name", "acting_function", "file", *CHANGING)
def apply(call: Call) -> None:
    """Starts a case."""
    body = values.json_file(call.words, call.text("file")) if call.text("file") else {}
    content = body.setdefault("content", {})
    for name, into, key in (
        ("recipient", body, "recipient"),
        ("year", body, "year"),
        ("line", body, "line"),
        ("amount", content, "requested_cents"),
        ("title", content, "project_title"),
        ("acting_name", content, "acting_name"),
        ("acting_function", content, "acting_function"),
    ):
        found = call.read(name)
        if found is not None:
            into[key] = found
    if not (body.get("recipient") and body.get("year") and content):
        raise values.UsageError(call.words.say("need_amount"))
    _show(call, call.post("/apply", body), "applied")


@_verb(*LISTED, *CLIENT)
def today(call: Call) -> None:
    """What needs an officer now, one page of it."""
    found = call.look("/today", **_listed(call))
    if call.as_json:
        return call.document(found)
    from cli.pages.today import print_today

    return print_today(call.paper, found)


def _listed(call: Call) -> dict[str, str]:
    """What is wanted of a list, as the desk's address names it."""
    named = {"of_round": "round", "of_kind": "kind", "of_name": "recipient", "stage": "stage"}
    wanted = {name: call.text(option) for option, name in named.items()}
    wanted |= {"order": call.text("order"), "list": call.text("list"), "late": "yes" if call.flag("late") else ""}
    page = call.read("page")
    return wanted | {"page": "" if page is None else str(page)}


@_verb("case", "opened", *CLIENT)
def case(call: Call) -> None:
    """A case in sentences, or who opened it."""
    found = call.look(f"/case/{call.text('case')}")
    if call.as_json:
        return call.document(found)
    from cli.pages.case import print_case, print_opened

    return (print_opened if call.flag("opened") else print_case)(call.paper, found)


@_verb("sought", *CLIENT)
def find(call: Call) -> None:
    """Cases by whatever a caller may name."""
    found = call.desk.get("/search", q=" ".join(call.given["sought"]))
    if call.as_json:
        return call.document(found)
    from cli.pages.find import print_found

    return print_found(call.paper, found)


@_verb("inbound", "for_task", "note", "save", *CHANGING)
def inbox(call: Call) -> None:
    """Mail that came in and waits for an officer."""
    from cli.pages import inbox as pages

    pages.run(call)


@_verb("doc", "save", *CLIENT)
def show(call: Call) -> None:
    """A letter, a file of an answer, or a task with all that its decision is about."""
    found = call.look(f"/doc/{call.text('doc')}")
    if found.get("kind") == "file":
        from cli.pages.inbox import show_file

        return show_file(call, found)
    if call.as_json:
        return call.document(found)
    if found.get("kind") == "task":
        from cli.pages.task import print_task_page

        return print_task_page(call.paper, found, call.as_name)
    from cli.pages.tables import print_document

    return print_document(call.paper, found)


@_verb("round", "csv", *CLIENT)
def round_(call: Call) -> None:
    """The table of a round."""
    found = call.desk.get(f"/round/{call.text('round')}".rstrip("/"))
    if call.as_json:
        return call.document(found)
    from cli.pages.tables import print_round, round_csv

    if call.flag("csv"):
        sys.stdout.write(round_csv(found))
        return None
    return print_round(call.paper, found)


@_verb("task", "choice", *FORM, *CALL, "shown", "in_place_of", *CHANGING)
def do(call: Call) -> None:
    """An officer's answer to a task."""
    body = {"task": call.text("task"), "choice": call.text("choice"), "content": call.fields()}
    body |= {"shown": call.text("shown")}
    body |= {"in_place_of": call.text("in_place_of")} if call.text("in_place_of") else {}
    _show(call, call.post("/do", body), "done")


@_verb("case", "kind", *FORM, "mail", "file_number", *ON_BEHALF, "shown", *CHANGING)
def act(call: Call) -> None:
    """Starts something."""
    body = {"case": call.text("case"), "kind": call.text("kind").replace("-", "_"), "content": call.fields()}
    body |= {"shown": call.text("shown")}
    _show(call, call.post("/act", body), "started")


@_verb("task", *PAPER, *FORM, *ON_BEHALF, *CHANGING)
def register(call: Call) -> None:
    """Records what came from a municipality by post, fax, telephone or in person."""
    call.need("channel", "received")
    scan = {"scan": values.attached(call.words, call.text("scan"))} if call.text("scan") else {}
    body = {
        "task": call.text("task"),
        "channel": call.text("channel").replace("-", "_"),
        "received_on": call.read("received"),
        "signed": call.flag("signed"),
        "taken_by": call.text("taken_by"),
        "content": call.fields(),
    }
    _show(call, call.post("/register", body | scan), "registered")


@_verb("task", "give_back", "over", *CHANGING)
def take(call: Call) -> None:
    """Takes care of a task, or gives it back."""
    back = call.flag("give_back")
    over = {} if back else {"over": call.flag("over")}
    _show(call, call.post("/share", {"act": "back" if back else "take", "task": call.text("task")} | over), "shared")


@_verb("task", "to", "reason", "over", *CHANGING)
def hand(call: Call) -> None:
    """Hands a task to a colleague."""
    call.need("to")
    body = {"act": "hand", "task": call.text("task"), "to": call.text("to"), "reason": call.text("reason")}
    _show(call, call.post("/share", body | {"over": call.flag("over")}), "shared")


@_verb("task", "until", "over", *CHANGING)
def later(call: Call) -> None:
    """Puts a task on a day."""
    call.need("until")
    body = {"act": "later", "task": call.text("task"), "until": call.read("until"), "over": call.flag("over")}
    _show(call, call.post("/share", body), "shared")


@_verb("case", "text", "corrects", *CHANGING)
def note(call: Call) -> None:
    """Writes a note on a case."""
    call.need("text")
    body = {"case": call.text("case"), "text": call.text("text"), "corrects": call.read("corrects")}
    _show(call, call.post("/note", body), "noted")


@_verb("evidence", "example", *CHANGING)
def bank(call: Call) -> int | None:
    """Takes in bank evidence."""
    if call.flag("example"):
        sys.stdout.write(SAMPLE)
        return None
    if not call.text("evidence"):
        raise values.UsageError(call.words.say("need_bank_file"))
    found = call.post("/bank", {"text": values.text_file(call.words, call.text("evidence"))})
    _show(call, found, "bank")
    return REFUSED if found.get("refused") else None


@_verb("body", "add", "name", "email", "function", "rank", *PHONE, "from", "end", "id", "history", *CHANGING)
def contacts(call: Call) -> None:
    """Contacts of a municipality."""
    body: dict[str, Any] = {"recipient": call.text("body")}
    _people(call, "/contacts", body, ("name", "email", "function", "rank", *PHONE, "from"), "id")


@_verb("body", "text", "source", *CHANGING)
def address(call: Call) -> None:
    """The postal address of a municipality."""
    from cli.pages.tables import print_addresses

    if not call.text("text"):
        found = call.desk.get("/address", recipient=call.text("body"))
        return call.document(found) if call.as_json else print_addresses(call.paper, found)
    call.need("source")
    lines = [line.strip() for line in call.text("text").replace(";", "\n").splitlines() if line.strip()]
    body = {"recipient": call.text("body"), "lines": lines, "source": call.text("source")}
    return _show(call, call.post("/address", body), "saved")


@_verb("person", "add", "name", "email", "role", *PHONE, "from", "end", "revoke", *AWAY, "history", *CHANGING)
def officers(call: Call) -> None:
    """People of the authority."""
    body: dict[str, Any] = {"id": call.text("person")} if call.text("person") else {}
    _people(call, "/officers", body, ("name", "email", "role", *PHONE, "from"), "person")


@_verb("days", *CHANGING)
def forward(call: Call) -> None:
    """Moves the clock of an embedded installation."""
    found = call.post("/forward", {"days": values.days(call.words, call.text("days"))}, LAPSE_SECONDS)
    _show(call, found, "forwarded")


@_verb("part", *CLIENT)
def doctor(call: Call) -> int | None:
    """Checks every promise, or the way mail takes."""
    part = call.text("part")
    if part not in {None, "", "mail"}:
        raise values.UsageError(call.words.say("unknown_part", part=part))
    found = call.desk.get("/doctor/mail" if part else "/doctor")
    if call.as_json:
        call.document(found)
    else:
        from cli.pages.tables import print_doctor, print_mail_doctor

        (print_mail_doctor if part else print_doctor)(call.paper, found)
    return None if found["held"] else REFUSED


@_verb("case", *CHANGING)
def adopt(call: Call) -> None:
    """Rebuilds a running case."""
    _show(call, call.post("/adopt", {"case": call.text("case")}), "adopted")


def _people(call: Call, path: str, body: dict[str, Any], fields: tuple[str, ...], key: str) -> None:
    """Shows, adds or ends people, or a telephone number of theirs; ``key`` names the one to change."""
    from cli.pages.office import print_history, print_people

    wanted = _wanted(call, fields, key)
    if wanted is not None:
        saved = call.post(path, body | wanted)
        if saved.get("link"):
            saved["link"] = call.desk.where + saved["link"]
        return _show(call, saved, "saved")
    about = {"recipient": call.text("body")} if key == "id" else {}
    found = call.desk.get(f"{path}/history" if call.flag("history") else path, **about)
    if call.as_json:
        return call.document(found)
    return (print_history if call.flag("history") else print_people)(call.paper, found)


def _wanted(call: Call, fields: tuple[str, ...], key: str) -> dict[str, Any] | None:
    """What is to be changed; none where people are only to be shown."""
    named = {"id": call.read("id")} if key == "id" else {}
    if call.flag("add"):
        call.need("name", "email", *(("person",) if key == "person" else ()))
        return {"add": {name: call.read(name) for name in fields if call.read(name) is not None}}
    if call.text("end"):
        call.need(key)
        return {"end": call.read("end")} | named | ({"number": call.text("phone")} if call.text("phone") else {})
    if call.text("phone"):
        call.need(key, "phone_source")
        number = {"number": call.text("phone"), "source": call.text("phone_source"), "from": call.read("from")}
        return {"phone": number} | named
    return _of_officer(call) if key == "person" else None


def _of_officer(call: Call) -> dict[str, Any] | None:
    """What is to be changed of a person of the authority only: access, roles, absence."""
    if call.flag("revoke"):
        call.need("person")
        return {"revoke": True}
    if call.text("deputy"):
        call.need("person", "from")
        return {"away": {"from": call.read("from"), "until": call.read("until"), "deputy": call.text("deputy")}}
    if call.text("back"):
        call.need("person")
        return {"back": call.read("back")}
    if call.given.get("role"):
        call.need("person")
        return {"roles": call.read("role")}
    return None


def _show(call: Call, found: Mapping[str, Any], what: str) -> None:
    """The result of a change: for a program the document, for people a sentence and the next line."""
    if call.as_json:
        call.document(found)
        return
    from cli.pages.results import is_to_read, print_result
    from cli.paper import SHOWN_LENGTH

    shown = {"shown": str(found["shown"])[:SHOWN_LENGTH]} if found.get("shown") else {}
    line = call.line(dry_run=False, **shown) if is_to_read(found) else ""
    print_result(call.paper, found, what, call.as_name, line)
