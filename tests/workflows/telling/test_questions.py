"""The operator's seven questions, each answered by one shipped view or by the first screen, on a real server."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlmodel import select
from temporalio.worker import Worker

from models.content.answers import BankStatus
from models.contracts import GRANT, GrantInput
from models.deadlines import legal_day
from models.tables import Contact, Outbox
from scripts.operator_views import query
from tests.workflows.paths import awarded
from tests.workflows.player import BANK, Player
from tests.workflows.telling.broken import Broken
from tests.workflows.telling.test_labels import current_details

pytestmark = pytest.mark.server

PATIENCE = 20.0
"""The server's list of workflows lags a little."""


async def found(player: Player, view: str) -> set[str]:
    """Ids that a view shows."""
    return {one.id async for one in player.client.list_workflows(view)}


async def shows(player: Player, view: str, *ids: str) -> None:
    """Waits until a view shows exactly these."""
    async with asyncio.timeout(PATIENCE):
        while await found(player, view) != {*ids}:  # noqa: ASYNC110 - the server gives no sign
            await asyncio.sleep(0.02)


def on(day: str) -> str:
    """The view of a day, as an operator puts the day in."""
    return query("monday").replace("2019-04-01", day)


async def test_what_waits_for_whom_until_when(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.settle()
        assert "- **case worker**: check completeness, until Mon 20 Nov 2017; then it counts as late" in (
            await current_details(player)
        )
        await player.answer("check_completeness", "incomplete")
        await shows(player, query("waiting"), player.case_id)


async def test_since_when(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.until(datetime(2017, 11, 9, 8, tzinfo=UTC))
        await player.answer("check_completeness")
        shown = await current_details(player)
    assert shown.startswith("**substantive review** since Thu 9 Nov 2017 – on time – recipient 06631")
    assert "legal today is Thu 9 Nov 2017" in shown


async def test_why_refused(player: Player) -> None:
    async with player.working():
        await player.apply()
        for kind in ("check_completeness", "examine", "draft_decision"):
            await player.answer(kind)
        receipt = await player.answer("sign_decision", by="sim-berg")
        assert receipt.outcome is not None
        assert receipt.outcome.reason == "wrong_role"
        assert "refused – somebody of another role owes it: sign decision (sign)" in await current_details(player)


async def test_why_an_application_began_no_case(player: Player) -> None:
    async with player.working():
        handle = await player.client.start_workflow(
            GRANT, GrantInput(case_id=player.case_id, command_id="forged"), id=player.case_id, task_queue="wir-test"
        )
        await shows(player, query("refused"), player.case_id)
        shown = (await handle.query("__temporal_workflow_metadata")).current_details
    assert shown.startswith("**refused** – the record has no such command – no case began")


async def test_did_the_money_leave(player: Player) -> None:
    """A payment that is handed over, booked, and comes back."""
    order = "- order FM18-06631-D01-A1, 25,000.00 EUR: "
    async with player.working():
        await awarded(player)
        for kind in ("request_drawdown", "certify_drawdown", "approve_drawdown"):
            await player.answer(kind)
        await player.settle()
        assert f"{order}handed over, no word of the bank yet, since Mon 20 Nov 2017" in await current_details(player)
        await shows(player, query("money"), player.case_id)
        await player.book("book_payment")
        await player.settle()
        assert f"{order}booked: the money has left, since Mon 20 Nov 2017" in await current_details(player)
        line = f"FM18-06631-D01-A1;{BankStatus.RETURNED};25000.00;{player.today.isoformat()};"
        await player.gateway.bank(text=f"reference;status;amount;value_date;detail\n{line}\n", actor=BANK)
        await player.settle()
        shown = await current_details(player)
    assert f"{order}returned by the bank: the money is back, since Mon 20 Nov 2017" in shown
    assert "bank returned FM18-06631-D01-A1 → payment certifier: repair payment" in shown


async def test_which_mail_bounced(player: Player) -> None:
    async with player.working():
        await player.apply()
        await player.settle()
        with player.db.read() as session:
            mail = session.exec(select(Outbox).where(Outbox.template == "application_receipt")).one()
            addresses = [contact.email for contact in session.exec(select(Contact))]
        facts = {"case_id": player.case_id, "template": mail.template, "task_id": f"{player.case_id}.1"}
        await player.gateway.mail_failed(mail.id, "550 5.1.1 unknown", facts)
        await player.gateway.messenger.settled()
        await player.settle()
        await shows(player, query("bounced"), player.case_id)
        shown = await current_details(player)
        await player.answer("fix_delivery", "noted")
        await shows(player, query("bounced"))
        noted = await current_details(player)
    assert "- **case worker**: fix delivery “application receipt” (of task 1), until " in shown
    assert "a mail came back: “application receipt” (of task 1) → case worker: fix delivery" in shown
    assert "case worker noted that the mail “application receipt” (of task 1) did not arrive" in noted
    assert not [address for address in addresses if address in shown + noted]


async def test_what_happens_on_monday(player: Player) -> None:
    """Also of a late case, whose due date lies in the past."""
    async with player.working():
        await awarded_and_silent(player)
        state = player.state
        assert state.urgency == "late"
        wake = state.next_wake()
        assert wake is not None
        day = legal_day(wake[0])
        assert f"(late); then dunning letter 1 on {day:%a} {day.day} {day:%b %Y}" in await current_details(player)
        await shows(player, on(day.isoformat()), player.case_id)
        assert await found(player, on("2031-01-06")) == set()


async def awarded_and_silent(player: Player) -> None:
    """An award whose declaration is late."""
    await player.apply()
    for kind in ("check_completeness", "examine", "draft_decision", "sign_decision"):
        await player.answer(kind)
    await player.until(datetime(2017, 12, 14, 8, tzinfo=UTC))


async def test_what_is_stuck(player: Player) -> None:
    async with Worker(player.client, task_queue="broken", workflows=[Broken]):
        handle = await player.client.start_workflow(
            GRANT, GrantInput(case_id=player.case_id), id=player.case_id, task_queue="broken"
        )
        await shows(player, query("stuck"), player.case_id)
    await handle.terminate("seen")
