"""Mutants of the rules: each place that opens a task or names a stage does another or none; judged by running them."""

import ast
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models.stages import ENDED, Stage
from models.tasks import TaskKind
from tests.procedure.lives import LIVES
from tests.procedure.random_lives import wander
from workflows import procedure
from workflows.procedure.plan import Plan

K = TaskKind
RULES = Path(procedure.__file__).parent


@dataclass(frozen=True)
class Place:
    """A call of ``plan.go``, ``plan.open`` or ``plan.office`` in a rule."""

    file: str
    line: int
    method: str
    text: str


@dataclass(frozen=True)
class Mutant:
    """A place that does another thing, or (``instead`` is None) nothing."""

    place: Place
    instead: Stage | TaskKind | None

    def __str__(self) -> str:
        name = Path(self.place.file).name
        return f"{name}:{self.place.line} {self.place.text}: {self.instead or 'not done'}"


def places() -> list[Place]:
    """All of them, file by file."""
    found = []
    for path in sorted(RULES.glob("*.py")):
        if path.name == "plan.py":
            continue  # it holds the methods themselves
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of_plan = isinstance(node.func.value, ast.Name) and node.func.value.id == "plan"
                if of_plan and node.func.attr in {"go", "open", "office"}:
                    text = " ".join(f"{node.func.attr}({ast.unparse(node.args[0])})".split())
                    found.append(Place(str(path), node.lineno, node.func.attr, text))
    return found


def mutants(seed: int = 7) -> Iterator[Mutant]:
    """Two of each place, the same for the same seed: what another stage or task is, is drawn by lot."""
    rng = random.Random(seed)
    for place in places():
        yield Mutant(place, None)
        named = place.text.rpartition(".")[2].rstrip(")")
        if place.method == "go":
            yield Mutant(place, rng.choice([s for s in Stage if s.name != named and s not in ENDED]))
        else:
            yield Mutant(place, rng.choice([k for k in K if k.name != named and k is not K.APPLY]))


def judge(mutant: Mutant, random_lives: int) -> str:
    """What kills a mutant: a life that ends with an error; nothing if all lives go on as if it were right."""
    with put(mutant) as reached:
        try:
            for life in LIVES.values():
                life()
            for seed in range(random_lives):
                wander(seed)
        except Exception as error:  # noqa: BLE001 - whatever stops the wrong rule has noticed it
            return f"{type(error).__name__}: {error}"[:160]
    return "" if reached else "never run"


@contextmanager
def put(mutant: Mutant) -> Iterator[list[Mutant]]:
    """The rules with one place that is wrong; tells whether it was reached."""
    method, reached = mutant.place.method, list[Mutant]()
    right: Callable[..., Any] = getattr(Plan, method)

    def wrong(plan: Plan, what: Any, *more: Any, **named: Any) -> Any:
        caller = sys._getframe(1)
        if (caller.f_code.co_filename, caller.f_lineno) != (mutant.place.file, mutant.place.line):
            return right(plan, what, *more, **named)
        reached.append(mutant)
        return "" if mutant.instead is None else right(plan, mutant.instead, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, method, wrong)
        yield reached
