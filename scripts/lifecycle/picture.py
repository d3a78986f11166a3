"""The picture of a phase as Graphviz text: tasks under their headings, arrows with the answers that lead on.

A picture is as wide as a page of text, and its letters stay large enough to read there. The page's order runs from top
to bottom. What leads to letters alone is a line in the task's box; a task that is owed on the way to another stage
in some cases is left to the text.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Final

from models.stages import ENDED, Stage
from models.tasks import TASKS, TaskKind
from scripts.lifecycle.reading import PAGE_ORDER, Told, owed_tasks, role_words, stage_words, task_words, told, words
from workflows.notation import Date, Heading, Line, Mark, Owed, Start

LETTERS: Final = 13
SMALL: Final = 12
MARKED: Final = {Mark.PAYS: "Zahlungsauftrag", Mark.SERVED: "Bescheid ergeht"}
LONGER: Final = "neue Frist"
STAYS: Final = "nur Schreiben"
LEFT: Final = '<BR ALIGN="LEFT"/>'
_INK, _GREY, _STAGE, _STRAND, _DATE = "#1b1b1b", "#555555", "#e3edf7", "#f4f4f4", "#fdf3d0"
_HEAD: Final = f"""digraph lifecycle {{
  graph [ranksep=0.4, nodesep=0.15, fontname="Helvetica", fontsize={LETTERS}, bgcolor=white, pad=0.1]
  node [fontname="Helvetica", fontsize={LETTERS}, color="{_INK}", fontcolor="{_INK}", shape=box, style=filled,
    fillcolor=white, margin="0.08,0.05"]
  edge [fontname="Helvetica", fontsize={SMALL}, color="{_INK}", fontcolor="{_INK}", arrowsize=0.7]"""


@dataclass
class _Arrow:
    labels: list[str] = field(default_factory=list)
    sure: bool = False  # not only in some cases

    def add(self, label: str, *, sure: bool) -> None:
        if label not in self.labels:
            self.labels.append(label)
        self.sure |= sure

    def told(self) -> tuple[str, ...]:
        """The labels, less those with a condition where the same answer leads there without one, too."""
        plain = {f"{label} (" for label in self.labels}
        return tuple(label for label in self.labels if not any(label.startswith(start) for start in plain))


class Picture:
    """Draws one phase, or a part of it."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self._headings = [line for line in lines if isinstance(line, Heading)]
        self._owed = list(owed_tasks(lines))
        self._told = list(told(lines))
        self._arrows: dict[tuple[str, str], _Arrow] = {}
        self._elsewhere: dict[str, Stage | TaskKind] = {}  # of other phases, and stages without a line of their own
        for row in self._told:
            self._follow(row)

    def source(self) -> str:
        """The picture for ``dot``."""
        clusters = [self._cluster(number, heading) for number, heading in enumerate(self._headings)]
        boxes, arrows = self._stacked()
        order = [*(str(owed.kind) for _, owed in self._owed), *boxes]
        parts = [_HEAD, *filter(None, clusters), *(self._box(box) for box in boxes.values())]
        parts.append(f"  {{ rank=sink; {'; '.join(boxes)} }}")
        for (start, end), arrow in arrows.items():
            back = {start, end} <= {*order} and order.index(start) > order.index(end)
            parts.append(_arrow(start, end, arrow, back=back))
        return "\n".join([*parts, "}"]) + "\n"

    # boxes --------------------------------------------------------------------------------------

    def _cluster(self, number: int, heading: Heading) -> str:
        nodes = [self._task(owed) for under, owed in self._owed if under is heading]
        nodes += dict.fromkeys(_event(row) for row in self._told if row.heading is heading and row.owed is None)
        if not nodes:
            return ""
        head = f'  subgraph cluster_{number} {{\n    label={_heading(heading)}; style="filled,rounded"; labeljust=l'
        body = "\n".join(f"    {node}" for node in nodes)
        return f'{head}; fillcolor="{_STAGE if heading.own else _STRAND}"; color="{_GREY}"; margin=8\n{body}\n  }}'

    def _task(self, owed: Owed) -> str:
        owner = role_words(owed.by).partition(" (")[0]
        label = f"{_title(task_words(owed.kind), owed.kind)}<BR/><I>{escape(owner)}</I>"
        rows = [row for row in self._told if row.owed is owed]
        leading = {row.trigger for row in rows if Mark.STAYS not in row.row.way.words}
        for row in rows:
            if row.trigger in TASKS[owed.kind].choices and row.trigger not in leading:
                label += f'<BR/><FONT POINT-SIZE="{SMALL}">{escape(row.german)}: {STAYS}</FONT>'
        return f"{owed.kind} [label=<{label}>{', shape=ellipse, margin=0' if owed.starts else ''}]"

    def _box(self, stacked: list[Stage | TaskKind]) -> str:
        """Stages are coloured, tasks white; what belongs to another phase is dashed, an end has two frames."""
        own = any(heading.own and heading.stages[0] in stacked for heading in self._headings)
        stages = [box for box in stacked if isinstance(box, Stage)]
        colour = _STAGE if stages == stacked else "white"
        cells = "".join(
            f'<TR><TD BGCOLOR="{_STAGE if box in stages else "white"}">{_title(_german(box), box)}</TD></TR>'
            for box in stacked
        )
        label = (
            f'<TABLE BORDER="0" CELLSPACING="4">{cells}</TABLE>'
            if stacked[1:]
            else _title(_german(stacked[0]), stacked[0])
        )
        looks = "peripheries=2" if stacked[0] in ENDED else f'style="filled{"" if own else ",dashed"}"'
        return f'  {stacked[0]} [{looks}, fillcolor="{colour}", label=<{label}>]'

    def _stacked(self) -> tuple[dict[str, list[Stage | TaskKind]], dict[tuple[str, str], _Arrow]]:
        """Boxes that the same answers lead to become one, so that a picture stays narrow."""
        reached: dict[str, list[tuple[str, bool, tuple[str, ...]]]] = defaultdict(list)
        for (start, end), arrow in self._arrows.items():
            reached[end].append((start, arrow.sure, arrow.told()))
        first: dict[tuple[object, ...], str] = {}
        boxes: dict[str, list[Stage | TaskKind]] = {}
        for name, box in self._elsewhere.items():
            lead = first.setdefault((*reached[name], name in ENDED), name)
            boxes.setdefault(lead, []).append(box)
        into = {name for name in self._elsewhere if name not in boxes}
        return boxes, {ends: arrow for ends, arrow in self._arrows.items() if ends[1] not in into}

    # arrows -------------------------------------------------------------------------------------

    def _follow(self, row: Told) -> None:
        way, label = row.row.way, _label(row)
        after = way.path[-1] if way.path else None
        dates = [found for date in sorted(way.runs) if (found := self._date(date, after, row))]
        sure = [*(self._task_name(kind) for kind in way.owed), *dates]
        if after and not sure:
            sure = [self._stage_name(after)]
        for name in sure:
            self._arrow(row, name, label, sure=True)
        if sure:
            return
        for kind in sorted(way.perhaps):
            self._arrow(row, self._task_name(kind), label, sure=False)
        for kind in sorted(way.longer):
            self._arrow(row, self._task_name(kind), _label(row, LONGER), sure=True)

    def _arrow(self, row: Told, end: str, label: str, *, sure: bool) -> None:
        self._arrows.setdefault((_name(row), end), _Arrow()).add(label, sure=sure)

    def _task_name(self, kind: TaskKind) -> str:
        if all(owed.kind is not kind for _, owed in self._owed):
            self._elsewhere[kind] = kind
        return kind

    def _stage_name(self, where: Stage) -> str:
        self._elsewhere[where] = where
        return where

    def _date(self, date: Date, after: Stage | None, row: Told) -> str | None:
        """The six-sided box of a date that begins to run, where this picture has one."""
        where = after or row.heading.stages[0]
        near = [other for other in self._told if other.trigger is date and where in other.heading.stages]
        near.sort(key=lambda other: other.heading is not row.heading)
        return _name(near[0]) if near else None


def _name(row: Told) -> str:
    return row.owed.kind if row.owed else f"{row.trigger}_{row.heading.stages[0]}_{len(row.heading.stages)}"


def _label(row: Told, *more: str) -> str:
    """The answer, what else it does, and the condition; an arrow has them on lines of their own."""
    way = row.row.way
    parts = [row.german if row.owed else "", *(said for mark, said in MARKED.items() if mark in way.marks), *more]
    one = len(row.row.within) == 1 and len(row.heading.stages) > 1
    notes = [*([stage_words(row.row.within[0])] if one else []), *([way.when] if way.when else [])]
    return ": ".join(filter(None, parts)) + (f" ({'; '.join(notes)})" if notes else "")


def _arrow(start: str, end: str, arrow: _Arrow, *, back: bool) -> str:
    """An arrow. One that leads back in the page's order pulls nothing upwards."""
    parts = [part for label in arrow.told() for part in re.sub(r"(?<=:) | (?=\()", "\n", label).splitlines()]
    text = "".join(f"{_lines(part, 22, LEFT)}{LEFT}" for part in parts if part)
    looks = [f'label=<<TABLE BORDER="0" CELLPADDING="2"><TR><TD>{text}</TD></TR></TABLE>>'] if text else []
    looks += [] if arrow.sure else ["style=dotted", "penwidth=1.6"]
    looks += ["dir=back"] if back else []
    return f"  {end if back else start} -> {start if back else end} [{', '.join(looks)}]"


def _event(row: Told) -> str:
    shape = "ellipse" if isinstance(row.trigger, Start) else "hexagon"
    label = f"{_lines(words(row.code), 18)}<BR/>{_code(str(row.trigger))}"
    return f'{_name(row)} [shape={shape}, fillcolor="{_DATE}", margin=0, fontsize={SMALL}, label=<{label}>]'


def _heading(heading: Heading) -> str:
    if heading.own:
        return f"<<B>{escape(stage_words(heading.stages[0]))}</B>  {_code(heading.stages[0])}>"
    where = [stage_words(stage) for stage in PAGE_ORDER if stage in heading.stages]
    few = _code(_lines(f"in: {', '.join(where)}", 44, LEFT)) + LEFT if len(where) < 6 else ""
    return f"<<I>{_lines(heading.says, 40, LEFT)}</I>{LEFT}{few}>"


def _german(box: Stage | TaskKind) -> str:
    return stage_words(box) if isinstance(box, Stage) else task_words(box)


def _title(text: str, code: str) -> str:
    return f"<B>{_lines(text, 22)}</B><BR/>{_code(code)}"


def _lines(text: str, width: int, end: str = "<BR/>") -> str:
    return end.join(escape(line) for line in wrap(text, width, break_long_words=False))


def _code(text: str) -> str:
    return f'<FONT POINT-SIZE="{SMALL}" COLOR="{_GREY}">{text}</FONT>'
