"""A letter to be printed, with a cover that a window envelope shows; and a mail that is sent once more."""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from pydantic import ValidationError
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from models.errors import RefusedError
from models.recipients import Recipient
from portal.desk.casework.entering import typed_id
from portal.desk.frame import Ask, Facts, Frame
from portal.interface.bodies import Start
from portal.interface.casework.addresses import new_address
from portal.interface.errors import NotFoundError, status_of
from portal.interface.service import Officers
from portal.logs import without_token
from record.casework.letters import letter_view
from record.opened import Opened
from record.views.finding import Directory as Finding
from record.views.finding import document_of, recipient_of
from record.views.tasks import Directory as Names

NOTHING: Final = {"lines": "", "source": ""}


class Directory(Finding, Names, Protocol):
    """Recipients by key and identity, and lines."""


class PrintPages:
    """Letters on paper."""

    def __init__(self, frame: Frame, officers: Officers, directory: Directory) -> None:
        self._frame, self._officers, self._directory = frame, officers, directory

    async def letter(self, ask: Ask) -> Response:
        """Cover and letter."""
        return await self._page(ask, NOTHING)

    async def address(self, ask: Ask) -> Response:
        """Enters where the recipient gets its post."""
        form = {name: ask.form.get(name, "").strip() for name in NOTHING}
        errors = {name: ask.words.t("error.missing") for name, text in form.items() if not text}
        if errors:
            return await self._page(ask, form, errors, status=400)
        view = await self._view(ask)
        sent = {
            "recipient": view["key"],
            "lines": [line.strip() for line in form["lines"].splitlines() if line.strip()],
            "source": form["source"],
        }

        def work() -> None:
            with self._frame.db.write() as session:
                new_address(session, ask.caller, self._recipient(session, view["key"]), sent)

        try:
            await asyncio.to_thread(work)
        except ValidationError:
            return await self._page(ask, form, {"lines": ask.words.name("invalid", "other")}, status=400)
        return RedirectResponse(f"/druck/{view['id']}", 303)

    def _recipient(self, session: Session, key: str) -> Recipient:
        return recipient_of(session, self._directory, key)

    async def _view(self, ask: Ask) -> Facts:
        wanted = ask.part("id")

        def read(session: Session) -> Facts:
            found = letter_view(session, self._directory, document_of(session, wanted))
            if found is None:
                raise NotFoundError(wanted)
            return {**found, "text": without_token(found["text"])}

        return await self._frame.read(read)

    async def _page(
        self, ask: Ask, typed: Mapping[str, str], errors: Mapping[str, str] | None = None, *, status: int = 200
    ) -> Response:
        view = await self._view(ask)
        if view["case"]:
            await self._frame.opened(ask, view["case"], Opened.CASE)
        wrong = dict.fromkeys(NOTHING, "") | dict(errors or {})
        listed = [(f"a-{name}", f"{ask.words.t(f'print.{name}')}: {text}") for name, text in wrong.items() if text]
        return self._frame.page(
            ask, "casework/print.html", status=status, view=view, typed=typed, wrong=wrong, errors=listed
        )

    # once more --------------------------------------------------------------------------------

    async def again(self, ask: Ask) -> Response:
        """What sending a mail once more does."""
        return await self._again(ask)

    async def sent_again(self, ask: Ask) -> Response:
        """Sends it."""
        sent = Start(
            case=ask.part("id"), kind="resend", content={"mail": ask.part("mail")}, command_id=typed_id(ask.form)
        )
        try:
            result = await self._officers.act(sent, ask.caller)
        except RefusedError as refusal:
            return await self._again(ask, ask.words.refusal(refusal.code, refusal.details), status_of(refusal.code))
        if result.refused:
            return await self._again(ask, ask.words.refusal(result.refused, result.details), status_of(result.refused))
        return RedirectResponse(f"/quittung/{result.told['receipt']['command_id']}", 303)

    async def _again(self, ask: Ask, problem: tuple[str, str] = ("", ""), status: int = 200) -> Response:
        case, mail = ask.part("id"), ask.part("mail")
        view = await self._frame.read(lambda session: self._officers.case(session, ask.caller, case))
        await self._frame.opened(ask, view["case"], Opened.CASE)
        found = next((one for one in view["mails"] if one["id"] == mail), None)
        if found is None:
            raise NotFoundError(mail)
        return self._frame.page(
            ask,
            "casework/again.html",
            status=status,
            view=view,
            mail=found,
            problem=" ".join(filter(None, problem)),
            command_id=typed_id(ask.form),
        )
