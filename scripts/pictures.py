"""Takes the pictures of ``docs/``: the walk of the end-to-end tests, with a camera. ``make pictures``.

Terminals are real ones (a pty, 100 columns); their output is coloured by rich and photographed by Chromium, like the
clerk's pages, the mailbox and the Temporal UI. Everything is made anew; nothing is retouched.
"""

import io
import os
import pty
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fcntl import ioctl
from html import escape
from pathlib import Path
from termios import TIOCSWINSZ
from typing import Final

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

from cli.starting import address_lines
from cli.words import Words
from models.tasks import TaskKind
from scripts import desk_pictures, operator_pictures, page_pictures
from tests.e2e.clerk import CHROMIUM, FLAGS, Clerk, InBrowser
from tests.e2e.counts import Tally
from tests.e2e.installation import Installation, installed
from tests.e2e.shortcut import bring
from tests.e2e.terminal import ROOT, Terminal
from tests.e2e.walk import APPLICATION, CASE, CLERK, DRAWDOWN, Walk, accept, draw, prove_and_close

OUT: Final = ROOT / "docs" / "pictures"
COLUMNS: Final = 100
LATE: Final = ("06411000", "06531", "06611000", "06635")
"""Recipients whose drawdown waits too long, for the list of late cases."""
GERMAN: Final[dict[str, str | float | bool]] = {**os.environ, "LANGUAGE": "de_DE", "LC_ALL": "de_DE.UTF-8"}
PAGE: Final = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #fff }}
div {{ display: inline-block; margin: 12px; border: 1px solid #b8b8b8; border-radius: 8px; background: #fdfdfd }}
p {{ margin: 0; padding: 7px 14px; border-bottom: 1px solid #d5d5d5; font: 13px sans-serif; color: #555 }}
pre {{ margin: 12px 16px; font: 13px/1.35 "DejaVu Sans Mono", monospace; color: #1b1b1b; width: {columns}ch;
  white-space: pre-wrap; word-break: break-all }}
</style><div><p>{title}</p><pre>{code}</pre></div>"""


@dataclass
class Camera:
    """A browser that takes pictures into a folder."""

    browser: Browser
    folder: Path

    def terminal(self, name: str, text: str, title: str = "Terminal") -> None:
        """A terminal with this on it; escape sequences are colours."""
        console = Console(record=True, width=1000, file=io.StringIO())
        console.print(Text.from_ansi(text.rstrip()), soft_wrap=True)
        code = console.export_html(theme=DEFAULT_TERMINAL_THEME, inline_styles=True, code_format="{code}")
        tab = self.browser.new_page(viewport={"width": 1000, "height": 200})
        tab.set_content(PAGE.format(title=escape(title), code=code, columns=COLUMNS))
        tab.locator("div").screenshot(path=self._path(name))
        tab.close()

    def page(self, name: str, tab: Tab) -> None:
        """A whole page. Its window is as high as any: a picture must not move what is about to be clicked."""
        tab.locator("body").screenshot(path=self._path(name))

    def visit(self, name: str, url: str, ready: str, *, width: int = 900, height: int = 768) -> None:
        """The window of a page with script; ``ready`` is a text that stands there when it is done."""
        tab = self.browser.new_page(viewport={"width": width, "height": height})
        tab.goto(url)
        tab.get_by_text(ready).first.wait_for()
        tab.wait_for_timeout(2500)  # what moves has settled; the Temporal UI asks again and again and is never idle
        tab.screenshot(path=self._path(name))
        tab.close()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.png"


def typed(data: Path, line: str) -> str:
    """What a terminal shows when a line is typed: prompt, line and coloured output."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    env = {name: value for name, value in os.environ.items() if not name.startswith("WIR_") and name != "NO_COLOR"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env |= {"WIR_DATA": str(data), "WIR_LANG": "de", "PATH": path, "TERM": "xterm-256color"}
    process = subprocess.Popen(["sh", "-c", line], stdout=theirs, stderr=theirs, cwd=ROOT, env=env)
    os.close(theirs)
    shown = bytearray()
    while part := _read(ours):
        shown += part
    process.wait()
    os.close(ours)
    return f"\x1b[1m$ {line}\x1b[0m\n" + shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side has gone: so says Linux
        return b""


class Pictures:
    """The walk, with a picture at each of its places."""

    def __init__(self, here: Installation, camera: Camera, tab: Tab) -> None:
        self.here, self.camera, self.tab = here, camera, tab
        tally = Tally()
        self.data = here.stack.data
        self.walk = Walk(here, Terminal(self.data, tally), Clerk(InBrowser(tab), tally, self._page))
        self._wanted: dict[str, str] = {}

    def take(self) -> None:
        """All of them, in the order of the walk."""
        for part in (self._begin, self._apply, self._decide, self._pay, self._late, self._end):
            part()

    def _terminal(self, name: str, *lines: str) -> None:
        self.camera.terminal(name, "\n".join(typed(self.data, line) for line in lines))

    def _page(self, shown: str) -> None:
        if shown in self._wanted:
            self.camera.page(self._wanted[shown], self.tab)

    def _mail(self, name: str, subject: str) -> None:
        """The newest mail about something, in the mailbox's window."""
        self.here.quiet()
        mail = [mail for mail in self.here.stack.sink.mails(CLERK) if subject in mail.subject][-1]
        self.camera.visit(name, f"{self.here.stack.mailbox_url}/mail/{mail.number}", subject, height=900)

    def _begin(self) -> None:
        stack = self.here.stack
        at = {"desk": stack.desk_url, "portal": stack.portal_url, "mailbox": stack.mailbox_url, "ui": stack.ui_url}
        lines = address_lines(Words("de", "./starter.py"), Path("wir-data"), at)
        self.camera.terminal("up", "\n".join(["\x1b[1m$ ./starter.py up\x1b[0m", *lines]))
        self._terminal("open-round", "./starter.py today --as sim-berg")
        self.walk.office("sim-berg", "Außerdem möglich", "Förderrunde öffnen")
        self.walk.forward(14)

    def _apply(self) -> None:
        self._mail("mail", "Einladung")
        self._wanted = {"apply-3": "form", "apply-6": "check", "apply-7": "receipt"}
        self.walk.answer("apply", "Einladung", APPLICATION, "Antrag absenden")
        self._terminal("today", "./starter.py today --as sim-berg")

    def _decide(self) -> None:
        self.walk.office("sim-berg", "Vollständigkeit prüfen", "vollständig:")
        self._terminal("case", f"./starter.py case {CASE}")
        self.walk.by_case("Fachlich prüfen", "Bewilligung vorschlagen")
        self.walk.forward(49)
        self.walk.office("sim-berg", "Entscheidung entwerfen", "Bewilligung entwerfen")
        line = f"./starter.py do {CASE}.4 sign --as "
        self._terminal("four-eyes", f"{line}sim-berg", f"{line}sim-tal")
        self._mail("award", "Zuwendungsbescheid")

    def _pay(self) -> None:
        accept(self.walk)
        self._bring_others()
        self.walk.answer("request_drawdown_1", "Geld abrufen", DRAWDOWN, "Mittel abrufen")
        self._temporal_case()
        self.walk.office("sim-wald", "Mittelabruf feststellen", "sachlich und rechnerisch richtig")
        self.walk.office("sim-tal", "Auszahlung anordnen", "Auszahlung anordnen")
        self.here.quiet()
        self._terminal("bank", "./starter.py today --as sim-kasse")
        self.walk.forward(2)
        self.walk.office("sim-kasse", "Buchung abwarten", "Wird durch den Beleg der Bank erledigt")
        self._case_page()
        self.walk.forward(20)

    def _bring_others(self) -> None:
        for key in LATE:
            self.here.run(bring(self.here.stack, key, TaskKind.CERTIFY_DRAWDOWN))

    def _temporal_case(self) -> None:
        run = self.here.run(self._run_id())
        url = f"{self.here.stack.ui_url}/namespaces/default/workflows/{CASE}/{run}"
        self.camera.visit("temporal-timeline", f"{url}/timeline", "payment certifier", width=1280, height=1100)
        self.camera.visit("temporal", f"{url}/user-metadata", "Current Details", width=1280, height=1270)

    async def _run_id(self) -> str:
        described = await self.here.stack.engine.client.get_workflow_handle(CASE).describe()
        return str(described.run_id)

    def _case_page(self) -> None:
        link = self.here.stack.sink.mails(CLERK)[-1].case_links[0]
        self.tab.goto(link)
        self.camera.page("case-page", self.tab)

    def _late(self) -> None:
        query = '%60WirStage%60%3D"disbursing"%20AND%20%60WirUrgency%60%3D"late"'
        url = f"{self.here.stack.ui_url}/namespaces/default/workflows?query={query}"
        self.camera.visit("temporal-list", url, "wir-fm-2018-", width=1280, height=600)
        self._terminal("late", "./starter.py today --as sim-wald")
        self._terminal("round", "./starter.py round wir-fm-2018")

    def _end(self) -> None:
        draw(self.walk, 2)
        self._wanted = {"prove_use-1": "proof", "prove_use-2": "proof-check"}
        prove_and_close(self.walk)
        self._terminal("closed", f"./starter.py case {CASE}")
        self._terminal("doctor", "./starter.py doctor")


def main(say: Callable[[str], object] = print) -> int:
    """Takes all pictures; gives an exit code."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wir-pictures-") as folder:
        data = Path(folder) / "wir-data"
        with (
            installed(data, ports=True) as here,
            sync_playwright() as driver,
            driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--lang=de-DE"], env=GERMAN) as browser,
        ):
            context = browser.new_context(
                viewport={"width": 840, "height": 4000}, device_scale_factor=0.85, java_script_enabled=False
            )
            Pictures(here, Camera(browser, OUT), context.new_page()).take()
    for path in sorted(OUT.glob("*.png")):
        say(f"{path.name:24} {path.stat().st_size // 1024:4} KiB")
    operator_pictures.take(say)
    page_pictures.take(say)
    desk_pictures.take()
    return 0


if __name__ == "__main__":
    sys.exit(main())
