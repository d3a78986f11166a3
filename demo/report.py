"""The report at the end: a table of all cases, sums, checks, and where to look. True only if everything agrees."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from assembly.parts import WORKFLOWS
from demo import check
from demo.cast import Cast
from demo.check import Sums
from demo.narration import Narrator
from embedded import Stack
from gateway.doctor import examine
from models.stages import ENDED
from templates.rounds import bound

View = dict[str, Any]
Ask = Callable[[str, str], Awaitable[View]]
ROW = "{0:<8} {1:<22.22} {2:<12.12} {3:>12} {4:>12} {5:>9}"


class Report:
    """Says how the year went. ``failed``: what did not agree, as sentences."""

    def __init__(self, stack: Stack, cast: Cast, narrator: Narrator, view: View, ask: Ask) -> None:
        self._stack, self._cast, self._narrator, self._view, self._ask = stack, cast, narrator, view, ask
        self._rows: list[View] = view["cases"]
        self.failed: list[str] = []

    async def give(self) -> bool:
        """Prints everything; True when everything agrees."""
        self._narrator.head(self._text("title"))
        self._table()
        if why := bound(self._narrator.words, self._view):
            self._narrator.paragraph(why)
        self._narrator.line()
        await self._sums()
        self._ends()
        await self._mails()
        await self._promises()
        await self._ways()
        return not self.failed

    def _text(self, key: str, **values: Any) -> str:
        return self._narrator.text(f"report.{key}", **values)

    def _table(self) -> None:
        line, heads = self._narrator.line, self._narrator.table("report")["head"]
        line(ROW.format(*heads), "bold")
        for row in sorted(self._rows, key=lambda row: str(row["key"])):
            line(
                ROW.format(row["key"], self._name(row), self._stage(row), *self._amounts(row)),
                "" if row["stage"] in ENDED else "yellow",
            )
        line(ROW.format(self._text("sum"), "", str(len(self._rows)), *self._amounts(self._view["sums"])), "bold")

    def _name(self, row: View) -> str:
        """Short enough for its column: without what follows a comma."""
        name = str(row["recipient"]).partition(",")[0]
        for long, short in self._narrator.table("short_name").items():
            name = name.replace(long, short)
        return name

    def _stage(self, row: View) -> str:
        stages = self._narrator.table("short_stage")
        return str(stages.get(row["stage"], stages["open"]))

    def _amounts(self, row: Mapping[str, Any]) -> list[str]:
        cents = (row["awarded_cents"], row["booked_cents"], row["repaid_cents"])
        return [self._narrator.words.amount(found).replace("€", "").strip() for found in cents]

    # checks -----------------------------------------------------------------------------------

    def _say(self, held: bool, good: str, bad: str) -> None:
        """A check's result; what does not hold is remembered."""
        self._narrator.paragraph(good if held else bad, "green" if held else "bold red")
        if not held:
            self.failed.append(bad)

    async def _sums(self) -> None:
        seen = check.in_view(self._view)
        stored, ledger = await asyncio.to_thread(self._stored)
        told = await check.in_histories(self._stack.engine.client, sorted(seen))
        wrong = [case for case in seen if not seen[case] == stored.get(case) == told.sums[case]]
        total, shown = sum(seen.values(), Sums()), self._view["sums"]
        if total != Sums(shown["awarded_cents"], shown["booked_cents"], shown["repaid_cents"]) or total.paid != ledger:
            wrong.append(self._text("sum"))
        cases = len(seen)
        self._say(not wrong, self._text("agree", cases=cases), self._text("differ", what=", ".join(wrong)))
        self._narrator.line(self._text("events", events=told.events, cases=cases, steps=told.steps))

    def _stored(self) -> tuple[dict[str, Sums], int]:
        with self._stack.engine.db.read() as session:
            return check.in_database(session), check.in_ledger(session)

    def _ends(self) -> None:
        """Each case is where the cast meant it to be."""
        stages = {row["key"]: row["stage"] for row in self._rows}
        wrong = [
            f"{one.key} {stages.get(one.key, '–')}"
            for one in self._cast.members
            if (stages.get(one.key) != one.ends if one.ends else stages.get(one.key, "closed") in ENDED)
        ]
        ended = sum(stage in ENDED for stage in stages.values())
        self._say(
            not wrong,
            self._text("ends", ended=ended, open=len(stages) - ended),
            self._text("ends_differ", what=", ".join(wrong)),
        )

    async def _mails(self) -> None:
        found = await asyncio.to_thread(self._counted)
        states: Counter[str] = Counter()
        templates: Counter[str] = Counter()
        for (template, state), count in found.items():
            states[state] += count
            templates[template] += count if state == "accepted" else 0
        failed, dropped = states["failed"] or "", states["dropped"] or ""
        self._narrator.line(self._text("mails", count=states["accepted"], failed=failed, dropped=dropped))
        names = self._narrator.table("mail")
        cells = [f"{count:>5} {names.get(template, template)}" for template, count in templates.most_common() if count]
        for left, right in zip(cells[::2], [*cells[1::2], ""], strict=False):
            self._narrator.line(f"{left:<40}{right}".rstrip())

    def _counted(self) -> Counter[tuple[str, str]]:
        with self._stack.engine.db.read() as session:
            return check.mails(session)

    async def _promises(self) -> None:
        """Every promise of the design, as ``doctor`` checks it; histories are replayed."""
        engine = self._stack.engine
        found = await examine(engine.db, engine.client, WORKFLOWS)
        wrong = [f"{one.number} {v.code} {v.case_id}".strip() for one in found.promises for v in one.findings]
        wrong += [f"{alarm.kind} {alarm.case_id}".strip() for alarm in found.alarms]
        self._say(
            found.held and not wrong,
            self._text("promises", count=len(found.promises)),
            self._text("promises_broken", what=", ".join(wrong)),
        )

    async def _ways(self) -> None:
        """How to go on, to be copied; and what is still open, with what it waits for."""
        narrator = self._narrator
        narrator.head(self._text("look"))
        for line in self._text(
            "ways",
            up=narrator.command("up", self._stack.data),
            today=narrator.command("today", self._stack.data, "--as", "sim-berg"),
            doctor=narrator.command("doctor", self._stack.data),
        ).splitlines():
            narrator.line(line, "" if line.startswith(" ") else "cyan")
        still = [row for row in self._rows if row["stage"] not in ENDED]
        if still:
            narrator.line(self._text("open_cases"))
        for row in still:
            narrator.line(self._text("open_case", case=row["case"], name=row["recipient"]))
            view = await self._ask("", f"/case/{row['case']}")
            for task in (task for task in view["tasks"] if task["state"] == "open"):
                narrator.line(self._text("open_task", task=self._task(task), role=self._role(task)))

    def _task(self, task: View) -> str:
        return self._narrator.words.name("task", f"{task['kind']}.title")

    def _role(self, task: View) -> str:
        return self._narrator.words.name("role", task["owner"])
