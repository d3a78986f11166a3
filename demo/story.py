"""The year as it is played: stop after stop, work after work, and what is said about it."""

from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any

from demo.cast import Cast, Stop, Work
from demo.clerks import Clerks
from demo.narration import Narrator
from demo.officers import CashOffice, Officers
from embedded import Stack
from models.stages import ENDED

View = dict[str, Any]
Told = dict[str, Any]


class Story:
    """Plays the stops of a cast on a running installation. ``spent``: seconds by what was done."""

    def __init__(self, stack: Stack, cast: Cast, narrator: Narrator, round_id: str) -> None:
        self._stack, self._cast, self._narrator, self._round = stack, cast, narrator, round_id
        self._members = {member.key: member for member in cast.members}
        self.officers = Officers(cast, stack.engine.settings.socket)
        self._clerks = Clerks(cast, stack.sink.mailbox, stack.portal_url)
        self._bank = CashOffice(self.officers, stack.data)
        self.spent: dict[str, float] = {}
        self._ways: dict[str, Callable[[Work], Awaitable[Told]]] = {
            "open": self._open,
            "clerks": self._answer,
            "start": self._start,
            "officers": self._work,
            "bank": self._report,
            "repay": self._repay,
            "refuse_mail": self._refuse_mail,
            "appoint": self._appoint,
            "four_eyes": self._try_own,
            "look": self._look,
        }

    async def play(self) -> None:
        """The whole year. Raises ``StumbleError``, ``NotQuietError``, ``DeskError``."""
        for stop in self._cast.stops:
            await self._play(stop)

    async def close(self) -> None:
        """Everybody goes home."""
        await self._clerks.close()
        self.officers.close()

    async def round(self) -> View:
        """The round as officers see it."""
        return await self.officers.ask("", f"/round/{self._round}")

    async def _play(self, stop: Stop) -> None:
        self._narrator.on(stop.day)
        await self._timed("time", stop, lambda: self._stack.lapse.to(stop.at))
        for work in stop.work:
            told = await self._timed(work.do, stop, partial(self._ways[work.do], work))
            said = work.said(self._narrator.words.lang)
            if said and told.get("count", 1):
                self._narrator.say(said.format(**told))
        await self._status()

    async def _timed(self, what: str, stop: Stop, act: Callable[[], Awaitable[Any]]) -> Any:
        """Does something, waits until all of it has arrived, and notes how long that took."""
        said = self._narrator.text("story.working", day=self._narrator.words.day(stop.day), what=self._what(what))
        began = monotonic()
        with self._narrator.working(said):
            found = await act()
            acted = monotonic()
            await self._stack.lapse.quiet()
        self.spent[what] = self.spent.get(what, 0.0) + acted - began
        self.spent["quiet"] = self.spent.get("quiet", 0.0) + monotonic() - acted
        return found

    def _what(self, what: str) -> str:
        return self._narrator.text(f"working.{what}")

    async def _status(self) -> None:
        view = await self.round()
        amount, sums = self._narrator.words.amount, view["sums"]
        paid = sums["booked_cents"]
        self._narrator.say(
            self._narrator.text(
                "story.status",
                mails=len(self._stack.sink.mails()),
                awarded="" if paid else amount(sums["awarded_cents"]),
                booked=amount(paid) if paid else "",
                ended=sum(row["stage"] in ENDED for row in view["cases"]),
                cases=len(self._cast.members),
            ),
            "dim",
        )

    # what happens -----------------------------------------------------------------------------

    async def _open(self, work: Work) -> Told:
        await self.officers.send(work.who[0], "/act", {"case": self._round, "kind": "open_round"})
        await self._stack.lapse.quiet()
        return {"count": len(self._stack.sink.mails())}

    async def _answer(self, work: Work) -> Told:
        found = await self._clerks.answer(work)
        twice = [receipts for key, receipts in found.items() if self._members[key].role in work.twice]
        return self._named(list(found)) | {"receipts": sum(len(receipts) for receipts in twice)}

    async def _start(self, work: Work) -> Told:
        """The page of the case, the mail it sends, the form behind that mail's link."""
        await self._clerks.start(work)
        await self._stack.lapse.quiet()
        return self._named(list(await self._clerks.answer(work)))

    async def _work(self, work: Work) -> Told:
        """Tasks that come of tasks of the same work are done too."""
        counts: dict[str, int] = {}
        keys: list[str] = []
        while done := (await self.officers.work(work)).keys:
            for kind, found in done.items():
                counts[f"done_{kind}"] = counts.get(f"done_{kind}", 0) + len(found)
                keys += found
            await self._stack.lapse.quiet()
        return self._named(keys) | {f"done_{kind}": 0 for kind in work.tasks} | counts

    async def _report(self, work: Work) -> Told:
        count, cents = await self._bank.report()
        return {"count": count, "money": self._narrator.words.amount(cents)}

    async def _repay(self, work: Work) -> Told:
        transfers = await self._clerks.repay(work)
        cents = self._bank.receive(transfers)
        return {"count": len(transfers), "money": self._narrator.words.amount(cents)}

    async def _refuse_mail(self, work: Work) -> Told:
        """From now on the first contact's mailbox takes no mail."""
        refused = [one.addresses[0] for one in self._cast.members if work.concerns(one.role, one.kind)]
        if refused:
            self._stack.sink.mailbox.refuse(*refused)
        return {"count": len(refused)}

    async def _appoint(self, work: Work) -> Told:
        await self.officers.appoint()
        return {"count": 1}

    async def _try_own(self, work: Work) -> Told:
        error = (await self.officers.try_own(work)).refused
        if error is None:
            return {"count": 0}
        return {"count": 1, "refusal": self._narrator.words.refusal(error.code, error.details)[0]}

    async def _look(self, work: Work) -> Told:
        """What the round says of the cases concerned that wait for their municipality or their repayment."""
        rows = [row for row in (await self.round())["cases"] if self._concerned(work, row["key"])]
        waiting = [row["key"] for row in rows if row["stage"] not in ENDED]
        owed = sum(row["claimed_cents"] - row["repaid_cents"] for row in rows)
        return self._named(waiting) | {"money": self._narrator.words.amount(owed)}

    def _concerned(self, work: Work, key: str) -> bool:
        return key in self._members and work.concerns(self._members[key].role, self._members[key].kind)

    def _named(self, keys: list[str]) -> Told:
        names = [self._members[key].name for key in sorted(keys)]
        return {"count": len(names), "name": names[0] if names else "", "names": ", ".join(names)}
