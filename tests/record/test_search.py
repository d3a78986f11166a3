"""A caller names something, and its case is found: each kind of thing, on both databases, folded and bounded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select

from models.commands import reference_number
from models.errors import RefusedError
from models.stages import Stage
from models.tables import BankLine, CommandRow, InboundMail, Order, Outbox, Round, SearchWords
from models.tasks import TaskKind as K
from record.database.clock import legal_now, legal_today
from record.database.engine import Database
from record.database.words import enter_all, excerpt, fold, words
from record.telephones import on_file
from record.views.looks import MANY, MOST, What, readings
from record.views.search import LONGEST, search
from tests.inbound.house import World, written
from tests.play import Play, programmes
from tests.record import rows

CASE, ROUND = "wir-fm-2018-06631", "wir-fm-2018"
FILE_NUMBER = "RPDA - Dez. II 25-50 h 06/1-2017/7"
FULDA = "Landkreis Fulda"
GIESSEN = {"Gießen, Universitätsstadt", "Landkreis Gießen"}


@pytest.fixture
def played(db: Database) -> Play:
    """Fulda's case with money booked, and the town of Fulda's application."""
    play = Play(db)
    with db.write() as session:
        session.add(Round(id=ROUND, line="fm", year=2018, opened_at=legal_now(session)))
    assert play.apply(concept="Beratung für Geflüchtete in Großenlüder", acting_name="Erika Löwe") == CASE
    play.drive(CASE, Stage.DISBURSING)
    play.answer(CASE, K.REQUEST_DRAWDOWN)
    for kind in (K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
        play.answer(CASE, kind)
    play.apply("06631009", cents=141_237)
    assert play.start(CASE, "set_file_number", {"file_number": FILE_NUMBER}, by="sim-berg") == ""
    return play


def found(play: Play, text: str) -> dict[str, Any]:
    """What the search says."""
    with play.db.read() as session:
        return search(session, programmes(), text)


def of(play: Play, text: str, what: What) -> list[dict[str, Any]]:
    """The hits of a kind."""
    return [hit for hit in found(play, text)["hits"] if hit["what"] == what]


def first(play: Play, table: Any, *where: Any) -> Any:
    """The first row of a table for which something holds."""
    with play.db.read() as session:
        return session.exec(select(table).where(*where).order_by(table.id)).first()


@dataclass(frozen=True)
class Named:
    """What a caller says, and as what it is found in Fulda's case."""

    what: What
    says: Callable[[Play], str]


def _order(play: Play) -> str:
    return str(first(play, Order).id)


def _receipt(play: Play) -> str:
    return reference_number(first(play, CommandRow, CommandRow.kind == "apply", CommandRow.case_id == CASE).id)


def _mail(play: Play) -> str:
    return str(first(play, Outbox, Outbox.case_id == CASE).id[:8])


def _telephone(play: Play) -> str:
    with play.db.read() as session:
        return on_file(session, "fulda-district", legal_today(session))[0][0].written


NAMED = {
    "municipality": Named(What.RECIPIENT, lambda _: "landkreis ful"),
    "official key": Named(What.KEY, lambda _: "06631"),
    "case": Named(What.CASE, lambda _: " WIR-FM-2018-06631 "),
    "file number": Named(What.FILE_NUMBER, lambda _: FILE_NUMBER.lower()),
    "receipt number": Named(What.RECEIPT, _receipt),
    "receipt number without its dash": Named(What.RECEIPT, lambda play: _receipt(play).replace("-", "").lower()),
    "payment": Named(What.ORDER, lambda play: _order(play).lower()),
    "bank line of a payment": Named(What.BANK_LINE, _order),
    "contact by name": Named(What.CONTACT, lambda _: "simulierte vertretung fulda"),
    "contact by address": Named(What.CONTACT, lambda _: "Fachstelle@r06631.example"),
    "telephone": Named(What.TELEPHONE, _telephone),
    "telephone in another writing": Named(What.TELEPHONE, lambda play: "+49 (0)69 / 90009-" + _telephone(play)[-3:]),
    "telephone without its area code": Named(What.TELEPHONE, lambda play: _telephone(play)[4:]),
    "mail": Named(What.MAIL, _mail),
    "amount requested": Named(What.REQUESTED, lambda _: "50.000,00 €"),
    "amount awarded, in English": Named(What.AWARDED, lambda _: "€50,000.00"),
    "amount ordered": Named(What.ORDERED, lambda _: "25000"),
    "amount of a bank line": Named(What.BANK_LINE, lambda _: "25.000"),
    "words of a notice": Named(What.NOTICE, lambda _: "Verwaltungsgericht Kassel"),
    "words of a mail": Named(What.MAIL, lambda _: "Zuwendungsbescheid"),
    "words of the application": Named(What.SUBMISSION, lambda _: "gefluchtete grossenlueder"),
    "words of an officer": Named(What.DECISION, lambda _: "Simulierte Kassenleiterin"),
}


@pytest.mark.sql
def test_each_kind_of_thing_a_caller_names_leads_to_its_case(played: Play) -> None:
    for name, named in NAMED.items():
        hits = [hit for hit in of(played, named.says(played), named.what) if hit["case"] == CASE]
        assert hits, (name, found(played, named.says(played)))
        assert hits[0]["recipient"] == {"name": FULDA, "key": "06631"}, name
        assert (hits[0]["round"], hits[0]["stage"]) == (ROUND, "disbursing"), name
        assert hits[0]["excerpt"], name
        assert hits[0]["at"], name
    assert [hit["round"] for text in (ROUND, "2018") for hit in of(played, text, What.ROUND)] == [ROUND, ROUND]


def test_a_mail_that_came_in_is_found_by_its_words(db: Database, tmp_path: Any) -> None:
    world = World(db, tmp_path)
    world.receive(written("Wer ist zuständig für Möbel?", world.contact().email, "wir@rp.example", subject="Büro"))
    hits = of(world.play, "moebel buro", What.INBOUND)
    mail = first(world.play, InboundMail)
    assert [(hit["id"], hit["at"]) for hit in hits] == [(mail.id, mail.received_at.isoformat())]
    assert "Möbel" in hits[0]["excerpt"]


@pytest.mark.sql
def test_a_name_is_found_however_it_is_written(played: Play) -> None:
    for text in ("Groß-Gerau", "gross gerau", "GROSS-GERAU", "gerau gro"):
        assert {hit["recipient"]["name"] for hit in of(played, text, What.RECIPIENT)} == {"Kreis Groß-Gerau"}, text
    assert {hit["recipient"]["name"] for hit in of(played, "giessen", What.RECIPIENT)} == GIESSEN
    assert of(played, "großgerau", What.RECIPIENT) == []


def test_what_means_several_is_listed_and_a_year_narrows(played: Play) -> None:
    hits = of(played, "fulda", What.RECIPIENT)
    assert sorted(hit["case"] for hit in hits) == [CASE, "wir-fm-2018-06631009"]
    assert {hit["case"] for hit in of(played, "fulda 2018", What.RECIPIENT)} == {hit["case"] for hit in hits}
    assert of(played, "fulda 2017", What.RECIPIENT) == []
    (none,) = of(played, "06411000", What.KEY)
    assert (none["case"], none["recipient"]["name"]) == ("", "Darmstadt, Wissenschaftsstadt")


def test_ids_come_before_names_amounts_and_words(played: Play) -> None:
    ranks = [
        {What.KEY: 0, What.CASE: 0, What.RECIPIENT: 1, What.CONTACT: 1}.get(What(hit["what"]), 3)
        for text in ("06631", "fulda")
        for hit in found(played, text)["hits"]
    ]
    halves = ranks[: len(found(played, "06631")["hits"])], ranks[len(found(played, "06631")["hits"]) :]
    for half in halves:
        assert half == sorted(half)
    assert halves[0][0] == 0
    times = [hit["at"] for hit in found(played, "zuwendung")["hits"] if hit["what"] != What.RECIPIENT]
    assert times == sorted(times, reverse=True)


@pytest.mark.sql
def test_signs_of_a_query_language_are_signs(played: Play) -> None:
    for text in ("fu_da", "kas%el", "a' OR '1'='1", "!fulda <-> x", "fulda & xyz", "' --"):
        assert found(played, f"{text} xyz")["hits"] == [], text
    for text in ("ful%", "fulda:*", "(fulda)", "'fulda'", "fulda\\"):
        assert of(played, text, What.RECIPIENT), text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "string_too_short"),
        ("%", "string_too_short"),
        ("_ & ' \\", "string_too_short"),
        ("  \t ", "string_too_short"),
        ("\u200b", "string_too_short"),
        ("x" * 10_000, "string_too_long"),
        ("x" * (LONGEST + 1), "string_too_long"),
        ("ful\x00da", "control_characters"),
        ("ful\nda", "control_characters"),
        ("\ud800fulda", "control_characters"),
    ],
)
def test_what_nobody_can_look_for_is_refused(db: Database, text: str, code: str) -> None:
    with db.read() as session, pytest.raises(RefusedError) as no:
        search(session, programmes(), text)
    assert (no.value.code, no.value.details["fields"][0]["code"]) == ("bad_content", code)


def test_only_so_many_are_shown_and_the_rest_is_counted(played: Play) -> None:
    with played.db.write() as session:
        for number in range(MOST + 7):
            session.add(BankLine(**_line(number)))
    view = found(played, "12.345,67")
    assert (len(view["hits"]), view["left_out"], view["more"]) == (MOST, 7, False)
    assert {hit["what"] for hit in view["hits"]} == {What.BANK_LINE}
    assert {hit["case"] for hit in view["hits"]} == {""}
    with played.db.write() as session:
        at = legal_now(session)
        session.add_all(
            SearchWords(kind="mail", id=f"m{number}", case_id=CASE, at=at, words=" sonderwort")
            for number in range(MANY + 9)
        )
    view = found(played, "Sonderwort")
    assert (len(view["hits"]), view["left_out"], view["more"]) == (MOST, MANY - MOST, True)


def _line(number: int) -> dict[str, Any]:
    about = {"file_sha256": "f", "line_no": number, "reference": f"R{number}", "status": "booked"}
    return about | {"amount_cents": 1_234_567, "value_date": rows.AT.date()}


def test_keys_of_links_and_account_numbers_are_no_words(played: Play) -> None:
    with played.db.read() as session:
        kept = " ".join(str(one) for one in session.exec(select(SearchWords.words)))
    assert "de02120300000000202051" not in kept
    assert "http" not in kept
    assert found(played, "DE02120300000000202051")["hits"] == []
    assert found(played, "x" * LONGEST)["hits"] == []


def test_a_record_from_before_gets_its_words(played: Play) -> None:
    def kept() -> set[tuple[str, str, str]]:
        with played.db.read() as session:
            return {(row.kind, row.id, str(row.words)) for row in session.exec(select(SearchWords))}

    before = kept()
    assert {kind for kind, _, _ in before} == {"notice", "mail", "command"}
    with played.db.write() as session:
        enter_all(session)
    assert kept() == before


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("50.000,00", [5_000_000]),
        ("50.000", [5_000_000]),
        ("50000", [5_000_000]),
        ("50,000.00 EUR", [5_000_000]),
        ("50,000", [5_000, 5_000_000]),
        ("1412,37", [141_237]),
        ("1,412.37", [141_237]),
        ("06631", []),
        ("06151 12 0000", []),
        ("fulda", []),
        ("-50", []),
    ],
)
def test_an_amount_is_read_in_german_and_in_english(written: str, cents: list[int]) -> None:
    assert readings(written) == cents


def test_words_are_folded_alike_in_all_their_writings() -> None:
    assert fold("Köln") == fold("KOELN") == fold("Koln") == fold("Ko\u0308ln")
    assert fold("Straße") == fold("STRASSE")
    assert words("wir-fm-2018/N1, Ärger!") == ["wir", "fm", "2018", "n1", "arger"]
    text = "Vorwort. " * 20 + "Die Größe der Räume ist geklärt. " + "Nachwort. " * 20
    assert "Größe der Räume" in excerpt(text, ["raume"])
    assert len(excerpt(text, ["raume"])) < 200
