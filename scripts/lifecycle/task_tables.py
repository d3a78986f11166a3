"""The tables of tasks in ``docs/lifecycle.md``: whose they are, what they come from, what each answer leads to."""

from collections import defaultdict
from collections.abc import Iterator

from scripts.lifecycle.phrases import due, follows, nobody_acts, owner, role, stages, trigger
from scripts.lifecycle.reading import Told, owed_tasks, phases, task_words, told, words
from workflows.lifecycle import GRANT
from workflows.notation import Line, Owed, Row


def task_table(lines: tuple[Line, ...]) -> list[str]:
    """One row a task, in the page's order."""
    rows = ["| task, owed by, until | comes from | leads to |", "| --- | --- | --- |"]
    for _, owed in owed_tasks(lines):
        rows.append(f"| {_task(owed)}{due(owed.kind)} | {'<br>'.join(_comes_from(owed))} | {_leads_to(owed, lines)} |")
    return rows


def any_time_table(lines: tuple[Line, ...]) -> list[str]:
    """One row for each task, start and event that no single stage has, in the page's order."""
    rows = ["| what, owed or started by, until | in | leads to |", "| --- | --- | --- |"]
    headings = {owed.kind: heading for heading, owed in owed_tasks(lines)}
    for line in lines:
        if isinstance(line, Owed):
            where = headings[line.kind].stages
            late = " *or* ".join(dict.fromkeys(nobody_acts(line.kind, stage) for stage in where))
            first = f"{_task(line)}{due(line.kind)}, then {late}"
            rows.append(f"| {first} | {stages(line.within or where)} | {_leads_to(line, lines)} |")
        elif isinstance(line, Row):
            rows += [_event(row) for row in told(lines) if row.row is line and row.owed is None]
    return rows


def _event(row: Told) -> str:
    by = f"started by {role(row.row.by)}" if row.row.by else "by itself"
    where = stages(row.row.within or row.heading.stages)
    return f"| **{words(row.code)}** `{row.code}`<br>{by} | {where} | {follows(row.row.way)} |"


def _task(owed: Owed) -> str:
    by = f"owed by {owner(owed.kind)}"
    if owed.starts:
        officer = role(GRANT.started_by(f"start.{owed.kind}"))
        where = f", in {stages(owed.within)}" if owed.within else ""
        by = f"can be started by {owner(owed.kind)} or, for it, {officer}{where}"
    return f"**{task_words(owed.kind)}** `{owed.kind}`<br>{by}<br>until "


def _comes_from(owed: Owed) -> Iterator[str]:
    """Each trigger that opens the task."""
    if owed.starts:
        yield trigger(f"open.{owed.kind}")
    sure: dict[str, bool] = {}
    for _, lines in phases():
        for row in told(lines):
            way = row.row.way
            if owed.kind in way.owed or owed.kind in way.perhaps:
                source = f"{task_words(row.owed.kind)}: {row.german}" if row.owed else row.german
                said = f"{source} `{row.code}`"
                sure[said] = sure.get(said, False) or owed.kind in way.owed
    yield from (said if is_sure else f"{said}, in some cases" for said, is_sure in sure.items())
    if not sure and not owed.starts:
        yield "the case begins with it"


def _leads_to(owed: Owed, lines: tuple[Line, ...]) -> str:
    """What each answer, reminder and entry of the bank leads to."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in told(lines):
        if row.owed is owed:
            where = f"in {stages(row.row.within)}: " if row.row.within else ""
            found[f"*{row.german}* `{row.trigger}`"].append(f"{where}{follows(row.row.way)}")
    return "<br>".join(f"{said}: {'<br>*or* '.join(ways)}" for said, ways in found.items())
