"""What a walk costs people, counted while it happens, and compared with the table that is committed.

Write the table anew after a wanted change: ``WIR_WRITE_COUNTS=1 .venv/bin/python -m pytest tests/e2e/test_walk.py``.
"""

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

TABLE = Path(__file__).with_name("walk_counts.json")
WRITE = "WIR_WRITE_COUNTS"

Counts = dict[str, dict[str, int]]


class Tally:
    """Counts by what people are at. ``now`` names it: a clerk's task, or the officers."""

    def __init__(self) -> None:
        self.now = ""
        self._counted: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, what: str, number: int = 1) -> None:
        """Counts something people did."""
        self._counted[self.now][what] += number

    @property
    def counts(self) -> Counts:
        """All counts, and the sums of the clerk's tasks."""
        found = {name: dict(counter) for name, counter in self._counted.items()}
        clerk = sum((counter for name, counter in self._counted.items() if name != "officers"), Counter[str]())
        return {**found, "clerk_in_all": dict(clerk)} if clerk else found


def committed(found: Counts, path: Path = TABLE) -> Counts:
    """The committed table; with ``WIR_WRITE_COUNTS`` set what was found becomes it."""
    if os.environ.get(WRITE):
        path.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    table: Counts = json.loads(path.read_text(encoding="utf-8"))
    return table
