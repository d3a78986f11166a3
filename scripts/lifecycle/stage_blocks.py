"""What ``docs/lifecycle.md`` says of each stage: who owes what until when, what else happens, what may follow."""

from collections import defaultdict
from collections.abc import Iterator

from models.stages import ENDED, Stage
from models.tasks import TaskKind
from scripts.lifecycle.phrases import due, follows, listed, nobody_acts, owner, role, stage, task, trigger
from scripts.lifecycle.reading import ANY_TIME, PAGE_ORDER, owed_tasks, phases, told, words
from workflows.lifecycle import GRANT
from workflows.notation import Heading, Start

_TABLE = ["| task | owed by | until | if nobody acts |", "| --- | --- | --- | --- |"]


def stage_block(heading: Heading) -> list[str]:
    """A stage: its tasks, what may be owed beside them, what happens by itself, what may follow."""
    where = heading.stages[0]
    own, beside = _tasks(where)
    lines = [f"### {stage(where)}", "", heading.says, ""]
    if own:
        lines += [*_TABLE, *(_row(kind, where) for kind in own), ""]
    if beside:
        lines += ["Beside the stage there may be owed:" if own else "There may be owed:", ""]
        lines += [*_TABLE, *(_row(kind, where) for kind in beside), ""]
    if not own and not beside:
        lines += ["Nobody owes anything.", ""]
    lines += [f"- By itself: {said}" for said in _by_itself(where)]
    lines.append(f"- May follow: {', '.join(stage(s) for s in Stage if s in GRANT.transitions()[where])}")
    lines.append(f"- Can be started: {'; '.join(_startable(where)) or 'nothing'}")
    return [*lines, ""]


def ends() -> list[str]:
    """The stages in which a case ends, and what they come after."""
    before = GRANT.transitions()
    return [
        f"- {stage(end)}, after {listed((stage(s) for s in PAGE_ORDER if end in before[s]), 'or')}"
        for end in Stage
        if end in ENDED
    ]


def everywhere() -> tuple[str, ...]:
    """What can be started in each stage that is not an end."""
    return tuple(
        name for name in GRANT.startable(PAGE_ORDER[0]) if all(name in GRANT.startable(where) for where in PAGE_ORDER)
    )


def _tasks(where: Stage) -> tuple[list[TaskKind], list[TaskKind]]:
    """The tasks under the stage's own heading, and those of headings beside it."""
    found = [(h, owed.kind) for name, lines in phases() if name != ANY_TIME for h, owed in owed_tasks(lines)]
    here = [(h, kind) for h, kind in found if where in h.stages]
    return [kind for h, kind in here if h.own], [kind for h, kind in here if not h.own]


def _row(kind: TaskKind, where: Stage) -> str:
    return f"| {task(kind)} | {owner(kind)} | {due(kind)} | {nobody_acts(kind, where)} |"


def _by_itself(where: Stage) -> Iterator[str]:
    """What no answer makes: dates of the case and events, as the headings of the stage and beside it tell them."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, lines in phases():
        for row in told(lines) if name != ANY_TIME else ():
            if row.owed is None and where in (row.row.within or row.heading.stages):
                found[row.code].append(follows(row.row.way))
    for code, ways in found.items():
        yield f"{trigger(code)}: {' *or* '.join(dict.fromkeys(ways))}"


def _startable(where: Stage) -> Iterator[str]:
    officer = GRANT.startable(where)
    for kind in GRANT.openable(where):
        on_behalf = f" or, for it, {role(GRANT.started_by(f'start.{kind}'))}" if kind in officer else ""
        yield f"{task(kind)} by {role(GRANT.started_by(f'open.{kind}'))}{on_behalf}"
    for name in Start:
        if name in officer and name not in everywhere():
            yield f"{words(f'start.{name}')} `{name}` by {role(GRANT.started_by(f'start.{name}'))}"
