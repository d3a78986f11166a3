"""What operators see: search attributes, timers and details in Temporal, and the findings of ``doctor``."""

import re
from datetime import UTC, datetime
from typing import Final, get_args

import workflows.procedure.decide  # noqa: F401 - fills the registries
from gateway.temporal.histories import Foreign
from models.case import CaseState
from models.contracts import SEARCH_ATTRIBUTES
from models.errors import Code
from models.rounds import OPEN_ROUND, RoundAction, RoundStage, RoundStep
from models.stages import ENDED, Urgency
from models.tasks import TASKS, Role
from record.database.alarms import AlarmKind
from record.promises import PROMISES, Finding, Shown
from templates import catalogue
from tests.agreement.files import cells, rows, text
from tests.agreement.table import Agreement, Table
from tests.record.sabotage import SABOTAGE
from workflows import attributes, details, verbs, words
from workflows.lifecycle import GRANT
from workflows.notation import Reminder
from workflows.procedure.registry import RUNGS, TIMERS
from workflows.procedure.triggers import UNKNOWN

SCRIPT: Final = "deploy/temporal-search-attributes.sh"
HANDBOOK: Final = "docs/operators.md"
ATTRIBUTE_ROWS: Final = rows(HANDBOOK, "| search attribute | type |")
CODE: Final = re.compile(r"`(\w+)`")

CASE: Final = CaseState(case_id="wir-fm-2018-06631")
ROUND: Final = RoundStep(
    no=1, action=RoundAction.OPEN, at=datetime(2018, 1, 1, tzinfo=UTC), stage=RoundStage.INVITING, line="fm", year=2018
)

ANSWERED: Final = {f"{kind}.{choice}" for kind, task in TASKS.items() for choice in task.choices}

FIRING: Final = {*(name for _, name in RUNGS), *TIMERS}
"""What can fire in a case; ``dun_1`` and ``pre_1`` are numbered, and worded by their number."""

DONE: Final = {
    trigger
    for _, trigger, _ in GRANT.edges()
    if not trigger.startswith("timer.") and (trigger in ANSWERED or trigger.partition(".")[2] not in get_args(Reminder))
}
"""What makes a step and is no date: answers, starts, the bank, mail, moves. Dates have the words of what fires."""

ALARMS: Final = [*AlarmKind, *Foreign]
SAID_INSTEAD: Final = [Shown.TESTS, Shown.NOT_NOW]
"""Promises that are shown by these are not simply held."""


def _typed(table: dict[str, str]) -> list[str]:
    return [f"{name} {kind}" for name, kind in table.items()]


def _made_by(script: str) -> list[str]:
    """``attributes TYPE NAME…``: one command makes them all."""
    made = [line.split()[1:] for line in script.splitlines() if line.startswith("attributes ")]
    return [f"{name} {kind}" for kind, *names in made for name in names]


def _described(table: str) -> list[str]:
    return [" ".join(cells(row)[:2]) for row in table.splitlines()]


def _codes_of(attribute: str) -> list[str]:
    """The codes that the handbook names for an attribute."""
    row = next(row for row in ATTRIBUTE_ROWS.splitlines() if cells(row)[0] == attribute)
    return CODE.findall(row.rpartition(" | ")[2])


def _first_cells(table: str) -> list[str]:
    return [code for row in table.splitlines() for code in CODE.findall(row.split("|")[1])]


def _numbers(table: str) -> set[str]:
    return {found for row in table.splitlines() for found in re.findall(r"(?:^|, )(\d+) ", cells(row)[0])}


AGREEMENTS: Final = (
    Agreement(
        "search attributes, and those that the deploy job makes",
        Table("models/contracts.py SEARCH_ATTRIBUTES", SEARCH_ATTRIBUTES, _typed),
        Table(SCRIPT, text(SCRIPT), _made_by),
    ),
    Agreement(
        "search attributes, and the operators' handbook",
        Table("models/contracts.py SEARCH_ATTRIBUTES", SEARCH_ATTRIBUTES, _typed),
        Table(HANDBOOK, ATTRIBUTE_ROWS, _described),
    ),
    Agreement(
        "search attributes, and the values of a case",
        Table("models/contracts.py SEARCH_ATTRIBUTES", SEARCH_ATTRIBUTES),
        Table("workflows/attributes.py shown", attributes.shown(CASE)),
    ),
    Agreement(
        "search attributes, and the values of a round",
        Table("models/contracts.py SEARCH_ATTRIBUTES", SEARCH_ATTRIBUTES),
        Table("workflows/attributes.py shown_of_round", attributes.shown_of_round(ROUND)),
    ),
    Agreement(
        "roles that owe something, and those the handbook names",
        Table("models/tasks.py Role", [role for role in Role if role is not Role.READER]),
        Table(f"{HANDBOOK} WirWaitingFor", _codes_of("WirWaitingFor")),
    ),
    Agreement(
        "urgencies, and those the handbook names",
        Table("models/stages.py Urgency", list(Urgency)),
        Table(f"{HANDBOOK} WirUrgency", _codes_of("WirUrgency")),
    ),
    Agreement(
        "what can fire, and its words in Temporal",
        Table("workflows/procedure RUNGS and TIMERS", {re.sub(r"\d+$", "", name) for name in FIRING}),
        Table("workflows/words.py RUNGS and NUMBERED", [*words.RUNGS, *words.NUMBERED]),
    ),
    Agreement(
        "ends of a case, and their words in Temporal",
        Table("models/stages.py ENDED", ENDED),
        Table("workflows/details.py ENDINGS", details.ENDINGS),
    ),
    Agreement(
        "what is done in a case, and its words in Temporal",
        Table("workflows/lifecycle.py GRANT", DONE),
        Table("workflows/verbs.py VERBS and EVENTS", {*verbs.VERBS, *verbs.EVENTS} - {UNKNOWN, OPEN_ROUND}),
    ),
    Agreement(
        "reasons of refusals, and their words in Temporal",
        Table("models/errors.py Code", list(Code)),
        Table("workflows/verbs.py REASONS", verbs.REASONS),
    ),
    Agreement(
        "dates of a round, and their words in Temporal",
        Table("models/rounds.py RoundAction", [one for one in RoundAction if one is not RoundAction.OPEN]),
        Table("workflows/words.py ROUND_DATES", words.ROUND_DATES),
    ),
    Agreement(
        "promises, and their words",
        Table("record/promises PROMISES", [promise.number for promise in PROMISES]),
        Table("templates/texts/de.toml [promise]", catalogue("de")["promise"]),
    ),
    Agreement(
        "promises that an installation can break, and the handbook",
        Table("record/promises PROMISES", [one.number for one in PROMISES if one.shown_by is not Shown.TESTS]),
        Table(HANDBOOK, _numbers(rows(HANDBOOK, "| promise broken |"))),
    ),
    Agreement(
        "promises that the record shows, and deeds that break them",
        Table("record/promises PROMISES", [promise.number for promise in PROMISES if promise.checks]),
        Table("tests/record/sabotage.py SABOTAGE", {promise for promise, _, _ in SABOTAGE}),
    ),
    Agreement(
        "promises that were not asked of the record, and what is said instead",
        Table("record/promises Shown", [f"promise_{shown}" for shown in SAID_INSTEAD]),
        Table(
            "templates/texts/de.toml [cli] promise_…",
            {key for key in catalogue("de")["cli"] if key.startswith("promise_")} - {"promise_held", "promise_broken"},
        ),
    ),
    Agreement(
        "findings of doctor, and their words",
        Table("record/promises/finding.py Finding", list(Finding)),
        Table("templates/texts/de.toml [doctor]", catalogue("de")["doctor"]),
    ),
    Agreement(
        "alarms, and their words",
        Table("record/database/alarms.py AlarmKind, gateway/temporal/histories.py Foreign", ALARMS),
        Table("templates/texts/de.toml [alarm]", catalogue("de")["alarm"]),
    ),
    Agreement(
        "alarms, and the operators' handbook",
        Table("record/database/alarms.py AlarmKind, gateway/temporal/histories.py Foreign", ALARMS),
        Table(HANDBOOK, _first_cells(rows(HANDBOOK, "| alarm |"))),
    ),
)
