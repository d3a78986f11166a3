"""Promise 6: a notice has one text and hash, one pair of people, one day; it was served or somebody owes it."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from models.commands import CommandKind, CommandState
from models.errors import Code
from models.tables import Notice
from models.tasks import TaskKind, TaskState
from record.promises.book import Book, CaseBook, Violation
from record.promises.finding import Finding

ON_ITS_WAY = frozenset({"queued", "sending", "retry"})


def served(book: Book) -> Iterator[Violation]:
    """Hash, the one step that signed it, the day of notification, the channel."""
    for case in book.cases.values():
        signed = Counter(n for entry in case.applied if entry.step is not None for n in entry.step.notices)
        for notice in case.notices:
            if hashlib.sha256(notice.body.encode()).hexdigest() != notice.sha256:
                yield _broken(case, Finding.HASH_DIFFERS, notice.id)
            if signed[notice.id] != 1:
                yield _broken(case, Finding.NOT_SIGNED_ONCE, notice.id)
            if notice.notified_on is None:
                yield _broken(case, Finding.NO_DAY_OF_NOTIFICATION, notice.id)
            if not _reached(case, notice):
                yield _broken(case, Finding.NOT_SERVED, notice.id)
        for notice_id in sorted({*signed} - {notice.id for notice in case.notices}):
            yield _broken(case, Finding.NOTICE_MISSING, notice_id)


def _reached(case: CaseBook, notice: Notice) -> bool:
    """Posted, taken by a mail server, on its way there, or somebody's open task; or its failure is not told yet."""
    if notice.channel == "post":
        return True
    mails = [mail for mail in case.mails if mail.notice_id == notice.id]
    if any(mail.state == "accepted" or mail.state in ON_ITS_WAY for mail in mails):
        return True
    if any(_serves(task.kind, task.subject, notice.id) for task in case.tasks if task.state == TaskState.OPEN):
        return True
    return any(
        command.kind == CommandKind.MAIL_FAILED
        and command.content.get("notice_id") == notice.id
        and (command.state == CommandState.RECEIVED or command.reason == Code.CASE_ENDED)  # the latter is in triage
        for command in case.commands
    )


def _serves(kind: str, subject: str, notice_id: str) -> bool:
    return kind == TaskKind.FIX_DELIVERY and subject.rsplit("|", maxsplit=1)[-1] == notice_id


def _broken(case: CaseBook, code: Finding, detail: str) -> Violation:
    return Violation(promise=6, code=code, case_id=case.id, detail=detail)
