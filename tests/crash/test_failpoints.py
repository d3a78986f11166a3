"""Named moments: dead code unless a test arms one, and refused where real grants are decided."""

import signal
import subprocess
import sys

import pytest

from gateway.start.environment import load_settings
from gateway.start.settings import SettingsError
from record.database import failpoints
from record.database.failpoints import POINTS, VARIABLE, Failpoint
from tests.crash.processes import ROOT
from tests.gateway.test_settings import PRODUCTION

WRONG = ["nowhere:1", "before_commit", "before_commit:", "before_commit:one", ":1"]

COMES_THREE_TIMES = """
from record.database.failpoints import reached
for turn in (1, 2, 3):
    print(turn, flush=True)
    reached("before_commit", "apply")
    reached("before_commit", "bank.booked")
    reached("after_commit", "apply")
"""


@pytest.mark.parametrize("armed", WRONG)
def test_what_cannot_be_reached_cannot_be_armed(armed: str) -> None:
    with pytest.raises(ValueError, match=r"no point|invalid literal"):
        Failpoint(armed)


@pytest.mark.parametrize(
    ("armed", "turns"),
    [("before_commit:1", 1), ("before_commit:3", 2), ("before_commit/bank.booked:2", 2), ("before_commit/x:1", 3)],
)
def test_a_process_dies_at_its_moment(armed: str, turns: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMES_THREE_TIMES], cwd=ROOT, env={VARIABLE: armed}, capture_output=True, check=False
    )
    assert done.stdout.decode().split() == [str(turn + 1) for turn in range(turns)]
    assert done.returncode == (0 if armed == "before_commit/x:1" else -signal.SIGKILL)


def test_a_process_fails_at_its_moment_where_an_error_is_armed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMES_THREE_TIMES],
        cwd=ROOT,
        env={VARIABLE: "error@before_commit/apply:2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.returncode) == (["1", "2"], 1)
    assert "FailpointError: WIR_FAILPOINT at before_commit" in done.stderr


def test_nothing_is_armed_by_itself() -> None:
    assert failpoints._armed is None
    for point in POINTS:
        failpoints.reached(point)


def test_production_does_not_start_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(VARIABLE, "before_commit:1")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert [line.partition(":")[0] for line in refused.value.lines] == [VARIABLE]
