"""``python -m benchmarks [cost|twin|mail|search|lists]``: what a straight case with two drawdowns costs, on a real
server in memory; how fast receipts are given and mails go out (``mail``, which writes ``docs/benchmarks.md``); how long
officers wait for a search, and for their lists, among 10,000 cases (``search``, ``lists``)."""

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, Worker

from benchmarks.lists import list_times
from benchmarks.report import PAGE, measure
from benchmarks.script import play_twin, script_of
from benchmarks.search import search_times
from benchmarks.twin import Twin, nothing
from gateway.temporal.connection import plugin
from tests.fixtures.temporal import TemporalServer, serving
from tests.workflows.cost import Cost, cost
from tests.workflows.paths import straight
from tests.workflows.player import Player
from tests.workflows.recorded import BASELINE
from workflows.grant import Grant

LIMITS = {"events": 400, "actions": 100, "bytes": 64 * 1024, "largest payload (bytes)": 8 * 1024}


@dataclass(frozen=True)
class Measured:
    """A history and how long it took to come about: seconds by the clock, and of this process's processor."""

    history: WorkflowHistory
    wall: float
    processor: float


async def timed(work: Callable[[], Awaitable[WorkflowHistory]]) -> Measured:
    """Runs and measures."""
    wall, processor = time.perf_counter(), time.process_time()
    history = await work()
    return Measured(history, time.perf_counter() - wall, time.process_time() - processor)


async def pair(server: TemporalServer, folder: Path, *, exact: bool = False) -> tuple[Measured, Measured]:
    """One case and its twin, one after the other on the same server; each has its worker ready before it starts."""
    player = Player(folder, await server.skipper())
    player.exact = exact

    async def case() -> WorkflowHistory:
        await straight(player)
        await player.end()
        return await player.history()

    async with player.working():
        measured = await timed(case)
    script = script_of(measured.history)
    async with Worker(player.client, task_queue="twin", workflows=[Twin], activities=[nothing]):
        twin = await timed(lambda: play_twin(player.skipper, "twin", script))
    player.db.close()
    return measured, twin


def rows(found: Cost) -> dict[str, int]:
    """What is bounded, by name."""
    return {
        "events": found.total,
        "workflow tasks": found.workflow_tasks,
        "actions": found.actions,
        "bytes": found.bytes,
        "largest payload (bytes)": found.largest_payload,
    }


async def show_cost(server: TemporalServer, folder: Path, out: Console) -> None:
    """Counts of one case beside the baseline, the limits and the twin's."""
    case, twin = await pair(server, folder / "cost", exact=True)
    found, baseline, least = (
        rows(each) for each in (cost(case.history), Cost.model_validate_json(BASELINE.read_text()), cost(twin.history))
    )
    table = Table("straight case, two drawdowns", "found", "baseline", "limit", "no-op twin", "found / twin")
    for name, number in found.items():
        ratio = "" if "byte" in name else f"{number / least[name]:.3f}"
        table.add_row(name, *map(str, (number, baseline[name], LIMITS.get(name, ""), least[name], ratio)))
    out.print(table)
    started = time.perf_counter()
    await Replayer(workflows=[Grant], plugins=[plugin()]).replay_workflow(case.history)
    each = (time.perf_counter() - started) * 1000 / found["events"]
    out.print(f"replay: {each:.2f} ms an event")


async def show_twin(server: TemporalServer, folder: Path, out: Console, runs: int) -> None:
    """Times of case and twin, interleaved; the first pair warms up and does not count."""
    pairs = [await pair(server, folder / f"run-{number}") for number in range(runs + 1)][1:]
    table = Table("median of " + str(runs), "case", "no-op twin", "case / twin")
    for name, of in (("wall clock (s)", "wall"), ("processor of worker and client (s)", "processor")):
        cases = [getattr(case, of) for case, _ in pairs]
        twins = [getattr(twin, of) for _, twin in pairs]
        ratio = statistics.median(a / b for a, b in zip(cases, twins, strict=True))
        table.add_row(name, f"{statistics.median(cases):.2f}", f"{statistics.median(twins):.2f}", f"{ratio:.2f}")
    out.print(table)


def main() -> None:
    """Measures what is asked for; all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["cost", "twin", "mail", "search", "lists", "all"], default="all")
    parser.add_argument("--runs", type=int, default=5, help="pairs of case and twin that count")
    given = parser.parse_args()
    out = Console()
    out.print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    if given.what in {"search", "all"}:
        out.print(search_times(given.runs))
    if given.what in {"lists", "all"}:
        out.print(list_times(given.runs))
    if given.what in {"search", "lists"}:
        return
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as server:
        if given.what in {"cost", "all"}:
            asyncio.run(show_cost(server, Path(name), out))
        if given.what in {"twin", "all"}:
            asyncio.run(show_twin(server, Path(name), out, given.runs))
        if given.what in {"mail", "all"}:
            text = asyncio.run(measure(server, Path(name)))
            PAGE.write_text(text, encoding="utf-8")
            out.print(text)


if __name__ == "__main__":
    main()
