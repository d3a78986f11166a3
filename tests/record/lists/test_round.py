"""The table of a round: all recipients with their money and dates, who was invited, whose mail came back."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.pages.tables import print_round
from cli.paper import Paper
from cli.words import Words
from models.stages import Stage
from models.tables import Outbox
from models.tasks import TaskKind as K
from record.database.engine import Database
from record.views.lists.rounds import CENTS, round_view
from tests.desk.site import Visitor, visitor
from tests.forms import ACTING
from tests.play import Play
from tests.record.test_rounds import ID, Rounds

pytestmark = pytest.mark.slow

PAID, ASKED, GONE, LOST = "06631", "06632", "06633", "06634"


@pytest.fixture
def rounds(early_url: str) -> Iterator[Rounds]:
    """A round of everybody: one has been paid a part, one has applied, one has withdrawn, one gets no mail."""
    with closing(Database(early_url)) as db:
        found = Rounds(Play(db))
        lost = found.play.directory.find(LOST, found.play.today).identity

        def refused(mail: Outbox) -> bool:
            return mail.recipient == lost

        found.play.refuse = refused
        found.open()
        found.play.settle()
        paid = found.play.apply(PAID)
        found.play.drive(paid, Stage.DISBURSING)
        for kind in (K.REQUEST_DRAWDOWN, K.CERTIFY_DRAWDOWN, K.APPROVE_DRAWDOWN, K.BOOK_PAYMENT):
            found.play.answer(paid, kind)
        found.play.apply(ASKED, cents=1_234_567)
        gone = found.play.apply(GONE)
        assert (
            found.play.start(gone, "withdraw", {**ACTING, "reason": "Die Stelle wird nicht besetzt."}, by="sim-berg")
            == ""
        )
        yield found


def viewed(rounds: Rounds) -> dict[str, Any]:
    with rounds.db.read() as session:
        return round_view(session, rounds.play.directory, ID)


def test_the_round_knows_money_answers_and_mail_that_came_back(rounds: Rounds) -> None:
    view = viewed(rounds)
    rows = {row["key"]: row for row in view["cases"]}
    paid = rows[PAID]
    assert paid["ordered_cents"] > 0
    assert paid["to_call_cents"] == paid["awarded_cents"] - paid["ordered_cents"] > 0
    assert (rows[GONE]["gave_up"], rows[ASKED]["gave_up"], rows[GONE]["to_call_cents"]) == (True, False, 0)
    assert view["sums"] == {name: sum(row[name] for row in rows.values()) for name in CENTS}
    invited = {one["key"]: one for one in view["invitations"]}
    assert len(invited) == 33
    assert [key for key, one in invited.items() if one["bounced"]] == [LOST]
    assert {key for key, one in invited.items() if one["state"] == "answered"} == {PAID, ASKED, GONE}
    assert view["invitations_open"] == 30


@pytest.mark.parametrize("lang", ["de", "en"])
def test_at_eighty_columns_no_money_is_cut(
    rounds: Rounds, lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    view, words = viewed(rounds), Words(lang, "./starter.py")
    row = next(row for row in view["cases"] if row["key"] == PAID)
    row |= {name: 165_000_000 - number for number, name in enumerate(CENTS)} | {"expected_by": "2019-04-30"}
    print_round(Paper(words), view)
    lines = capsys.readouterr().out.splitlines()
    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= 80
    for name in ("requested", "awarded", "ordered", "booked", "repaid", "to_call", "expected"):
        assert words.amount(row[f"{name}_cents"]).strip("€ ") in text, name
    assert words.last_day("2019-04-30") in text
    assert next(one["recipient"] for one in view["invitations"] if one["key"] == LOST) in text
    assert f"33, {'Anträge' if lang == 'de' else 'applications'}: 3" in text


def test_the_page_is_sorted_by_links_and_says_who_has_not_answered(rounds: Rounds, tmp_path: Path) -> None:
    browser = visitor(rounds.play, tmp_path)
    with closing(browser.http):
        browser.log_in("sim-berg").open("/runden")
        assert browser.address == f"/runde/{ID}"
        names = [row["recipient"] for row in viewed(rounds)["cases"]]
        assert shown(browser, names) == sorted(names, key=str.casefold)
        for column in ("requested", "to_call", "stage", "due", "recipient"):
            down = f"/runde/{ID}?order=-{column}"
            up = shown(browser.open(f"/runde/{ID}?order={column}"), names)
            assert 'aria-sort="ascending"' in browser.html
            assert f'href="{down}#faelle"' in browser.html
            browser.open(down)
            assert 'aria-sort="descending"' in browser.html
            assert set(up) == set(shown(browser, names)) == set(names)
        browser.open(f"/runde/{ID}?order=-requested")
        assert shown(browser, names)[-1] == next(r["recipient"] for r in viewed(rounds)["cases"] if r["key"] == ASKED)
        assert browser.open(f"/runde/{ID}?order=nothing").status == 200
        text = browser.text
    lost = next(one["recipient"] for one in viewed(rounds)["invitations"] if one["key"] == LOST)
    assert f"E-Mail unzustellbar1: {lost}" in text
    assert "Ohne Antrag30: " in text
    assert (
        f"Zurückgenommen oder verzichtet1: {next(r['recipient'] for r in viewed(rounds)['cases'] if r['gave_up'])}"
        in text
    )


def shown(browser: Visitor, names: list[str]) -> list[str]:
    """The recipients of the table, in order."""
    table = browser.html[browser.html.index("<tbody>") :]
    return sorted(names, key=lambda name: table.index(f">{name}</a>"))
