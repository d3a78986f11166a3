"""The first officers of a production installation: once, all or nobody, and enough hands for four eyes."""

import os
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.first_officers import main
from models.tasks import Role
from record.database.engine import Database
from record.database.install import install
from record.logins.credentials import open_link
from record.people import officers
from tests.fixtures.postgres import Cluster
from tests.gateway.test_settings import PRODUCTION

ALL = ", ".join(f'"{role}"' for role in Role if role is not Role.APPLICANT)


def person(name: str, roles: str = ALL) -> str:
    return f'[[officer]]\nid = "{name}"\nname = "Simulierte {name}"\nemail = "{name}@rp.example"\nroles = [{roles}]\n'


TWO = person("lang") + person("kurz")


@pytest.fixture
def database(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An empty production installation; the environment leads to it."""
    url = postgres.url(postgres.create())
    for name in [n for n in os.environ if n.startswith("WIR_")]:
        monkeypatch.delenv(name)
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WIR_DATABASE_URL", url)
    db = Database(url)
    install(db, "production")
    return db


def told(*arguments: str) -> dict[str, str]:
    """The links that a call prints, by id."""
    said: list[str] = []
    assert main(arguments, lambda line: said.append(str(line))) == 0
    return dict(line.split() for line in said)


def person_of(database: Database, link: str) -> str:
    """For whom a link opens the desk; empty when it counts no more."""
    token = link.removeprefix("https://desk.rp-darmstadt.example/zugang/")
    with database.read() as session:
        found = open_link(session, token, datetime.now(UTC))
    return found.officer_id if found else ""


def test_each_gets_a_link_that_opens_the_desk(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(TWO, encoding="utf-8")
    links = told(str(file))
    with closing(database):
        assert {name: person_of(database, link) for name, link in links.items()} == {"lang": "lang", "kurz": "kurz"}
        with database.read() as session:
            assert not any(one.simulated for one in officers(session))
    assert main([str(file)]) == 1


def test_a_new_link_for_somebody_ends_the_one_before(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(TWO, encoding="utf-8")
    first = told(str(file))
    again = told("--again", "kurz")
    with closing(database):
        found = [person_of(database, link) for link in (first["lang"], first["kurz"], again["kurz"])]
    assert found == ["lang", "", "kurz"]


@pytest.mark.parametrize("arguments", [["--again", "nobody"], ["--again", "\u200b"]])
def test_nobody_gets_no_link(database: Database, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    database.close()
    assert main(arguments) == 1
    assert capsys.readouterr().err.endswith(": no officer of that id may act today\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (person("lang"), r"draft_decision and sign_decision need two people"),
        (person("lang", '"case_worker"') + person("kurz", '"co_signer"'), r"nobody has the role ministry"),
        (TWO + person("kurz"), r"kurz: id"),
        (TWO.replace("kurz@rp.example", "kurz"), r"kurz: email"),
        (TWO.replace("Simulierte kurz", r"\u200b"), r"kurz: name is empty, or nothing of it can be seen"),
        (TWO.replace("Simulierte kurz", r"a\u0000b"), r"kurz: name holds a character that cannot be printed"),
        (TWO.replace("Simulierte kurz", "kurz; lang"), r"kurz: name holds one of < > @"),
        (TWO.replace("co_signer", "king"), r"officer\.0\.roles"),
        (TWO + "[[officer", r"people\.toml: "),
        (TWO.replace("name", "nome", 1), r"officer\.0\.name: Field required"),
    ],
    ids=["one-hand", "no-role", "twice", "address", "unseen", "control", "signs", "role", "toml", "field"],
)
def test_a_wrong_file_adds_nobody(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: str
) -> None:
    file = tmp_path / "people.toml"
    file.write_text(text, encoding="utf-8")
    assert main([str(file)]) == 1
    said = capsys.readouterr()
    assert re.search(line, said.err), said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    with closing(database), database.read() as session:
        assert officers(session) == []


def test_a_missing_file_is_named(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database.close()
    assert main([str(tmp_path / "none.toml")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'none.toml'}: No such file or directory\n"
    assert main([]) == main(["--again"]) == main(["a", "b"]) == 2
