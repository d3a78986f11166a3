"""The page of the lifecycle, line by line, and the German words for what stands on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, get_args

from models.stages import Stage
from models.tasks import TASKS, Role, TaskKind
from templates import catalogue
from workflows.lifecycle import GRANT
from workflows.notation import Date, DueRule, Entry, Event, Heading, Owed, Reminder, Row, Start, Trigger

PHASES: Final = ("Application", "Award", "Disbursement", "Proof of use", "Hearing and recovery", "At any time")
ANY_TIME: Final = PHASES[-1]
PAGE_ORDER: Final = tuple(
    line.stages[0] for phase in GRANT.phases for line in phase if isinstance(line, Heading) and line.own
)
"""The stages as the page has them; those of the end have no heading."""

_GERMAN: Final = catalogue("de")
_REMINDERS: Final[dict[str, str]] = {
    "early": _GERMAN["rung"]["remind"],
    "due": _GERMAN["rung"]["due"],
    "dunned": "Mahnung",
    "grace": _GERMAN["rung"]["grace"],
}
_ENTRIES: Final[dict[str, str]] = {
    "handed_over": _GERMAN["timeline"]["handed_over"],
    "freed": _GERMAN["timeline"]["budget_freed"],
    **{told: words.removeprefix("Bank: ") for told, words in _GERMAN["bank"].items()},
}


@dataclass(frozen=True)
class Told:
    """A row of the page with what it stands under. ``owed``: the task whose end or date it speaks of."""

    heading: Heading
    trigger: Trigger
    row: Row
    owed: Owed | None

    @property
    def code(self) -> str:
        """The trigger as the engine calls it."""
        match self.trigger:
            case Date():
                return f"timer.{self.trigger}"
            case Event():
                return str(self.trigger)
            case Start():
                return f"start.{self.trigger}"
        return f"{self.owed.kind}.{self.trigger}" if self.owed else self.trigger

    @property
    def german(self) -> str:
        """The trigger alone, in German words."""
        return words(self.code)


def phases() -> Iterator[tuple[str, tuple[Heading | Owed | Row, ...]]]:
    """Each phase with its name."""
    return zip(PHASES, GRANT.phases, strict=True)


def told(lines: Iterable[Heading | Owed | Row]) -> Iterator[Told]:
    """Each row of a phase, once for each of its triggers."""
    heading, owed = Heading((), ""), None
    for line in lines:
        match line:
            case Heading():
                heading, owed = line, None
            case Owed():
                owed = line
            case Row():
                for trigger in line.triggers:
                    beside = isinstance(trigger, Date | Event | Start)
                    yield Told(heading, trigger, line, None if beside else owed)


def owed_tasks(lines: Iterable[Heading | Owed | Row]) -> Iterator[tuple[Heading, Owed]]:
    """Each task of a phase under its heading."""
    heading = Heading((), "")
    for line in lines:
        match line:
            case Heading():
                heading = line
            case Owed():
                yield heading, line


def words(code: str) -> str:
    """What a trigger is called in German."""
    head, _, word = code.partition(".")
    match head:
        case "timer":
            found = _GERMAN["timer"][word]
        case "start":
            found = _GERMAN["start_step"][word]
        case "open":
            found = _GERMAN["start"][word]
        case _ if not word:
            found = _GERMAN["timeline"][head]
        case _ if word in TASKS[TaskKind(head)].choices:
            found = _GERMAN["choice"][head][word]
        case _ if word in get_args(Reminder):
            found = _REMINDERS[word]
        case _ if word in get_args(Entry):
            found = _ENTRIES[word]
        case _:
            raise ValueError(f"no words for {code}")
    return str(found)


def stage_words(where: Stage) -> str:
    """A stage in German."""
    return str(_GERMAN["stage"][where])


def task_words(kind: TaskKind) -> str:
    """A task in German."""
    return str(_GERMAN["task"][kind]["title"])


def role_words(by: Role) -> str:
    """A role in German."""
    return str(_GERMAN["role"][by])


def rule_words(rule: DueRule) -> str:
    """The rule of a due date in German."""
    return str(_GERMAN["rule"][rule])
