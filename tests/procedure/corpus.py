"""What happened in simulated lives: decisions and who was let in. Tests and mutants are judged by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.stages import Stage
from tests.procedure.case import PureCase
from tests.procedure.coverage import Met
from tests.procedure.lives import LIVES
from tests.procedure.random_lives import decisions
from tests.procedure.who import LetIn
from workflows.lifecycle import GRANT
from workflows.page import Done, Page


@dataclass(frozen=True)
class Corpus:
    """Each distinct decision once. ``total``: how many were made."""

    done: tuple[Done, ...]
    let_in: LetIn
    total: int
    unmet: frozenset[tuple[Stage, str]]  # what the page of the product allows in a stage and no life came to

    def flaws(self, page: Page) -> Iterator[str]:
        """What the page says and nothing made happen. Raises ``NotOnThePageError`` for what it does not say."""
        met = Met(page, self.done)
        yield from met.flaws()
        yield from (f"{where}: {trigger} never happened" for where, trigger in sorted(met.unmet() - self.unmet))
        yield from self.let_in.flaws(page)


@contextmanager
def watched() -> Iterator[LetIn]:
    """Looks at who is let in, in all cases until the block ends."""
    let_in = LetIn()
    PureCase.watchers.append(let_in)
    try:
        yield let_in
    finally:
        PureCase.watchers.remove(let_in)


def play(random_lives: int) -> Corpus:
    """The scripted lives, then so many random ones."""
    with watched() as let_in:
        scripted = [done for life in LIVES.values() for done in life().decided]
    made = [*scripted, *decisions(range(random_lives))]
    done = tuple(dict.fromkeys(made))
    return Corpus(done, let_in, len(made), frozenset(Met(GRANT, done).unmet()))
