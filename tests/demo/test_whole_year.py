"""The whole demo as a newcomer starts it: 33 grants, 31 to their end, two left open, all sums agreeing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.server
@pytest.mark.slow
def test_the_whole_year(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("WIR_", "TEMPORAL_"))}
    done = subprocess.run(
        [sys.executable, str(ROOT / "starter.py"), "demo", "--data", str(data)],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert not done.stderr
    out = done.stdout
    assert "31 Fälle sind beendet, 2 sind offen, wie vorgesehen." in out
    assert "Bericht, Datenbank und 33 Verläufe in Temporal stimmen auf den Cent überein." in out
    assert "Zusagen: alle 9 gehalten." in out
    assert re.search(r"^Summe +33 +1\.625\.000,00 1\.575\.000,00 26\.412,37$", out, re.M)
    assert re.findall(r"^  (wir-fm-2018-\d+) ", out, re.M) == ["wir-fm-2018-06439", "wir-fm-2018-06633"]
    assert "\x1b" not in out
    assert 60 <= len(out.splitlines()) <= 200
    said = [line for line in out.splitlines() if "--data" not in line]
    assert max(map(len, said)) <= 80
