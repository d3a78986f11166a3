"""What people can start: rules, words, and where it is offered."""

import re
from collections.abc import Iterable
from typing import Final

import workflows.procedure.decide  # noqa: F401 - fills the registries
from models.commands import CommandKind
from models.content.starts import STARTABLE, Door, started_at
from models.stages import Stage
from models.tasks import Role, TaskKind
from record.views.officers import offered
from templates import catalogue
from tests.agreement.files import toml
from tests.agreement.table import Agreement, Table
from workflows.lifecycle import GRANT
from workflows.procedure.registry import STARTS

TABLE: Final = "models/content/starts.py STARTABLE"
BY_CODE: Final = frozenset({"open", "move"})
"""Printed by their code: a clerk's own start is called by its task, and an operator types the code."""

TYPED: Final = started_at(Door.OFFER, Door.MAIL_LIST, Door.ROUND)


def offers(found: Iterable[str]) -> Agreement:
    """What is offered to officers with a case, in any stage, is what has that door."""
    return Agreement(
        "what officers start with a case, and what they are offered",
        Table(f"{TABLE} Door.OFFER", started_at(Door.OFFER)),
        Table("record/views/officers.py offered", frozenset(found)),
    )


def _listed(lang: str) -> list[str]:
    """The kinds that the help of ``act`` lists."""
    said = re.findall(r"[a-z]+(?:-[a-z]+)*", catalogue(lang)["cli"]["arg"]["KIND"].partition(": ")[2])
    return [kind for kind in STARTABLE if kind.replace("_", "-") in said]


def _started_by(role: Role) -> set[str]:
    """What a role may start by the page; ``open`` is one start, whichever task it opens."""
    return {
        trigger if trigger.startswith("start.") else "open" for trigger, by in GRANT.starters().items() if by is role
    }


AGREEMENTS: Final = (
    *(
        Agreement(
            f"what {who} starts, and who may by the page",
            Table(f"{TABLE} doors of the {who}", [kind for kind in started_at(*doors) if kind in STARTS]),
            Table("workflows/lifecycle.py", [trigger.removeprefix("start.") for trigger in _started_by(role)]),
        )
        for who, role, doors in (
            ("officer", Role.CASE_WORKER, (Door.OFFER, Door.MAIL_LIST)),
            ("clerk", Role.APPLICANT, (Door.CASE_PAGE, Door.TASK_PAGE)),
        )
    ),
    Agreement(
        "what people start, and its rules",
        Table(TABLE, [kind for kind in STARTABLE if kind not in set(CommandKind)]),
        Table("workflows/procedure STARTS", STARTS),
    ),
    offers(kind for stage in Stage for blockable in (True, False) for kind in offered(stage, blockable=blockable)),
    Agreement(
        "tasks that clerks start, and what officers start on their behalf",
        Table("workflows/lifecycle.py may_start", GRANT.openable()),
        Table(f"{TABLE} Door.OFFER", [kind for kind in STARTABLE if kind in started_at(Door.OFFER) & set(TaskKind)]),
    ),
    Agreement(
        "tasks that clerks start, and what their page calls them",
        Table("workflows/lifecycle.py may_start", GRANT.openable()),
        Table("templates/web/words.toml [start]", toml("templates/web/words.toml")["start"]),
    ),
    Agreement(
        "what people start, and its words in the timeline",
        Table("workflows/procedure STARTS", STARTS),
        Table("templates/texts/de.toml [start]", catalogue("de")["start"]),
    ),
    Agreement(
        "what people start, and what the command line calls it",
        Table(TABLE, [kind for kind in STARTABLE if kind not in BY_CODE]),
        Table("templates/texts/de.toml [start_step]", catalogue("de")["start_step"]),
    ),
    *(
        Agreement(
            f"what officers type, and the help of act ({lang})",
            Table(f"{TABLE} of officers", TYPED),
            Table(f"templates/texts/{lang}.toml [cli.arg] KIND", _listed(lang)),
        )
        for lang in ("de", "en")
    ),
)
