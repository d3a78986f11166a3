"""The checker of promises: silent on a sound record, and it finds whatever somebody with the database in hand does."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from models.content.answers import Withdrawal
from models.stages import Stage
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.promises import PROMISES, SHOWN_BY_RECORD, Finding, Shown, Violation, check
from record.promises.book import Book
from tests.fixtures.databases import APPLICATION, BOTH, as_owner
from tests.fixtures.postgres import Cluster
from tests.play import Play
from tests.record.database.unguarded import drop_guards
from tests.record.sabotage import PAID, SABOTAGE, UNKNOWN, Deed


@pytest.fixture(scope="module", params=BOTH)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A played installation whose guards are gone: the tests undo what they do."""
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("played") / "wir.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        db = Database(f"sqlite:///{path}")
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        db = Database(cluster.url(cluster.create(request.getfixturevalue("postgres_template")), APPLICATION))
    _play(Play(db))
    drop_guards(db)
    owner = as_owner(db)  # sabotage also deletes
    yield owner
    owner.close()
    db.close()


def _play(play: Play) -> None:
    """Three cases; see :mod:`tests.record.sabotage`."""
    over = play.apply("06631009")
    play.start(over, "withdraw", play.form(over, Withdrawal), by="sim-berg")
    for case in (play.apply("06631"), play.apply("06411000")):
        play.drive(case, Stage.DRAFTING)
        play.answer(case, K.DRAFT_DECISION)
        play.answer(case, K.SIGN_DECISION, by="sim-berg")  # refused: not a co-signer
        play.answer(case, K.SIGN_DECISION)
        for kind in (K.DECLARE_ACCEPTANCE, K.CALL_BACK, K.CONFIRM_BANK_DETAILS):
            play.answer(case, kind)
    play.days(4)
    for case in (PAID, UNKNOWN):
        for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN):
            play.answer(case, kind)
    play.answer(PAID, K.BOOK_PAYMENT)
    play.drive(PAID, Stage.PROOF_DUE)
    play.answer(PAID, K.PROVE_USE, staff_cents=1_000_000)
    play.drive(PAID, Stage.RECOVERY)
    play.days(100)


def test_a_sound_record_breaks_no_promise(played: Database) -> None:
    with played.read() as session:
        assert check(session) == []
        assert check(session, only=PAID) == []


@pytest.mark.parametrize(("promise", "code", "deed"), SABOTAGE, ids=[f"{p}-{c}" for p, c, _ in SABOTAGE])
def test_sabotage_is_found(played: Database, promise: int, code: str, deed: Deed) -> None:
    with played.write() as session:
        _unguarded(session, played.dialect)
        if isinstance(deed, str):
            changed = session.connection().execute(text(deed)).rowcount
            assert changed > 0, "the sabotage changed nothing"
        else:
            deed(session)
        session.flush()
        session.expire_all()
        found = {(violation.promise, violation.code) for violation in check(session)}
        session.rollback()
    assert (promise, code) in found


def _unguarded(session: Session, dialect: str) -> None:
    """No CHECK and no partial unique index stands in the way, until the transaction is undone."""
    connection = session.connection()
    connection.execute(text("DROP INDEX uq_one_live_order"))
    if dialect == "sqlite":
        connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        return
    rows = connection.execute(
        text(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
    ).all()
    for table, name in rows:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def test_a_command_that_was_just_stored_is_not_stuck_yet(played: Database) -> None:
    with played.write() as session:
        session.connection().execute(
            text(
                "UPDATE command SET state = 'received', step_no = NULL, stored_at = '2999-01-01T00:00:00.000000+00:00'"
                " WHERE state = 'refused'"
            )
        )
        session.expire_all()
        codes = {v.code for v in check(session) if v.promise == 4}
        late = {v.code for v in check(session, stuck_after=-timedelta(days=365 * 2000)) if v.promise == 4}
        session.rollback()
    assert "stuck" not in codes
    assert "stuck" in late


def test_findings_name_no_person_no_account_and_no_address(played: Database) -> None:
    with played.write() as session:
        _unguarded(session, played.dialect)
        session.connection().execute(text("UPDATE bank_details SET confirmed_by = NULL"))
        session.connection().execute(text("UPDATE outbox SET begun_step = 99"))
        session.expire_all()
        said = " ".join(str(violation) for violation in check(session))
        session.rollback()
    assert "mail_after_answer" in said
    assert "@" not in said
    assert "DE02" not in said


def test_a_check_that_fails_is_a_finding_of_its_promise_and_hides_no_other(
    played: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The failing one breaks its statement in the middle; those after it ask the same database in the same reading."""
    with played.read() as session:

        def failing(_book: Book) -> Iterator[Violation]:
            yield Violation(promise=1, code=Finding.TWO_LIVE_ORDERS, case_id="x")
            session.execute(text("SELECT secret FROM no_such_table"))

        monkeypatch.setattr("record.promises.money.orders", failing)
        monkeypatch.setattr("record.promises.notices.served", lambda book: book.no_such_page)
        kind = "OperationalError" if played.dialect == "sqlite" else "ProgrammingError"
        assert [(one.promise, one.code, one.detail) for one in check(session)] == [
            (1, "check_failed", f"orders: {kind}"),
            (1, "two_live_orders", ""),
            (6, "check_failed", "served: AttributeError"),
        ]
    assert "secret" not in caplog.text


def test_a_record_that_cannot_be_read_at_all_is_a_finding_of_each_promise(
    played: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("record.promises.book._entries", lambda *_: int("no number"))
    with played.read() as session:
        found = check(session)
    assert [(one.promise, one.code) for one in found] == [(number, "check_failed") for number in SHOWN_BY_RECORD]


def test_the_list_of_promises_is_numbered_from_one_and_each_is_shown_by_something() -> None:
    assert [promise.number for promise in PROMISES] == list(range(1, len(PROMISES) + 1))
    unchecked = {promise.shown_by for promise in PROMISES if not promise.checks}
    assert unchecked == {Shown.TESTS, Shown.REPLAY}
