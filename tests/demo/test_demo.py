"""A short demo with six recipients on the real server; afterwards its folder is opened again."""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.client import DeskClient
from demo.folder import prepared
from demo.narration import Narrator
from demo.pages import read_page
from demo.play import Played, play, the_cast
from demo.report import Report
from embedded import Stack, running
from gateway.start.settings import Settings

pytestmark = [pytest.mark.server, pytest.mark.slow]

SIX = frozenset({"06412000", "06434", "06635", "06631009", "06414000", "06439"})
"""Frankfurt (repays), straight, a mail that bounces, a double click, four eyes, an extension that stays open."""


Json = dict[str, Any]


async def _open_again(data: Path, view: Json) -> tuple[list[Json], list[bool]]:
    """What ``up`` finds: the open case, the day's list and the doctor's word; reports on the sums and on wrong ones."""
    async with running(data) as stack:
        assert await _titles(stack, "fachstelle@r06439.example") >= {"Ihr Verfahren", "Verwendungsnachweis einreichen"}
        desk = DeskClient(stack.engine.settings.socket)
        case = await asyncio.to_thread(desk.get, "/case/wir-fm-2018-06439")
        found = [case, await asyncio.to_thread(desk.get, "/today"), await asyncio.to_thread(desk.get, "/doctor")]

        async def ask(who: str, path: str) -> Json:
            return case

        right = Report(stack, the_cast(SIX), Narrator(), view, ask)
        rows = [row | {"booked_cents": row["booked_cents"] + (row["key"] == "06434")} for row in view["cases"]]
        wrong = Report(stack, the_cast(SIX), Narrator(), view | {"cases": rows}, ask)
        return found, [await right.give(), await wrong.give()]


async def _play_on(data: Path) -> None:
    """What an officer does by hand."""
    async with running(data) as stack:
        desk = DeskClient(stack.engine.settings.socket, as_name="sim-berg")
        body = {"case": "wir-fm-2018-06439", "kind": "block", "content": {"reason": "Simulierter Grund"}}
        done = await asyncio.to_thread(desk.post, "/act", body)
        assert done["outcome"]["applied"], done


async def _titles(stack: Stack, address: str) -> set[str]:
    """Headings of the pages behind the links of a clerk's mails, which lead to the usual port, where ``up`` serves."""
    mails = stack.sink.mails(address)
    links = [link for mail in mails for link in (*mail.task_links, *mail.case_links)]
    usual = f"http://127.0.0.1:{Settings.model_fields['portal_port'].default}/"
    assert links
    assert all(link.startswith(usual) for link in links), links[0]
    async with httpx.AsyncClient(base_url=stack.portal_url) as http:
        pages = [await http.get(link.removeprefix(usual)) for link in links]
    return {read_page(page.text).heading for page in pages}


def _line(out: str, words: str) -> str:
    found = [line for line in re.sub(r"\n {15}", " ", out).splitlines() if words in line]
    assert found, f"nothing was said of {words!r}"
    return found[0]


def test_a_short_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "with space"
    with prepared(data) as folder:
        played: Played = asyncio.run(play(data, Narrator(), SIX, folder.lock))
    out = capsys.readouterr().out
    assert played.agreed, played.failed
    stages = {row["key"]: row["stage"] for row in played.view["cases"]}
    assert stages == dict.fromkeys(SIX, "closed") | {"06439": "proof_due"}
    sums = played.view["sums"]
    assert (sums["awarded_cents"], sums["booked_cents"], sums["repaid_cents"]) == (27_500_000, 27_500_000, 2_500_000)

    # What the cast is there to show, as it was told.
    assert "(1 Quittung)" in _line(out, "doppelt")
    assert "Waldeck-Frankenberg" in _line(out, "kommt zurück")
    assert "Abgewiesen: " in _line(out, "selbst zeichnen")
    assert "Rheingau-Taunus-Kreis" in _line(out, "neue Frist")
    assert "wir-fm-2018-06439" in out
    assert "\x1b" not in out

    # The folder lives on, and a sum that is one cent off does not pass.
    (case, today, doctor), reports = asyncio.run(_open_again(data, played.view))
    assert [task["kind"] for task in case["tasks"] if task["state"] == "open"] == ["prove_use"]
    assert today["triage"] == []  # the mail that bounced was sent again, and its case is closed
    assert doctor["held"], doctor
    assert reports == [True, False]

    # To have looked at it is not to have played on; one step is.
    shutil.copytree(data, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock"))
    with prepared(tmp_path / "copy") as again:
        assert (again.again, again.aside) == (True, None)
    asyncio.run(_play_on(data))
    with prepared(data) as again:
        assert again.aside == tmp_path / "with space-1"
    assert (tmp_path / "with space-1" / "wir.sqlite3").is_file()
