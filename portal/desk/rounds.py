"""Rounds: which there are, and the table of one, sorted by any column through plain links."""

from collections.abc import Callable, Collection, Mapping
from operator import itemgetter
from typing import Any, Final

from sqlmodel import Session, col, select
from starlette.responses import RedirectResponse, Response

from models.tables import Round
from models.tasks import Role, TaskState
from portal.desk.frame import Ask, Facts, Frame
from portal.interface.service import Officers

Row = Mapping[str, Any]
MONEY: Final = ("requested", "awarded", "ordered", "booked", "to_call", "expected")
SORTED: Final[Mapping[str, Callable[[Row], Any]]] = {
    "recipient": lambda row: str(row["recipient"]).casefold(),
    "stage": lambda row: str(row["stage"]),
    "due": lambda row: str(row["due"] or "9999"),
    **{name: itemgetter(f"{name}_cents") for name in MONEY},
}
"""Columns by which the table is sorted; a minus before the name turns the order round."""
FIRST_DOWN: Final = frozenset(MONEY)
"""Columns of which the largest is wanted first."""


class RoundPages:
    """The pages of rounds."""

    def __init__(self, frame: Frame, officers: Officers) -> None:
        self._frame, self._officers = frame, officers

    async def rounds(self, ask: Ask) -> Response:
        """All rounds there are."""

        def read(session: Session) -> Facts:
            rows = session.exec(select(Round).order_by(col(Round.year).desc(), col(Round.line)))
            return {
                "rounds": [{"id": row.id, "line": row.line, "year": row.year, "ended": row.ended_at} for row in rows]
            }

        found = await self._frame.read(read)
        if len(found["rounds"]) == 1:
            return RedirectResponse(f"/runde/{found['rounds'][0]['id']}", 303)
        return self._frame.page(ask, "rounds.html", here="rounds", **found)

    async def round(self, ask: Ask) -> Response:
        """The table of a round, and what became of its invitations."""
        wanted = ask.part("id")
        view = await self._frame.read(lambda session: self._officers.round(session, wanted))
        order = ask.query.get("order", "")
        column, down = order.removeprefix("-"), order.startswith("-")
        if column not in SORTED:
            column, down = "recipient", False
        rows = sorted(sorted(view["cases"], key=SORTED["recipient"]), key=SORTED[column], reverse=down)
        return self._frame.page(
            ask,
            "round.html",
            here="rounds",
            view=view,
            rows=rows,
            columns=[_heading(name, column, down=down) for name in SORTED],
            money=MONEY,
            answers=answers(view),
            on_paper=_on_paper(view, ask.caller.roles),
        )


def _heading(name: str, chosen: str, *, down: bool) -> Row:
    """A column's link: what is sorted by it already is turned round. ``sort``: for the reader of a table."""
    turned = not down if name == chosen else name in FIRST_DOWN
    order = ("-" if turned else "") + name
    sort = ("descending" if down else "ascending") if name == chosen else ""
    return {"name": name, "order": order, "sort": sort, "amount": name in FIRST_DOWN}


def _on_paper(view: Row, roles: Collection[Role]) -> list[Row]:
    """Invitations that an application on paper may still answer, for whoever records one."""
    if Role.CASE_WORKER not in roles:
        return []
    return [one for one in view["invitations"] if one["state"] == TaskState.OPEN]


def answers(view: Row) -> dict[str, list[str]]:
    """Who was invited and applied, who has not answered, whose mail came back, who gave up; by name."""
    invited, cases = view["invitations"], view["cases"]
    return {
        "applied": sorted(one["recipient"] for one in cases),
        "unanswered": [one["recipient"] for one in invited if one["state"] in {"open", "expired"}],
        "bounced": sorted(
            {one["recipient"] for one in invited if one["bounced"]}
            | {one["recipient"] for one in cases if one["undelivered"]}
        ),
        "gave_up": [one["recipient"] for one in cases if one["gave_up"]],
    }
