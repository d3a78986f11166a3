"""The steps of a round as recorded: invitations, reminders, who is late, and the end; on both databases."""

import asyncio
import hashlib
import math
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from activities.letters.correspondence import Correspondence, Post
from models.contracts import RoundStepReply, RoundStepRequest
from models.deadlines import legal_day, start_of_day
from models.errors import RefusedError
from models.mail.orders import Template
from models.rounds import RoundAction, RoundStage, RoundStep, line_and_year, next_date, stage_at
from models.stages import Stage
from models.tables import Alarm, Budget, Case, CommandRow, Contact, Outbox, Round, StepRow, TaskRow, TaskToken
from models.tasks import TaskKind as K
from programmes.directory import Directory
from programmes.load import load_all
from record.cases.chain import GENESIS, step_hash
from record.cases.recorder import ClockAheadError, StepConflictError
from record.database.clock import forward, legal_now
from record.database.engine import Database
from record.database.install import install
from record.database.words import mail_text
from record.rounds.recorder import RoundRecorder
from record.views.clerk import clerk_task
from record.views.lists.rounds import round_view
from tests.play import Play, letters

ID = "wir-fm-2018"
LINES = Path(__file__).parents[1] / "data" / "lines"


class Rounds:
    """A round as its workflow drives it, beside the cases of a :class:`Play`."""

    def __init__(self, play: Play, round_id: str = ID) -> None:
        self.play, self.db, self.id = play, play.db, round_id
        self.line, self.year = line_and_year(round_id) or ("", 0)
        writer = Correspondence(letters(), play.directory, Post("http://127.0.0.1:1", "wir@rp.example"))
        self.recorder = RoundRecorder(play.db, writer, play.directory)
        self.last: RoundStep | None = None

    def wish(self, by: str = "sim-berg") -> str:
        """An officer's stored command; returns its id."""
        call = self.play.gateway.open_round(line=self.line, year=self.year, actor=self.play.officer(by), patience=0)
        return asyncio.run(call).command_id

    def request(self, *, command_id: str = "", action: RoundAction | None = None) -> RoundStepRequest:
        """The next step."""
        number = self.last.no + 1 if self.last else 1
        return RoundStepRequest(
            round_id=self.id, step_no=number, as_of=self.play.now, command_id=command_id, action=action
        )

    def take(self, request: RoundStepRequest) -> RoundStepReply:
        """Asks the record."""
        reply = self.recorder.step(request)
        self.last = reply.step or self.last
        return reply

    def open(self) -> RoundStep:
        """Opens it by an officer's command."""
        reply = self.take(self.request(command_id=self.wish()))
        assert reply.step is not None
        return reply.step

    def next(self) -> RoundStep:
        """Moves legal time to the round's next date and takes the step."""
        assert self.last is not None
        assert self.last.next_at is not None
        clock(self.db, self.last.next_at)
        reply = self.take(self.request(action=self.last.next_action))
        assert reply.step is not None
        return reply.step

    def invitation(self, key: str) -> TaskRow:
        """An invitation as recorded."""
        with self.db.read() as session:
            return session.get_one(TaskRow, f"{self.id}/{key}")

    def mails(self, session: Session) -> list[Outbox]:
        """All invitations and reminders, oldest first."""
        query = select(Outbox).where(Outbox.template == Template.INVITATION)
        return list(session.exec(query.order_by(col(Outbox.queued_at), col(Outbox.id))))


def clock(db: Database, instant: datetime) -> None:
    """Moves the installation's clock; cases stay as they are."""
    with db.write() as session:
        seconds = math.ceil((instant - legal_now(session)).total_seconds())
        forward(session, max(0, seconds))


@pytest.fixture
def early(early_url: str) -> Iterator[Database]:
    """An installation that begins in November 2017, before the deadline of the round of 2018."""
    with closing(Database(early_url)) as database:
        yield database


@pytest.fixture
def rounds(early: Database) -> Rounds:
    """A round that is not open yet; its line has budget for one award only."""
    return Rounds(Play(early, budget_cents=5_000_000))


def test_opening_invites_everybody_once(rounds: Rounds) -> None:
    step = rounds.open()
    assert (step.invited, step.open_invitations, step.unreached) == (33, 33, ())
    assert step.stage is RoundStage.INVITING
    invited = rounds.invitation("06631")
    assert (invited.kind, invited.owner, invited.state) == ("apply", "applicant", "open")
    assert legal_day(invited.due_at - timedelta(seconds=1)) == date(2018, 1, 2)  # 31 December is a Sunday
    assert invited.brief == {"ceiling_cents": 5_000_000, "line": "fm", "year": 2018}
    with rounds.db.read() as session:
        mails = rounds.mails(session)
        assert len({mail.to for mail in mails}) == len(mails) == 33
        assert session.get_one(Budget, ("fm", 2018)).total_cents == 5_000_000  # what is there stays


def test_invitation_opens_one_form_for_one_body(rounds: Rounds) -> None:
    rounds.open()
    with rounds.db.read() as session:
        mail = next(m for m in rounds.mails(session) if m.task_id == f"{ID}/06631")
        text = mail_text(mail.mime)
        assert "50.000,00 €" in text
        token = re.search(r"/t/([\w-]+)", text)
        assert token is not None
        shown = clerk_task(session, token[1], rounds.play.directory)
        assert shown is not None
        assert (shown.kind, shown.grant.recipient_key, shown.due.day) == (K.APPLY, "06631", date(2018, 1, 2))
        assert session.get(TaskToken, hashlib.sha256(token[1].encode()).hexdigest()) is not None


def test_same_step_again_is_what_is_stored(rounds: Rounds) -> None:
    command = rounds.wish()
    request = rounds.request(command_id=command)
    first = rounds.take(request)
    assert rounds.recorder.step(request) == first
    berg, gateway = rounds.play.officer("sim-berg"), rounds.play.gateway
    again = asyncio.run(gateway.open_round(line="fm", year=2018, actor=berg, command_id=command))
    assert again.command_id == command  # the same command again is the same receipt
    assert again.outcome is not None
    assert again.outcome.applied
    with rounds.db.read() as session:
        assert len(rounds.mails(session)) == 33


def test_an_opening_that_waits_is_the_same_command(rounds: Rounds) -> None:
    assert rounds.wish() == rounds.wish()


def test_a_second_opening_says_since_when_and_by_whom(rounds: Rounds) -> None:
    rounds.open()
    berg = rounds.play.officer("sim-berg")
    with rounds.db.read() as session:
        opened, before = session.get_one(Round, ID).opened_at.isoformat(), session.exec(select(CommandRow)).all()
    expected = {"round": ID, "since": opened, "officer": "sim-berg"}
    for ended in (None, rounds.play.now):
        with rounds.db.write() as session:
            row = session.get_one(Round, ID)
            row.ended_at = ended
            session.add(row)
        if ended:
            expected = {"round": ID, "opened": opened, "ended": ended.isoformat(), "officer": "sim-berg"}
        preview = rounds.play.gateway.preview_start(case_id=ID, kind="open_round", content={}, actor=berg)
        for call in (rounds.play.gateway.open_round(line="fm", year=2018, actor=berg), preview):
            with pytest.raises(RefusedError) as refused:
                asyncio.run(call)
            assert (refused.value.code, refused.value.details) == ("already_open", expected)
    with rounds.db.read() as session:
        assert session.exec(select(CommandRow)).all() == before  # no second command


def test_same_step_at_once_is_one_step(rounds: Rounds) -> None:
    request = rounds.request(command_id=rounds.wish())
    with ThreadPoolExecutor(3) as threads:
        replies = list(threads.map(rounds.recorder.step, [request] * 3))
    assert replies[0] == replies[1] == replies[2]
    with rounds.db.read() as session:
        assert len(rounds.mails(session)) == 33


def test_whole_life(rounds: Rounds) -> None:
    """Applications, one withdrawn later, one late; reminders to the others; the end after the waiting list."""
    play = rounds.play
    rounds.open()
    case_id = play.apply("06631")
    assert rounds.invitation("06631").state == "answered"
    remind = rounds.next()
    assert (remind.action, legal_day(remind.at), remind.reminded) == (RoundAction.REMIND, date(2017, 12, 12), 32)
    with rounds.db.read() as session:
        reminders = rounds.mails(session)[33:]
        assert all(mail.subject.startswith(f"[{ID}] Erinnerung") for mail in reminders)
        assert f"{ID}/06631" not in {mail.task_id for mail in reminders}
    deadline = rounds.next()
    assert (deadline.action, deadline.late, deadline.stage) == (RoundAction.DEADLINE, 32, RoundStage.DECIDING)
    assert rounds.invitation("06411000").late
    late_case = play.apply("06411000")
    assert play.states[late_case].facts.late_application
    assert not play.states[case_id].facts.late_application
    play.drive(case_id, Stage.SIGNATURE_PENDING)
    play.drive(late_case, Stage.WAITLIST)
    listed = rounds.next()
    assert (listed.action, listed.stage) == (RoundAction.REPORT, RoundStage.SETTLING)
    assert (listed.cases, listed.open_cases, listed.waiting) == (2, 2, 1)
    assert (listed.budget_cents, listed.committed_cents) == (5_000_000, 5_000_000)
    play.drive(late_case, withdraw="leave", await_budget="refuse", draft_decision="refuse")
    play.drive(case_id)
    end = rounds.next()
    while not end.ended:
        end = rounds.next()
    assert (end.expired, end.open_cases, end.next_at) == (31, 0, None)
    assert rounds.invitation("06412000").state == "expired"
    with rounds.db.read() as session:
        ended = session.get_one(Round, ID)
        assert ended.ended_at == end.at
        live = select(TaskToken).where(col(TaskToken.task_id).startswith(ID), col(TaskToken.revoked_at).is_(None))
        assert session.exec(live).all() == []
        assert rounds.recorder.overdue(session, play.now + timedelta(days=9999)) == ""


def test_chain_verifies(rounds: Rounds) -> None:
    rounds.open()
    rounds.next()
    rounds.next()
    with rounds.db.read() as session:
        rows = session.exec(select(StepRow).where(StepRow.case_id == ID).order_by(col(StepRow.no))).all()
    before = GENESIS
    for row in rows:
        assert row.prev_hash == before
        before = step_hash(before, ID, row.actor, row.command_id, row.body)
        assert row.hash == before
    assert [row.action for row in rows] == ["round.open", "round.remind", "round.deadline"]
    assert rows[0].actor == "officer:sim-berg"


def test_application_on_its_way_is_not_reminded_nor_late(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds.open()
    with monkeypatch.context() as patched:  # Temporal is down: stored, and no case yet
        patched.setattr(rounds.play, "take", lambda _id: None)
        rounds.play.apply("06631")
        assert rounds.next().reminded == 32
        deadline = rounds.next()
    assert (deadline.late, deadline.open_invitations, deadline.open_cases) == (32, 33, 1)
    rounds.play.settle()
    assert not rounds.invitation("06631").late


def test_who_applied_before_is_not_invited(rounds: Rounds) -> None:
    rounds.play.apply("06631")
    assert rounds.open().invited == 32


def test_body_without_contact_does_not_stop_the_others(rounds: Rounds) -> None:
    with rounds.db.write() as session:
        identity = rounds.play.directory.find("06631", date(2017, 11, 6)).identity
        for contact in session.exec(select(Contact).where(Contact.recipient == identity)):
            contact.recipient = "somebody-else"
    step = rounds.open()
    assert (step.invited, step.unreached) == (33, ("06631",))
    assert rounds.invitation("06631").state == "open"


def test_late_opening_skips_the_reminder(rounds: Rounds) -> None:
    clock(rounds.db, datetime(2018, 2, 1, 8, tzinfo=UTC))
    step = rounds.open()
    assert (step.next_action, step.next_at) == (RoundAction.DEADLINE, step.at)
    assert rounds.next().late == 33


# what must not happen -----------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["sim-tal", "sim-kasse"])
def test_only_a_case_worker_opens_and_a_refusal_leaves_room(rounds: Rounds, by: str) -> None:
    call = rounds.play.gateway.open_round(line="fm", year=2018, actor=rounds.play.officer(by), patience=0)
    receipt = asyncio.run(call)
    assert receipt.outcome is not None
    assert receipt.outcome.reason == "wrong_role"
    with rounds.db.read() as session:
        assert session.get(Round, ID) is None
    assert rounds.open().invited == 33


@pytest.mark.parametrize(
    ("target", "code"), [("wir-fm-2017", "unknown_line"), ("wir-fm-2018-06631", "unknown_case"), ("x", "unknown_case")]
)
def test_unknown_round_is_not_stored(rounds: Rounds, target: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        rounds.play.start(target, "open_round", {}, by="sim-berg")
    assert refused.value.code == code
    with rounds.db.read() as session:
        assert session.exec(select(CommandRow)).all() == []


@pytest.mark.parametrize(("day", "refusal"), [(date(2018, 12, 31), ""), (date(2019, 1, 1), "too_late")])
def test_a_round_whose_waiting_list_is_over_is_not_opened(rounds: Rounds, day: date, refusal: str) -> None:
    """It would end in the same moment, its invitations dead, and could never be opened again."""
    rounds.play.until(start_of_day(day))
    if not refusal:
        assert rounds.open().stage == "deciding"
        return
    with pytest.raises(RefusedError) as refused:
        rounds.wish()
    assert (refused.value.code, refused.value.details) == (refusal, {"due": "2018-12-31"})
    with rounds.db.read() as session:
        assert session.exec(select(CommandRow)).all() == []


def test_rehearsal_stores_nothing(rounds: Rounds) -> None:
    actor = rounds.play.officer("sim-berg")
    call = rounds.play.gateway.preview_start(case_id=ID, kind="open_round", content={}, actor=actor)
    assert asyncio.run(call).refused == ""
    with rounds.db.read() as session:
        assert session.exec(select(CommandRow)).all() == []


def test_forged_opening_changes_nothing_and_is_seen(rounds: Rounds) -> None:
    reply = rounds.take(rounds.request(command_id="forged"))
    assert reply.outcome is not None
    assert reply.outcome.reason == "unknown_command"
    with rounds.db.read() as session:
        assert session.get(Round, ID) is None
        assert [alarm.kind for alarm in session.exec(select(Alarm))] == ["unknown_command"]


@pytest.mark.parametrize(
    ("number", "action"),
    [(2, RoundAction.DEADLINE), (3, RoundAction.REMIND), (1, RoundAction.REMIND), (2, RoundAction.OPEN)],
)
def test_other_than_the_next_step_is_a_conflict(rounds: Rounds, number: int, action: RoundAction) -> None:
    rounds.open()
    clock(rounds.db, datetime(2018, 6, 1, tzinfo=UTC))
    request = RoundStepRequest(round_id=ID, step_no=number, as_of=rounds.play.now, action=action)
    with pytest.raises(StepConflictError):
        rounds.recorder.step(request)
    with rounds.db.read() as session:
        assert session.get_one(Round, ID).step_no == 1
        assert [alarm.kind for alarm in session.exec(select(Alarm))] == ["step_conflict"]


def test_step_before_its_date_is_a_conflict_and_ahead_of_the_clock_waits(rounds: Rounds) -> None:
    step = rounds.open()
    with pytest.raises(StepConflictError):
        rounds.take(rounds.request(action=RoundAction.REMIND))
    assert step.next_at is not None
    ahead = rounds.request(action=RoundAction.REMIND).model_copy(update={"as_of": step.next_at})
    with pytest.raises(ClockAheadError):
        rounds.take(ahead)


def test_time_lapse_knows_the_next_date(rounds: Rounds) -> None:
    with rounds.db.read() as session:
        assert rounds.recorder.next_at(session, ID) is None
    step = rounds.open()
    assert step.next_at is not None
    with rounds.db.read() as session:
        assert rounds.recorder.next_at(session, ID) == step.next_at
        assert rounds.recorder.overdue(session, step.next_at - timedelta(seconds=1)) == ""
        assert rounds.recorder.overdue(session, step.next_at) == ID
        assert round_view(session, rounds.play.directory, ID)["invitations_open"] == 33


# a line is data -----------------------------------------------------------------------------------


@pytest.fixture
def other_line(empty_url: str) -> Iterator[Rounds]:
    """A round of the made-up line, with its own bodies."""
    with closing(Database(empty_url)) as database:
        install(database, "embedded", now=datetime(2027, 1, 11, 8, tzinfo=UTC))
        play = Play(database, directory=Directory(load_all(LINES)))
        play.line, play.year = "mv", 2027
        yield Rounds(play, "wir-mv-2027")


def test_other_line_with_several_budget_years_is_data(other_line: Rounds) -> None:
    """Other dates, bodies, money and consent of the ministry: the same code."""
    rounds, play = other_line, other_line.play
    step = rounds.open()
    assert (step.invited, step.budget_cents) == (2, 80_000_000)
    cases = [play.apply(key, 12_000_000) for key in ("99901001", "lotsen")]
    for case_id in cases:
        play.drive(case_id, Stage.SIGNATURE_PENDING)
    with rounds.db.read() as session:
        budgets = session.exec(select(Budget).where(Budget.line == "mv").order_by(col(Budget.budget_year))).all()
        kinds = set(session.exec(select(TaskRow.kind).where(col(TaskRow.case_id).in_(cases))))
        assert session.exec(select(Case.reserved_cents)).all() == [12_000_000] * 2
    assert [(b.budget_year, b.committed_cents) for b in budgets] == [
        (2027, 7_999_200),
        (2028, 12_000_000),
        (2029, 4_000_800),
    ]
    assert K.GIVE_CONSENT in kinds
    dates: list[tuple[str, date]] = []
    while rounds.last is not None and not rounds.last.ended and len(dates) < 5:
        taken = rounds.next()
        dates.append((str(taken.action), legal_day(taken.at)))
    assert dates == [
        ("remind", date(2027, 2, 14)),
        ("deadline", date(2027, 3, 1)),
        ("report", date(2028, 3, 1)),
        ("report", date(2029, 3, 1)),
        ("report", date(2029, 5, 1)),
    ]


def test_dates_of_the_line_of_2018() -> None:
    rules = Directory().line("fm", 2018).rules()
    opened = datetime(2017, 11, 6, 8, tzinfo=UTC)
    dates, action, at = [], RoundAction.OPEN, opened
    for _ in range(4):
        action, at = next_date(rules, action, at)
        dates.append((str(action), legal_day(at), str(stage_at(rules, at))))
    assert at == start_of_day(legal_day(at))
    assert dates == [
        ("remind", date(2017, 12, 12), "inviting"),
        ("deadline", date(2018, 1, 3), "deciding"),
        ("report", date(2019, 1, 1), "settling"),
        ("report", date(2020, 1, 1), "settling"),
    ]
