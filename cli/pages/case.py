"""``case``: a case in sentences, its money, its letters, its timeline, and the officer's possible steps."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.pages.decision import print_account, print_submissions, print_warnings
from cli.pages.today import print_evidence, print_task
from cli.paper import Paper, acting
from templates.sentences import brief, dated, doubts, history, note_head, owes, parted, received, sent, standing

AMOUNTS: Final = ("requested", "awarded", "ordered", "booked", "claimed", "repaid")


def print_case(paper: Paper, view: Mapping[str, Any]) -> None:
    """All of a case: where it stands, what was sent, what can be done and what that does, money, letters, history."""
    words = paper.words
    recipient = view["recipient"]
    head = words.say(
        "case_head", **{**view, "recipient": recipient["name"], "key": recipient["key"], "line": view["line"].upper()}
    )
    paper.line(head, style="bold")
    if view.get("file_number"):
        paper.line(words.say("file_number", number=view["file_number"]))
    print_warnings(paper, view.get("warnings", ()))
    for text in doubts(words, view.get("account") or {}):
        paper.line(text, style="bold red")
    for text in standing(words, view):
        paper.line(text)
    tasks = [task for task in view["tasks"] if task["state"] == "open"]
    for task in tasks:
        paper.line()
        for text in owes(words, task):
            paper.line(text)
        if task["owner"] == "applicant":
            for text in brief(words, task.get("brief") or {}):
                paper.line(text, indent=2)
            print_evidence(paper, task)
    _sent(paper, view)
    _steps(paper, view, [task for task in tasks if task["owner"] != "applicant"])
    _money(paper, view)
    _dates(paper, view)
    _letters(paper, view)
    _came_in(paper, view)
    print_notes(paper, view.get("notes", ()))
    _timeline(paper, view)


def print_opened(paper: Paper, view: Mapping[str, Any]) -> None:
    """Who opened the case when (server time), oldest first."""
    words = paper.words
    paper.line(words.say("opened_head", case=view["case"]), style="bold")
    rows = [
        (words.day(one["at"]), words.clock(one["at"]), words.person(one["officer"]), words.name("opened", one["view"]))
        for one in view["opened_by"]
    ]
    paper.table(("", "", "", ""), rows)
    if not rows:
        paper.line(words.say("opened_by_nobody"))


def _steps(paper: Paper, view: Mapping[str, Any], tasks: list[Mapping[str, Any]]) -> None:
    """The command lines for what officers can do now."""
    words = paper.words
    if tasks:
        paper.head(words.say("steps"))
    for task in tasks:
        paper.line()
        print_task(paper, {**task, "case": view["case"], "recipient": None})
    starts = view.get("starts", ())
    if starts:
        paper.head(words.say("start_steps"))
    for start in starts:
        paper.start(view["case"], start)


def _sent(paper: Paper, view: Mapping[str, Any]) -> None:
    """All that the municipality sent, and the account that counts now."""
    words = paper.words
    if view.get("submissions"):
        paper.head(words.say("sent_by_recipient"))
        print_submissions(paper, view["submissions"])
    if view.get("account"):
        paper.head(words.say("account"))
        print_account(paper, view["account"], indent=2)


def _money(paper: Paper, view: Mapping[str, Any]) -> None:
    words = paper.words
    paper.head(words.say("money"))
    rows = [(words.say(name), words.amount(view.get(f"{name}_cents", 0))) for name in AMOUNTS]
    paper.table(("", ""), rows, right=frozenset({1}))
    _by_year(paper, view.get("money_by_year", ()))
    if view.get("payment_block"):
        paper.line(words.say("blocked"), style="bold red")
    orders = view.get("orders", ())
    if orders:
        paper.head(words.say("orders"))
        shown: list[tuple[str, ...]] = [
            (o["id"], words.name("order_status", o["status"]), words.amount(o.get("amount_cents", o.get("cents", 0))))
            for o in orders
        ]
        paper.table(("", "", ""), shown, right=frozenset({2}))


def _dates(paper: Paper, view: Mapping[str, Any]) -> None:
    """The dates of the case itself, each with its rule in a sentence."""
    words = paper.words
    if view.get("dates"):
        paper.head(words.say("dates"))
    for one in view.get("dates", ()):
        paper.line(dated(words, one), indent=2)


def _by_year(paper: Paper, years: Sequence[Mapping[str, Any]]) -> None:
    """Each budget year with its place in the budget plan; one that is still to be set is told so."""
    words = paper.words
    for one in years:
        sums = {name: words.amount(one[f"{name}_cents"]) for name in ("awarded", "ordered", "booked", "left")}
        item = words.say("budget_item", chapter=one["chapter"], title=one["title"]) if one["chapter"] else ""
        told = {"year": one["budget_year"], "item": item or words.say("no_budget_item"), **sums}
        paper.line(words.say("money_of_year", **told, day=words.day(one["latest_drawdown"])), indent=2)


def _letters(paper: Paper, view: Mapping[str, Any]) -> None:
    words = paper.words
    notices, mails = view.get("notices", ()), view.get("mails", ())
    if notices:
        paper.head(words.say("notices"))
        shown: list[tuple[str, ...]] = [
            (
                notice["id"],
                words.name("notice_kind", notice["kind"]),
                words.say("notified", day=words.day(notice["notified_on"])) if notice.get("notified_on") else "",
            )
            for notice in notices
        ]
        paper.table(("", "", ""), shown)
        paper.command("show", notices[-1]["id"])
    if mails:
        paper.head(words.say("mails"))
        paper.table(("", "", ""), [(words.day(mail["queued_at"]), mail["id"][:8], sent(words, mail)) for mail in mails])
        _again(paper, view, mails)


def print_notes(paper: Paper, notes: Sequence[Mapping[str, Any]]) -> None:
    """What officers noted, each with author and time."""
    words = paper.words
    if notes:
        paper.head(words.say("notes"))
    for note in notes:
        at = f"{words.day(note['at'])}, {words.clock(note['at'])}"
        paper.line(f"{at} · {words.person(note['by'])} · {note_head(words, note)}", indent=2)
        paper.line(note["text"], indent=4)


def _came_in(paper: Paper, view: Mapping[str, Any]) -> None:
    """Mails that came in, who is away, and files that were handed in."""
    words, mails, files = paper.words, view.get("inbound", ()), view.get("files", ())
    if mails:
        paper.head(words.say("case_inbound"))
        paper.table(("", "", ""), [(words.day(m["at"]), m["id"][:8], received(words, m)) for m in mails])
        paper.command("inbox", mails[-1]["id"][:8])
    for one in view.get("absences", ()):
        noted, until = words.day(one["noted"]), words.day(one["until"]) if one["until"] else ""
        paper.line(words.say("case_absent", name=one["function"] or one["name"], noted=noted, until=until))
    if files:
        paper.head(words.say("case_files"))
        paper.table(("", "", ""), [(words.day(f["at"]), f["sha256"][:12], f["name"]) for f in files])
        paper.command("show", files[-1]["sha256"][:12])


def _again(paper: Paper, view: Mapping[str, Any], mails: Sequence[Mapping[str, Any]]) -> None:
    """The command line that sends the last letter again that can be; it stands for all."""
    done = {"accepted", "maybe_twice"}
    usable = [mail for mail in mails if mail["fate"] in done and mail.get("answered") in {"", "open"}]
    if not usable or not view.get("starts"):
        return
    paper.line(paper.words.say("mail_again"), indent=4)
    named = acting(view["starts"][0].get("as") or "")
    paper.command("act", view["case"], "resend", "--mail", usable[-1]["id"][:8], *named, indent=6)


def _timeline(paper: Paper, view: Mapping[str, Any]) -> None:
    """What happened, with hour and person; what somebody tried in vain stands apart."""
    words = paper.words
    done, refused = parted(view["timeline"])
    for title, events in (("timeline", done), ("timeline_refused", refused)):
        if events:
            paper.head(words.say(title))
            paper.table(("", ""), [(words.moment(event["at"]), history(words, event)) for event in events])
