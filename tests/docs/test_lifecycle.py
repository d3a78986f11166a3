"""docs/lifecycle.md says what the page of the lifecycle says, and its pictures are those of the page.

What it must say is worked out here from the page itself, without the generator; only staleness is asked of that.
"""

import re
from collections import Counter
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from models.stages import ENDED, Stage
from models.tasks import TASKS, TaskKind
from scripts.lifecycle.drawing import file_name, hash_of, pictures
from scripts.lifecycle.reading import PHASES
from scripts.lifecycle_document import document
from templates import catalogue
from workflows.lifecycle import ANY_TIME, GRANT
from workflows.notation import Event, Heading, Line, Mark, Owed, Way

DOCS = Path(__file__).parents[2] / "docs"
FILE = DOCS / "lifecycle.md"
TEXT = FILE.read_text(encoding="utf-8")
DRAWN = DOCS / "pictures" / "lifecycle"
GERMAN = catalogue("de")
OPEN = [where for where in Stage if where not in ENDED]
PHASE_LINES = list(zip(PHASES, GRANT.phases, strict=True))
REMINDERS = {"before": "early", "when due": "due", "after dunning": "dunned", "after the period of grace": "grace"}
AT_ANY_TIME = {line.kind for line in ANY_TIME if isinstance(line, Owed)}
NARROW = 900
"""Pixels of a narrow page of text. Letters of a picture on it should have eleven."""


def sections(level: int) -> dict[str, str]:
    """The text under each heading of a level, up to the next of the same or a higher one."""
    parts = re.split(rf"^(#{{1,{level}}} .+)$", TEXT, flags=re.MULTILINE)
    return {
        head.lstrip("# "): body
        for head, body in zip(parts[1::2], parts[2::2], strict=True)
        if head.startswith("#" * level + " ")
    }


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    tables = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [cells for cells in tables if set(cells[0]) != {"-"} and "`" in cells[0]]


def codes(text: str) -> list[str]:
    """What stands in code type, in order."""
    return re.findall(r"`([^`]+)`", text)


def block(where: Stage) -> str:
    return sections(3)[f"{GERMAN['stage'][where]} `{where}`"]


def owed_in(where: Stage) -> set[TaskKind]:
    """The tasks that a case in this stage can owe, less those that any stage has."""
    return {kind for kind in TaskKind if where in GRANT.home(kind)} - AT_ANY_TIME


def ways_of(where: Stage, trigger: str) -> list[Way]:
    return [way for stage, told, way in GRANT.edges() if stage is where and told == trigger]


def named(ways: Iterable[Way]) -> Counter[str]:
    """The codes of everything that ways name, as often as they do; the same way is told once."""
    found: Counter[str] = Counter()
    for way in dict.fromkeys(ways):
        ends = frozenset() if way.ends_all else way.ends
        found.update([*way.path, *way.owed, *way.perhaps, *way.longer, *way.runs, *ends])
    return found


def late(ways: Iterable[Way]) -> int:
    return sum(Mark.LATE in way.marks for way in dict.fromkeys(ways))


def rows_by_task(text: str) -> dict[str, list[str]]:
    found = {codes(cells[0])[0]: cells for cells in rows(text)}
    assert len(found) == len(rows(text)), "a row stands twice"
    return found


def test_text_is_not_stale() -> None:
    assert document() == TEXT, "stale: run python -m scripts.lifecycle_document"


def test_pictures_are_not_stale() -> None:
    for title, source in pictures().items():
        stem = DRAWN / file_name(title)
        assert stem.with_suffix(".dot").read_text(encoding="utf-8") == source, f"stale: {title}"
        assert hash_of(source) in stem.with_suffix(".svg").read_text(encoding="utf-8"), f"not drawn anew: {title}"
    assert {path.stem for path in DRAWN.iterdir()} == {file_name(title) for title in pictures()}


@pytest.mark.parametrize(("name", "phase"), PHASE_LINES)
def test_each_heading_stands_with_its_stages_and_its_sentence(name: str, phase: tuple[Line, ...]) -> None:
    lines = [line for line in sections(2)[name].partition("![")[0].splitlines() if line.startswith("- ")]
    headings = [line for line in phase if isinstance(line, Heading)]
    for line, heading in zip(lines, headings, strict=True):
        assert line.endswith(f": {heading.says}")
        assert line.startswith("- Beside ") is not heading.own
        told = line.removesuffix(heading.says)
        assert ({*OPEN} if "every stage" in told else stages(told)) == {*heading.stages}


def stages(told: str) -> set[str]:
    """The stages that a text names; the page's order says what stands between two of them."""
    order: list[str] = [h.stages[0] for phase in GRANT.phases for h in phase if isinstance(h, Heading) and h.own]
    found = {*codes(told)}
    for first, last in re.findall(r"`(\w+)` to [^`]+`(\w+)`", told):
        found |= {*order[order.index(first) : order.index(last)]}
    return found


@pytest.mark.parametrize("where", OPEN)
def test_each_stage_names_who_owes_what(where: Stage) -> None:
    table = rows_by_task(block(where))
    assert table.keys() == owed_in(where)
    assert ("Nobody owes anything." in block(where)) is (not table)
    for kind, (task, owner, _, _) in table.items():
        by = GRANT.owner(TaskKind(kind))
        assert task == f"{GERMAN['task'][kind]['title']} `{kind}`"
        barred = [f"; not whoever did {GERMAN['task'][k]['title']} `{k}`" for k in GRANT.not_by(TaskKind(kind))]
        assert owner == f"{GERMAN['role'][by]} `{by}`{''.join(barred)}"


@pytest.mark.parametrize("where", OPEN)
def test_each_stage_names_the_rule_of_each_date(where: Stage) -> None:
    for kind, (_, _, until, _) in rows_by_task(block(where)).items():
        rules = GRANT.due(TaskKind(kind))
        assert until == " or ".join(f"{GERMAN['rule'][rule]} `{rule}`" for rule in rules)


@pytest.mark.parametrize("where", OPEN)
def test_each_stage_names_what_follows_when_nobody_acts(where: Stage) -> None:
    for kind, (_, _, _, consequence) in rows_by_task(block(where)).items():
        told = consequences(consequence)
        assert told.keys() == {word for word in REMINDERS.values() if word == "due" or ways_of(where, f"{kind}.{word}")}
        for word, said in told.items():
            ways = ways_of(where, f"{kind}.{word}")
            assert Counter(codes(said)) == named(ways), f"{kind}.{word}"
            assert said.count("late, stays owed") == (late(ways) if ways else 1)
            assert ("ends unanswered" in said) is any(Mark.EXPIRES in way.marks for way in ways)
            assert all(way.when in said for way in ways)


def consequences(cell: str) -> dict[str, str]:
    """What a cell says of each reminder and date; alone, a consequence is that of the due date."""
    if cell == "late, stays owed":
        return {"due": cell}
    found = {}
    for part in cell.split("<br>"):
        when, _, said = part.partition(": ")
        found.update({REMINDERS[name]: said for name in when.replace(" and ", ", ").split(", ")})
    return {word: found[word] for word in REMINDERS.values() if word in found}


@pytest.mark.parametrize("where", OPEN)
def test_each_stage_names_what_happens_by_itself(where: Stage) -> None:
    lines = {codes(line)[0]: line for line in block(where).splitlines() if line.startswith("- By itself: ")}
    expected: dict[str, list[Way]] = {}
    for stage, trigger, way in GRANT.edges():
        if stage is where and (trigger.startswith("timer.") or ("." not in trigger and way.path)):
            expected.setdefault(trigger, []).append(way)
    assert lines.keys() == expected.keys()
    for trigger, ways in expected.items():
        assert Counter(codes(lines[trigger])[1:]) == named(ways)
        assert all(way.when in lines[trigger] for way in ways)


@pytest.mark.parametrize("where", OPEN)
def test_each_stage_names_what_may_follow_and_what_can_be_started(where: Stage) -> None:
    (follow,) = (line for line in block(where).splitlines() if line.startswith("- May follow: "))
    assert codes(follow) == [after for after in Stage if after in GRANT.transitions()[where]]
    (start,) = (line for line in block(where).splitlines() if line.startswith("- Can be started: "))
    always = set.intersection(*({*GRANT.startable(stage)} for stage in OPEN))
    told = [(part.split(" by ")[0], codes(part)) for part in start.removeprefix("- Can be started: ").split("; ")]
    assert {what[0] for _, what in told if what} == {*GRANT.startable(where), *GRANT.openable(where)} - always
    starters = GRANT.starters()
    for german, (name, *people) in ((german, what) for german, what in told if what):
        triggers = [f"open.{name}", f"start.{name}"] if name in {*TaskKind} else [f"start.{name}"]
        assert people == [starters[trigger] for trigger in triggers]
        title = GERMAN["task"][name]["title"] if name in {*TaskKind} else GERMAN["start_step"][name]
        assert german == f"{title} `{name}`"


def test_the_ends_are_named_with_what_they_come_after() -> None:
    lines = [codes(line) for line in sections(2)["Ends"].splitlines() if line.startswith("- ")]
    came = {end: {s for s, after in GRANT.transitions().items() if end in after} for end in ENDED}
    assert {end: {*before} for end, *before in lines} == came


@pytest.mark.parametrize(("name", "phase"), PHASE_LINES)
def test_each_task_names_what_it_comes_from_and_leads_to(name: str, phase: tuple[Line, ...]) -> None:
    table = rows_by_task(sections(3)[f"{name}: tasks"] if phase is not ANY_TIME else sections(2)[name])
    owed = [line for line in phase if isinstance(line, Owed)]
    assert [kind for kind in table if "." not in kind and kind in {*TaskKind}] == [line.kind for line in owed]
    for line in owed:
        task, between, leads = table[line.kind]
        assert f"**{GERMAN['task'][line.kind]['title']}** `{line.kind}`<br>" in task
        people = {GRANT.started_by(f"{how}.{line.kind}") for how in ("open", "start")} if line.starts else {line.by}
        assert {*people, *GRANT.due(line.kind), *GRANT.not_by(line.kind)} <= {*codes(task)}
        if phase is not ANY_TIME:
            assert {code for code in codes(between) if code != line.kind} == came_from(line.kind), line.kind
        check_answers(line.kind, leads)


def came_from(kind: TaskKind) -> set[str]:
    """The triggers that open a task; an officer who does it at once for the recipient opens nothing."""
    found = {t for _, t, way in GRANT.edges() if kind in way.owed or kind in way.perhaps}
    return {trigger for trigger in found if trigger.removeprefix("start.") not in {*TaskKind}}


def check_answers(kind: TaskKind, cell: str) -> None:
    """Each answer and reminder that the page knows is told with what it leads to, and nothing else is."""
    told = dict(re.findall(r"\*[^*]+\* `(\w+)`: (.*?)(?=<br>\*(?!or)|$)", cell))
    ways: dict[str, list[Way]] = {}
    within: dict[Way, set[str]] = {}
    for where, trigger, way in GRANT.edges():
        if trigger.startswith(f"{kind}."):
            within.setdefault(way, set()).add(where)
            ways.setdefault(trigger.removeprefix(f"{kind}."), []).append(way)
    assert told.keys() == ways.keys(), kind
    for word, said in told.items():
        assert named(ways[word]) <= Counter(codes(said)), f"{kind}.{word}"
        assert {*codes(said)} <= {*named(ways[word]), *OPEN}, f"{kind}.{word}"
        assert said.count("late, stays owed") == late(ways[word])
        assert all(way.when in said for way in ways[word])
        assert ("a payment order" in said) is any(Mark.PAYS in way.marks for way in ways[word])
        assert ("a signed notice" in said) is any(Mark.SERVED in way.marks for way in ways[word])
        places = [part.partition(": ")[0] for part in said.split("<br>*or* ") if re.match("in (?!some)", part)]
        assert all(stages(place) in within.values() for place in places)
        if word in TASKS[kind].choices:
            assert f"*{GERMAN['choice'][kind][word]}* `{word}`: " in cell


def test_what_goes_on_at_any_time_is_a_table_and_no_picture() -> None:
    text = sections(2)["At any time"]
    assert "![" not in text
    rest = {code: cells for code, cells in rows_by_task(text).items() if code not in {*TaskKind}}
    started = {trigger: by for trigger, by in GRANT.starters().items() if trigger.startswith("start.")}
    own = {trigger: by for trigger, by in started.items() if trigger.removeprefix("start.") not in {*TaskKind}}
    assert rest.keys() == {*own, *Event}
    for trigger, by in own.items():
        assert f"started by {GERMAN['role'][by]} `{by}`" in rest[trigger][0]
    for kind in AT_ANY_TIME:
        assert "late, stays owed" in rows_by_task(text)[kind][0]


@pytest.mark.parametrize(("name", "phase"), PHASE_LINES[:-1])
def test_the_pictures_of_a_phase_show_its_tasks(name: str, phase: tuple[Line, ...]) -> None:
    linked = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", sections(2)[name])
    assert linked
    sources = ""
    for title, target in linked:
        assert ElementTree.parse(DOCS / target).findtext("{*}title") == title  # noqa: S314  # a file of our own
        sources += (DOCS / target).with_suffix(".dot").read_text(encoding="utf-8")
    for line in phase:
        if isinstance(line, Owed):
            (box,) = re.findall(rf"^    {line.kind} \[label=<(.+)>.*\]$", sources, flags=re.MULTILINE)
            words = " ".join(unescape(re.sub(r"<[^>]+>", " ", box)).split())
            owner = GERMAN["role"][line.by].partition(" (")[0]
            assert words.startswith(f"{GERMAN['task'][line.kind]['title']} {line.kind} {owner}")


@pytest.mark.parametrize("path", sorted(DRAWN.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_is_readable_at_the_width_of_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314  # a file of our own
    width = float(root.attrib["viewBox"].split()[2])
    letters = min(float(size) for size in re.findall(r'font-size="([\d.]+)"', text))
    assert letters * min(1, NARROW / width) >= 11
    assert not re.search(r"href=|@import|url\(", text), "it needs nothing from elsewhere"
    assert set(re.findall(r'font-family="([^"]+)"', text)) == {"Helvetica, Arial, sans-serif"}
