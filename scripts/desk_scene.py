"""The installation that the pictures of the desk show: the round of 2018 in March, its cases at several places.

People, money and letters are made up; nothing of it is a fact about the bodies named.
"""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from schwifty import IBAN
from sqlmodel import select

from activities.mail_in.inbox import Inbox
from models.contracts import RoundStepRequest
from models.tables import InboundMail, Officer, Round
from models.tasks import TaskKind as K
from portal.login import codes, passwords
from portal.login.links import invite
from portal.login.service import Logins
from record.casework.holding import Act, Wish, enter
from record.casework.notes import NewNote, write
from record.database.engine import Database
from record.database.install import install
from record.logins.credentials import open_link, set_credential
from record.rounds.recorder import RoundRecorder
from tests.inbound.house import Heap, reading, written
from tests.login.desk import PASSWORD
from tests.play import Play

BEGIN: Final = datetime(2017, 11, 6, 8, tzinfo=UTC)
ROUND: Final = "wir-fm-2018"
PAID, BEGUN, TO_SIGN, TO_CALL, OWING, TO_CHECK = "06631", "06632", "06633", "06634", "06635", "06636"
"""Municipalities by what their case waits for."""
PLAN: Final[dict[str, Any]] = {
    "staff_cents": 4_800_000,
    "material_cents": 450_000,
    "own_cents": 250_000,
    "concept": "Beratung und Begleitung von Geflüchteten in Wohnungsfragen, Arbeit und Sprache.",
    "acting_name": "Simulierte Person Muster",
    "acting_function": "Fachstelle Integration",
}


def played(db: Database) -> Play:
    """Invitations in November, applications in December, awards in January, the first money in February."""
    play = Play(db)
    recorder = RoundRecorder(db, play.writer, play.directory)
    wish = play.gateway.open_round(line="fm", year=2018, actor=play.officer("sim-berg"), patience=0)
    opened = asyncio.run(wish).command_id
    recorder.step(RoundStepRequest(round_id=ROUND, step_no=1, as_of=play.now, command_id=opened))
    play.deliver()
    play.days(28.1)
    case = {key: play.apply(key, **PLAN) for key in (PAID, TO_SIGN, TO_CALL)}
    play.days(9.05)
    play.apply(BEGUN, **PLAN | {"not_begun": False})
    for key in (PAID, TO_SIGN, TO_CALL):
        play.answer(case[key], K.CHECK_COMPLETENESS)
        play.answer(case[key], K.EXAMINE)
    play.days(27.2)
    for key in (PAID, TO_CALL):
        play.answer(case[key], K.DRAFT_DECISION)
        play.answer(case[key], K.SIGN_DECISION)
    play.days(6.1)
    _accept(play, case[PAID])
    play.days(36.3)
    _pay(play, case[PAID])
    _accept(play, case[TO_CALL], called=False)
    play.answer(play.apply(OWING, **PLAN), K.CHECK_COMPLETENESS, "incomplete", items=["Stellenplan"])
    play.apply(TO_CHECK, **PLAN)
    play.days(2.27)
    play.answer(case[PAID], K.REQUEST_DRAWDOWN, need="Personalkosten März und April.")
    play.answer(case[TO_SIGN], K.DRAFT_DECISION)
    play.settle()
    return play


def _accept(play: Play, case: str, *, called: bool = True) -> None:
    """The declaration with an account of the municipality's own; ``called``: it is called back and released."""
    iban = str(IBAN.generate("DE", bank_code="12030000", account_code=f"{int(case[-5:]):010d}"))
    two = {"signatory_1": "Simulierte Landrätin", "signatory_2": "Simulierter Erster Beigeordneter"}
    play.answer(case, K.DECLARE_ACCEPTANCE, iban=iban, account_holder="Kreiskasse (simuliert)", **two)
    if called:
        play.answer(case, K.CALL_BACK, iban_heard=iban[-4:])
        play.answer(case, K.CONFIRM_BANK_DETAILS)


def _pay(play: Play, case: str) -> None:
    """An instalment, booked by the bank."""
    play.answer(case, K.REQUEST_DRAWDOWN, need="Personalkosten Januar und Februar.")
    play.answer(case, K.CERTIFY_DRAWDOWN)
    play.answer(case, K.APPROVE_DRAWDOWN)
    play.settle()
    play.answer(case, K.BOOK_PAYMENT)


def casework(play: Play) -> None:
    """What officers do beside the decisions: a task handed on, notes on its case. And a round of the year before."""
    case = next(case for case in play.states if case.endswith(TO_CHECK))
    task = play.task(case, K.CHECK_COMPLETENESS).id
    with play.db.write() as session:
        session.add(Round(id="wir-fm-2017", line="fm", year=2017, opened_at=BEGIN, ended_at=BEGIN))
        enter(session, Wish(Act.TAKE, task, "sim-wald"))
        enter(session, Wish(Act.HAND, task, "sim-wald", to="sim-berg", reason="kennt den Landkreis"))
        write(session, NewNote(case, "sim-wald", "Die Kämmerei rief an: Der Stellenplan kommt nächste Woche."))
        write(session, NewNote(case, "sim-berg", "Er kommt erst am Monatsende.", corrects=1))


def mail_in(play: Play, folder: Path) -> str:
    """A municipality writes a mail of its own instead of following a link; the id of what came in."""
    _, _, reader = reading(play.db, folder)
    told = "Guten Tag, den Stellenplan schicken wir am Montag. Freundliche Grüße"
    mail = written(told, f"fachstelle@r{OWING}.example", subject="Stellenplan")
    Inbox(play.db, Heap(mails={"1": mail}), reader).take_in()
    play.settle()
    with play.db.read() as session:
        return session.exec(select(InboundMail.id)).one()


PEOPLE: Final = {"anna": "Anna Linde (simuliert)", "ben": "Ben Ahorn (simuliert)"}


class Entrance:
    """An installation that asks for password and codes. Anna has both; ``link`` is Ben's, to set them up."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(f"sqlite:///{folder / 'entrance.db'}")
        people = [
            Officer(id=key, name=name, email=f"{key}@rp.example", roles=["case_worker"], valid_from=date(2018, 1, 1))
            for key, name in PEOPLE.items()
        ]
        install(self.db, "production", officers=people)
        self.logins = Logins(self.db, "production", https=False)
        self.link = invite(self.logins, "ben", "test")
        token = invite(self.logins, "anna", "test").rpartition("/")[2]
        now = self.logins.now()
        with self.db.write() as session:
            link = open_link(session, token, now)
            if link is None or not set_credential(
                session, link, passwords.hashed(PASSWORD), codes.step_of(now) - 5, now
            ):
                raise LookupError("the link that was just made does not open")
        self._secret = link.totp_secret

    def code(self) -> str:
        """What Anna's app shows."""
        return codes.code_at(self._secret, codes.step_of(self.logins.now()))
