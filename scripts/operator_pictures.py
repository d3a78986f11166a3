"""Takes the pictures of the Temporal UI that operators see: a running, a refused and a bounced case.

``python -m scripts.operator_pictures``; ``make pictures`` takes them too. The cases are played through the gateway of
an embedded installation; everybody is simulated, and nothing is retouched.
"""

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, FloatRect, Page, sync_playwright
from sqlmodel import col, select

from gateway.intake import Wanted
from models.case import CaseState
from models.commands import Actor, ActorKind
from models.content.answers import Application
from models.tables import Case, Outbox
from models.tasks import Role, TaskKind
from tests import reading
from tests.e2e.clerk import CHROMIUM, FLAGS
from tests.e2e.installation import Installation, installed
from tests.e2e.shortcut import CLERK, bring
from tests.e2e.terminal import ROOT
from tests.forms import ACTING, REASON

OUT: Final = ROOT / "docs" / "pictures"
WIDTH: Final = 1280
HEIGHT: Final = 1500
TIMELINE, DETAILS, MARGIN = 650, 1270, 12
RUNNING, REFUSED, BOUNCED = "06631", "06531", "06635"
ROLES: Final = {"sim-berg": (Role.CASE_WORKER,), "sim-tal": (Role.CO_SIGNER,)}
FINAL: Final = datetime(2017, 12, 13, 8, tzinfo=UTC)
"""The refusal is final, the period for applications is not over."""
K = TaskKind


class Cases:
    """Three cases of one installation."""

    def __init__(self, here: Installation) -> None:
        self.here = here

    def play(self) -> None:
        """All three, each as far as its picture needs."""
        officer = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=ROLES["sim-berg"], simulated=True)
        self.here.run(self.here.stack.engine.gateway.open_round(line="fm", year=2018, actor=officer))
        self.here.quiet()
        self._refuse()
        self.here.run(self.here.stack.lapse.to(FINAL))
        self.here.run(bring(self.here.stack, BOUNCED, K.DECLARE_ACCEPTANCE))
        self._bounce()
        self.here.run(bring(self.here.stack, RUNNING, K.CERTIFY_DRAWDOWN))

    def _bounce(self) -> None:
        """The award comes back, as the mailroom tells it."""
        with self.here.stack.engine.db.read() as session:
            mail = session.exec(select(Outbox).where(Outbox.template == "award").order_by(col(Outbox.id))).one()
        facts = {"case_id": mail.case_id, "notice_id": mail.notice_id or "", "task_id": mail.task_id}
        told = self.here.stack.engine.gateway.mail_failed(
            mail.id, "550 5.1.1 unknown", facts | {"template": mail.template}
        )
        self.here.run(told)
        self.here.quiet()

    def _refuse(self) -> None:
        """Refused by two officers. The first one tries to sign alone, and may not."""
        gateway = self.here.stack.engine.gateway
        content = Application.model_validate({"requested_cents": 5_000_000, **ACTING})
        self.here.run(gateway.apply(Wanted("fm", 2018, REFUSED, content), actor=CLERK, command_id="picture"))
        self._answer(K.CHECK_COMPLETENESS, "complete", "sim-berg", {})
        self._answer(K.EXAMINE, "refuse", "sim-berg", REASON)
        self._answer(K.DRAFT_DECISION, "refuse", "sim-berg", REASON)
        self._answer(K.SIGN_DECISION, "sign", "sim-berg", {})
        self._answer(K.SIGN_DECISION, "sign", "sim-tal", {})

    def _answer(self, kind: TaskKind, choice: str, by: str, content: Mapping[str, Any]) -> None:
        self.here.quiet()
        with self.here.stack.engine.db.read() as session:
            state = CaseState.model_validate(session.get_one(Case, case_id(REFUSED)).state)
        actor = Actor(kind=ActorKind.OFFICER, id=by, roles=ROLES[by], simulated=True)
        answer = reading.answer(
            self.here.stack.engine.gateway, task_id=state.open(kind)[0].id, choice=choice, content=content, actor=actor
        )
        self.here.run(answer)


def case_id(key: str) -> str:
    """The case of a recipient."""
    return f"wir-fm-2018-{key}"


class Screens:
    """The Temporal UI before a camera."""

    def __init__(self, here: Installation, browser: Browser, folder: Path) -> None:
        self._here, self._browser, self._folder = here, browser, folder

    def timeline(self, name: str, key: str, ready: str) -> None:
        """The timeline of a case, from its heading to its end, or to where the window ends."""
        page = self._open(key, "timeline", ready)
        box = page.get_by_role("heading", name="Timeline").bounding_box()
        if box is None:
            raise LookupError("the page shows no timeline")
        clip = FloatRect(x=box["x"] - MARGIN, y=box["y"] - MARGIN, width=WIDTH - box["x"], height=TIMELINE)
        page.screenshot(path=self._folder / f"{name}.png", clip=clip)
        page.close()

    def details(self, name: str, key: str) -> None:
        """The current details of a case."""
        page = self._open(key, "user-metadata", "Current Details")
        page.screenshot(path=self._folder / f"{name}.png", clip=FloatRect(x=0, y=0, width=WIDTH, height=DETAILS))
        page.close()

    def _open(self, key: str, tab: str, ready: str) -> Page:
        """One tab of a case's page; ``ready`` is a text that stands there when it is done."""
        run = self._here.run(self._run_id(case_id(key)))
        page = self._browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"{self._here.stack.ui_url}/namespaces/default/workflows/{case_id(key)}/{run}/{tab}")
        page.get_by_text(ready).first.wait_for()
        page.wait_for_timeout(2500)  # what moves has settled; the Temporal UI asks again and again and is never idle
        return page

    async def _run_id(self, workflow_id: str) -> str:
        described = await self._here.stack.engine.client.get_workflow_handle(workflow_id).describe()
        return str(described.run_id)


def take(say: Callable[[str], object] = print, folder: Path = OUT) -> None:
    """All pictures anew."""
    with (
        tempfile.TemporaryDirectory(prefix="wir-operators-") as data,
        installed(Path(data) / "wir-data") as here,
        sync_playwright() as driver,
        driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
    ):
        Cases(here).play()
        screens = Screens(here, browser, folder)
        screens.timeline("timeline-running", RUNNING, "applicant called drawdown")
        screens.timeline("timeline-refused", REFUSED, "signed the decision")
        screens.timeline("timeline-bounced", BOUNCED, "a mail came back")
        screens.details("details-bounced", BOUNCED)
    for path in sorted((*folder.glob("timeline-*.png"), *folder.glob("details-*.png"))):
        say(f"{path.name:28} {path.stat().st_size // 1024:4} KiB")


if __name__ == "__main__":
    take()
