"""The first officers of a production installation: once, all or nobody, and enough hands for four eyes."""

import os
import re
from contextlib import closing
from pathlib import Path

import pytest

from gateway.first_officers import main
from models.tasks import Role
from record.database.engine import Database
from record.database.install import install
from record.people import officer_by_credential, officers
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


def test_each_gets_a_credential_that_opens_the_door_once(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.toml"
    file.write_text(TWO, encoding="utf-8")
    said: list[str] = []
    assert main([str(file)], lambda line: said.append(str(line))) == 0
    with closing(database), database.read() as session:
        today = officers(session)[0].valid_from
        for line in said:
            name, credential = line.split()
            found = officer_by_credential(session, credential, today)
            assert found is not None
            assert (found.id, found.simulated) == (name, False)
            assert credential not in str(found.model_dump())
    assert [line.split()[0] for line in said] == ["lang", "kurz"]
    assert main([str(file)]) == 1


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
    assert main([]) == 2
