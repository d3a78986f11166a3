"""Times of the lists among 10,000 cases on PostgreSQL, beside the same lists among 100 in the same run."""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from rich.table import Table

from models.stages import Stage
from models.tasks import TaskKind as K
from programmes.directory import Directory
from record.database.engine import Database
from record.database.install import install
from record.views.lists.filters import Filter, Order, Part
from record.views.lists.today import day_view, today_view
from tests.fixtures.databases import START, make_roles
from tests.fixtures.postgres import Cluster
from tests.play import programmes
from tests.record.lists.many import few, multiply

FEW: Final = 100
MANY: Final = 10_000
LIMIT: Final = 1.0
"""Seconds in which a list has to be there."""
SECOND: Final = "sim-tal"
"""A second person: whether a task is theirs depends on who did what it checks."""
LISTS: Final[Mapping[str, tuple[str, Filter]]] = {
    "my day": ("sim-berg", Filter()),
    "my day of a second person": (SECOND, Filter()),
    "one list": (SECOND, Filter(part=Part.TAKE)),
    "its last page": (SECOND, Filter(part=Part.OTHERS, page=MANY // 80)),
    "by amount": (SECOND, Filter(order=Order.AMOUNT, part=Part.OTHERS)),
    "by municipality": (SECOND, Filter(order=Order.RECIPIENT, part=Part.OTHERS)),
    "a kind of task": ("sim-berg", Filter(kind=K.EXAMINE)),
    "a stage": ("sim-berg", Filter(stage=Stage.FORMAL_CHECK)),
    "a name": ("sim-berg", Filter(recipient="kassel")),
    "a round": ("sim-berg", Filter(round="wir-fm-2018")),
    "what is late": ("sim-berg", Filter(late=True)),
}


def looks(database: Database) -> dict[str, Callable[[], Any]]:
    """What is opened, by name; the last one is the first page at the terminal, for everybody."""
    directory: Directory = programmes()

    def day(officer: str, chosen: Filter) -> Any:
        with database.read() as session:
            return day_view(session, directory, officer, chosen, 20)

    def today() -> Any:
        with database.read() as session:
            return today_view(session, directory)

    return {name: partial(day, *given) for name, given in LISTS.items()} | {"today, of everybody": today}


def medians(cluster: Cluster, name: str, cases: int, runs: int) -> dict[str, tuple[float, float]]:
    """Median and longest of each list in milliseconds, in a database of its own."""
    database = Database(cluster.url(name, "wir_app"))
    play = few(database)
    multiply(database, sorted(play.states), cases)
    found = {}
    for what, look in looks(database).items():
        look()
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            look()
            times.append((time.perf_counter() - started) * 1000)
        found[what] = (statistics.median(times), max(times))
    database.close()
    return found


def list_times(runs: int) -> Table:
    """Everything, on a server of its own."""
    with Cluster() as cluster:
        make_roles(cluster)
        owner = Database(cluster.url("wir", "wir_owner"))
        install(owner, "embedded", recipients=programmes().recipients(), now=START)
        owner.close()
        small = medians(cluster, cluster.create("wir"), FEW, runs)
        large = medians(cluster, cluster.create("wir"), MANY, runs)
    heads = (f"{MANY:,} cases: median (ms)", "longest (ms)", f"{FEW} cases: median (ms)", "ratio")
    table = Table("list", *heads)
    for what, (median, longest) in large.items():
        before = small[what][0]
        table.add_row(what, f"{median:.0f}", f"{longest:.0f}", f"{before:.0f}", f"{median / before:.1f}")
    return table
