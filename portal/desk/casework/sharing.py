"""Who takes care of a task, and notes on a case, at the desk. Taking is help, no lock."""

import asyncio
from typing import Any, Final

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from models.errors import RefusedError
from portal.desk.casework.entering import Entry, day_of, typed_id
from portal.desk.files import NOTHING, Files
from portal.desk.frame import Ask, Facts, Form, Frame
from portal.interface.casework.sharing import noted, shared
from portal.interface.errors import NotFoundError
from portal.interface.service import Officers
from record.casework.holding import Act, holding
from record.opened import Opened
from record.views.finding import Directory, task_of

Json = dict[str, Any]
ACTS: Final = frozenset(str(act) for act in Act)


class Sharing:
    """Taking, giving back, handing over, putting on a day; and notes."""

    def __init__(self, frame: Frame, officers: Officers, files: Files, directory: Directory) -> None:
        self._frame, self._officers, self._files, self._directory = frame, officers, files, directory

    async def task(self, ask: Ask) -> Response:
        """What can be done about who takes care of a task."""
        return await self._page(ask)

    async def share(self, ask: Ask) -> Response:
        """Enters it; a form that is wrong, or that somebody was quicker than, comes back with what was typed."""
        entry = self._read(ask)
        if entry.errors:
            return await self._page(ask, errors=entry.errors, status=400)
        try:
            await asyncio.to_thread(self._entered, ask, entry.values)
        except RefusedError as refusal:
            problem, way = ask.words.refusal(refusal.code, refusal.details)
            return await self._page(ask, problem=f"{problem} {way}", status=409)
        return RedirectResponse(f"/aufgabe/{ask.part('id')}", 303)

    def _read(self, ask: Ask) -> Entry:
        form, act = ask.form, ask.form.get("act", "")
        if act not in ACTS:
            raise NotFoundError("")
        sent: Json = {"act": act, "task": ask.part("id"), "command_id": typed_id(form)}
        errors: dict[str, str] = {}
        if act == Act.HAND:
            sent |= {"to": form.get("to", "").strip(), "reason": form.get("reason", "").strip()[:200]}
            if not sent["to"]:
                errors["to"] = ask.words.t("error.missing")
        if act == Act.LATER:
            day = day_of(form.get("until", ""))
            if day is None or day <= ask.caller.today:
                errors["until"] = ask.words.t("share.until_wrong")
            else:
                sent["until"] = day.isoformat()
        return Entry(sent, errors)

    def _entered(self, ask: Ask, sent: Json) -> None:
        """In one transaction: taking over counts only from the person whom the page had named."""
        with self._frame.db.write() as session:
            row = holding(session, task_of(session, sent["task"]))
            over = bool(row and row.holder and row.holder == ask.form.get("over", ""))
            shared(session, ask.caller, sent | {"over": over})

    async def _page(
        self, ask: Ask, *, errors: dict[str, str] | None = None, problem: str = "", status: int = 200
    ) -> Response:
        view = await self._view(ask)
        found = [(f"s-{name}", f"{ask.words.t(f'share.{name}')}: {text}") for name, text in (errors or {}).items()]
        return self._frame.page(
            ask,
            "casework/share.html",
            status=status,
            view=view,
            task=view["tasks"][0],
            wrong={"to": "", "until": ""} | (errors or {}),
            errors=found,
            problem=problem,
            typed=_typed(ask.form),
        )

    async def _view(self, ask: Ask) -> Facts:
        wanted = ask.part("id")
        view = await self._frame.read(lambda session: self._officers.document(session, ask.caller, wanted))
        if view["kind"] != "task":
            raise NotFoundError(wanted)
        await self._frame.opened(ask, view["case"], Opened.TASK)
        return view

    # notes ------------------------------------------------------------------------------------

    async def note(self, ask: Ask) -> Response:
        """Writes a note; one that is empty comes back."""
        form, text = ask.form, ask.form.get("text", "").strip()
        sent: Json = {"case": ask.part("id"), "text": text, "command_id": typed_id(form)}
        number = form.get("corrects", "")
        if number.isascii() and number.isdecimal() and len(number) < 7:
            sent["corrects"] = int(number)
        typed = {**NOTHING, **{name: form.get(name, "") for name in NOTHING}}
        if not text:
            return await self._files.part(
                ask, "vermerke", status=400, problem=ask.words.t("error.missing"), typed=typed
            )

        def work(session: Session) -> Json:
            return noted(session, ask.caller, self._directory, sent)

        problem = await self._written(ask, work)
        if problem:
            return await self._files.part(ask, "vermerke", status=400, problem=problem, typed=typed)
        return RedirectResponse(f"/fall/{ask.part('id')}/vermerke", 303)

    async def _written(self, ask: Ask, work: Any) -> str:
        """Why it was not taken, or nothing."""

        def write() -> None:
            with self._frame.db.write() as session:
                work(session)

        try:
            await asyncio.to_thread(write)
        except RefusedError as refusal:
            return ask.words.refusal(refusal.code, refusal.details)[0]
        return ""


def _typed(form: Form) -> Form:
    return {name: form.get(name, "") for name in ("to", "reason", "until")}
