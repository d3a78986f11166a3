"""Persons of the authority and contacts of municipalities: shown with where each is known from, changed by forms.

Each form is one change: what it causes stands above its button, and what became of it on the page afterwards.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from models.commands import CommandKind
from models.content.texts import is_key
from models.errors import Code, RefusedError
from models.office import OWN, Change
from models.programme import FundingLine
from models.recipients import Recipient
from models.tables import CommandRow, Contact, Officer
from models.tasks import Role
from portal.desk.controls import summary
from portal.desk.frame import Ask, Facts, Frame
from portal.desk.office import forms
from portal.desk.office.forms import Asked, ChangeForm
from portal.desk.office.programme import lines_in_words
from portal.fields import wrong_fields
from portal.interface.engine import Directory
from portal.interface.errors import NotFoundError, status_of
from portal.interface.people import asked_for, contacts_view, officers_history, officers_view, one_officer
from portal.interface.result import Result
from portal.login.links import invite
from record.office.history import history, told
from record.people import contacts, officers
from record.views.finding import recipient_of

OF_CONTACT: Final = (Change.ADD_CONTACT_NUMBER, Change.END_CONTACT_NUMBER, Change.END_CONTACT)
MOST_BODIES: Final = 60


class OfficePages:
    """Persons, contacts, programme values, the authority, history. ``phone``: of the authority."""

    def __init__(self, frame: Frame, directory: Directory, phone: str) -> None:
        self._frame, self._directory, self._phone = frame, directory, phone

    # persons ----------------------------------------------------------------------------------

    async def people(self, ask: Ask) -> Response:
        """Everybody who acts for the authority, and who did."""

        def read(session: Session) -> Facts:
            found = officers_view(session, ask.caller.today)
            known = {one["id"] for one in found["officers"]}
            gone = [one_officer(session, row.id, ask.caller.today) for row in officers(session) if row.id not in known]
            return {**found, "gone": gone}

        may = Role.CO_SIGNER in ask.caller.roles
        return self._page(ask, "people.html", part="personen", may=may, **await self._frame.read(read))

    async def new_person(self, ask: Ask) -> Response:
        """The form of a new person."""
        return self._new_person(ask, None)

    async def add_person(self, ask: Ask) -> Response:
        """A new person."""
        content, asked = forms.read(ask.words, Change.ADD_OFFICER, ask.form)
        result, asked = await self._asked(ask, asked, content)
        if result is None or result.refused:
            return self._new_person(ask, asked, result)
        return RedirectResponse(f"/amt/person/{content['officer']}?getan={result.told['receipt']['command_id']}", 303)

    async def person(self, ask: Ask) -> Response:
        """A person with roles, telephones and absences, and what can be changed."""
        return await self._person(ask)

    async def change_person(self, ask: Ask) -> Response:
        """A change of a person."""
        change = _change(ask, Change.SET_ROLES, Change.END_OFFICER, Change.REVOKE_OFFICER, Change.ADD_OFFICER_NUMBER,
                         Change.END_OFFICER_NUMBER, *OWN)  # fmt: skip
        content, asked = forms.read(ask.words, change, ask.form)
        result, asked = await self._asked(ask, asked, {**content, "officer": ask.part("id")})
        if result is None or result.refused:
            return await self._person(ask, asked, result)
        return RedirectResponse(f"/amt/person/{ask.part('id')}?getan={result.told['receipt']['command_id']}", 303)

    async def link(self, ask: Ask) -> Response:
        """A one-time link for a person's log-in, shown once; only where log-ins are real."""
        if self._frame.logins.simulated:
            raise NotFoundError("link")
        officer, by = ask.part("id"), ask.caller.actor(Role.CO_SIGNER).id
        if officer == by:
            raise RefusedError(Code.OWN_ENTRY)
        path = await asyncio.to_thread(invite, self._frame.logins, officer, by)
        address = f"{str(ask.request.base_url).rstrip('/')}{path}"
        return self._page(ask, "link.html", part="personen", person=ask.words.person(officer), address=address)

    # contacts ---------------------------------------------------------------------------------

    async def bodies(self, ask: Ask) -> Response:
        """The municipalities, by name or key."""
        wanted = ask.query.get("q", "").strip()[:80]
        today = ask.caller.today
        found = [one for one in self._directory.recipients() if one.valid_on(today) and _named(one, wanted)]
        return self._page(
            ask, "bodies.html", part="kommunen", wanted_body=wanted, bodies=found[:MOST_BODIES],
            more=max(0, len(found) - MOST_BODIES),
        )  # fmt: skip

    async def body(self, ask: Ask) -> Response:
        """A municipality's contacts, and what can be changed of them."""
        return await self._body(ask)

    async def change_body(self, ask: Ask) -> Response:
        """A change of a municipality's contacts."""
        change = _change(ask, Change.ADD_CONTACT, *OF_CONTACT)
        recipient = await self._recipient(ask)
        content, asked = forms.read(ask.words, change, ask.form)
        result, asked = await self._asked(ask, asked, {**content, "recipient": recipient.identity})
        if result is None or result.refused:
            return await self._body(ask, asked, result)
        return RedirectResponse(f"/amt/kommune/{recipient.key}?getan={result.told['receipt']['command_id']}", 303)

    # what is only read --------------------------------------------------------------------------

    async def programme(self, ask: Ask) -> Response:
        """The values of each funding line in words, with where each comes from."""
        lines = [self._directory.line(rules.code, rules.year) for rules in self._directory.lines()]
        return self._page(ask, "programme.html", part="programm", lines=lines_in_words(ask.words, lines))

    async def authority(self, ask: Ask) -> Response:
        """Address and telephone of the authority, as letters and pages name them."""
        lines = [self._directory.line(rules.code, rules.year) for rules in self._directory.lines()]
        heads = [(_name(ask, line), line.pinned.year, line.authority.splitlines()) for line in lines]
        return self._page(ask, "authority.html", part="behoerde", heads=heads, phone=self._phone)

    async def history(self, ask: Ask) -> Response:
        """Who changed what of the authority's people when."""
        found = await self._frame.read(officers_history)
        return self._page(ask, "history.html", part="verlauf", rows=found["history"])

    # ------------------------------------------------------------------------------------------

    def _page(self, ask: Ask, template: str, *, status: int = 200, **facts: Any) -> Response:
        return self._frame.page(ask, f"office/{template}", status=status, here="office", roles=forms.ROLES, **facts)

    async def _asked(self, ask: Ask, asked: Asked, content: Facts) -> tuple[Result | None, Asked]:
        """What became of a change; none when something typed is wrong, as the answer's second half says."""
        if asked.errors:
            return None, asked
        command_id = ask.form.get("command_id", "")
        sent = command_id if 8 <= len(command_id) <= 64 and is_key(command_id) else ""

        def work() -> Result:
            with self._frame.db.write() as session:
                return asked_for(session, ask.caller, asked.change, content, sent)

        try:
            result = await asyncio.to_thread(work)
        except ValidationError as error:
            return None, forms.refused(ask.words, asked, {"fields": wrong_fields(error)})
        return result, forms.refused(ask.words, asked, result.details) if result.refused else asked

    def _new_person(self, ask: Ask, asked: Asked | None, result: Result | None = None) -> Response:
        ask.caller.actor(Role.CO_SIGNER)
        shown = forms.form(ask.words, Change.ADD_OFFICER, asked=asked)
        return self._page(ask, "new_person.html", part="personen", form=shown, **_problem(ask, asked, result, [shown]))

    async def _person(self, ask: Ask, asked: Asked | None = None, result: Result | None = None) -> Response:
        officer, today, done = ask.part("id"), ask.caller.today, ask.query.get("getan", "")

        def read(session: Session) -> Facts:
            if session.get(Officer, officer) is None:
                raise RefusedError(Code.UNKNOWN_OFFICER, officer=officer)
            return {
                "person": one_officer(session, officer, today),
                "others": [one for one in officers_view(session, today)["officers"] if one["id"] != officer],
                "rows": [one for one in history(session) if one["content"].get("officer") == officer],
                "done": _done(session, done),
            }

        found = await self._frame.read(read)
        shown = _forms_of_person(ask, found["person"], found.pop("others"), asked)
        link = not self._frame.logins.simulated and Role.CO_SIGNER in ask.caller.roles
        return self._page(
            ask, "person.html", part="personen", forms=shown, link=link and officer != ask.caller.officer_id,
            **found, **_problem(ask, asked, result, shown),
        )  # fmt: skip

    async def _recipient(self, ask: Ask) -> Recipient:
        key = ask.part("key")
        found: list[Recipient] = []

        def read(session: Session) -> Facts:
            found.append(recipient_of(session, self._directory, key))
            return {}

        await self._frame.read(read)
        return found[0]

    async def _body(self, ask: Ask, asked: Asked | None = None, result: Result | None = None) -> Response:
        recipient, done = await self._recipient(ask), ask.query.get("getan", "")

        def read(session: Session) -> Facts:
            view = contacts_view(session, recipient, ask.caller.today)
            ended = [one for one in contacts(session, recipient.identity) if one.id not in _ids(view["contacts"])]
            return {
                "contacts": view["contacts"],
                "ended": [_told_contact(one) for one in ended],
                "rows": history(session, recipient.identity),
                "done": _done(session, done),
            }

        found = await self._frame.read(read)
        may = Role.CASE_WORKER in ask.caller.roles
        by_contact = {one["id"]: _forms_of_contact(ask, one, asked) for one in found["contacts"]} if may else {}
        new = [forms.form(ask.words, Change.ADD_CONTACT, asked=asked)] if may else []
        every = [*new, *(form for shown in by_contact.values() for form in shown)]
        return self._page(
            ask, "body.html", part="kommunen", body=recipient, by_contact=by_contact, new=new, **found,
            **_problem(ask, asked, result, every),
        )  # fmt: skip


def _forms_of_person(ask: Ask, person: Facts, others: Sequence[Facts], asked: Asked | None) -> list[ChangeForm]:
    """What whoever asks may change of a person: of oneself the absence alone."""
    mine, may = person["id"] == ask.caller.officer_id, Role.CO_SIGNER in ask.caller.roles
    if person["revoked_at"] or ask.caller.reads_only or not (mine or may):
        return []
    deputies = tuple((one["id"], one["name"]) for one in others if not {*one["roles"]}.isdisjoint(person["roles"]))
    shown = [_form(ask, Change.END_ABSENCE, asked, {"absence": str(one["id"])}) for one in person["absences"]]
    if deputies:
        shown.append(_form(ask, Change.ADD_ABSENCE, asked, options={"deputy": deputies}))
    if mine:
        return shown
    numbers = _numbers(person)
    shown.append(forms.form(ask.words, Change.SET_ROLES, asked=asked, roles=person["roles"]))
    shown.append(_form(ask, Change.ADD_OFFICER_NUMBER, asked))
    if numbers:
        shown.append(_form(ask, Change.END_OFFICER_NUMBER, asked, options={"number": numbers}))
    return [*shown, _form(ask, Change.END_OFFICER, asked), _form(ask, Change.REVOKE_OFFICER, asked)]


def _forms_of_contact(ask: Ask, contact: Facts, asked: Asked | None) -> list[ChangeForm]:
    given, numbers = {"contact": str(contact["id"])}, _numbers(contact)
    kinds = [kind for kind in OF_CONTACT if numbers or kind is not Change.END_CONTACT_NUMBER]
    return [_form(ask, kind, asked, given, {"number": numbers}) for kind in kinds]


def _form(
    ask: Ask,
    change: Change,
    asked: Asked | None,
    given: Mapping[str, str] | None = None,
    options: Mapping[str, forms.Options] | None = None,
) -> ChangeForm:
    return forms.form(ask.words, change, asked=asked, given=given, options=options)


def _numbers(person: Facts) -> forms.Options:
    return tuple((one["number"], one["written"]) for one in person["phones"] if not one["until"])


def _problem(ask: Ask, asked: Asked | None, result: Result | None, shown: Sequence[ChangeForm]) -> Facts:
    """The error summary, and the one sentence that says why not where no field is wrong."""
    errors = summary(control for form in shown for control in form.controls)
    errors += [(f"{form.about}-roles", form.roles_error) for form in shown if form.roles_error]
    said = ""
    if result is not None and result.refused and not errors:
        said, _ = ask.words.refusal(result.refused, result.details)
    code = status_of(result.refused) if result is not None and result.refused else 400
    return {"errors": errors, "problem": said, "status": code if asked else 200}


def _change(ask: Ask, *possible: Change) -> Change:
    """The change that was sent. Raises ``RefusedError`` for one that this page has not."""
    sent = ask.form.get("change", "")
    found = next((one for one in possible if one == sent), None)
    if found is None:
        raise RefusedError(Code.UNKNOWN_CHOICE, choice=sent[:40], choices=[str(one) for one in possible])
    return found


def _done(session: Session, command_id: str) -> Facts | None:
    """The change that was just made, as the address of the page names it."""
    row = session.get(CommandRow, command_id) if is_key(command_id) else None
    return told(row) if row is not None and row.kind == CommandKind.OFFICE else None


def _name(ask: Ask, line: FundingLine) -> str:
    return line.name.en if ask.words.lang == "en" else line.name.de


def _ids(people: Sequence[Facts]) -> set[int]:
    return {one["id"] for one in people}


def _told_contact(one: Contact) -> Facts:
    until = one.valid_to.isoformat() if one.valid_to else ""
    return {"name": one.name, "email": one.email, "from": one.valid_from.isoformat(), "until": until}


def _named(recipient: Recipient, wanted: str) -> bool:
    return wanted.casefold() in recipient.name.casefold() or recipient.key.startswith(wanted)
