"""The tests' own tables: what is usually answered, how forms are filled, and the scene of each task."""

from typing import Final

from models.content import answers as a
from models.content.starts import START_CONTENT
from models.tasks import TASKS, TaskKind
from tests.agreement.table import Agreement, Table
from tests.browser.scene import BRING, KINDS
from tests.forms import FORMS, USUAL

K = TaskKind
LEFT_ALONE: Final = (K.APPLY, K.AWAIT_BUDGET, K.NOTIFY_CHANGE, K.REQUEST_EXTENSION, K.WITHDRAW)
"""No case is driven by these: one begins it, money ends one, and clerks start three when they wish to."""

FILLED_ELSEWHERE: Final[tuple[type[a.Content], ...]] = (a.Application, a.StartTask)
"""``Play.apply`` fills an application, and a start names nothing but its task."""

BY_BANK: Final = ["booked"]


def _forms() -> set[str]:
    choices = (choice.content for definition in TASKS.values() for choice in definition.choices.values())
    return {form.__name__ for form in (*choices, *START_CONTENT.values())}


def _choices() -> list[str]:
    return [f"{kind}.{choice}" for kind, task in TASKS.items() for choice in task.choices or BY_BANK]


AGREEMENTS: Final = (
    Agreement(
        "tasks, and what is usually answered",
        Table("models/tasks.py TASKS", TASKS),
        Table("tests/forms.py USUAL (or LEFT_ALONE)", [*USUAL, *LEFT_ALONE]),
    ),
    Agreement(
        "usual answers, and the choices of their tasks",
        Table("tests/forms.py USUAL", [f"{kind}.{choice}" for kind, choice in USUAL.items()]),
        Table("models/tasks.py TASKS", _choices()),
        more=True,
    ),
    Agreement(
        "forms, and how a simulated person fills them",
        Table("models/tasks.py TASKS, models/content/starts.py STARTABLE", _forms()),
        Table("tests/forms.py FORMS (or FILLED_ELSEWHERE)", [form.__name__ for form in (*FORMS, *FILLED_ELSEWHERE)]),
    ),
    Agreement(
        "tasks of clerks, and their scenes in the browser",
        Table("models/tasks.py TASKS", KINDS),
        Table("tests/browser/scene.py BRING", BRING),
    ),
)
