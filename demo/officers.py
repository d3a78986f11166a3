"""Simulated officers and the simulated cash office: they use the officers' interface and nothing else."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from cli.answers import DeskError
from cli.client import DeskClient
from demo.cast import Cast, Member, OfficeScript, Work
from demo.clerks import Transfer
from demo.pages import StumbleError
from demo.together import together
from models.money import Cents, format_plain, parse_german

AT_ONCE: Final = 8
CASHIER: Final = "sim-kasse"
HEADER: Final = "reference;status;amount;value_date;detail"
View = dict[str, Any]


@dataclass
class Done:
    """What officers got done: recipient keys by kind of task; ``refused``: code and details of the last no."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    refused: DeskError | None = None

    @property
    def all_keys(self) -> list[str]:
        """Keys of all tasks that were done."""
        return [key for keys in self.keys.values() for key in keys]

    @property
    def counts(self) -> Counter[str]:
        """How many tasks of each kind."""
        return Counter({kind: len(keys) for kind, keys in self.keys.items()})


class Officers:
    """Answers the tasks that ``today`` shows an officer, each by its script."""

    def __init__(self, cast: Cast, socket: Path) -> None:
        self._cast, self._socket = cast, socket
        self._members = {member.key: member for member in cast.members}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._used: set[tuple[str, str]] = set()
        # Threads of their own: the service they wait for runs in this process and needs the usual ones.
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="officer")

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown()

    async def work(self, work: Work) -> Done:
        """The officers of this work answer their open tasks of its kinds. Raises ``StumbleError`` when refused."""
        done = Done()
        await together(self._answer(who, task, done) for who, task in await self._shared(work))
        return done

    async def try_own(self, work: Work) -> Done:
        """Somebody tries what a second person has to do; the refusal is what this is about."""
        done = Done()
        for task in await self._open(work.who[0]):
            if task["kind"] in work.tasks and self._concerned(work, task):
                try:
                    await self._answer(work.who[0], task, done)
                except StumbleError as stumble:
                    done.refused = stumble.__cause__ if isinstance(stumble.__cause__, DeskError) else None
        return done

    async def appoint(self) -> None:
        """A deputy is entered by an officer who may, until a day."""
        deputy = self._cast.words["deputy"]
        for change in ({"add": deputy["add"]}, {"end": deputy["ends"].isoformat()}):
            await self.send(deputy["appointed_by"], "/officers", {"id": deputy["id"], **change})

    async def ask(self, who: str, path: str, **query: str) -> View:
        """Reads as an officer."""
        return await self._apart(partial(DeskClient(self._socket, as_name=who).get, path, **query))

    async def send(self, who: str, path: str, body: View) -> View:
        """Changes as an officer. Raises ``DeskError``."""
        return await self._apart(partial(DeskClient(self._socket, as_name=who).post, path, body))

    async def _apart(self, call: Callable[[], View]) -> View:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    # ------------------------------------------------------------------------------------------

    async def _open(self, who: str) -> list[View]:
        """All pages of an officer's list."""
        view = await self.ask(who, "/today")
        rest = [await self.ask(who, "/today", page=str(number)) for number in range(2, view["pages"] + 1)]
        return [task for page in (view, *rest) for task in _tasks(page)]

    async def _shared(self, work: Work) -> list[tuple[str, View]]:
        """Each task to one of the officers who may answer it, by the recipient's key."""
        lists = await asyncio.gather(*(self._open(who) for who in work.who))
        tasks: dict[str, View] = {}
        able: dict[str, list[str]] = {}
        for who, found in zip(work.who, lists, strict=True):
            for task in found:
                if task["kind"] in work.tasks and task["mine"] and self._concerned(work, task):
                    tasks[task["id"]] = task
                    able.setdefault(task["id"], []).append(who)
        return [(able[i][int(task["recipient"]["key"]) % len(able[i])], task) for i, task in tasks.items()]

    def _concerned(self, work: Work, task: View) -> bool:
        member = self._members.get(task["recipient"]["key"])
        return member is not None and work.concerns(member.role, member.kind)

    async def _answer(self, who: str, task: View, done: Done) -> None:
        key, kind = task["recipient"]["key"], task["kind"]
        script = self._script(self._members[key], kind)
        facts = _facts(self._members[key], task)
        content = {name: _filled(value, facts) for name, value in script.content.items()}
        async with self._turns:
            try:
                shown = await self._read(who, task, script.choice)
                wish = {"task": task["id"], "choice": script.choice, "content": content, "shown": shown}
                await self.send(who, "/do", wish)
            except DeskError as error:
                raise StumbleError(f"{who} cannot answer {task['id']} ({kind}): {error.code}") from error
        done.keys.setdefault(kind, []).append(key)

    async def _read(self, who: str, task: View, choice: str) -> str:
        """What signs, pays or ends a case is read first: the hash of what was shown, or nothing."""
        if not any(one["choice"] == choice and one["read_first"] for one in task["choices"]):
            return ""
        view = await self.ask(who, f"/doc/{task['id']}")
        return next((one["shown"] for one in view["effects"] if one["choice"] == choice), "")

    def _script(self, member: Member, kind: str) -> OfficeScript:
        """The role's own way the first time, the usual one afterwards."""
        if kind in member.office and (member.key, kind) not in self._used:
            self._used.add((member.key, kind))
            return member.office[kind]
        return self._cast.office[kind]


def _tasks(view: View) -> list[View]:
    """The tasks of a list, each with the legal time at which it was read."""
    return [{**task, "now": view["legal_now"]} for task in view["tasks"]]


def _facts(member: Member, task: View) -> View:
    """What a script may say: what the task tells, and what the municipality itself says on the telephone."""
    numbers = (task.get("account") or {}).get("phones") or [{"written": ""}]
    heard = {"iban_end": member.values["iban"][-4:], "name": member.name}
    return {**task["brief"], **heard, "phone": numbers[0]["written"], "now": task["now"]}


def _filled(value: Any, facts: View) -> Any:
    return value.format(**facts) if isinstance(value, str) else value


class CashOffice:
    """Reads the order files that left the house and reports what the bank booked, and what came back."""

    def __init__(self, officers: Officers, data: Path) -> None:
        self._officers, self._folder = officers, data / "payments"
        self._reported: set[str] = set()
        self._received: list[Transfer] = []

    def receive(self, transfers: Iterable[Transfer]) -> int:
        """Recipients have sent money back; gives the sum in cents."""
        new = list(transfers)
        self._received += new
        return sum(_cents(one) for one in new)

    async def report(self) -> tuple[int, int]:
        """One file of evidence for everything new: (number of lines, cents). Raises ``StumbleError``."""
        today = (await self._officers.ask(CASHIER, "/today"))["legal_today"]
        orders = await asyncio.to_thread(self._orders)
        entries = [(order["end_to_end_id"], int(order["amount_cents"])) for order in orders]
        entries += [(one.reference, _cents(one)) for one in self._received]
        self._received = []
        if not entries:
            return 0, 0
        lines = [f"{reference};booked;{format_plain(Cents(cents))};{today};" for reference, cents in entries]
        receipt = await self._officers.send(CASHIER, "/bank", {"text": "\n".join([HEADER, *lines, ""])})
        if receipt["refused"] or receipt["unmatched"]:
            raise StumbleError(f"evidence not taken: {receipt}")
        self._reported |= {order["end_to_end_id"] for order in orders}
        return len(entries), sum(cents for _, cents in entries)

    def _orders(self) -> list[View]:
        files = sorted(self._folder.glob("*.json")) if self._folder.exists() else []
        return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.stem not in self._reported]


def _cents(transfer: Transfer) -> int:
    return int(parse_german(transfer.amount))
