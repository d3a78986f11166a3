"""How a process ends that had a client of Temporal: with its own exit code and all its words, whatever a thread does.

An abort when the interpreter is taken down stands for the client's native threads, which abort it once in some
hundred ends (https://github.com/temporalio/sdk-python/issues/300).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assembly.process import CANNOT
from tests.gateway.test_settings import PRODUCTION

ROOT = Path(__file__).parents[1]
ABORTS_WHEN_TAKEN_DOWN = "import atexit, os, runpy, sys; atexit.register(os.abort); "
LEAVES = "from assembly.process import leave; print('said', end=''); print('told', end='', file=sys.stderr); leave(7)"


def run(body: str, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ABORTS_WHEN_TAKEN_DOWN + body, *args],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "WIR_LANG": "en"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_code_and_words_arrive() -> None:
    ended = run(LEAVES)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "said", "told")


def test_a_reader_who_left_changes_no_code() -> None:
    assert run("os.close(1); " + LEAVES).returncode == 7


@pytest.mark.parametrize("module", ["worker", "portal", "desk"])
@pytest.mark.sample(1)
def test_a_process_of_its_own(module: str, tmp_path: Path) -> None:
    starts = f"runpy.run_module('{module}', run_name='__main__', alter_sys=True)"
    ended = run(starts, WIR_DATA=str(tmp_path), WIR_SMTP_URL="smtp://mail.example", HOME=str(tmp_path))
    assert ended.returncode == CANNOT
    assert ended.stderr.startswith("TEMPORAL_ADDRESS: required")
    assert ended.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_desk_without_its_certificate_says_which_file_is_missing(tmp_path: Path) -> None:
    missing = tmp_path / "desk.pem"
    certificate = {"WIR_DESK_TLS_CERT": str(missing), "WIR_DESK_TLS_KEY": str(missing), "WIR_DESK_PROXIES": ""}
    starts = "runpy.run_module('desk', run_name='__main__', alter_sys=True)"
    ended = run(starts, **{**PRODUCTION, **certificate}, TEMPORAL_ADDRESS="temporal:7233")
    assert ended.returncode == CANNOT
    assert ended.stderr == f"WIR_DESK_TLS_CERT: cannot read {missing}: No such file or directory\n"


@pytest.mark.slow
def test_a_desk_of_its_own_belongs_to_production(tmp_path: Path) -> None:
    starts = "runpy.run_module('desk', run_name='__main__', alter_sys=True)"
    ended = run(starts, WIR_DATA=str(tmp_path), TEMPORAL_ADDRESS="temporal:7233")
    assert (ended.returncode, ended.stderr.partition(":")[0]) == (CANNOT, "WIR_MODE")


@pytest.mark.parametrize("verb", ["up", "demo"])
@pytest.mark.sample(1)
def test_a_verb_that_runs_the_stack(verb: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder", encoding="utf-8")
    starts = "sys.argv = ['starter.py', *sys.argv[1:]]; runpy.run_path('starter.py', run_name='__main__')"
    ended = run(starts, verb, "--data", str(file))
    assert ended.returncode in {2, CANNOT}, ended.stderr
    assert str(file) in ended.stderr + ended.stdout
