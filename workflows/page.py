"""The reading of a page of the lifecycle: what may happen when, who owes what, and whether a decision obeys.

Ways that several headings give for a stage add up; a decision has to be one of them, whole (:meth:`Page.obeyed`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from models.stages import ENDED, Stage
from models.tasks import TASKS, Role, TaskKind
from workflows.notation import (
    Date,
    DueRule,
    Entry,
    Event,
    Heading,
    Line,
    Mark,
    Owed,
    Reminder,
    Row,
    Start,
    Trigger,
    Way,
)

SEND_BACK: Final = "send_back"
"""The answer by which a second person gives a first one's work back."""
LATE = Way((Mark.LATE,))
"""What is not done in time is late and stays owed, unless the page says otherwise."""


class NotOnThePageError(ValueError):
    """A rule did what the page does not say. A fault of the programme, never of a person."""


@dataclass(frozen=True)
class Done:
    """What a decision did, in the page's words. ``due``: the rule of each due date that it set."""

    stage: Stage
    trigger: str
    path: tuple[Stage, ...] = ()
    opened: tuple[TaskKind, ...] = ()
    ended: frozenset[TaskKind] = frozenset()
    longer: frozenset[TaskKind] = frozenset()
    runs: frozenset[str] = frozenset()
    marks: frozenset[Mark] = frozenset()
    due: frozenset[tuple[TaskKind, str]] = frozenset()

    def __str__(self) -> str:
        parts = [" > ".join(self.path), *self.opened, *(f"ends {k}" for k in sorted(self.ended))]
        parts += [*(f"longer {k}" for k in sorted(self.longer)), *(f"runs {d}" for d in sorted(self.runs))]
        return ", ".join(p for p in [*parts, *sorted(self.marks)] if p) or "nothing"


class Page:
    """A page as it is obeyed. Raises ``ValueError`` for one that contradicts itself or the forms of the tasks."""

    def __init__(self, *phases: tuple[Line, ...]) -> None:
        self.phases = phases
        self._started_by: dict[str, Role] = {}
        self._owed: dict[TaskKind, Owed] = {}
        self._home: dict[TaskKind, frozenset[Stage]] = {}
        self._index: dict[tuple[Stage, str], list[Way]] = {}
        for phase in phases:
            self._read(phase)
        own = Counter(line.stages for phase in phases for line in phase if isinstance(line, Heading) and line.own)
        if own != Counter((where,) for where in Stage if where not in ENDED):
            raise ValueError("each stage but those of the end has one heading of its own")
        if self._owed.keys() != set(TaskKind):
            raise ValueError(f"nobody owes {sorted(set(TaskKind) - self._owed.keys())}")

    def _read(self, phase: tuple[Line, ...]) -> None:
        heading, owed = Heading((), "", own=True), None
        for line, following in zip(phase, (*phase[1:], Heading((), "")), strict=True):
            match line:
                case Heading():
                    heading, owed = line, None
                    if not line.own and isinstance(following, Heading):
                        raise ValueError(f"nothing stands under '{line.says}'")
                case Owed():
                    owed = line
                    self._read_owed(owed, heading)
                case Row():
                    self._read_row(line, heading, owed)

    def _read_owed(self, owed: Owed, heading: Heading) -> None:
        if owed.kind in self._owed:
            raise ValueError(f"{owed.kind} stands twice")
        if not owed.due:
            raise ValueError(f"no rule makes the due date of {owed.kind}")
        self._check_within(owed.within, heading)
        self._owed[owed.kind] = owed
        self._home[owed.kind] = frozenset(heading.stages)
        if owed.starts:
            for way in (Way((owed.kind,)), Way((Mark.STAYS,), "its link again")):
                self._add(owed.within or heading.stages, f"open.{owed.kind}", way)
            self._started_by[f"open.{owed.kind}"] = owed.by
            self._started_by[f"start.{owed.kind}"] = Role.CASE_WORKER

    def _read_row(self, row: Row, heading: Heading, owed: Owed | None) -> None:
        self._check_within(row.within, heading)
        within = row.within or heading.stages
        for trigger in row.triggers:
            self._add(within, _name(trigger, owed), row.way)
            if owed and owed.starts and trigger in TASKS[owed.kind].choices:
                can = tuple(s for s in within if s in (owed.within or heading.stages))
                self._add(can, f"start.{owed.kind}", row.way)
            if row.by and isinstance(trigger, Start):
                self._started_by[f"start.{trigger}"] = row.by

    def _add(self, stages: tuple[Stage, ...], name: str, way: Way) -> None:
        for where in stages:
            self._index.setdefault((where, name), []).append(way)

    @staticmethod
    def _check_within(within: tuple[Stage, ...], heading: Heading) -> None:
        if not {*within} <= {*heading.stages}:
            raise ValueError(f"'{heading.says}' does not speak of all of {within}")

    # who ----------------------------------------------------------------------------------------

    def owner(self, kind: TaskKind) -> Role:
        """The role that owes such a task."""
        return self._owed[kind].by

    def not_by(self, kind: TaskKind) -> tuple[TaskKind, ...]:
        """Whoever did one of these may not do this one (four-eyes principle)."""
        first = self._owed[kind].not_by
        return () if first is None else (first,)

    def takes_back(self, kind: TaskKind, choice: str) -> bool:
        """Whether the person before may give this answer too: it only brings back what that person did."""
        return choice == SEND_BACK and bool(self.not_by(kind))

    def is_clerks(self, kind: TaskKind) -> bool:
        """Whether the recipient owes the answer."""
        return self.owner(kind) is Role.APPLICANT

    def due(self, kind: TaskKind) -> tuple[DueRule, ...]:
        """The rules that may make the due date of such a task."""
        return self._owed[kind].due

    def starters(self) -> dict[str, Role]:
        """Who may start what, by trigger."""
        return dict(self._started_by)

    def started_by(self, trigger: str) -> Role:
        """Who may start this. Raises ``KeyError`` for what nobody starts."""
        return self._started_by[trigger]

    # when ---------------------------------------------------------------------------------------

    def ways(self, where: Stage, trigger: str) -> tuple[Way, ...]:
        """How a case in this stage may go on; nothing when the page does not know of it."""
        return tuple(self._index.get((where, trigger), [LATE] if trigger.endswith(".due") else []))

    def choices(self, kind: TaskKind, where: Stage) -> tuple[str, ...]:
        """The answers to an open task that a case in this stage can be given."""
        return tuple(choice for choice in TASKS[kind].choices if self.ways(where, f"{kind}.{choice}"))

    def read_first(self, where: Stage, trigger: str) -> bool:
        """Whether it may sign a letter, pay, or end the case: then whoever decides has to be shown that before."""
        outside = {Mark.SERVED, Mark.PAYS}
        return any(way.marks & outside or ENDED & set(way.path) for way in self.ways(where, trigger))

    def startable(self, where: Stage, *by: Role) -> tuple[str, ...]:
        """What can be started in a stage, by anybody or by these roles: kinds of tasks, then what is no task."""
        names = [*TaskKind, *Start]
        return tuple(
            str(name)
            for name in names
            if (where, f"start.{name}") in self._index and (not by or self.started_by(f"start.{name}") in by)
        )

    def openable(self, *where: Stage) -> tuple[TaskKind, ...]:
        """What the recipient can start in a stage, or in any: it gets the link of a task."""
        stages = where or tuple(Stage)
        return tuple(kind for kind in TaskKind if any((s, f"open.{kind}") in self._index for s in stages))

    def home(self, kind: TaskKind) -> frozenset[Stage]:
        """The stages in which a task can come to be owed."""
        return self._home[kind]

    def edges(self) -> Iterator[tuple[Stage, str, Way]]:
        """Each way from each stage, with its trigger."""
        for (where, trigger), ways in self._index.items():
            for way in ways:
                yield where, trigger, way

    def transitions(self) -> dict[Stage, frozenset[Stage]]:
        """Which stage may follow which."""
        found: dict[Stage, set[Stage]] = {where: set() for where in Stage}
        for where, _, way in self.edges():
            for before, after in zip((where, *way.path), way.path, strict=False):
                found[before].add(after)
        return {where: frozenset(after) for where, after in found.items()}

    # whether ------------------------------------------------------------------------------------

    def fits(self, done: Done) -> list[Way]:
        """The ways that a decision may have taken: one, if it obeys a page that is not ambiguous."""
        if self.strange(done):
            return []
        return [way for way in self.ways(done.stage, done.trigger) if _fits(way, done)]

    def strange(self, done: Done) -> list[str]:
        """Tasks that a decision opened where nobody owes them, or with a due date of another rule."""
        after = done.path[-1] if done.path else done.stage
        found = [f"{kind} is not owed in {after}" for kind in done.opened if after not in self.home(kind)]
        return found + [f"{kind} is not due by {rule}" for kind, rule in sorted(done.due) if rule not in self.due(kind)]

    def obeyed(self, done: Done) -> Done:
        """The decision itself. Raises ``NotOnThePageError`` when the page has no way for it."""
        if not self.fits(done):
            reasons = "; ".join(self.strange(done))
            raise NotOnThePageError(f"{done.stage}: {done.trigger}: {done}{f' ({reasons})' if reasons else ''}")
        return done


def _name(trigger: Trigger, owed: Owed | None) -> str:
    """A trigger as steps call it. Raises ``ValueError`` for a word that the task above does not know."""
    match trigger:
        case Date():
            return f"timer.{trigger}"
        case Event():
            return str(trigger)
        case Start():
            return f"start.{trigger}"
    if owed is None or trigger not in {*TASKS[owed.kind].choices, *get_args(Reminder), *get_args(Entry)}:
        raise ValueError(f"{owed.kind if owed else 'nothing'} has no {trigger}")
    return f"{owed.kind}.{trigger}"


def _fits(way: Way, done: Done) -> bool:
    opened, owed = Counter(done.opened), Counter(way.owed)
    by_post = {TaskKind.FIX_DELIVERY} if Mark.SERVED in way.marks else set()
    return (
        way.path == done.path
        and not owed - opened
        and opened - owed <= Counter(way.perhaps | by_post)
        and way.marks == done.marks
        and done.ended <= way.ends
        and done.longer <= way.longer
        and done.runs <= way.runs
    )
