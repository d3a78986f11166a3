"""Promises 1 and 2: each obligation is paid once, and nothing beyond budget and award."""

from collections import Counter
from collections.abc import Iterator

from models.case import CaseState, Money, StepKind
from record.promises.book import Book, CaseBook, Violation
from record.promises.finding import Finding

DEAD = "rejected"
HANDED_OVER = frozenset({"handed_over", "unknown", "booked"})


def orders(book: Book) -> Iterator[Violation]:
    """One live order an instalment; one hand-over an order, on record; orders as the state knows them."""
    for case in book.cases.values():
        yield from _live_orders(case)
        yield from _hand_overs(case)
        yield from _as_in_state(case)


def _live_orders(case: CaseBook) -> Iterator[Violation]:
    alive = Counter(order.instalment for order in case.orders if order.status != DEAD)
    for instalment, count in sorted(alive.items()):
        if count > 1:
            yield Violation(promise=1, code=Finding.TWO_LIVE_ORDERS, case_id=case.id, detail=f"{instalment}: {count}")


def _hand_overs(case: CaseBook) -> Iterator[Violation]:
    left = Counter(
        order.id
        for entry in case.applied
        if entry.step is not None and entry.step.kind is StepKind.HANDED_OVER
        for order in entry.step.orders
    )
    for order in case.orders:
        if left[order.id] > 1:
            yield Violation(promise=1, code=Finding.TWO_HAND_OVERS, case_id=case.id, detail=order.id)
        gone = order.status in HANDED_OVER or order.handed_over_at is not None or bool(order.file_sha256)
        if gone != bool(left[order.id]):
            yield Violation(promise=1, code=Finding.HAND_OVER_NOT_ON_RECORD, case_id=case.id, detail=order.id)


def _as_in_state(case: CaseBook) -> Iterator[Violation]:
    if case.state is None:
        return  # promise 7 says so
    rows = {o.id: (o.instalment, o.amount_cents, o.status, o.budget_year) for o in case.orders}
    known = {o.id: (o.instalment, o.cents, o.status, o.year) for o in case.state.orders.values()}
    for order_id in sorted({*rows, *known}):
        if rows.get(order_id) != known.get(order_id):
            yield Violation(promise=1, code=Finding.ORDER_DIFFERS_FROM_STATE, case_id=case.id, detail=order_id)


def budget(book: Book) -> Iterator[Violation]:
    """Committed is what the ledgers reserve and within the budget; ordered within the award; ledgers at zero."""
    for row in book.budgets:
        if not 0 <= row.committed_cents <= row.total_cents:
            detail = f"{row.line} {row.budget_year}: {row.committed_cents} of {row.total_cents} cents"
            yield Violation(promise=2, code=Finding.OVER_BUDGET, detail=detail)
    for case in book.cases.values():
        yield from _within_award(case)
        yield from _ledger(case)
    if book.whole:
        yield from _reserved(book)


def _reserved(book: Book) -> Iterator[Violation]:
    """The ledger knows no budget years, so lines are compared as wholes."""
    committed: Counter[str] = Counter()
    reserved: Counter[str] = Counter()
    for row in book.budgets:
        committed[row.line] += row.committed_cents
    for case in book.cases.values():
        if case.case is not None:
            reserved[case.case.line] -= sum(entry.cents for entry in case.ledger if entry.account == "budget")
    for line in sorted({*committed, *reserved}):
        if committed[line] != reserved[line]:
            detail = f"{line}: committed {committed[line]}, reserved {reserved[line]} cents"
            yield Violation(promise=2, code=Finding.COMMITTED_DIFFERS, detail=detail)


def _within_award(case: CaseBook) -> Iterator[Violation]:
    for entry in case.entries:
        money = entry.after.money if entry.after else Money()
        if not 0 <= money.booked <= money.ordered <= money.awarded or money.awarded > money.requested:
            yield Violation(promise=2, code=Finding.OVER_AWARD, case_id=case.id, detail=f"step {entry.row.no}")
            return
        if not 0 <= money.repaid <= money.claimed <= money.booked:
            yield Violation(promise=2, code=Finding.OVER_CLAIM, case_id=case.id, detail=f"step {entry.row.no}")
            return
    alive = sum(order.amount_cents for order in case.orders if order.status != DEAD)
    if case.case is not None and alive > case.case.awarded_cents:
        yield Violation(promise=2, code=Finding.OVER_AWARD, case_id=case.id, detail=f"live orders of {alive} cents")


def _ledger(case: CaseBook) -> Iterator[Violation]:
    by_step: Counter[int] = Counter()
    found: Counter[str] = Counter()
    for row in case.ledger:
        by_step[row.step_no] += row.cents
        found[row.account] += row.cents
    for number, cents in sorted(by_step.items()):
        if cents:
            yield Violation(
                promise=2, code=Finding.LEDGER_NOT_ZERO, case_id=case.id, detail=f"step {number}: {cents} cents"
            )
    if case.state is None:
        return
    wanted = balances(case.state)
    for account in sorted({*found, *wanted}):
        if found[account] != wanted.get(account, 0):
            detail = f"{account}: {found[account]} instead of {wanted.get(account, 0)} cents"
            yield Violation(promise=2, code=Finding.LEDGER_DIFFERS_FROM_STATE, case_id=case.id, detail=detail)


def balances(state: CaseState) -> dict[str, int]:
    """What each account of a case's ledger must hold, in cents, given its sums of money."""
    money = state.money
    return {
        "budget": -money.reserved,
        "committed": money.reserved - money.ordered,
        "ordered": money.ordered - money.booked,
        "paid": money.booked - money.claimed,
        "claim": money.claimed - money.repaid,
        "returned": money.repaid,
    }
