"""``starter.py demo``: plays the programme year 2018 on a fresh installation and reports."""

import asyncio
import gc
import logging
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final

import uvloop

from assembly.local import not_started
from cli.answers import DeskError, UnreachableError
from demo.cast import Cast, load
from demo.folder import FolderError, note_end, prepared
from demo.narration import Narrator
from demo.pages import StumbleError
from demo.report import Report
from demo.story import Story
from embedded import Stack, running
from gateway.start.data_folder import FolderLock
from gateway.start.errors import START_ERRORS
from models.deadlines import BERLIN
from models.rounds import round_id
from programmes.directory import Directory
from timelapse import NotQuietError

LINE: Final = ("fm", 2018)
START: Final = datetime(2017, 11, 6, 8, tzinfo=BERLIN)
RARELY: Final = (50_000, 50, 100)
DONE, FAILED, USAGE = 0, 1, 2


@dataclass
class Played:
    """How a demo went. ``view``: the round as officers see it; ``spent``: seconds by what was done."""

    agreed: bool
    view: dict[str, Any]
    failed: list[str]
    spent: dict[str, float] = field(default_factory=dict)


def run(data: Path, only: frozenset[str] = frozenset()) -> int:
    """Plays into ``data`` and prints; ``only`` some recipients for a shorter play.

    Exit code 0 only if everything agrees, 2 for a folder that is not ours, 5 where it cannot start.
    """
    logging.basicConfig(level="ERROR", format="%(levelname)s %(name)s: %(message)s")
    narrator = Narrator()
    try:
        with prepared(data) as folder:
            if folder.again:
                narrator.line(narrator.text("folder.again", data=data))
            if folder.aside:
                narrator.line(narrator.text("folder.aside", data=data, up=narrator.command("up", folder.aside)))
            return _played(data, narrator, folder.lock, only)
    except FolderError as error:
        elsewhere = f"{narrator.words.command('demo')} --data"
        print(narrator.text(f"folder.{error}", data=data, elsewhere=elsewhere), file=sys.stderr)
        return USAGE
    except START_ERRORS as error:
        return not_started(narrator.words, "demo", data, error)
    except (StumbleError, NotQuietError, DeskError, UnreachableError) as error:
        print(narrator.text("story.stumble", what=error), file=sys.stderr)
        return FAILED


def _played(data: Path, narrator: Narrator, lock: FolderLock, only: frozenset[str]) -> int:
    # Thousands of short calls: uvicorn's own loop, and a collector that looks less often, save a tenth of the time.
    gc.freeze()
    gc.set_threshold(*RARELY)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        played = runner.run(play(data, narrator, only, lock))
    return DONE if played.agreed else FAILED


async def play(
    data: Path, narrator: Narrator, only: frozenset[str] = frozenset(), lock: FolderLock | None = None
) -> Played:
    """The whole year; ``only`` some recipients for a shorter play; ``lock``: the folder is locked already."""
    began = monotonic()
    narrator.head(narrator.text("story.title"))
    narrator.paragraph(narrator.text("story.intro"))
    narrator.line(narrator.text("story.starting"), "dim")
    cast = the_cast(only)
    async with running(data, start=START, to_be_opened=True, lock=lock) as stack:
        seconds = round(monotonic() - began, 1)
        narrator.line(narrator.text("story.desk", desk=stack.desk_url))
        narrator.line(narrator.text("story.started", seconds=narrator.seconds(seconds), cases=len(cast.members)))
        narrator.line()
        played = await stack.jobs.beside(_told(stack, cast, narrator))
        day = narrator.words.day(cast.stops[-1].day)
        narrator.line()
        narrator.line(narrator.text("story.ended", seconds=narrator.seconds(monotonic() - began), day=day), "bold")
    return played


async def _told(stack: Stack, cast: Cast, narrator: Narrator) -> Played:
    """The story and its report, while the installation runs."""
    story = Story(stack, cast, narrator, round_id(*LINE))
    try:
        await story.play()
        view = await story.round()
        report = Report(stack, cast, narrator, view, story.officers.ask)
        agreed = await report.give()
        await asyncio.to_thread(note_end, stack.data, stack.engine.db)
    finally:
        await story.close()
    return Played(agreed, view, report.failed, story.spent)


def the_cast(only: frozenset[str] = frozenset()) -> Cast:
    """The cast for those who may apply on the first day."""
    directory = Directory()
    return load(list(directory.eligible(directory.line(*LINE), START.date())), only)
