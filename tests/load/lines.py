"""Ten years of one line, so that 33 municipalities have 330 cases, and the project's processes that know them.

``python -m tests.load.worker`` and ``python -m tests.load.portal`` are the real ones with this programme data.
"""

from functools import cache

from programmes import directory
from programmes.directory import Directory
from programmes.load import Programmes, load_all

YEARS = tuple(range(2018, 2028))


@cache
def programmes() -> Programmes:
    """The line of 2018 once a year, everything else as it is."""
    found = load_all()
    line = found.lines["fm", 2018]
    lines = {
        ("fm", year): line.model_copy(update={"pinned": line.pinned.model_copy(update={"year": year})})
        for year in YEARS
    }
    return Programmes(lines=lines, recipients=found.recipients, courts=found.courts, base_rates=found.base_rates)


def ten_years() -> Directory:
    """Their directory."""
    return Directory(programmes())


def know_them() -> None:
    """From now on every directory of this process has them."""
    directory.load_all = programmes  # type: ignore[attr-defined]
