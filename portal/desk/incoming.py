"""Pages for what comes in: mail that a person must read, files of answers, and evidence from the bank."""

import asyncio

from starlette.responses import RedirectResponse, Response

from models.errors import RefusedError
from portal.desk.frame import Ask, Facts, Frame
from portal.desk.wording import DeskWords
from portal.interface.bodies import Days, Evidence
from portal.interface.errors import status_of
from portal.interface.inbox import Incoming, file_bytes, inbox_view, mail_bytes, settled
from portal.interface.service import Officers


class InboxPages:
    """Mail, files, bank evidence, and in play the clock."""

    def __init__(self, frame: Frame, officers: Officers, incoming: Incoming) -> None:
        self._frame, self._officers, self._incoming = frame, officers, incoming

    async def list(self, ask: Ask) -> Response:
        """What waits for somebody."""
        view = await self._frame.read(lambda session: inbox_view(session, ask.caller, ""))
        return self._frame.page(ask, "inbox.html", here="mail", mails=view["mails"])

    async def mail(self, ask: Ask) -> Response:
        """One mail as text, and what can be done with it."""
        return await self._shown(ask, "")

    async def settle(self, ask: Ask) -> Response:
        """The task a mail answers, or a note that it was seen."""
        mail, task, note = ask.part("id"), ask.form.get("task", ""), ask.form.get("note", "").strip()
        if not task and not note:
            return await self._shown(ask, ask.words.t("mail.note_missing"))
        sent = {"mail": mail, "task": task} if task else {"mail": mail, "note": note}

        def work() -> None:
            with self._frame.db.write() as session:
                settled(self._incoming, session, ask.caller, sent)

        try:
            await asyncio.to_thread(work)
        except RefusedError as refusal:
            return await self._shown(ask, ask.words.refusal(refusal.code, refusal.details)[0])
        return RedirectResponse(f"/post/{mail}", 303)

    async def _shown(self, ask: Ask, problem: str) -> Response:
        wanted = ask.part("id")
        view = await self._frame.read(lambda session: inbox_view(session, ask.caller, wanted))
        status = 400 if problem else 200
        return self._frame.page(ask, "mail.html", status=status, here="mail", mail=view, problem=problem)

    async def raw(self, ask: Ask) -> Response:
        """A mail as it came, or one of its files: to be stored, never to be run."""

        def work() -> Response:
            with self._frame.db.read() as session:
                return mail_bytes(self._incoming, session, ask.request)

        return await asyncio.to_thread(work)

    async def file(self, ask: Ask) -> Response:
        """A file of an answer, by its hash."""
        return await file_bytes(self._incoming, ask.part("id"))

    # the bank ---------------------------------------------------------------------------------

    async def bank(self, ask: Ask) -> Response:
        """Where evidence from the bank is brought in; ``zeile`` comes from a task, in play only."""
        return self._frame.page(ask, "bank.html", here="bank", text=ask.query.get("zeile", ""), told=None, problem="")

    async def booked(self, ask: Ask) -> Response:
        """Reads evidence: a file, or lines that were typed."""
        typed = ask.form.get("text", "")
        told: Facts | None = None
        problem, status = "", 200
        try:
            told = await self._officers.bank(Evidence(text=ask.form.get("file") or typed), ask.caller)
        except RefusedError as refusal:
            problem, status = _bank_fault(ask.words, refusal), status_of(refusal.code)
        shown = typed if told is None else ""
        return self._frame.page(ask, "bank.html", status=status, here="bank", text=shown, told=told, problem=problem)

    # the clock --------------------------------------------------------------------------------

    async def forward(self, ask: Ask) -> Response:
        """Moves the clock of an embedded installation."""
        text = ask.form.get("days", "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= 3660):
            return await self._frame.message(ask.request, ask.words.t("clock.wrong"), status=400)
        await self._officers.forward(Days(days=int(text)), ask.caller)
        return RedirectResponse("/", 303)


def _bank_fault(words: DeskWords, refusal: RefusedError) -> str:
    """The refusal with the line of the file that is wrong and what is wrong with it."""
    message, _ = words.refusal(refusal.code, refusal.details)
    if "line" not in refusal.details:
        return message
    fault = words.name("bank_fault", str(refusal.details["field"]))
    return f"{message} {words.say('bank_error', line=refusal.details['line'], what=fault)}"
