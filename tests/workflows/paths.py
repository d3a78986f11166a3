"""Scripted lives of a case: the straight one, a refusal, a withdrawal, and a long one with a recovery."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from tests.forms import REASON
from tests.workflows.player import Player

Path = Callable[[Player], Awaitable[None]]


async def awarded(player: Player) -> None:
    """From the application to disbursement."""
    await player.apply()
    for kind in ("check_completeness", "examine", "draft_decision", "sign_decision"):
        await player.answer(kind)
    await player.until(datetime(2017, 11, 20, 8, tzinfo=UTC))
    for kind in ("declare_acceptance", "call_back", "confirm_bank_details"):
        await player.answer(kind)


async def drawn(player: Player, times: int) -> None:
    """Instalments of 25,000.00 EUR, called, certified, approved, booked."""
    for _ in range(times):
        for kind in ("request_drawdown", "certify_drawdown", "approve_drawdown"):
            await player.answer(kind)
        await player.book("book_payment")


async def straight(player: Player) -> None:
    """Award, two drawdowns, proof in time, closed."""
    await awarded(player)
    await drawn(player, 2)
    await player.until(datetime(2019, 3, 11, 8, tzinfo=UTC))
    for kind in ("prove_use", "check_proof", "approve_proof", "close_case"):
        await player.answer(kind)


async def refusal(player: Player) -> None:
    """Refused by two officers; final after a month."""
    await player.apply()
    await player.answer("check_completeness", "incomplete")
    await player.answer("complete_application")
    await player.answer("check_completeness")
    await player.answer("examine", "refuse")
    await player.answer("draft_decision", "refuse")
    await player.answer("sign_decision", "send_back")
    await player.answer("draft_decision", "refuse")
    await player.answer("sign_decision")
    await player.until(datetime(2017, 12, 20, 8, tzinfo=UTC))


async def withdrawal(player: Player) -> None:
    """The clerk withdraws the application from the case page."""
    await player.apply()
    await player.answer("check_completeness")
    await player.open("withdraw")
    await player.answer("withdraw", "withdraw")


async def recovery(player: Player) -> None:
    """One drawdown, a proof after the first dunning letter, a finding, a partial revocation, money back."""
    await awarded(player)
    await drawn(player, 1)
    await player.until(datetime(2019, 4, 20, 8, tzinfo=UTC))
    await player.answer("prove_use", staff_cents=1_000_000)
    await player.answer("check_proof", "finding", intended_cents=1_500_000)
    await player.answer("state_position")
    await player.answer("decide_revocation", "partly", amount_cents=1_200_000, **REASON)
    await player.answer("sign_revocation")
    await player.until(datetime(2019, 6, 20, 8, tzinfo=UTC))
    await player.book("repay")
    await player.answer("close_case")


PATHS: dict[str, tuple[Path, str]] = {
    "straight": (straight, "closed"),
    "refusal": (refusal, "rejected"),
    "withdrawal": (withdrawal, "withdrawn"),
    "recovery": (recovery, "closed"),
}
"""Each path and the stage it ends in."""
