"""A reply on a running installation: written in the mailbox, prepared, confirmed behind its link, applied."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from models.tasks import TaskKind as K
from record.promises import check
from tests.e2e.installation import installed
from tests.e2e.shortcut import bring
from tests.e2e.terminal import Terminal
from tests.inbound.house import PDF
from tests.patience import PATIENCE
from tests.portal.acts import confirm, onward
from tests.portal.browse import visit

pytestmark = pytest.mark.server
CASE = "wir-fm-2018-06631"


@pytest.mark.slow
def test_a_reply_is_prepared_confirmed_and_applied(tmp_path: Path) -> None:
    with installed(tmp_path / "data") as here, httpx.Client(timeout=PATIENCE) as http:
        terminal = Terminal(here.stack.data)
        check_task = here.run(bring(here.stack, "06631", K.CHECK_COMPLETENESS))
        terminal.do(f"./starter.py do {check_task} incomplete --item Finanzierungsplan --as sim-berg")
        here.quiet()
        asked = next(mail for mail in reversed(here.stack.sink.mails()) if "fehlen Unterlagen" in mail.subject)
        assert "+" in asked.reply_to

        shown = http.get(f"{here.stack.mailbox_url}/mail/{asked.number}").text
        assert "Antworten (als" in shown
        posted = http.post(
            f"{here.stack.mailbox_url}/mail/{asked.number}/reply",
            data={"text": "Guten Tag,\nanbei der Finanzierungsplan.\nMit freundlichen Grüßen"},
            files={"files": ("finanzierungsplan.pdf", PDF)},
        )
        assert posted.status_code == 200
        here.quiet()

        letter = here.stack.sink.mails(asked.to)[-1]
        assert "Ihre Antwort ist vorbereitet" in letter.subject
        case = terminal.document(f"./starter.py case {CASE}")
        assert [mail["kind"] for mail in case["inbound"]] == ["answer"]
        assert case["stage"] == "incomplete", "a mail decides nothing"

        browser: Any = http
        page = visit(browser, letter.task_links[0])
        if not page.has("Ich bestätige"):
            page = onward(page, {})
        assert "anbei der Finanzierungsplan." in page.text
        assert "finanzierungsplan.pdf" in page.text
        assert "schrieb" not in page.text, "the quoted old mail is no part of the answer"
        confirm(page, "Angaben absenden")
        here.quiet()
        case = terminal.document(f"./starter.py case {CASE}")
        assert case["stage"] == "formal_check"
        assert [one["name"] for one in case["files"]] == ["finanzierungsplan.pdf"]
        receipt = here.stack.sink.mails(asked.to)[-1]
        assert "Eingangsbestätigung" in receipt.subject
        with here.stack.engine.db.read() as session:
            assert check(session) == []
