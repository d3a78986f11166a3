"""Codes, and their words in the text catalogue of officers and operators; and the catalogue in both languages."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from activities.mail_out.mail_check import CheckCode, Status
from cli.options import PARAMS, flag
from cli.verbs import VERBS
from demo.narration import texts
from gateway.start.errors import StartCode
from gateway.start.settings import Mode
from models.commands import ActorKind, CommandState
from models.content.answers import BankStatus, ChangeKind
from models.content.declarations import Against
from models.content.differences import OddCode, Than
from models.errors import Code
from models.mail.inbound import MailKind
from models.mail.orders import NoticeKind, Template
from models.money import AmountCode
from models.recipients import RecipientKind
from models.stages import Stage, Urgency
from models.tasks import Role, TaskState
from record.mail_views import Fate
from record.opened import Opened
from record.views.comparison import Way
from record.views.looks import What
from record.views.tasks import ACCOUNT_WARNINGS, MALFORMED
from templates import catalogue
from tests.agreement.files import constrained
from tests.agreement.table import Agreement, Table, parts, with_parts

DE: Final = "templates/texts/de.toml"
TEXTS: Final = catalogue("de")

WORDED: Final[Mapping[str, type[StrEnum]]] = {
    "stage": Stage,
    "urgency": Urgency,
    "role": Role,
    "recipient_kind": RecipientKind,
    "task_state": TaskState,
    "bank_status": BankStatus,
    "bank": BankStatus,
    "actor": ActorKind,
    "notice_kind": NoticeKind,
    "letter": Template,
    "mail_fate": Fate,
    "mail_check": CheckCode,
    "found": What,
    "amount": AmountCode,
    "change": ChangeKind,
    "warning": Against,
    "odd": OddCode,
    "than": Than,
    "opened": Opened,
    "way": Way,
}
"""Tables of the catalogue that hold the words of one enumeration."""

STORED: Final[Mapping[tuple[str, str], type[StrEnum]]] = {
    ("inbound_mail", "kind"): MailKind,
    ("task", "state"): TaskState,
    ("command", "state"): CommandState,
    ("installation", "mode"): Mode,
}
"""Columns that hold the codes of one enumeration: the database refuses all others."""


def _keys(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """All dotted keys; a list of lines is one text."""
    for key, found in table.items():
        yield from _keys(found, f"{path}{key}.") if isinstance(found, Mapping) else [f"{path}{key}"]


PARAMS_USED: Final = {name for verb in VERBS.values() for name in verb.params}

AGREEMENTS: Final = (
    *(
        Agreement(
            f"{one.__name__}, and its words in [{table}]",
            Table(f"{one.__module__} {one.__name__}", list(one)),
            Table(f"{DE} [{table}]", TEXTS[table]),
        )
        for table, one in WORDED.items()
    ),
    *(
        Agreement(
            f"codes of {table}.{column}, and what the database takes",
            Table(f"{codes.__module__} {codes.__name__}", list(codes)),
            Table(f"models/tables {table}.{column}", constrained(table, column)),
        )
        for (table, column), codes in STORED.items()
    ),
    Agreement(
        "states of an order, and their words",
        Table("models/tables order.status", constrained("payment_order", "status")),
        Table(f"{DE} [order_status]", TEXTS["order_status"]),
    ),
    Agreement(
        "what is doubtful about an account, and its words in a list",
        Table("record/views/tasks.py", [*ACCOUNT_WARNINGS, MALFORMED]),
        Table(f"{DE} [account_warning]", TEXTS["account_warning"]),
    ),
    Agreement(
        "results of a check of mail, and their words",
        Table("activities/mail_out/mail_check.py Status", [*Status, "weak"]),  # missing, where it is not needed
        Table(f"{DE} [mail_status]", TEXTS["mail_status"]),
    ),
    Agreement(
        "kinds of mail, and their words",
        Table("models/mail/inbound.py MailKind", [*MailKind, "settled"]),
        Table(f"{DE} [inbound_kind]", TEXTS["inbound_kind"]),
    ),
    Agreement(
        "refusals, and their words",
        Table("models/errors.py Code", list(Code), with_parts("message", "way")),
        Table(f"{DE} [refusal]", TEXTS["refusal"], parts),
    ),
    Agreement(
        "errors at the start, and their words",
        Table("gateway/start/errors.py StartCode", list(StartCode), with_parts("message", "way")),
        Table(f"{DE} [up.error]", TEXTS["up"]["error"], parts),
    ),
    Agreement(
        "verbs, and their help",
        Table("cli/verbs.py VERBS", VERBS, with_parts("short", "help", "examples")),
        Table(f"{DE} [cli.verb]", TEXTS["cli"]["verb"], parts),
    ),
    Agreement(
        "parameters, and the verbs that take them",
        Table("cli/options.py PARAMS", PARAMS),
        Table("cli/verbs.py VERBS", PARAMS_USED),
    ),
    Agreement(
        "arguments, and their help",
        Table("cli/options.py PARAMS", {flag(name) for name, one in PARAMS.items() if one.positional}),
        Table(f"{DE} [cli.arg]", TEXTS["cli"]["arg"]),
    ),
    Agreement(
        "options, and their help",
        Table("cli/options.py PARAMS", {name for name, one in PARAMS.items() if not one.positional}),
        Table(f"{DE} [cli.option]", TEXTS["cli"]["option"]),
    ),
    Agreement(
        "the catalogue in German and in English",
        Table(DE, list(_keys(TEXTS))),
        Table("templates/texts/en.toml", list(_keys(catalogue("en")))),
    ),
    Agreement(
        "the demo in German and in English",
        Table("demo/words.toml", list(_keys(texts("de")))),
        Table("demo/words.en.toml", list(_keys(texts("en")))),
    ),
)
