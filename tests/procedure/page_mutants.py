"""Mutants of the page: each row, word and heading changed, dropped or invented once; judged over recorded decisions."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

from models.stages import Stage
from models.tasks import Role, TaskKind
from tests.procedure.corpus import Corpus
from workflows.notation import DueRule, Ends, Heading, Line, Longer, Mark, Maybe, Owed, Row, Runs, Way, Word
from workflows.page import NotOnThePageError, Page

K = TaskKind
T = TypeVar("T")
Phases = tuple[tuple[Line, ...], ...]


@dataclass(frozen=True)
class Mutant:
    """One change of one line."""

    what: str
    line: str
    phases: Phases

    def __str__(self) -> str:
        return f"{self.what}: {self.line}"


def judge(mutant: Mutant, corpus: Corpus) -> str:
    """What kills a mutant: the reading of it, a decision, a flaw; nothing if it lives."""
    try:
        page = Page(*mutant.phases)
        return next(corpus.flaws(page), "")
    except NotOnThePageError as error:
        return f"decision: {error}"
    except ValueError as error:
        return f"reading: {error}"


def mutants(page: Page, seed: int = 7) -> Iterator[Mutant]:
    """All mutants, the same for the same seed: what another word is, is drawn by lot."""
    rng = random.Random(seed)
    for number, phase in enumerate(page.phases):
        for place, line in enumerate(phase):
            for what, lines in _changes(line, rng):
                changed = (*phase[:place], *lines, *phase[place + 1 :])
                yield Mutant(what, _text(line), (*page.phases[:number], changed, *page.phases[number + 1 :]))


def _changes(line: Line, rng: random.Random) -> Iterator[tuple[str, list[Line]]]:
    match line:
        case Heading():
            yield from _of_heading(line, rng)
        case Owed():
            yield from _of_owed(line, rng)
        case Row():
            yield from _of_row(line, rng)


def _of_heading(line: Heading, rng: random.Random) -> Iterator[tuple[str, list[Line]]]:
    yield "heading dropped", []
    yield "heading doubled", [line, line]
    for where in line.stages if len(line.stages) > 1 else ():
        yield f"heading without {where}", [replace(line, stages=_without(line.stages, where))]
    more = rng.choice([where for where in Stage if where not in line.stages])
    yield f"heading with {more}", [replace(line, stages=(*line.stages, more))]


def _of_owed(line: Owed, rng: random.Random) -> Iterator[tuple[str, list[Line]]]:
    yield "task dropped", []
    yield "task doubled", [line, line]
    other = rng.choice([kind for kind in K if kind not in {line.kind, line.not_by}])
    yield f"task becomes {other}", [replace(line, kind=other)]
    owner = rng.choice([role for role in Role if role is not line.by])
    yield f"owner becomes {owner}", [replace(line, by=owner)]
    if line.not_by:
        yield "pair dropped", [replace(line, not_by=None)]
    yield f"pair with {other}", [replace(line, not_by=other)]
    for rule in line.due:
        yield f"due not by {rule}", [replace(line, due=_without(line.due, rule))]
    more: DueRule = rng.choice([rule for rule in get_args(DueRule) if rule not in line.due])
    yield f"due by {more}", [replace(line, due=(*line.due, more))]
    if line.starts:
        yield "nobody starts it", [replace(line, starts=False)]
        for where in line.within if len(line.within) > 1 else ():
            yield f"not started in {where}", [replace(line, within=_without(line.within, where))]
        if line.within:
            yield "started everywhere", [replace(line, within=())]
    else:
        yield "somebody starts it", [replace(line, starts=True)]


def _of_row(line: Row, rng: random.Random) -> Iterator[tuple[str, list[Line]]]:
    yield "row dropped", []
    yield "row doubled", [line, replace(line, way=replace(line.way, when="again"))]
    for trigger in line.triggers if len(line.triggers) > 1 else ():
        yield f"without {trigger}", [replace(line, triggers=_without(line.triggers, trigger))]
    for where in line.within if len(line.within) > 1 else ():
        yield f"not in {where}", [replace(line, within=_without(line.within, where))]
    if line.by is not None:
        role = rng.choice([role for role in Role if role is not line.by])
        yield f"started by {role}", [replace(line, by=role)]
    for what, words in (*_words_changed(line.way, rng), *_words_invented(line.way, rng)):
        yield what, [replace(line, way=Way(words, line.way.when))]
    stage, kind = rng.choice([*Stage]), rng.choice([kind for kind in K if kind is not K.APPLY])
    yield f"or {stage}, {kind}", [line, replace(line, way=Way((stage, kind), "invented"))]


def _words_changed(way: Way, rng: random.Random) -> Iterator[tuple[str, tuple[Word, ...]]]:
    for place, word in enumerate(way.words):
        for what, put in _of_word(word, rng):
            yield what, (*way.words[:place], *put, *way.words[place + 1 :])


def _of_word(word: Word, rng: random.Random) -> Iterator[tuple[str, tuple[Word, ...]]]:
    if word is Mark.STAYS:
        return  # it says that there is no other word
    yield f"word dropped: {_say(word)}", ()
    match word:
        case Stage():
            other = rng.choice([stage for stage in Stage if stage is not word])
            yield f"{word} becomes {other}", (other,)
        case TaskKind():
            kind = rng.choice([kind for kind in K if kind not in {word, K.APPLY}])
            yield f"{word} becomes {kind}", (kind,)
            yield f"{word} becomes a maybe", (Maybe(word),)
        case Maybe():
            yield f"{word.kind} becomes sure", (word.kind,)
        case Ends() if len(word.kinds) > 1:
            for ended in word.kinds:
                yield f"{ended} does not end", (Ends(_without(word.kinds, ended)),)


def _words_invented(way: Way, rng: random.Random) -> Iterator[tuple[str, tuple[Word, ...]]]:
    kind = rng.choice([kind for kind in K if kind is not K.APPLY and kind not in {*way.owed, *way.perhaps}])
    yield f"task invented: {kind}", (*way.words, kind)
    yield f"maybe invented: {kind}", (*way.words, Maybe(kind))
    stage = rng.choice([stage for stage in Stage if stage not in way.path])
    yield f"stage invented: {stage}", (*way.words, stage)
    if not way.ends_all:
        ended = rng.choice([kind for kind in K if kind is not K.APPLY and kind not in way.ends])
        yield f"end invented: {ended}", (*way.words, Ends((ended,)))
    for mark in Mark:
        if mark not in way.marks and mark is not Mark.STAYS:
            yield f"mark invented: {mark}", (*way.words, mark)


def _without(items: tuple[T, ...], one: T) -> tuple[T, ...]:
    return tuple(item for item in items if item != one)


def _say(word: Word) -> str:
    match word:
        case Maybe():
            return f"maybe {word.kind}"
        case Ends() | Longer():
            return f"{type(word).__name__.lower()} {', '.join(word.kinds) or 'all'}"
        case Runs():
            return f"runs {word.date}"
    return str(word)


def _text(line: Line) -> str:
    match line:
        case Heading():
            return line.says
        case Owed():
            return f"{line.by} owes {line.kind}"
        case Row():
            return f"{'/'.join(map(str, line.triggers))} -> {', '.join(map(_say, line.way.words))}"
