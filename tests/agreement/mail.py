"""Mail: letters, replies that are refused, what a reply may become, and when letters leave."""

from typing import Final

from models.mail.hours import NOT_URGENT
from models.mail.orders import NoticeKind, Template, WhyRefused
from models.programme import Financing
from models.recipients import RecipientKind
from models.tasks import TASKS, TaskKind
from portal.forms import FORMS, Kind
from record.inbound.acts import EXPLAINED
from record.inbound.answers import FREE_TEXT, TAKES_FILES, TEXT_IS_ALL
from templates import catalogue
from tests.activities.samples import ASKING
from tests.agreement.files import ROOT, cells, rows, toml
from tests.agreement.table import Agreement, Table, parts, with_parts
from tests.inbound.world import index
from workflows.lifecycle import GRANT

K = TaskKind
WORDS: Final = "templates/email/words.toml"
EMAIL: Final = toml(WORDS)
DECISION: Final = "docs/decisions/0004-mail-hours.md"
HOURS: Final = rows(DECISION, "| letter | leaves |")

MAILED: Final = [kind for kind in TASKS if GRANT.is_clerks(kind) and TASKS[kind].choices]
"""Tasks that a clerk answers; ``repay`` is answered by the bank."""

RECEIVED: Final = [*(kind for kind in MAILED if kind is not K.APPLY), "other"]
"""What a receipt can be of; an application has a receipt of its own."""

NEEDS_FORM: Final = [K.DECLARE_ACCEPTANCE]
"""Bank details and signatories are never read from a mail."""

ASK_NO_CLERK: Final = (Template.TASK_HANDED_OVER, Template.OFFICER_NUDGE)
"""Say what happens otherwise, and carry no link of a task: it went to a colleague, or an officer is asked."""

FOR_PEOPLE: Final = {
    str(found["reason"])
    for found in index().values()
    if found["kind"] in {"answer", "bounce", "triage"} and "reason" in found
}
"""Reasons for which a mail of the corpus is an answer, a bounce, or an officer's: people read them."""


def _letters(table: str) -> list[str]:
    return [cells(row)[0] for row in table.splitlines()]


def _waiting(table: str) -> list[str]:
    return [cells(row)[0] for row in table.splitlines() if cells(row)[1] == "waits"]


def _files(folder: str, pattern: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / "templates" / folder).glob(pattern))


def _with_otherwise() -> list[str]:
    return [one for one in _letter_files() if toml(f"templates/email/{one}.toml").get("otherwise")]


def _letter_files() -> list[str]:
    return [name for name in _files("email", "*.toml") if name != "words"]


def _free_texts() -> list[str]:
    return [f"{kind}.{one.name}" for kind, form in FORMS.items() for one in form.fields if one.kind is Kind.TEXT]


def _text_is_all() -> list[TaskKind]:
    """Forms that require nothing but their free text."""
    required = {kind: [one.name for one in form.fields if one.required] for kind, form in FORMS.items()}
    return [kind for kind, asked in required.items() if asked == [FREE_TEXT.get(kind)]]


AGREEMENTS: Final = (
    Agreement(
        "why a reply is refused, and its words",
        Table("models/mail/orders.py WhyRefused", list(WhyRefused), with_parts("what", "way")),
        Table(f"{WORDS} [refused]", EMAIL["refused"], parts),
    ),
    Agreement(
        "why a reply is refused, and what leads to it",
        Table("models/mail/orders.py WhyRefused", list(WhyRefused)),
        Table("record/inbound/acts.py EXPLAINED", set(EXPLAINED.values())),
    ),
    Agreement(
        "reasons that are explained, and their words for officers",
        Table("record/inbound/acts.py EXPLAINED", EXPLAINED),
        Table("templates/texts/de.toml [inbound_reason]", catalogue("de")["inbound_reason"]),
        more=True,
    ),
    Agreement(
        "reasons that the corpus meets, and their words for officers",
        Table("tests/inbound/index.json", FOR_PEOPLE),
        Table("templates/texts/de.toml [inbound_reason]", catalogue("de")["inbound_reason"]),
        more=True,
    ),
    Agreement(
        "letters, and their files",
        Table("models/mail/orders.py Template", list(Template)),
        Table("templates/email/", _letter_files()),
    ),
    Agreement(
        "letters that say what happens otherwise, and those that ask",
        Table("templates/email/ otherwise", _with_otherwise()),
        Table("tests/activities/samples.py ASKING (or ASK_NO_CLERK)", [*ASKING, *ASK_NO_CLERK]),
    ),
    Agreement(
        "notices, and their files",
        Table("models/mail/orders.py NoticeKind", list(NoticeKind)),
        Table("templates/notices/", _files("notices", "[!_]*.txt")),
    ),
    Agreement(
        "letters, and when they leave",
        Table("models/mail/orders.py Template", list(Template)),
        Table(DECISION, HOURS, _letters),
    ),
    Agreement(
        "letters that wait, and why they may",
        Table("models/mail/hours.py NOT_URGENT", NOT_URGENT),
        Table(f"{DECISION}, rows that say waits", HOURS, _waiting),
    ),
    Agreement(
        "answers of clerks, and what their receipt calls them",
        Table("models/tasks.py TASKS", RECEIVED),
        Table(f"{WORDS} [received]", EMAIL["received"]),
    ),
    Agreement(
        "answers of clerks, and what happens next",
        Table("models/tasks.py TASKS", RECEIVED),
        Table(f"{WORDS} [next]", EMAIL["next"]),
    ),
    Agreement(
        "tasks that clerks start, and what their mail calls them",
        Table("workflows/lifecycle.py may_start", [*GRANT.openable(), "other"]),
        Table(f"{WORDS} [task]", EMAIL["task"]),
    ),
    Agreement(
        "kinds of recipients, and who represents them",
        Table("models/recipients.py RecipientKind", list(RecipientKind)),
        Table(f"{WORDS} [board]", EMAIL["board"]),
    ),
    Agreement(
        "types of financing, and their words",
        Table("models/programme.py Financing", list(Financing)),
        Table(f"{WORDS} [financing]", EMAIL["financing"]),
    ),
    Agreement(
        "tasks of clerks, and whether a mail may answer them",
        Table("models/tasks.py TASKS", MAILED),
        Table("record/inbound/answers.py FREE_TEXT (or NEEDS_FORM)", [*FREE_TEXT, *NEEDS_FORM]),
    ),
    Agreement(
        "fields that take the words of a mail, and the texts of the forms",
        Table("record/inbound/answers.py FREE_TEXT", [f"{kind}.{name}" for kind, name in FREE_TEXT.items()]),
        Table("portal/forms.py FORMS", _free_texts()),
        more=True,
    ),
    Agreement(
        "tasks that take the files of a mail, and forms that take files",
        Table("record/inbound/answers.py TAKES_FILES", TAKES_FILES),
        Table("portal/forms.py FORMS", [kind for kind, form in FORMS.items() if form.uploads]),
    ),
    Agreement(
        "tasks that need nothing but their text, and such forms",
        Table("record/inbound/answers.py TEXT_IS_ALL", TEXT_IS_ALL),
        Table("portal/forms.py FORMS", _text_is_all()),
    ),
)
