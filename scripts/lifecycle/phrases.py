"""Phrases of ``docs/lifecycle.md``: plain English with the German term and the code of whatever is named."""

from collections.abc import Iterable
from typing import Final

from models.stages import Stage
from models.tasks import Role, TaskKind
from scripts.lifecycle.reading import PAGE_ORDER, role_words, rule_words, stage_words, task_words, words
from workflows.lifecycle import GRANT
from workflows.notation import Date, Mark, Maybe, Reminder, Runs, Way

MARKS: Final = {
    Mark.PAYS: "a payment order is made and leaves before anything else happens",
    Mark.SERVED: "a signed notice goes out, by mail or by post",
    Mark.LATE: "late, stays owed",
    Mark.EXPIRES: "ends unanswered",
    Mark.STAYS: "nothing but letters",
}

"""What the marks of the page mean."""

REMINDERS: Final[dict[Reminder, str]] = {
    "early": "before",
    "due": "when due",
    "dunned": "after dunning",
    "grace": "after the period of grace",
}
"""What comes by itself, in the order in which it comes."""


def stage(where: Stage) -> str:
    """A stage."""
    return f"{stage_words(where)} `{where}`"


def task(kind: TaskKind) -> str:
    """A task."""
    return f"{task_words(kind)} `{kind}`"


def role(by: Role) -> str:
    """Who acts."""
    return f"{role_words(by)} `{by}`"


def trigger(code: str) -> str:
    """An answer, a date, an entry of the bank, a start."""
    return f"{words(code)} `{code}`"


def owner(kind: TaskKind) -> str:
    """Who owes a task, and who may not do it."""
    barred = "".join(f"; not whoever did {task(other)}" for other in GRANT.not_by(kind))
    return f"{role(GRANT.owner(kind))}{barred}"


def due(kind: TaskKind) -> str:
    """The rules that make a due date."""
    return " or ".join(f"{rule_words(rule)} `{rule}`" for rule in GRANT.due(kind))


def stages(some: Iterable[Stage]) -> str:
    """Several stages in the page's order; three and more in a row are told by the first and the last."""
    wanted = {*some}
    if wanted == {*PAGE_ORDER}:
        return "every stage"
    rows: list[list[Stage]] = []
    for place, where in enumerate(PAGE_ORDER):
        if where in wanted:
            if place and PAGE_ORDER[place - 1] in wanted:
                rows[-1].append(where)
            else:
                rows.append([where])
    parts = [
        part
        for row in rows
        for part in ([f"{stage(row[0])} to {stage(row[-1])}"] if len(row) > 2 else [stage(where) for where in row])
    ]
    return listed(parts, "and")


def listed(items: Iterable[str], word: str) -> str:
    """``a, b and c``."""
    *most, last = list(items)
    return f"{', '.join(most)} {word} {last}" if most else last


def follows(way: Way) -> str:
    """What a way leads to, the next stage first and in bold."""
    parts = [", then ".join(f"**{stage_words(where)}** `{where}`" for where in way.path)]
    parts += [MARKS[word] for word in way.words if isinstance(word, Mark)]
    parts += [task(kind) for kind in way.owed]
    parts += [f"in some cases {task(word.kind)}" for word in way.words if isinstance(word, Maybe)]
    parts += [f"owed until another day: {_each(way.longer)}"] if way.longer else []
    dates = [_date(word.date) for word in way.words if isinstance(word, Runs)]
    parts += [f"begins to run: {', '.join(dates)}"] if dates else []
    if way.ends:
        parts.append("nothing else stays owed" if way.ends_all else f"no longer owed: {_each(way.ends, way.owed)}")
    told = "; ".join(part for part in parts if part)
    return f"{told} ({way.when})" if way.when else told


def nobody_acts(kind: TaskKind, where: Stage) -> str:
    """What happens to a task that is not done in time, in this stage."""
    found: dict[str, list[str]] = {}
    for word, said in REMINDERS.items():
        ways = [follows(way) for way in GRANT.ways(where, f"{kind}.{word}")]
        if ways:
            found.setdefault(" *or* ".join(dict.fromkeys(ways)), []).append(said)
    if found == {MARKS[Mark.LATE]: [REMINDERS["due"]]}:
        return MARKS[Mark.LATE]
    return "<br>".join(f"{listed(said, 'and')}: {ways}" for ways, said in found.items())


def _date(date: Date) -> str:
    return f"{words(f'timer.{date}')} `{date}`"


def _each(kinds: frozenset[TaskKind], anew: tuple[TaskKind, ...] = ()) -> str:
    return ", ".join(f"{'the earlier ' if kind in anew else ''}{task(kind)}" for kind in TaskKind if kind in kinds)
