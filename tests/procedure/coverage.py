"""What a page declares and nothing made happen, and what happened and fits it twice: its flaws."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from models.rounds import application_deadline
from models.stages import Stage
from models.tasks import TaskKind
from programmes.directory import Directory
from workflows.notation import Way
from workflows.page import Done, Page

INVITATION = (TaskKind.APPLY, application_deadline(Directory().line("fm", 2018).rules()).rule)
"""The round opens the invitation and makes its due date; no decision of a case does."""


class Met:
    """What decisions made happen of a page. Ways count by identity: two equal rows under two headings are two facts."""

    def __init__(self, page: Page, decisions: Iterable[Done]) -> None:
        self.page = page
        self.cells: Counter[tuple[Stage, str]] = Counter()
        self.twice: list[Done] = []
        self._ways: Counter[int] = Counter()
        self._words: set[tuple[int, str, str]] = set()
        self._due: set[tuple[TaskKind, str]] = {INVITATION}
        for done in decisions:
            self._note(done, page.fits(page.obeyed(done)))

    def _note(self, done: Done, fits: list[Way]) -> None:
        if len(fits) > 1:
            self.twice.append(done)
        way = fits[0]
        self.cells[done.stage, done.trigger] += 1
        self._ways[id(way)] += 1
        self._due |= done.due
        for kind in way.perhaps:
            self._words.add((id(way), "owed" if kind in done.opened else "not owed", kind))
        for word in ("ended", "longer", "runs"):
            self._words |= {(id(way), word, str(each)) for each in getattr(done, word)}

    def flaws(self) -> Iterator[str]:
        """Each fact of the page that never happened, and each decision that two ways fit; none if all is well."""
        names: dict[int, tuple[Way, set[str]]] = defaultdict(lambda: (Way(()), set()))
        for where, trigger, way in self.page.edges():
            names[id(way)] = (way, names[id(way)][1] | {f"{where}: {trigger}"})
        for number, (way, triggers) in names.items():
            yield from (f"{sorted(triggers)[0]} -> {words(way)}: {flaw}" for flaw in self._of_way(number, way))
        for kind in TaskKind:
            never = [rule for rule in self.page.due(kind) if (kind, rule) not in self._due]
            yield from (f"{kind} is never due by {rule}" for rule in never)
        yield from (f"two ways fit {done}" for done in self.twice)

    def _of_way(self, number: int, way: Way) -> Iterator[str]:
        if not self._ways[number]:
            yield "never happened"
            return
        for kind in way.perhaps:
            yield from (f"{kind}: never {w}" for w in ("owed", "not owed") if (number, w, kind) not in self._words)
        declared = {"ended": frozenset() if way.ends_all else way.ends, "longer": way.longer, "runs": way.runs}
        for word, kinds in declared.items():
            yield from (f"never {word}: {kind}" for kind in kinds if (number, word, str(kind)) not in self._words)

    def unmet(self) -> set[tuple[Stage, str]]:
        """Triggers of a stage, allowed by a heading of several stages, that nothing made happen in this one."""
        return {(where, trigger) for where, trigger, _ in self.page.edges()} - self.cells.keys()


def words(way: Way) -> str:
    """A way as the page says it."""
    return ", ".join(str(getattr(word, "value", word)) for word in way.words)
