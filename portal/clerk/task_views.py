"""How the pages of one task look: from what the record says and what stands in the form to finished pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import HTMLResponse

from models.commands import reference_number
from models.content.answers import read_back
from models.deadlines import legal_day
from models.tasks import TaskKind
from portal.clerk import rules
from portal.clerk.filling import Filling, standing
from portal.clerk.incoming import new_submission
from portal.clerk.pages import Pages
from portal.clerk.sheets import Sheet, asked, sheets, values_of
from portal.forms import ACTING, FORMS, OWN_ADDRESS
from portal.reading import FieldError, Reading, read
from portal.shown import acting, facts, file_line, group, kind_list, kind_word, row_pairs, shown, summary, title
from portal.words import deadline_sentence, refusal, word
from record.views.clerk_shapes import ClerkTask, OpenClerkTask, StoredAnswer

Errors = Mapping[str, FieldError]


@dataclass(frozen=True)
class Link:
    """A task as its link shows it. ``home``: the link's own path, ``/t/{token}``."""

    task: ClerkTask
    home: str

    def sheet(self, key: str) -> str:
        """The path of one of the form's pages."""
        return f"{self.home}/{key}"


class TaskViews:
    """Makes the pages of a task."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def unknown(self) -> HTMLResponse:
        """The one neutral page for every link that is not known."""
        return self._pages.page("unknown.html", status=404)

    def first(self, link: Link) -> HTMLResponse:
        """What a visit shows: the form, where its pages begin, or what a reply by mail has prepared."""
        task, filling = link.task, standing(link.task)
        if task.draft and task.draft.source == "mail" and not check_all(task, filling).errors:
            return self.check(link, filling, {})
        if FORMS[task.kind].paged:
            return self.begin(link)
        return self.form(link, filling, {})

    def begin(self, link: Link) -> HTMLResponse:
        """Before the first page of a long form: what is needed, what is there already, where to go on."""
        task, filling = link.task, standing(link.task)
        parts = [
            (link.sheet(one.key), word("group", one.key), not _sheet_errors(task, one, filling))
            for one in sheets(task, filling.raw)
        ]
        there = task.draft is not None
        open_parts = [path for path, _, done in parts if not done]
        goal = (open_parts[0] if open_parts else f"{link.home}/pruefen") if there else parts[0][0]
        return self._pages.page(
            "begin.html",
            parts_of_form=[(path, heading, there and done) for path, heading, done in parts],
            goal=goal,
            ready=kind_list(task, "ready"),
            minutes=kind_word(task, "minutes"),
            **self._about(link),
        )

    def form(self, link: Link, filling: Filling, errors: Errors, *, failed: bool = False) -> HTMLResponse:
        """A form on one page."""
        (sheet,) = sheets(link.task, filling.raw)
        return self._sheet("form.html", link, sheet, filling, errors, failed=failed)

    def sheet(
        self,
        link: Link,
        sheet: Sheet,
        filling: Filling,
        errors: Errors,
        *,
        failed: bool = False,
        reviewed: bool = False,
    ) -> HTMLResponse:
        """One page of a long form."""
        keys = [one.key for one in sheets(link.task, filling.raw)]
        place = (keys.index(sheet.key) + 1, len(keys)) if sheet.key in keys else (1, 1)
        return self._sheet("sheet.html", link, sheet, filling, errors, failed=failed, reviewed=reviewed, place=place)

    def _sheet(
        self, template: str, link: Link, sheet: Sheet, filling: Filling, errors: Errors, *, failed: bool, **told: Any
    ) -> HTMLResponse:
        shown = group(link.task, sheet.key, sheet.fields, filling.raw, errors)
        return self._pages.page(
            template,
            status=503 if failed else 422 if errors else 200,
            group=shown,
            sheet=sheet.key,
            errors=summary(shown.fields),
            files=[(f"{file.sha256}/{file.name}", file_line(file)) for file in filling.files],
            uploads=any(one.kind == "files" for one in sheet.fields),
            failed=failed,
            **told,
            **self._about(link),
        )

    def check(
        self, link: Link, filling: Filling, errors: Errors, *, submission_id: str = "", failed: bool = False
    ) -> HTMLResponse:
        """All that will be sent, to be read once more; nothing on it is ticked."""
        task = link.task
        values = check_all(task, filling).values
        figures = rules.figures(task, values)
        people = acting(filling.raw, errors)
        listed = summary(people)
        tick = word("error", "missing_tick") if "declaration" in errors else ""
        if tick:
            listed.append(("f-declaration", f"{word('field.declaration', 'label')}: {tick}"))
        paged = FORMS[task.kind].paged
        return self._pages.page(
            "check.html",
            status=503 if failed else 422 if errors else 200,
            sections=[
                (
                    word("group", one.key),
                    f"{link.sheet(one.key)}?von=pruefen" if paged else link.home,
                    row_pairs(one.fields, values),
                )
                for one in sheets(task, filling.raw)
            ],
            figures=figures,
            remarks=figures.remarks if figures and not any(one.about for one in FORMS[task.kind].fields) else (),
            hidden=[
                (one.name, filling.raw.get(one.name, "")) for one in asked(task, filling.raw) if one.name != "files"
            ],
            files=[f"{file.sha256}/{file.name}" for file in filling.files],
            people=people,
            tick_error=tick,
            errors=listed,
            failed=failed,
            submission_id=submission_id or new_submission(),
            **self._about(link),
        )

    def receipt(self, link: Link, answer: StoredAnswer) -> HTMLResponse:
        """What was stored, and what the case said of it."""
        form = FORMS[link.task.kind]
        content = read_back(form.model, answer.content)
        no = refusal(answer.reason, answer.details) if answer.state == "refused" else None
        people = [(word(f"field.{one.name}", "label"), getattr(content, one.name)) for one in ACTING]
        return self._pages.page(
            "receipt.html",
            answer=answer,
            number=reference_number(answer.command_id),
            refused=no,
            rows=[*row_pairs(form.fields, values_of(form, content), masked=True), *people],
            **self._about(link),
        )

    def closed(self, link: Link, *, not_taken: bool = False) -> HTMLResponse:
        """What a link says once its task is closed, or the link itself has been replaced."""
        task = link.task
        state = str(task.state) if task.state != "open" else "revoked"
        text = "settled_text" if state == "answered" and not task.closed_by_recipient else f"{state}_text"
        when = task.closed_at or task.now
        return self._pages.page(
            "closed.html",
            status=409 if not_taken else 200,
            heading=kind_word(task, "closed") if task.closed_by_recipient else word("closed", state),
            text=word("closed", text, day=legal_day(when)),
            not_taken=not_taken,
            choices=[(one.id, title(one)) for one in reachable(task)] if task.grant.id else [],
            ask_field=shown(OWN_ADDRESS, {}, {}, {}),
            **self._about(link),
        )

    def pending(self, link: Link, *, not_taken: bool = False) -> HTMLResponse:
        """An answer is stored, and the case has not been told yet."""
        return self._pages.page(
            "closed.html",
            status=409 if not_taken else 200,
            heading=kind_word(link.task, "done"),
            text=word("closed", "pending_text", day=link.task.pending_since),
            not_taken=not_taken,
            choices=[],
            **self._about(link),
        )

    def without_form(self, link: Link) -> HTMLResponse:
        """A task that the bank answers, or that cannot be answered while a payment is blocked."""
        template = "repay.html" if link.task.kind is TaskKind.REPAY else "blocked.html"
        return self._pages.page(template, **self._about(link))

    def refused(self, link: Link, code: str, details: Mapping[str, Any]) -> HTMLResponse:
        """What was not even stored."""
        text, way = refusal(code, details)
        return self._pages.page("refused.html", status=409, text=text, way=way, **self._about(link))

    def _about(self, link: Link) -> dict[str, Any]:
        """What all pages of a task show."""
        task = link.task
        return {
            "task": task,
            "grant": task.grant,
            "home": link.home,
            "told": facts(task),
            "kind": lambda key: kind_word(task, key),
            "computed": deadline_sentence(task.due.deadline),
        }


def reachable(task: ClerkTask) -> tuple[OpenClerkTask, ...]:
    """Open tasks of the case whose links can be asked for from this one: itself when its link has died."""
    own = (
        (OpenClerkTask(id=task.id, kind=task.kind, due=task.due, account_only=task.account_only),)
        if task.state == "open"
        else ()
    )
    return (*own, *task.others)


def check_all(task: ClerkTask, filling: Filling) -> Reading:
    """All fields that are asked for, read and checked."""
    reading = read(asked(task, filling.raw), filling.raw, filling.files)
    rules.check(task, reading)
    return reading


def check_sheet(task: ClerkTask, sheet: Sheet, filling: Filling) -> Reading:
    """One page's fields, read and checked."""
    reading = read(sheet.fields, filling.raw, filling.files)
    rules.check(task, reading)
    names = {one.name for one in sheet.fields}
    reading.errors = {name: error for name, error in reading.errors.items() if name in names}
    return reading


def _sheet_errors(task: ClerkTask, sheet: Sheet, filling: Filling) -> Errors:
    return check_sheet(task, sheet, filling).errors
