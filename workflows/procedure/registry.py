"""Where the rules of the phases are entered: one function for each answer, rung, timer and act."""

from collections.abc import Callable

from models.case import OpenTask
from models.tasks import TASKS, TaskKind
from workflows.procedure.plan import Plan, View

AnswerRule = Callable[[View, Plan, OpenTask], None]
CaseRule = Callable[[View, Plan], None]

ANSWERS: dict[tuple[TaskKind, str], AnswerRule] = {}
RUNGS: dict[tuple[TaskKind, str], AnswerRule] = {}
TIMERS: dict[str, CaseRule] = {}
STARTS: dict[str, CaseRule] = {}


def answers(kind: TaskKind, *choices: str) -> Callable[[AnswerRule], AnswerRule]:
    """Enters a rule for choices of a task. Raises ``KeyError`` for a choice the task does not have."""

    def enter(rule: AnswerRule) -> AnswerRule:
        for choice in choices:
            if choice not in TASKS[kind].choices:
                raise KeyError(f"{kind} has no choice {choice}")
            ANSWERS[kind, choice] = rule
        return rule

    return enter


def rung(kind: TaskKind, *names: str) -> Callable[[AnswerRule], AnswerRule]:
    """Enters a rule for rungs of a task's agenda."""

    def enter(rule: AnswerRule) -> AnswerRule:
        RUNGS.update(dict.fromkeys(((kind, name) for name in names), rule))
        return rule

    return enter


def timer(name: str) -> Callable[[CaseRule], CaseRule]:
    """Enters a rule for a timer of the case."""

    def enter(rule: CaseRule) -> CaseRule:
        TIMERS[name] = rule
        return rule

    return enter


def starts(name: str) -> Callable[[CaseRule], CaseRule]:
    """Enters a rule for something a person starts."""

    def enter(rule: CaseRule) -> CaseRule:
        STARTS[name] = rule
        return rule

    return enter
