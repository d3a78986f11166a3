"""*My day*: an officer's tasks in lists, filtered, sorted and in pages. A filter stays while its log-in lasts."""

from typing import Final

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from models.stages import ENDED, Stage
from portal.desk.frame import Ask, Facts, Frame
from portal.interface.service import Officers
from record.logins import running
from record.views.lists.filters import Filter, Order, Part

FEW: Final = 20
"""Tasks of each list on the page that shows all lists."""
STAGES: Final = tuple(stage for stage in Stage if stage not in ENDED)


class DayPages:
    """*My day* with all its lists, or one of them in pages."""

    def __init__(self, frame: Frame, officers: Officers) -> None:
        self._frame, self._officers = frame, officers

    async def my_day(self, ask: Ask) -> Response:
        """What is late, mine, free to take, with others, and what came in.

        An address without a question mark is asked for by the menu: there the filter of this log-in is put back.
        """
        kept = (await self._frame.read(lambda session: _kept(session, ask)))["query"]
        if kept and not ask.query:
            return RedirectResponse(f"/?{kept}", 303)
        chosen = Filter.of(ask.query)
        if chosen.kept.query() != kept:
            await self._frame.keep(ask, chosen.kept.query())

        def read(session: Session) -> Facts:
            return self._officers.day(session, ask.caller, chosen, FEW)

        view = await self._frame.read(read)
        tasks = {task["id"]: task for task in view["tasks"]}
        lists = {name: [tasks[task_id] for task_id in ids] for name, ids in view["lists"].items()}
        return self._frame.page(
            ask,
            "my_day.html",
            here="day",
            view=view,
            lists=lists,
            chosen=chosen,
            counts=view["counts"],
            few=FEW,
            parts=Part,
            orders=list(Order),
            stages=STAGES,
        )


def _kept(session: Session, ask: Ask) -> Facts:
    return {"query": running.kept_filter(session, ask.head.login.login_id)}
