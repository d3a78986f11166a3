"""Tasks: rules, forms, and the words that clerks and officers read."""

from typing import Final, get_args

import workflows.procedure.decide  # noqa: F401 - fills the registries
from models.content.answers import BankStatus, ChangeKind
from models.money import AmountCode
from models.stages import Stage
from models.tasks import TASKS, TaskKind
from portal.forms import ACTING, FORMS, ODD, Kind
from templates import catalogue
from tests.agreement.files import toml
from tests.agreement.table import Agreement, Table, parts, with_parts
from workflows.lifecycle import GRANT
from workflows.notation import Answer, Date, DueRule, Event
from workflows.procedure.registry import ANSWERS, RUNGS, STARTS, TIMERS

K = TaskKind
DE: Final = "templates/texts/de.toml"
TEXTS: Final = catalogue("de")
PAGES: Final = "templates/web/words.toml"
WEB: Final = toml(PAGES)

CLERKS: Final = [kind for kind in TASKS if GRANT.is_clerks(kind)]
CHOICES: Final = [f"{kind}.{choice}" for kind, definition in TASKS.items() for choice in definition.choices]
APPLICATION: Final = "apply.submit"
"""Begins a case instead of answering in one, and is told as ``apply``."""

PAGE: Final = ("title", "lead", "done", "next", "closed")
FORM: Final = (*PAGE, "declare", "send")
NOT_ON_A_FORM: Final = {
    "feedback",
    "answer_to",
    "own_email",
    "colleague_name",
    "colleague_function",
    "colleague_email",
    "declaration",
    "start",
    "starting_name",
}
"""Fields of pages that answer no task."""

HAPPENS: Final = [
    "apply",
    "mail",
    *Event,
    *(f"{kind}.{choice}" for kind, choice in ANSWERS),
    *(f"timer.{name}" for name in TIMERS),
    *(f"start.{name}" for name in STARTS),
    *(f"bank.{status}" for status in BankStatus),
]
"""What can stand in the history of a case. What falls due is told by its letter."""

NOT_TOLD: Final = (
    # Officers prepare; the municipality hears of the decision.
    "check_completeness.refuse",
    "decide_incomplete.proceed",
    "decide_incomplete.refuse",
    "examine.award",
    "examine.refuse",
    "give_consent.agree",
    "give_consent.disagree",
    "draft_decision.award",
    "draft_decision.refuse",
    "await_budget.refuse",
    "timer.decision_limit",
    "call_back.confirmed",
    "call_back.not_reached",
    "certify_drawdown.certify",
    "approve_drawdown.approve",
    "decide_extension.grant",
    "check_proof.accept",
    "decide_revocation.partly",
    "decide_revocation.fully",
    # Sent back from one desk to another.
    "sign_decision.send_back",
    "approve_drawdown.send_back",
    "sign_extension.send_back",
    "approve_proof.send_back",
    "sign_revocation.send_back",
    # Told by the letter that they send, which stands in the history itself.
    "decide_declaration.remind",
    "decide_declaration.hear",
    "decide_missing_proof.remind",
    "decide_missing_proof.hear",
    "check_proof.finding",
    "lift_block.hear",
    "decide_claim.remind",
    "decide_claim.defer",
    "start.open",
    "start.resend",
    "start.set_file_number",
    "fix_delivery.resend",
    "fix_delivery.posted",
    "fix_delivery.noted",
    # The office's own affairs, and the engine's.
    "clarify.noted",
    "unforeseen",
    "mail_failed",
    "move",
    # Told by the bank's word on the payment.
    "repair_payment.retry",
    "repair_payment.cancel",
    "repair_payment.new_bank_details",
)
"""What the page of a case keeps silent, and why."""


def _shown(kind: TaskKind) -> list[str]:
    return [f"{kind}.{part}" for part in (FORM if TASKS[kind].choices else PAGE)]


def _worded(table: dict[str, dict[str, object]]) -> list[str]:
    """Words of the pages of a task; ``ready`` and ``minutes`` are said of long forms only."""
    return [f"{kind}.{part}" for kind, words in table.items() for part in words if part in FORM]


def _labelled(table: dict[str, dict[str, object]]) -> list[str]:
    return [name for name, words in table.items() if words.get("label")]


def _confirmed(table: dict[str, dict[str, object]]) -> list[str]:
    return [name for name, words in table.items() if words.get("confirm")]


AMOUNT_ERRORS: Final = {key for key in WEB["error"] if key.startswith("amount_")} - {"amount_hint", "amount_or"}
FIELDS: Final = {one.name: one for form in FORMS.values() for one in (*form.fields, *ACTING)}

AGREEMENTS: Final = (
    Agreement(
        "kinds of tasks, and their choices",
        Table("models/tasks.py TaskKind", list(TaskKind)),
        Table("models/tasks.py TASKS", TASKS),
    ),
    Agreement(
        "choices, and their rules",
        Table("models/tasks.py TASKS", [choice for choice in CHOICES if choice != APPLICATION]),
        Table("workflows/procedure ANSWERS", [f"{kind}.{choice}" for kind, choice in ANSWERS]),
    ),
    Agreement(
        "choices, and the answers that the page knows",
        Table("models/tasks.py TASKS", {choice for definition in TASKS.values() for choice in definition.choices}),
        Table("workflows/notation.py Answer", get_args(Answer)),
    ),
    Agreement(
        "dates of a case, and their rules",
        Table("workflows/notation.py Date", list(Date)),
        Table("workflows/procedure TIMERS", TIMERS),
    ),
    Agreement(
        "rules that make a due date, and their words",
        Table("workflows/notation.py DueRule", get_args(DueRule)),
        Table(f"{DE} [rule]", TEXTS["rule"]),
        more=True,
    ),
    Agreement(
        "tasks, and their words",
        Table("models/tasks.py TASKS", TASKS, with_parts("title", "duty")),
        Table(f"{DE} [task]", TEXTS["task"], parts),
    ),
    Agreement(
        "choices, and their words",
        Table("models/tasks.py TASKS", CHOICES),
        Table(f"{DE} [choice]", TEXTS["choice"], parts),
    ),
    Agreement(
        "rungs, and their words",
        Table("workflows/procedure RUNGS", {name for _, name in RUNGS}),
        Table(f"{DE} [rung]", TEXTS["rung"]),
    ),
    Agreement(
        "timers, and their words",
        Table("workflows/procedure TIMERS", TIMERS),
        Table(f"{DE} [timer]", TEXTS["timer"]),
    ),
    Agreement(
        "what happens in a case, and what its page tells",
        Table("workflows/procedure, models/content/answers.py BankStatus", HAPPENS),
        Table(f"{PAGES} [history] (or NOT_TOLD)", [*WEB["history"], *NOT_TOLD]),
    ),
    Agreement(
        "stages, and what the page says of them",
        Table("models/stages.py Stage", list(Stage)),
        Table(f"{PAGES} [stage]", WEB["stage"]),
    ),
    Agreement(
        "tasks of clerks, and the words of their pages",
        Table("models/tasks.py TASKS", [part for kind in CLERKS for part in _shown(kind)]),
        Table(f"{PAGES} [kind]", WEB["kind"], _worded),
    ),
    Agreement(
        "tasks of clerks, and their forms",
        Table("models/tasks.py TASKS", [kind for kind in CLERKS if TASKS[kind].choices]),
        Table("portal/forms.py FORMS", FORMS),
    ),
    Agreement(
        "fields, and their labels",
        Table("portal/forms.py FORMS (or NOT_ON_A_FORM)", [*FIELDS, *NOT_ON_A_FORM]),
        Table(f"{PAGES} [field] label", WEB["field"], _labelled),
    ),
    Agreement(
        "boxes to tick, and the sentences beside them",
        Table("portal/forms.py FORMS", [name for name, one in FIELDS.items() if one.kind is Kind.CONFIRM]),
        Table(f"{PAGES} [field] confirm", WEB["field"], _confirmed),
    ),
    Agreement(
        "groups of fields, and their headings",
        Table("portal/forms.py FORMS", {group for form in FORMS.values() for group in form.groups if group}),
        Table(f"{PAGES} [group]", WEB["group"]),
    ),
    Agreement(
        "changes, and their words",
        Table("models/content/answers.py ChangeKind", list(ChangeKind)),
        Table(f"{PAGES} [option.change]", WEB["option"]["change"]),
    ),
    Agreement(
        "what can be odd about a proof, and the remark on it",
        Table("portal/forms.py ODD", [*ODD, "gap", "surplus"]),
        Table(f"{PAGES} [remark]", WEB["remark"]),
    ),
    Agreement(
        "what can be odd about a proof, and what officers read of it",
        Table("portal/forms.py ODD", [*ODD, "gap", "surplus"]),
        Table(f"{DE} [remark]", TEXTS["remark"]),
    ),
    Agreement(
        "faults of an amount, and their words on the page",
        Table("models/money.py AmountCode", [f"amount_{code}" for code in AmountCode]),
        Table(f"{PAGES} [error] amount_…", AMOUNT_ERRORS),
    ),
)
