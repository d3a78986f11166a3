"""Nobody decides blind: what officers see of a decision before they make it, as JSON and on the terminal.

The record, the rules, the letters and the officers' interface are the real ones; all people are simulated.
"""

import asyncio
import hashlib
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from cli.pages.case import print_case
from cli.pages.task import print_task_page
from cli.pages.today import print_today
from cli.paper import Paper
from cli.words import Words
from models.content.answers import ChangeNotice, Withdrawal
from models.stages import Stage
from models.tables import Case, CaseOpened, Notice, ShownText
from models.tables.base import METADATA
from models.tasks import TASKS
from models.tasks import TaskKind as K
from portal.forms import ACTING, FORMS
from portal.interface.app import officers_interface
from portal.interface.views.file import HAND_OVER, labelled
from portal.words import word
from record.database.engine import Database
from record.views.case_file import ACCOUNT_TASKS
from templates.sentences import grouped
from tests.fixtures.databases import OWNER
from tests.forms import FORMS as FILLED
from tests.play import Play

S = Stage
IBAN = "DE02120300000000202051"
MASKED = "DE02 … 2051"
OTHER = "DE02500105170137075030"


class Desk:
    """The officers' interface of a play, asked as one officer."""

    def __init__(self, play: Play, name: str = "") -> None:
        engine = SimpleNamespace(
            db=play.db, gateway=play.gateway, directory=play.directory, settings=SimpleNamespace(mode="embedded")
        )
        self.play, self._app, self._name = play, officers_interface(engine), name

    def get(self, path: str) -> dict[str, Any]:
        """The document behind a path."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
                return await client.get(path, headers={"X-Wir-As": self._name} if self._name else {})

        reply = asyncio.run(ask())
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def task(self, case: str, kind: K) -> dict[str, Any]:
        """The open task of a kind, as the day's list shows it."""
        return next(t for t in self.get("/today")["tasks"] if t["case"] == case and t["kind"] == kind)

    def shown(self, case: str, kind: K) -> dict[str, Any]:
        """``show TASK``."""
        return self.get(f"/doc/{self.task(case, kind)['id']}")


@pytest.fixture
def db_role() -> str:
    """The letter is read at the desk too, and its log-ins are not the worker's."""
    return OWNER


@pytest.fixture
def play(db: Database) -> Play:
    """A fresh installation."""
    return Play(db)


def _terminal(capsys: pytest.CaptureFixture[str], printer: Any, view: dict[str, Any], *more: Any) -> str:
    """What a person reads, with line breaks of the terminal taken out."""
    capsys.readouterr()
    printer(Paper(Words("de", "./starter.py")), view, *more)
    return " ".join(capsys.readouterr().out.split())


def test_the_terminal_and_json_tell_what_differs_from_the_draft_that_came_back(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    case = play.apply()
    play.drive(case, S.DRAFTING)
    play.answer(case, K.DRAFT_DECISION, "award", by="sim-berg", amount_cents=4_500_000, reason="Sachausgaben gekürzt.")
    play.answer(case, K.SIGN_DECISION, "send_back", by="sim-tal", reason="Welche?")
    view = Desk(play, "sim-berg").shown(case, K.DRAFT_DECISION)
    told = _terminal(capsys, print_task_page, view, "sim-berg")
    assert "Zurückgegeben hat ihn sim-tal, Di 02.01.2018: „Welche?“" in told
    assert "Betrag: „45.000,00 €“ Begründung: „Sachausgaben gekürzt.“" in told
    assert "--reason 'Sachausgaben gekürzt.'" not in told, "a line is pasted as it stands"
    draft = {"amount_cents": 4_500_000, "reason": "Fahrten gekürzt."}
    play.answer(case, K.DRAFT_DECISION, "award", by="sim-berg", **draft)
    view = Desk(play, "sim-tal").shown(case, K.SIGN_DECISION)
    told = _terminal(capsys, print_task_page, view, "sim-tal")
    assert "Begründung: davor „Sachausgaben gekürzt.“, jetzt „Fahrten gekürzt.“" in told
    assert "Davor: Gründe der teilweisen Ablehnung: Sachausgaben gekürzt." in told
    assert "Jetzt: Gründe der teilweisen Ablehnung: Fahrten gekürzt." in told
    back = view["sent_back"]
    assert (back["by"], back["reason"], back["before"]["choice"]) == ("sim-tal", "Welche?", "award")
    assert [one["name"] for one in back["changed"]] == ["reason"]
    (letter,) = back["letters"]
    assert [part["mark"] for part in letter["paragraphs"][0]] == ["same", "struck", "added", "same"]


# what the municipality sent -----------------------------------------------------------------------


def test_every_field_of_an_application_reaches_the_officer(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply(
        project_title="Netz der Lotsinnen",
        position_share_percent=37,
        staff_cents=4_100_001,
        material_cents=900_002,
        own_cents=12_003,
        concept="Erste Zeile\nzweite Zeile",
        not_begun=False,
        electronic_service=True,
        acting_name="Simulierte Frau Muster",
        acting_function="Simulierte Fachstelle Integration",
    )
    wanted = {
        "Name des Vorhabens": "Netz der Lotsinnen",
        "Stellenanteil in Prozent": "37",
        "Beantragter Betrag": "50.000,00\u00a0€",
        "Personalausgaben": "41.000,01\u00a0€",
        "Sachausgaben": "9.000,02\u00a0€",
        "Eigenmittel der Kommune": "120,03\u00a0€",
        "Kurze Beschreibung des Vorhabens": "Erste Zeile\nzweite Zeile",
        "Dateien": "keine Dateien",
        "Hat das Vorhaben schon begonnen?": "Ja, wir setzen ein laufendes Vorhaben fort",
        "Dürfen wir Ihnen Bescheide per E-Mail senden?": "Ja",
        "Ihr Name": "Simulierte Frau Muster",
        "Ihre Funktion": "Simulierte Fachstelle Integration",
    }
    desk = Desk(play, "sim-berg")
    for view in (desk.get(f"/case/{case}"), desk.shown(case, K.CHECK_COMPLETENESS)):
        sent = view["submissions"][0]
        assert {field["label"]: field["text"] for field in sent["fields"]} == wanted
        assert "Angaben sind vollständig und richtig" in sent["declaration"]
        assert "Landkreis Fulda" in sent["declaration"]
    assert desk.task(case, K.CHECK_COMPLETENESS)["warnings"] == ["already_begun"]

    read = _terminal(capsys, print_case, desk.get(f"/case/{case}"))
    for label, said in wanted.items():
        assert label in read
        assert " ".join(said.split()) in read, label
    assert "hat das Vorhaben schon begonnen" in _terminal(capsys, print_today, desk.get("/today"))


@pytest.mark.parametrize("kind", FORMS)
def test_every_field_of_every_form_is_shown_with_the_label_the_clerk_saw(play: Play, kind: K) -> None:
    case = play.apply()
    form = FORMS[kind]
    content: dict[str, Any] = {"acting_name": "Simulierte Person", "acting_function": "Simulierte Stelle"}
    filled = FILLED.get(form.model)
    content |= filled(play.states[case], play.today) if filled else {"requested_cents": 1}
    content |= {"odd": [{"code": one.about, "reason": f"Grund {one.about}"} for one in form.fields if one.about]}
    told = {"recipient": "Landkreis Fulda", "need_window_months": 2}
    sent = {"kind": kind, "by": "clerk:06631", "command": "d5fee8e3-0000", "content": content}
    shown = labelled(sent, told)
    labels = [field["label"] for field in shown["fields"]]
    for one in (*form.fields, *ACTING):
        table = f"field.{one.name}"
        assert (word(table, "row") or word(table, "label")) in labels, one.name
    assert len(labels) == len(form.fields) + len(ACTING)
    assert all(field["text"] for field in shown["fields"])
    assert shown["number"] == "D5FE-E8E3", "as on the clerk's receipt"
    assert "{" not in shown["declaration"]
    assert shown["declaration"].startswith("Ich bestätige")
    assert labelled({**sent, "by": "officer:sim-berg"}, told)["declaration"] == "", "the clerk ticked nothing"


def test_no_field_of_a_form_stays_unseen() -> None:
    """A field added to a form's model only is stored, and nobody would ever read it."""
    not_typed = {"odd", "complete_and_true"}  # reasons have fields of their own; what is ticked is the declaration
    for kind, form in FORMS.items():
        named = {one.name for one in (*form.fields, *ACTING)} | not_typed
        assert set(form.model.model_fields) <= named, f"{kind}: no officer sees {set(form.model.model_fields) - named}"


def test_who_was_handed_a_task_is_shown(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.AWARD_NOTIFIED, declare_acceptance="leave")
    task = play.task(case, K.DECLARE_ACCEPTANCE).id
    person = {"name": "Simulierte Kollegin", "function": "Kasse", "email": "kasse@r06631.example"}
    sender = {"acting_name": "Simulierte Person", "acting_function": "Simulierte Stelle"}
    assert play.start(case, "hand_over", {"task": task, **person, **sender}) == ""
    sent = Desk(play, "sim-berg").get(f"/case/{case}")["submissions"][-1]
    assert sent["kind"] == "hand_over"
    assert {field["text"] for field in sent["fields"]} == {*person.values(), *sender.values()}
    assert {field["label"] for field in sent["fields"]} >= {word(f"field.{n}", "label") for n in HAND_OVER.values()}


def test_what_was_refused_or_recorded_by_an_officer_is_told_apart(play: Play) -> None:
    case = play.apply()
    play.apply(cents=4_000_000)  # a second application is refused, and on record
    play.drive(case, S.DISBURSING)
    change = play.form(case, ChangeNotice, details="Seit heute unbesetzt.")
    assert play.start(case, "notify_change", change, by="sim-berg") == ""
    sent = Desk(play, "sim-berg").get(f"/case/{case}")["submissions"]
    assert [(one["kind"], one["refused"], one["by"]) for one in sent] == [
        ("apply", "", "clerk:06631"),
        ("apply", "duplicate_application", "clerk:06631"),
        ("declare_acceptance", "", "clerk:06631"),
        ("notify_change", "", "officer:sim-berg"),
    ]
    assert "Seit heute unbesetzt." in {field["text"] for field in sent[-1]["fields"]}
    signatories = {field["label"]: field["text"] for field in sent[2]["fields"]}
    assert signatories["Erste Person: Name und Funktion"] == "Simulierte Person Eins"
    assert signatories["Zweite Person: Name und Funktion"] == "Simulierte Person Zwei"


# the account --------------------------------------------------------------------------------------


def _declared(play: Play, key: str = "06631", iban: str = IBAN) -> str:
    case = play.apply(key)
    play.drive(case, S.AWARD_NOTIFIED, declare_acceptance="leave")
    assert play.answer(case, K.DECLARE_ACCEPTANCE, iban=iban, account_holder=f"Simulierte Kasse {key}") == ""
    return case


def test_each_who_decides_on_an_account_sees_it_whole_and_lists_mask_it(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    case = _declared(play)
    desk, seen = Desk(play), []

    def look(kind: K) -> Any:
        seen.append(kind)
        account = desk.shown(case, kind)["tasks"][0]["account"]
        assert (account["iban"], account["holder"]) == (IBAN, "Simulierte Kasse 06631")
        assert account["bank"] == "Deutsche Kreditbank Berlin"
        assert desk.task(case, kind)["account"] == account | {"iban": MASKED}
        for printer, found in ((print_today, desk.get("/today")), (print_case, desk.get(f"/case/{case}"))):
            read = _terminal(capsys, printer, found)
            assert MASKED in read
            assert grouped(IBAN) not in read
            assert "Simulierte Kasse 06631" in read
            assert "Deutsche Kreditbank Berlin" in read
        assert grouped(IBAN) in _terminal(capsys, print_task_page, desk.shown(case, kind), "")
        return account

    assert look(K.CALL_BACK)["state"] == "declared"
    call = {"number_known_from": "Akte von 2016", "spoken_with_function": "Leitung der Kasse", "reason": "Frau M."}
    assert play.answer(case, K.CALL_BACK, "not_reached", reason="Besetzt.") == ""
    assert play.answer(case, K.CALL_BACK, **call) == ""
    account = look(K.CONFIRM_BANK_DETAILS)
    assert account["state"] == "called_back"
    assert account["call_back"]["number_known_from"] == "Akte von 2016"
    assert account["call_back"]["spoken_with_function"] == "Leitung der Kasse"
    assert account["call_back"]["by"] == "sim-berg"
    read = _terminal(capsys, print_today, desk.get("/today"))
    assert "Akte von 2016" in read
    assert "niemand erreicht" in read
    assert "Gehörte Endstellen der IBAN: 2051" in read
    assert "Leitung der Kasse" in read
    assert "Frau M." in read
    assert play.answer(case, K.CONFIRM_BANK_DETAILS) == ""
    assert play.answer(case, K.REQUEST_DRAWDOWN) == ""
    look(K.CERTIFY_DRAWDOWN)
    assert play.answer(case, K.CERTIFY_DRAWDOWN) == ""
    assert look(K.APPROVE_DRAWDOWN)["state"] == "confirmed"
    assert play.answer(case, K.APPROVE_DRAWDOWN) == ""
    look(K.BOOK_PAYMENT)
    assert play.answer(case, K.BOOK_PAYMENT, "rejected") == ""
    look(K.REPAIR_PAYMENT)
    assert set(seen) == ACCOUNT_TASKS, "every kind that shows an account was looked at"


def test_an_account_of_two_recipients_is_a_warning_to_all_who_decide(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _declared(play)
    assert Desk(play).task(first, K.CALL_BACK)["warnings"] == [], "one account at one recipient is as it should be"
    second = _declared(play, "06411000")
    desk = Desk(play)
    for case, other in ((first, second), (second, first)):
        task = desk.task(case, K.CALL_BACK)
        assert task["warnings"] == ["account_elsewhere"]
        assert [one["case"] for one in task["account"]["elsewhere"]] == [other]
    read = _terminal(capsys, print_today, desk.get("/today"))
    names = {one["name"] for case in (first, second) for one in desk.task(case, K.CALL_BACK)["account"]["elsewhere"]}
    assert names == {"Landkreis Fulda", "Darmstadt, Wissenschaftsstadt"}
    for name in names:
        assert f"ACHTUNG: Dasselbe Konto hat auch {name} genannt (wir-fm-2018-" in read
    for kind in (K.CALL_BACK, K.CONFIRM_BANK_DETAILS, K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN):
        if kind is not K.REQUEST_DRAWDOWN:
            assert desk.task(first, kind)["warnings"] == ["account_elsewhere"], kind
        assert play.answer(first, kind) == ""
    assert desk.task(first, K.APPROVE_DRAWDOWN)["warnings"] == ["account_elsewhere"]


@pytest.mark.slow
def test_many_recipients_with_one_account_are_counted(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = _declared(play)
    others = [_declared(play, key) for key in ("06411000", "06412000", "06413000", "06414000", "06431")]
    account = Desk(play).task(case, K.CALL_BACK)["account"]
    assert [one["case"] for one in account["elsewhere"]] == others, "programs get all of them"
    read = _terminal(capsys, print_task_page, Desk(play).shown(case, K.CALL_BACK), "")
    assert read.count("Dasselbe Konto hat auch") == 3
    assert "Ebenso 2 weitere Kommunen." in read


def test_another_account_than_before_is_a_warning(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = _declared(play)
    assert play.answer(case, K.CALL_BACK, "differs", reason="Am Telefon war das Konto unbekannt.") == ""
    assert play.answer(case, K.DECLARE_ACCEPTANCE, iban=OTHER) == ""
    shown = Desk(play).shown(case, K.CALL_BACK)
    assert shown["tasks"][0]["account"]["iban"] == OTHER
    assert Desk(play).task(case, K.CALL_BACK)["warnings"] == ["account_changed"]
    whole = f"Vorher war ein anderes Konto genannt: {grouped(IBAN)}"
    assert whole in _terminal(capsys, print_task_page, shown, "")
    read = _terminal(capsys, print_today, Desk(play).get("/today"))
    assert f"Vorher war ein anderes Konto genannt: {MASKED}" in read
    assert whole not in read


def test_wrong_check_digits_are_a_warning(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the clerk's page checks them; a declaration that came by another way shows what it is."""
    case = _declared(play, iban="DE00120300000000202051")
    assert Desk(play).task(case, K.CALL_BACK)["account"]["well_formed"] is False
    assert "Prüfziffern der IBAN stimmen nicht" in _terminal(capsys, print_today, Desk(play).get("/today"))


# reasons ------------------------------------------------------------------------------------------


def _reasons(play: Play, case: str, kind: K) -> list[tuple[str, str]]:
    return [(one["what"], one["reason"]) for one in Desk(play).task(case, kind)["reasons"]]


def _in_case(play: Play, case: str, capsys: pytest.CaptureFixture[str], *texts: str) -> None:
    """Each text stands in the case's timeline, as JSON and on the terminal."""
    view = Desk(play).get(f"/case/{case}")
    told = [event.get("reason", "") for event in view["timeline"]]
    read = _terminal(capsys, print_case, view)
    for one in texts:
        assert one in told
        assert one in read


def test_a_payment_sent_back_comes_back_with_who_and_why(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    play.answer(case, K.REQUEST_DRAWDOWN)
    play.answer(case, K.CERTIFY_DRAWDOWN)
    assert play.answer(case, K.APPROVE_DRAWDOWN, "send_back", reason="Zu hoch für zwei Monate.") == ""
    task = Desk(play).task(case, K.CERTIFY_DRAWDOWN)
    assert task["reasons"][-1]["what"] == "approve_drawdown.send_back"
    assert task["reasons"][-1]["reason"] == "Zu hoch für zwei Monate."
    assert task["reasons"][-1]["who"].startswith("officer:sim-")
    read = _terminal(capsys, print_today, Desk(play).get("/today"))
    assert "Auszahlung anordnen: zurückgeben: Zu hoch für zwei Monate." in read
    assert play.answer(case, K.CERTIFY_DRAWDOWN, "refuse", reason="Der Bedarf ist nicht erklärt.") == ""
    _in_case(play, case, capsys, "Zu hoch für zwei Monate.", "Der Bedarf ist nicht erklärt.")


def test_blocks_refusals_returns_and_withdrawals_keep_their_reasons(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    case = play.apply()
    assert play.answer(case, K.CHECK_COMPLETENESS, "incomplete", items=["Konzept fehlt"], reason="Bitte neu.") == ""
    assert play.answer(case, K.COMPLETE_APPLICATION, "submit") == ""
    assert play.answer(case, K.CHECK_COMPLETENESS) == ""
    assert play.answer(case, K.EXAMINE, "refuse", reason="Kein Bedarf erkennbar.") == ""
    assert ("check_completeness.incomplete", "Konzept fehlt; Bitte neu.") in _reasons(play, case, K.DRAFT_DECISION)
    assert ("examine.refuse", "Kein Bedarf erkennbar.") in _reasons(play, case, K.DRAFT_DECISION)
    assert play.answer(case, K.DRAFT_DECISION, "refuse", reason="Der Bedarf ist nicht dargelegt.") == ""
    assert play.answer(case, K.SIGN_DECISION, "send_back", reason="Bitte Zahlen nennen.") == ""
    assert ("sign_decision.send_back", "Bitte Zahlen nennen.") in _reasons(play, case, K.DRAFT_DECISION)
    assert play.start(case, "withdraw", play.form(case, Withdrawal, reason="Stelle entfällt."), by="sim-berg") == ""
    texts = ("Kein Bedarf erkennbar.", "Der Bedarf ist nicht dargelegt.", "Bitte Zahlen nennen.", "Stelle entfällt.")
    _in_case(play, case, capsys, *texts)


def test_a_block_says_why_to_whoever_pays(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    play.answer(case, K.REQUEST_DRAWDOWN)
    assert play.start(case, "block", {"reason": "Hinweis auf Doppelförderung."}, by="sim-berg") == ""
    assert ("start.block", "Hinweis auf Doppelförderung.") in _reasons(play, case, K.CERTIFY_DRAWDOWN)
    shown = Desk(play).shown(case, K.CERTIFY_DRAWDOWN)
    refused = [(one["choice"], one["refused"]) for one in shown["effects"]]
    assert refused == [("certify", "payment_blocked"), ("refuse", "")]
    assert "ist zurzeit nicht möglich" in _terminal(capsys, print_task_page, shown, "")
    _in_case(play, case, capsys, "Hinweis auf Doppelförderung.")


# the letter, and the order ------------------------------------------------------------------------


def _content(db: Database) -> str:
    with db.read() as session:
        rows = [
            sorted(map(repr, session.connection().execute(text(f"SELECT * FROM {name}")).all()))  # noqa: S608
            for name in sorted(
                set(METADATA.tables) - {CaseOpened.__tablename__, ShownText.__tablename__}
            )  # that somebody looked changes nothing
        ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _award(play: Play) -> tuple[str, K]:
    case = play.apply()
    play.drive(case, S.SIGNATURE_PENDING)
    return case, K.SIGN_DECISION


def _partial_award(play: Play) -> tuple[str, K]:
    case = play.apply()
    play.drive(case, S.DRAFTING)
    assert play.answer(case, K.DRAFT_DECISION, amount_cents=4_500_000, reason="Sachausgaben sind zu hoch.") == ""
    return case, K.SIGN_DECISION


def _refusal(play: Play) -> tuple[str, K]:
    case = play.apply()
    play.drive(case, S.SIGNATURE_PENDING, check_completeness="refuse", draft_decision="refuse")
    return case, K.SIGN_DECISION


def _extension(play: Play) -> tuple[str, K]:
    case = play.apply()
    play.drive(case, S.PROOF_DUE)
    assert play.start(case, "open", {"kind": "request_extension"}) == ""
    play.answer(case, K.REQUEST_EXTENSION, "request")
    play.answer(case, K.DECIDE_EXTENSION)
    return case, K.SIGN_EXTENSION


def _claim(play: Play) -> tuple[str, K]:
    case = play.apply()
    play.drive(case, S.PROOF_DUE)
    play.answer(case, K.PROVE_USE, staff_cents=4_000_000)
    assert play.answer(case, K.CHECK_PROOF, "accept", reason="INTERN: Frau X war lange krank.") == ""
    return case, K.APPROVE_PROOF


def _revocation(play: Play) -> tuple[str, K]:
    case = play.apply()
    play.drive(case, S.REVOCATION, check_proof="finding")
    return case, K.SIGN_REVOCATION


LETTERS = {
    "award": _award,
    "partial_award": _partial_award,
    "refusal": _refusal,
    "extension": _extension,
    "claim": _claim,
    "revocation": _revocation,
}


@pytest.mark.parametrize("life", LETTERS)
def test_the_letter_that_is_shown_is_the_letter_that_is_sent(
    play: Play, life: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case, kind = LETTERS[life](play)
    signer = play.actor(case, kind).id
    before = _content(play.db)
    shown = Desk(play, signer).shown(case, kind)
    assert _content(play.db) == before, "reading writes nothing"
    (effect,) = (one for one in shown["effects"] if one["letters"])
    (letter,) = effect["letters"]
    assert effect["signed_on"] == play.today.isoformat()
    assert play.answer(case, kind, effect["choice"], by=signer) == ""
    with play.db.read() as session:
        notice = session.get_one(Notice, letter["id"])
    assert letter["text"] == notice.body, "byte for byte"
    assert letter["drafted_by"] == notice.drafted_by
    read = _terminal(capsys, print_task_page, shown, signer)
    assert " ".join(notice.body.split()) in read


@pytest.mark.parametrize("life", LETTERS)
def test_to_whoever_does_not_sign_day_and_name_stand_as_what_they_will_be(play: Play, life: str) -> None:
    case, kind = LETTERS[life](play)
    signer = play.actor(case, kind).id
    real = Desk(play, signer).shown(case, kind)["effects"][0]["letters"][0]["text"]
    drafter = Desk(play).shown(case, kind)["effects"][0]["letters"][0]["drafted_by"]
    for reader in ("", drafter):
        effect = Desk(play, reader).shown(case, kind)["effects"][0]
        plain = effect["letters"][0]["text"]
        assert (effect["signer"], effect["signed_on"]) == ("", "")
        assert "Datum: [Tag der Zeichnung]" in plain
        assert "[Name der zeichnenden Person]" in plain
        differing = [(a, b) for a, b in zip(real.splitlines(), plain.splitlines(), strict=True) if a != b]
        assert [b for _, b in differing] == ["Datum: [Tag der Zeichnung]", "[Name der zeichnenden Person]"]


def test_every_task_that_signs_is_among_the_letters() -> None:
    """A new kind of task that signs a letter must be shown before it is signed, too."""
    shown = {K.SIGN_DECISION, K.SIGN_EXTENSION, K.SIGN_REVOCATION}  # those of LETTERS, and the approval of a claim
    assert {kind for kind, task in TASKS.items() if "sign" in task.choices} == shown


def test_the_order_is_shown_before_it_is_approved(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply()
    play.drive(case, S.DISBURSING)
    play.answer(case, K.REQUEST_DRAWDOWN)
    play.answer(case, K.CERTIFY_DRAWDOWN)
    shown = Desk(play).shown(case, K.APPROVE_DRAWDOWN)
    (order,) = shown["effects"][0]["orders"]
    assert play.answer(case, K.APPROVE_DRAWDOWN) == ""
    made = play.states[case].orders[order["id"]]
    assert (order["amount_cents"], order["budget_year"]) == (made.cents, made.year)
    read = _terminal(capsys, print_task_page, shown, "")
    assert "Auszahlung von 25.000,00 €, Auftrag FM18-06631-D01-A1, Haushaltsjahr 2018." in read


def test_a_partial_award_needs_its_reason_and_prints_it(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.DRAFTING)
    assert play.answer(case, K.DRAFT_DECISION, amount_cents=4_500_000) == "reason_missing"
    assert play.answer(case, K.DRAFT_DECISION, amount_cents=4_500_000, reason="Sachausgaben nicht förderfähig.") == ""
    assert play.answer(case, K.SIGN_DECISION) == ""
    body = _body(play, case)
    assert "Im Übrigen wird der Antrag abgelehnt." in body
    assert "Sachausgaben nicht förderfähig." in body


def test_a_smaller_proposal_asks_the_drafter_for_the_reason(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.SUBSTANTIVE_REVIEW)
    assert play.answer(case, K.EXAMINE, amount_cents=4_000_000, reason="INTERN: bitte begründen") == ""
    task = Desk(play).task(case, K.DRAFT_DECISION)
    award = next(choice for choice in task["choices"] if choice["choice"] == "award")
    assert [field["required"] for field in award["fields"] if field["option"] == "reason"] == [True]
    assert ("examine.award", "INTERN: bitte begründen") in _reasons(play, case, K.DRAFT_DECISION)
    assert play.answer(case, K.DRAFT_DECISION) == "reason_missing"
    assert play.answer(case, K.DRAFT_DECISION, reason="Die Sachausgaben sind nicht förderfähig.") == ""
    assert play.answer(case, K.SIGN_DECISION) == ""
    body = _body(play, case)
    assert "Die Sachausgaben sind nicht förderfähig." in body
    assert "INTERN" not in body, "a note of the examination goes to nobody"


def test_a_whole_award_prints_no_reason(play: Play) -> None:
    case = play.apply()
    play.drive(case, S.DRAFTING)
    assert play.answer(case, K.DRAFT_DECISION, reason="Vermerk für die Akte.") == ""
    assert play.answer(case, K.SIGN_DECISION) == ""
    assert "Vermerk" not in _body(play, case)


def test_the_note_of_the_check_goes_to_nobody(play: Play) -> None:
    case, _ = _claim(play)
    assert play.answer(case, K.APPROVE_PROOF) == ""
    body = _body(play, case)
    assert "INTERN" not in body
    assert "Frau X" not in body
    assert "Anerkannte Ausgaben: 40.000,00" in body
    with play.db.read() as session:
        mails = session.connection().execute(text("SELECT mime FROM outbox")).all()
    assert not any(b"Frau X" in bytes(mime) for (mime,) in mails)


def test_approving_a_check_says_that_it_sends_a_repayment_act(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case, _ = _claim(play)
    task = Desk(play).task(case, K.APPROVE_PROOF)
    assert task["brief"]["sends_claim_cents"] == 1_000_000
    read = _terminal(capsys, print_today, Desk(play).get("/today"))
    assert "Die Freigabe sendet einen Erstattungsbescheid über: 10.000,00 €" in read
    assert "sendet dieses Schreiben: Rückforderungsbescheid" in _terminal(
        capsys, print_task_page, Desk(play).shown(case, K.APPROVE_PROOF), ""
    )


def test_approving_a_check_without_a_rest_announces_no_act(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    case = play.apply()
    play.drive(case, S.PROOF_CHECK)
    play.answer(case, K.CHECK_PROOF)
    assert [one["letters"] for one in Desk(play).shown(case, K.APPROVE_PROOF)["effects"]] == [[], []]
    assert "sendet einen Erstattungsbescheid über" not in _terminal(capsys, print_today, Desk(play).get("/today"))


def _body(play: Play, case: str) -> str:
    """The newest notice of a case."""
    with play.db.read() as session:
        query = select(Notice).join(Case, col(Case.id) == col(Notice.case_id)).where(Notice.case_id == case)
        return str(session.exec(query.order_by(col(Notice.signed_at).desc())).first().body)  # type: ignore[union-attr]
