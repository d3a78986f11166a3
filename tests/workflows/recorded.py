"""Recorded histories, one file a run: ``python -m tests.workflows.recorded`` records them and the baseline anew.

Until the first tagged release they may be recorded again with a note in ``docs/decisions/``; from that tag on never:
what has once run must replay for as long as a case lives.
"""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from temporalio.client import WorkflowHistory

from tests.fixtures.temporal import TemporalServer, serving
from tests.workflows.cost import cost
from tests.workflows.paths import PATHS, refusal
from tests.workflows.player import Player

HERE = Path(__file__).parent
FOLDER = HERE / "histories"
BASELINE = HERE / "baseline_cost.json"


def recorded() -> list[Path]:
    """All recorded histories."""
    return sorted(FOLDER.glob("*.json"))


def read(path: Path) -> WorkflowHistory:
    """One of them. The workflow's id is the case's."""
    return WorkflowHistory.from_json("wir-fm-2018-06631", path.read_text())


def write(name: str, histories: Sequence[WorkflowHistory]) -> None:
    """One file a run, one line an event, so that a change can be read."""
    for number, history in enumerate(histories, 1):
        events = [json.dumps(event, separators=(",", ":")) for event in json.loads(history.to_json())["events"]]
        target = FOLDER / (f"{name}-{number}.json" if len(histories) > 1 else f"{name}.json")
        target.write_text('{"events":[\n' + ",\n".join(events) + "\n]}\n")


async def disturbed(player: Player) -> None:
    """A refusal that is moved to a new run and then rebuilt from the record."""

    async def disturb(act: str) -> None:
        if act == "examine":
            await player.move()
        if act == "until":
            await player.lose()

    player.before = disturb
    await refusal(player)


async def _record(server: TemporalServer, folder: Path) -> None:
    for name, path in {**{name: path for name, (path, _) in PATHS.items()}, "disturbed": disturbed}.items():
        player = Player(folder / name, await server.skipper())
        player.exact = True
        async with player.working():
            await path(player)
            await player.end()
        histories = await player.histories()
        write(name, histories)
        if name == "straight":
            BASELINE.write_text(cost(histories[0]).model_dump_json(indent=1) + "\n")
        player.db.close()


def main() -> None:
    """Records everything anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in recorded():
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        asyncio.run(_record(server, Path(folder)))


if __name__ == "__main__":
    main()
