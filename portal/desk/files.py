"""The pages that only show: a case in its parts, a round, a letter; and what is found by a word."""

from typing import Final

from sqlmodel import Session, col, select
from starlette.responses import RedirectResponse, Response

from models.content.texts import printable
from models.errors import RefusedError
from models.tables import Case
from portal.desk.frame import Ask, Facts, Form, Frame
from portal.interface.errors import NotFoundError
from portal.interface.people import contacts_view
from portal.interface.service import Officers
from record.opened import Opened
from record.views.finding import Directory, recipient_of

PARTS: Final = ("", "angaben", "schreiben", "geld", "dokumente", "personen", "vermerke", "verlauf")
"""The parts of a case, each with an address of its own; the first one is the overview."""
NOTHING: Final[Form] = {"text": "", "corrects": "", "command_id": ""}
"""What stands in the form of a note before anything is typed."""
NUMBERS: Final = frozenset({"case", "task", "order", "claim", "receipt", "file_number", "key"})
"""What is found by a number that names one thing: it is opened, whatever else has the number in its words."""


class Files:
    """Pages over views of the record."""

    def __init__(self, frame: Frame, officers: Officers, directory: Directory) -> None:
        self._frame, self._officers, self._directory = frame, officers, directory

    async def case(self, ask: Ask) -> Response:
        """One part of a case."""
        part = str(ask.request.path_params.get("part", ""))
        if part not in PARTS:
            raise NotFoundError(part)
        return await self.part(ask, part)

    async def part(
        self, ask: Ask, part: str, *, status: int = 200, problem: str = "", typed: Form = NOTHING
    ) -> Response:
        """A part of a case; ``problem``: why what was ``typed`` there is not taken."""
        wanted = ask.part("id")

        def read(session: Session) -> Facts:
            view = self._officers.case(session, ask.caller, wanted)
            row = session.get_one(Case, view["case"])
            others = session.exec(
                select(Case).where(Case.recipient == row.recipient, Case.id != row.id).order_by(col(Case.year).desc())
            )
            people = contacts_view(session, recipient_of(session, self._directory, row.recipient_key), ask.caller.today)
            return {
                "view": view,
                "contacts": people["contacts"],
                "others": [{"case": one.id, "year": one.year, "stage": one.stage} for one in others],
            }

        found = await self._frame.read(read)
        await self._frame.opened(ask, found["view"]["case"], Opened.CASE)
        return self._frame.page(
            ask, "case.html", status=status, part=part, parts=PARTS, problem=problem, typed=typed, **found
        )

    async def letter(self, ask: Ask) -> Response:
        """A letter or a mail in its words."""
        wanted = ask.part("id")
        view = await self._frame.read(lambda session: self._officers.document(session, ask.caller, wanted))
        if view["kind"] == "task":
            return RedirectResponse(f"/aufgabe/{view['id']}", 303)
        return self._frame.page(ask, "letter.html", view=view)

    async def search(self, ask: Ask) -> Response:
        """What a word names: one case is opened at once, several things are listed."""
        typed = ask.query.get("q", "")
        if not typed.strip():
            return self._frame.page(ask, "search.html", wanted="", found=None, problem="")
        try:
            found = await self._frame.read(lambda session: self._officers.search(session, typed))
        except RefusedError as refusal:
            problem, _ = ask.words.refusal(refusal.code, refusal.details)
            shown = printable(typed)[:80]
            return self._frame.page(ask, "search.html", status=400, wanted=shown, found=None, problem=problem)
        hits = [hit for hit in found["hits"] if hit["what"] in NUMBERS] or found["hits"]
        cases = {hit["case"] for hit in hits}
        if len(cases) == 1 and not found["left_out"] and (case := cases.pop()):
            return RedirectResponse(f"/fall/{case}", 303)
        return self._frame.page(ask, "search.html", wanted=found["query"], found=found, problem="")
