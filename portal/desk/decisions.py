"""A task and its decision: everything it is about, then each answer with what it causes, then the receipt.

An answer is taken only if the page that it was given on showed what is decided: what is different since is shown first.
Where an answer signs, pays or ends the case, the record itself asks for that (:mod:`record.cases.shown`); a letter
whose words are typed in the same form is shown on a page of its own before it is taken.
"""

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from models.content.texts import is_key
from models.errors import Code, RefusedError
from models.rounds import OPEN_ROUND
from models.tables import CommandRow, TaskRow
from portal.desk.controls import Control, controls, refused_fields, summary, typed
from portal.desk.frame import Ask, Facts, Frame
from portal.desk.pages import amount_of
from portal.desk.proof import missing, way
from portal.desk.shown import effect_of, page_hash
from portal.desk.to_read import READ, ToRead, first_button, is_changed, read_hash, sends
from portal.desk.wording import DeskWords
from portal.interface.bodies import Answer, Start
from portal.interface.errors import NotFoundError, ProofNeededError, status_of
from portal.interface.result import Result
from portal.interface.service import Officers
from record.opened import Opened
from templates.drafts import has_words
from workflows.page import SEND_BACK

View = Mapping[str, Any]


@dataclass(frozen=True)
class Option:
    """One answer to a task as its page offers it. ``effect``: what it would send now; ``button``: the same in words.

    ``proof``: how a fresh proof is given, where one is needed (:func:`portal.desk.proof.way`).
    """

    choice: str
    title: str
    button: str
    controls: tuple[Control, ...]
    effect: View | None
    shown: str
    command_id: str
    proof: str


class Decisions:
    """Tasks, things to start, and receipts."""

    def __init__(self, frame: Frame, officers: Officers) -> None:
        self._frame, self._officers = frame, officers

    # a task -----------------------------------------------------------------------------------

    async def task(self, ask: Ask) -> Response:
        """All that a task is about, and its answers."""
        view = await self._view(ask, ask.part("id"))
        return await self._page(ask, view)

    async def answer(self, ask: Ask) -> Response:
        """An answer. What is wrong or different since comes back with everything that was typed."""
        if await self._given_before(ask):
            return RedirectResponse(f"/quittung/{ask.form['command_id']}", 303)
        view = await self._view(ask, ask.part("id"))
        choice = ask.form.get("choice", "")
        task = view["tasks"][0]
        fields = next((one["fields"] for one in task["choices"] if one["choice"] == choice), None)
        if fields is None:
            return await self._page(ask, view, problem=ask.words.t("decide.gone"), status=409)
        read = typed(ask.words, fields, ask.form)
        if read.errors or is_changed(ask):
            status = 400 if read.errors else 200
            return await self._page(ask, view, tried=choice, errors=read.errors, status=status)
        shown, effect = ask.form.get("shown", ""), effect_of(view, choice)
        by_record = effect is not None and effect["read_first"]
        if not by_record and shown != page_hash(view, choice):
            return await self._page(ask, view, tried=choice, problem=ask.words.t("decide.changed"), status=409)
        sent = Answer(
            task=view["id"],
            choice=choice,
            content=read.values,
            command_id=_command_id(ask),
            shown=_hash(shown) if by_record else "",
            in_place_of=ask.form.get("in_place_of", ""),
        )
        if not by_record and (between := await self._unread(ask, view, sent, fields)):
            return between
        try:
            result = await _tried(self._officers.do(sent, ask.caller))
        except ProofNeededError:
            return await self._page(ask, view, tried=choice, problem=missing(ask), status=403)
        if not result.refused:
            return _receipt(result)
        _numbered_anew(ask, result)
        errors, problem = _why(ask.words, result)
        status = status_of(result.refused)
        return await self._page(ask, view, tried=choice, errors=errors, problem=problem, status=status)

    async def _unread(self, ask: Ask, view: View, sent: Answer, fields: Sequence[Facts]) -> Response | None:
        """What was typed and its letters, to be read before it is sent; none for somebody who has read just this."""
        seen = await _tried(self._officers.do(sent.model_copy(update={"dry_run": True}), ask.caller))
        effect = seen.told.get("effect")
        if seen.refused or not effect or not has_words(effect):
            return None
        now, before = read_hash(sent.choice, sent.content, effect), ask.form.get(READ, "")
        if now == before:
            return None
        doing = ask.words.choice(view["tasks"][0]["kind"], sent.choice)
        page = ToRead(
            doing=doing,
            effect=effect,
            button=sends(ask.words, doing, effect),
            action=f"/aufgabe/{view['id']}",
            controls=controls(ask.words, sent.choice, fields, ask.form),
            hidden={
                "choice": sent.choice,
                "shown": page_hash(view, sent.choice),
                "in_place_of": sent.in_place_of,
                READ: now,
            },
            problem=ask.words.t("decide.changed") if before else "",
        )
        return self._to_read(ask, view, page, status=409 if before else 200)

    def _to_read(self, ask: Ask, view: View, page: ToRead, status: int) -> Response:
        """The page between form and receipt."""
        return self._frame.page(ask, "to_read.html", status=status, view=view, page=page, command_id=_command_id(ask))

    async def _view(self, ask: Ask, task_id: str) -> Facts:
        view = await self._frame.read(lambda session: self._officers.document(session, ask.caller, task_id))
        if view["kind"] != "task":
            raise NotFoundError(task_id)
        await self._frame.opened(ask, view["case"], Opened.TASK)
        return view

    async def _page(
        self,
        ask: Ask,
        view: Facts,
        *,
        tried: str = "",
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        await asyncio.to_thread(self._officers.note_shown, ask.caller, view)
        task = view["tasks"][0]
        options = [self._option(ask, view, one, tried, errors or {}) for one in task["choices"]]
        found = summary(control for one in options for control in one.controls)
        return self._frame.page(
            ask,
            "task.html",
            status=status,
            view=view,
            task=task,
            options=options,
            given=[_taken_back(ask, one) for one in options if one.choice == SEND_BACK]
            if task["take_back"]
            else options,
            problem=problem,
            errors=found,
        )

    def _option(self, ask: Ask, view: View, one: View, tried: str, errors: Mapping[str, str]) -> Option:
        choice, mine = str(one["choice"]), one["choice"] == tried
        effect = effect_of(view, choice)
        task = view["tasks"][0]
        return Option(
            choice=choice,
            title=ask.words.choice(task["kind"], choice),
            button=first_button(ask.words, ask.words.choice(task["kind"], choice), effect)
            or button(ask.words, task, choice, effect),
            controls=controls(ask.words, choice, one["fields"], ask.form if mine else None, errors if mine else None),
            effect=effect,
            shown=effect["shown"] if effect and effect["read_first"] else page_hash(view, choice),
            command_id=_command_id(ask) if mine else str(uuid4()),
            proof=way(ask, read_first=bool(one["read_first"])),
        )

    # something to start -----------------------------------------------------------------------

    async def start(self, ask: Ask) -> Response:
        """The form of something that can be started now."""
        return self._starting(ask, await self._case(ask), {})

    async def started(self, ask: Ask) -> Response:
        """Starts it."""
        if await self._given_before(ask):
            return RedirectResponse(f"/quittung/{ask.form['command_id']}", 303)
        view = await self._case(ask)
        kind = ask.part("kind")
        wanted = _startable(view, kind)
        read = typed(ask.words, wanted["fields"], ask.form)
        if read.errors or is_changed(ask):
            return self._starting(ask, view, read.errors, status=400 if read.errors else 200)
        shown = _hash(ask.form.get("shown", ""))
        sent = Start(case=view["case"], kind=kind, content=read.values, command_id=_command_id(ask), shown=shown)
        seen = Result({})
        if wanted["read_first"] and not (shown and ask.caller.fresh):
            seen = await _tried(self._officers.act(sent.model_copy(update={"dry_run": True}), ask.caller))
            if seen.told.get("shown"):
                return self._before_it_is_started(ask, view, seen.told["effect"], problem=missing(ask) if shown else "")
        try:
            result = seen if seen.refused else await _tried(self._officers.act(sent, ask.caller))
        except ProofNeededError:
            return self._starting(ask, view, {}, problem=missing(ask), status=403)
        if not result.refused:
            return _receipt(result)
        _numbered_anew(ask, result)
        errors, problem = _why(ask.words, result)
        return self._starting(ask, view, errors, problem=problem, status=status_of(result.refused))

    def _before_it_is_started(self, ask: Ask, view: View, effect: View, *, problem: str) -> Response:
        """What was typed and what it will do: the second press of the button does it."""
        kind = ask.part("kind")
        doing = ask.words.name("start_step", kind)
        page = ToRead(
            doing=doing,
            effect=effect,
            button=doing,
            action=f"/beginnen/{view['case']}/{kind}",
            controls=controls(ask.words, "f", _startable(view, kind)["fields"], ask.form),
            hidden={"shown": effect["shown"]},
            problem=problem,
            proof=way(ask, read_first=True),
        )
        return self._to_read(ask, view, page, status=403 if problem else 200)

    async def _case(self, ask: Ask) -> Facts:
        view = await self._frame.read(lambda session: self._officers.case(session, ask.caller, ask.part("id")))
        await self._frame.opened(ask, view["case"], Opened.CASE)
        return view

    def _starting(
        self, ask: Ask, view: View, errors: Mapping[str, str], *, problem: str = "", status: int = 200
    ) -> Response:
        kind = ask.part("kind")
        raw = ask.form if ask.form else None
        found = controls(ask.words, "f", _startable(view, kind)["fields"], raw, errors)
        return self._frame.page(
            ask,
            "start.html",
            status=status,
            proof=way(ask, read_first=bool(_startable(view, kind)["read_first"])) if problem else "",
            view=view,
            kind=kind,
            controls=found,
            problem=problem,
            command_id=_command_id(ask),
            errors=summary(found),
        )

    async def open_round(self, ask: Ask) -> Response:
        """Opens a funding round: its municipalities are invited."""
        sent = Start(case=ask.part("id"), kind=OPEN_ROUND, content={}, command_id=_command_id(ask))
        result = await _tried(self._officers.act(sent, ask.caller))
        if result.refused:
            return await self._frame.message(ask.request, _why(ask.words, result)[1], status=status_of(result.refused))
        return RedirectResponse(f"/runde/{sent.case}", 303)

    async def _given_before(self, ask: Ask) -> bool:
        """Whether this very form was taken already: a double click, or a page that was reloaded."""
        command_id = ask.form.get("command_id", "")

        def read(session: Session) -> Facts:
            row = session.get(CommandRow, command_id) if is_key(command_id) else None
            return {"there": row is not None and row.actor_id == ask.caller.officer_id}

        return bool((await self._frame.read(read))["there"])

    # receipts ---------------------------------------------------------------------------------

    async def receipt(self, ask: Ask) -> Response:
        """What became of something that was stored; reloading tells it anew."""
        command_id = ask.part("id")
        found = await self._frame.read(lambda session: _stored(session, command_id))
        return self._frame.page(ask, "receipt.html", **found)


def button(words: DeskWords, task: View, choice: str, effect: View | None) -> str:
    """What pressing does, as it stands on the button: verb, thing and amount."""
    title = words.choice(task["kind"], choice)
    if effect and effect["orders"]:
        return words.t(
            "button.order", choice=title, amount=words.amount(sum(o["amount_cents"] for o in effect["orders"]))
        )
    if effect and effect["letters"]:
        letters = " + ".join(words.name("notice_kind", letter["kind"]) for letter in effect["letters"])
        cents = amount_of(task)
        return words.t("button.letter", choice=title, letter=letters, amount=words.amount(cents) if cents else "")
    return title


def _taken_back(ask: Ask, option: Option) -> Option:
    """Sending back, as whoever did it before reads it."""
    named = ask.words.t("decide.take_back")
    return replace(option, title=named, button=named)


async def _tried(call: Awaitable[Result]) -> Result:
    """What became of something; a no before anything was stored is a no as any other."""
    try:
        return await call
    except RefusedError as refusal:
        return Result({}, refusal.code, refusal.details)


def _why(words: DeskWords, result: Result) -> tuple[dict[str, str], str]:
    """The messages at the fields that are wrong; where none is, the one sentence that says why not."""
    if result.refused == Code.NOT_SHOWN:
        return {}, words.t("decide.changed")
    errors = refused_fields(words, result.details) if result.refused == Code.BAD_CONTENT else {}
    return errors, "" if errors else words.refusal(result.refused, result.details)[0]


def _numbered_anew(ask: Ask, result: Result) -> None:
    """What was refused on record keeps its number; what is sent after that is something new."""
    if "receipt" in result.told:
        ask.form = {name: value for name, value in ask.form.items() if name != "command_id"}


def _startable(view: View, kind: str) -> View:
    found = next((one for one in view.get("starts", ()) if one["kind"] == kind), None)
    if found is None:
        raise RefusedError(Code.NOT_NOW, stage=view["stage"])
    return dict(found)


def _hash(sent: str) -> str:
    """What a form says that was shown. What can be no hash is one that was shown to nobody."""
    return sent if re.fullmatch("[0-9a-f]{64}", sent) else "0" * 64 if sent else ""


def _command_id(ask: Ask) -> str:
    """The number of this answer: the same for a double click, and for a form that comes back."""
    sent = ask.form.get("command_id", "")
    return sent if 8 <= len(sent) <= 64 and is_key(sent) and sent.replace("-", "").isalnum() else str(uuid4())


def _receipt(result: Result) -> Response:
    return RedirectResponse(f"/quittung/{result.told['receipt']['command_id']}", 303)


def _stored(session: Session, command_id: str) -> Facts:
    row = session.get(CommandRow, command_id)
    if row is None:
        raise NotFoundError(command_id)
    task = session.get(TaskRow, row.task_id) if row.task_id else None
    return {
        "command": row.id,
        "case": row.case_id,
        "state": row.state,
        "reason": row.reason,
        "details": dict(row.details or {}),
        "at": row.received_at.isoformat(),
        "kind": task.kind if task else "",
        "choice": row.choice,
        "by": f"{row.actor_kind}:{row.actor_id}",
    }
