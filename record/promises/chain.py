"""Promise 7, the record's half: the chain of each case verifies, and the case is what its steps make of it."""

from collections.abc import Iterator

from models.case import CaseState
from models.stages import Stage
from models.tables import Case
from record.cases.chain import GENESIS, step_hash
from record.promises.book import Book, CaseBook, Entry, Violation
from record.promises.finding import Finding
from record.promises.rounds import faults


def unbroken(book: Book) -> Iterator[Violation]:
    """Numbers, hashes, the fold of the steps, and the plain columns of the case; rounds beside the cases."""
    for found in book.rounds:
        for promise, code, detail in faults(found):
            yield Violation(promise=promise, code=code, case_id=found.id, detail=detail)
    for case in book.cases.values():
        yield from _links(case)
        if case.case is None:
            if case.entries or case.orders or case.notices or case.ledger or case.tasks:
                yield _broken(case, Finding.PAPERS_WITHOUT_CASE, f"{len(case.entries)} steps")
        else:
            yield from _case(case, case.case)


def _links(case: CaseBook) -> Iterator[Violation]:
    before = GENESIS
    for number, entry in enumerate(case.entries, 1):
        row = entry.row
        if row.no != number:
            yield _broken(case, Finding.STEP_MISSING, f"step {number}")
            return
        if row.prev_hash != before or row.hash != _hash(case.id, entry):
            yield _broken(case, Finding.CHAIN_BROKEN, f"step {number}")
            return
        if not _body_fits(entry):
            yield _broken(case, Finding.STEP_DIFFERS_FROM_BODY, f"step {number}")
        before = row.hash


def _hash(case_id: str, entry: Entry) -> str:
    row = entry.row
    return step_hash(row.prev_hash, case_id, row.actor, row.command_id, row.body)


def _body_fits(entry: Entry) -> bool:
    row, step, after = entry.row, entry.step, entry.after
    if step is None or after is None:
        return False
    return (step.no, step.at, step.action, str(after.stage)) == (row.no, row.at, row.action, row.stage)


def _case(book: CaseBook, case: Case) -> Iterator[Violation]:
    folded = book.entries[-1].after if book.entries else None
    if folded is None:
        yield _broken(book, Finding.NO_FOLD, f"{len(book.entries)} steps")
        return
    if case.head != book.entries[-1].row.hash or case.step_no != book.entries[-1].row.no:
        yield _broken(book, Finding.HEAD_DIFFERS, f"step {case.step_no}")
    if book.state != folded:
        yield _broken(book, Finding.STATE_DIFFERS_FROM_FOLD, differing(book.state, folded))
    wrong = [name for name, value in columns(folded).items() if getattr(case, name) != value]
    if (case.ended_at is not None) != folded.ended:
        wrong.append("ended_at")
    if (case.waiting_since is not None) != (folded.stage is Stage.WAITLIST):
        wrong.append("waiting_since")
    if wrong:
        yield _broken(book, Finding.COLUMNS_DIFFER, ", ".join(wrong))


def columns(state: CaseState) -> dict[str, object]:
    """What the plain columns of a case must hold."""
    money = state.money
    return {
        "line": state.line,
        "year": state.year,
        "recipient": state.recipient,
        "stage": str(state.stage),
        "step_no": state.step_no,
        "live": not state.ended or state.stage is Stage.CLOSED,
        "requested_cents": money.requested,
        "awarded_cents": money.awarded,
        "reserved_cents": money.reserved,
        "ordered_cents": money.ordered,
        "booked_cents": money.booked,
        "claimed_cents": money.claimed,
        "repaid_cents": money.repaid,
    }


def differing(one: CaseState | None, other: CaseState) -> str:
    """Names of the fields in which two states differ."""
    if one is None:
        return "unreadable"
    left, right = one.model_dump(), other.model_dump()
    return ", ".join(sorted(name for name in right if left.get(name) != right[name]))


def _broken(case: CaseBook, code: Finding, detail: str) -> Violation:
    return Violation(promise=7, code=code, case_id=case.id, detail=detail)
