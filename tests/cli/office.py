"""A desk that really listens: record on SQLite, gateway, officers' interface on a Unix socket; no Temporal.

Commands are decided by the recorder at once (:class:`tests.portal.play.DirectMessenger`). The verbs are called as
a person calls them, through the typer application.
"""

import asyncio
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlmodel import col, select
from typer.testing import CliRunner, Result

from activities.letters.correspondence import Correspondence, Post
from cli.app import build
from gateway.gateway import Gateway
from models.case import CaseState
from models.commands import Actor, ActorKind
from models.contracts import HandOver, StepRequest
from models.tables import Budget, Case, Order, TaskRow
from models.tasks import TaskKind
from portal.interface.app import officers_interface
from portal.interface.socket import interface_server, interface_socket
from portal.interface.views.doctor import examined
from portal.login.service import Logins
from record.cases.papers import Papers
from record.cases.recorder import Recorder
from record.database.clock import forward, legal_now
from record.database.engine import Database
from record.promises import Violation
from tests.fixtures.clone import ROOT
from tests.play import letters, programmes
from tests.portal.play import DirectMessenger

AnyOffice = TypeVar("AnyOffice", bound="Office")

CASE = "wir-fm-2018-06631"
COMMAND = re.compile(r"^ *(?:printf (?P<piped>'[^']*') \| )?\./starter\.py (?P<typed>.+)$", re.MULTILINE)
CLERK = Actor(kind=ActorKind.CLERK, id="fulda-district", simulated=True)
ACTING = {"acting_name": "Simulierte Person", "acting_function": "Simulierte Fachbereichsleitung"}


class Clock:
    """Moves the installation's clock as the time-lapse does, without any workflow."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def forward(self, days: int) -> datetime:
        """Moves on by whole days."""
        with self._db.write() as session:
            return forward(session, days * 86_400)


def on_terminal(arguments: Sequence[str], env: Mapping[str, str]) -> str:
    """What a call of ``starter.py`` that succeeds writes to a real terminal."""
    leader, follower = pty.openpty()
    full = {**{k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "CI"}}, "TERM": "xterm-256color", **env}
    command = [sys.executable, str(ROOT / "starter.py"), *arguments]
    with subprocess.Popen(command, stdout=follower, stderr=follower, env=full) as process:
        os.close(follower)
        printed = b""
        while chunk := _read(leader):
            printed += chunk
        assert process.wait() == 0, printed.decode()
    os.close(leader)
    return printed.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65_536)
    except OSError:  # the kernel says so when the other end of a terminal is closed
        return b""


@contextmanager
def listening_office(kind: type[AnyOffice], template: Path, folder: Path) -> Iterator[AnyOffice]:
    """An embedded installation on 2 January 2018, copied from a template, whose desk listens on a Unix socket."""
    path = folder / "wir.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    found = kind(database, folder)
    found.open()
    try:
        yield found
    finally:
        found.close()
        database.close()


@dataclass
class Office:
    """One installation with its desk. ``folder`` is its data folder."""

    db: Database
    folder: Path
    mode: str = "embedded"
    found_by_engine: list[Violation] = field(default_factory=list)
    mail_doctor: Any = None
    messenger: DirectMessenger = field(init=False)
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        directory = programmes()
        papers = Papers(Correspondence(letters(), directory, Post("http://portal.example", "w@rp.example")), directory)
        self.recorder = Recorder(self.db, papers)
        self.messenger = DirectMessenger(self.db, self.recorder)
        self.gateway = Gateway(self.db, self.recorder, directory, self.messenger)  # type: ignore[arg-type]
        engine: Any = SimpleNamespace(
            db=self.db, gateway=self.gateway, directory=directory, settings=SimpleNamespace(mode=self.mode)
        )
        self.logins = Logins(self.db, self.mode, https=True) if self.mode == "production" else None
        self.app = officers_interface(
            engine, Clock(self.db), doctor=self._doctor, mail_doctor=self.mail_doctor, logins=self.logins
        )
        with self.db.write() as session:
            if session.get(Budget, ("fm", 2018)) is None:
                session.add(Budget(line="fm", budget_year=2018, total_cents=165_000_000))

    async def _doctor(self) -> dict[str, Any]:
        return await asyncio.to_thread(examined, self.db, self.found_by_engine)

    # the desk ---------------------------------------------------------------------------------

    def open(self) -> None:
        """Listens until :meth:`close`."""
        self._server = interface_server(self.app)
        listening = interface_socket(self.folder / "desk.sock")
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve(sockets=[listening])))
        self._thread.start()

    def close(self) -> None:
        """Stops listening."""
        self._server.should_exit = True
        self._thread.join()

    # the person at the terminal -----------------------------------------------------------------

    def type(self, line: str, *, piped: str = "", **env: str) -> Result:
        """Calls the command line with what follows ``./starter.py``."""
        runner = CliRunner(env={"WIR_DATA": str(self.folder), "WIR_LANG": "de", "WIR_AS": None, **env})
        return runner.invoke(build(), shlex.split(line), input=piped, prog_name="starter.py")

    def done(self, line: str, **more: Any) -> str:
        """The output of a call that succeeds and says nothing on standard error."""
        result = self.type(line, **more)
        assert (result.exit_code, result.stderr) == (0, ""), (result.output, result.exception)
        return result.stdout

    def document(self, line: str) -> dict[str, Any]:
        """The JSON document of a call that succeeds."""
        found = json.loads(self.done(f"{line} --json"))
        assert isinstance(found, dict)
        return found

    def follow(self, printed: str, verb: str, containing: str = "", **own: str) -> str:
        """Runs the first printed line of a verb that contains a text, as printed, with the officer's ``own`` words.

        Who decides reads before: an answer is taken from the page of its task.
        """
        if verb == "do":
            printed = self.follow(printed, "show", containing)
        added = " ".join(f"--{name.replace('_', '-')} {shlex.quote(text)}" for name, text in own.items())
        for match in COMMAND.finditer(printed):
            if match["typed"].startswith(f"{verb} ") and containing in match[0]:
                piped = shlex.split(match["piped"])[0].replace("\\n", "\n") if match["piped"] else ""
                return self.done(f"{match['typed']} {added}", piped=piped)
        raise LookupError(f"no line for {verb} {containing} in:\n{printed}")

    # everybody else -----------------------------------------------------------------------------

    def clerk(self, kind: TaskKind, choice: str, **content: Any) -> None:
        """The clerk answers the open task of a kind."""
        told = asyncio.run(
            self.gateway.answer(task_id=self.task(kind).id, choice=choice, content=ACTING | content, actor=CLERK)
        )
        assert told.outcome is not None
        assert told.outcome.applied, told.outcome.reason

    def task(self, kind: TaskKind) -> TaskRow:
        """The newest task of a kind."""
        with self.db.read() as session:
            found = session.exec(select(TaskRow).where(TaskRow.kind == kind).order_by(col(TaskRow.opened_at).desc()))
            return next(iter(found))

    def wake(self) -> None:
        """Moves the clock to what fires next in the case and lets it fire."""
        with self.db.read() as session:
            case = session.get_one(Case, CASE)
            wake = CaseState.model_validate(case.state).next_wake()
        assert wake is not None
        at, task_id, name = wake
        with self.db.write() as session:
            forward(session, max(0, int((at - legal_now(session)).total_seconds()) + 2))
        self.recorder.step(StepRequest(case_id=CASE, step_no=case.step_no + 1, as_of=at, task_id=task_id, timer=name))

    def hand_over(self) -> None:
        """The approved order leaves the house."""
        with self.db.read() as session:
            order = session.exec(select(Order).where(Order.status == "approved")).one()
            case, now = session.get_one(Case, CASE), legal_now(session)
        request = HandOver(case_id=CASE, step_no=case.step_no + 1, as_of=now, order_id=order.id)
        self.recorder.hand_over(request, lambda _session: None)
