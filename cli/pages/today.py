"""``today``: what needs somebody now, each next step as a finished command line."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.pages.decision import FEW, print_about, print_effect, print_warnings
from cli.paper import Paper, acting
from templates.sentences import brief, taken, took_over


def print_today(paper: Paper, view: Mapping[str, Any]) -> None:
    """The officers' list of the day."""
    words = paper.words
    paper.line(words.say("today_head", day=words.day(view["legal_today"])), style="bold")
    officer = view.get("officer")
    if officer:
        roles = ", ".join(words.name("role", role) for role in officer["roles"])
        paper.line(words.say("today_as", officer=officer["id"], roles=roles))
    else:
        paper.line(words.say("today_as_all"))
    _lists(paper, view)
    _pages(paper, view, (officer or {}).get("id", ""))
    _beside(paper, view, (officer or {}).get("id", ""))


def _lists(paper: Paper, view: Mapping[str, Any]) -> None:
    """What is late, to do, to start, put on a day, and not for this officer."""
    words, counts = paper.words, view.get("counts") or {}
    mine = [task for task in view["tasks"] if task["mine"]]
    late = [task for task in mine if task["late"]]
    _tasks(paper, "late", late, counts.get("late", 0))
    now = [task for task in mine if not task["late"] and not task.get("resting")]
    _tasks(paper, "open_here", now, counts.get("mine", 0) + counts.get("take", 0))
    if not mine:
        paper.head(words.say("open_here"))
        paper.line(words.say("nothing"))
    if view.get("starts"):
        paper.head(words.say("start_steps"))
    for start in view.get("starts", ()):
        paper.start(start["case"], start)
    _resting(paper, [task for task in mine if task.get("resting")], counts.get("resting", 0))
    _list(paper, "waiting_others", [task for task in view["tasks"] if not task["mine"]], counts.get("others", 0))


def _beside(paper: Paper, view: Mapping[str, Any], as_name: str) -> None:
    """What others took over, and what has no task and still needs somebody."""
    numbers = view.get("numbers") or {}
    _problems(paper, "taken_over", [took_over(paper.words, one) for one in view.get("taken_over", ())], numbers)
    _problems(paper, "stuck", [_stuck(paper, command) for command in view["stuck"]], numbers)
    _problems(paper, "late_mails", [_late_mail(paper, mail) for mail in view.get("late_mails", ())], numbers)
    _inbox(paper, numbers.get("inbox") or len(view.get("inbox", ())), as_name)
    _problems(paper, "triage", [_triage(paper, found) for found in view["triage"]], numbers)


def _pages(paper: Paper, view: Mapping[str, Any], as_name: str) -> None:
    """Which page this is, and the line that shows the next one."""
    page, pages = view.get("page", 1), view.get("pages", 1)
    if pages == 1 and page == 1:
        return
    words, chosen = paper.words, view.get("chosen") or {}
    paper.head(words.say("list_page", page=page, pages=pages, count=view["counts"][chosen.get("list") or "all"]))
    if page < pages:
        filters = [part for name, value in chosen.items() if name != "page" for part in _option(name, value)]
        paper.command("today", *filters, "--page", str(page + 1), *acting(as_name))
    paper.line(words.say("list_filters"))


def _option(name: str, value: str) -> list[str]:
    return ["--late"] if name == "late" else [f"--{name}", value]


def _tasks(paper: Paper, heading: str, tasks: Sequence[Mapping[str, Any]], count: int = 0) -> None:
    """Those of this page; the heading counts them all."""
    if not tasks:
        return
    paper.head(f"{paper.words.say(heading)} ({max(count, len(tasks))})")
    for task in tasks:
        paper.line()
        print_task(paper, task)


def print_task(paper: Paper, task: Mapping[str, Any]) -> None:
    """A task in a list: what it is about, the line that shows everything of it, and a command line for each answer."""
    print_what(paper, task, reasons=FEW)
    paper.line(paper.words.say("show_all"), indent=4)
    paper.command("show", task["id"], *acting(task.get("as") or ""), indent=6)
    print_answers(paper, task)


def print_answers(paper: Paper, task: Mapping[str, Any], *, mails: bool = False) -> None:
    """Each answer: first what it would do, where that is known, then its command line. ``mails``: with their text."""
    effects = {one["choice"]: one for one in task.get("effects", ())}
    for choice in task["choices"]:
        if choice["choice"] in effects:
            meaning = paper.words.name(f"choice.{task['kind']}", choice["choice"])
            print_effect(paper, meaning, effects[choice["choice"]], mails=mails)
            paper.line()
        paper.choice(task, choice, task.get("as") or "")
    paper.take_back(task)
    print_evidence(paper, task)


def print_what(paper: Paper, task: Mapping[str, Any], *, reasons: int | None = None) -> None:
    """What is to do, until when, what speaks against it, and what it is about; the latest ``reasons``, or all."""
    words = paper.words
    due = words.say("due_late" if task["late"] else "due", day=words.last_day(task["due"]))
    about = f" · {words.say('about', subject=task['subject'])}" if task.get("subject") else ""
    paper.line(
        f"{words.name('task', task['kind'] + '.title')}{about} · {due}", style="bold red" if task["late"] else "bold"
    )
    if found := taken(words, task):
        paper.line(found, indent=2)
    print_warnings(paper, task.get("warnings", ()), indent=2)
    recipient = task.get("recipient") or {}
    if recipient:
        paper.line(f"{recipient['name']} ({recipient['key']}) · {task['case']}", indent=2)
    for officer in task.get("for", ()):
        paper.line(words.say("in_place_of", officer=words.person(officer)), indent=2)
    paper.line(words.name("task", task["kind"] + ".duty"), indent=2)
    for text in brief(words, task.get("brief") or {}):
        paper.line(text, indent=2)
    print_about(paper, task, reasons=reasons)
    if task.get("four_eyes"):
        paper.line(words.say("four_eyes"), indent=2)


def print_evidence(paper: Paper, task: Mapping[str, Any]) -> None:
    """How the bank's evidence is brought in; without a bank (embedded mode) with the evidence itself."""
    if not task.get("evidence") and task["kind"] != "book_payment":
        return
    words = paper.words
    paper.line(words.say("by_evidence"), indent=4)
    if task.get("evidence"):
        paper.evidence(task["evidence"], *acting(task.get("as") or ""), indent=6)
    else:
        paper.command("bank", words.find("example.file") or "", indent=6)


def _list(paper: Paper, heading: str, tasks: Sequence[Mapping[str, Any]], count: int = 0) -> None:
    """Tasks of others, one line each; the heading counts them all."""
    if not tasks:
        return
    words = paper.words
    paper.head(f"{words.say(heading)} ({max(count, len(tasks))})")
    rows = []
    for task in tasks:
        why = f" {words.say('other_person')}" if task.get("four_eyes") else ""
        rows.append((task["id"], words.name("task", task["kind"] + ".title") + why, words.last_day(task["due"])))
    paper.table(("", "", ""), rows, right=frozenset({2}))


def _resting(paper: Paper, tasks: Sequence[Mapping[str, Any]], count: int = 0) -> None:
    """Tasks that are put on a day, one line each; the heading counts them all."""
    if not tasks:
        return
    words = paper.words
    paper.head(f"{words.say('resting')} ({max(count, len(tasks))})")
    rows = [(words.day(t["taken"]["until"]), t["id"], words.name("task", t["kind"] + ".title")) for t in tasks]
    paper.table(("", "", ""), rows)


def _problems(paper: Paper, heading: str, lines: Sequence[str], numbers: Mapping[str, int]) -> None:
    if not lines:
        return
    paper.head(f"{paper.words.say(heading)} ({max(numbers.get(heading, 0), len(lines))})")
    for text in lines:
        paper.line(text, indent=2)


def _inbox(paper: Paper, number: int, as_name: str) -> None:
    """How many mails wait for somebody, and the line that lists them."""
    if number:
        paper.head(f"{paper.words.say('today_inbox')} ({number})")
        paper.command("inbox", *acting(as_name))


def _stuck(paper: Paper, command: Mapping[str, Any]) -> str:
    words = paper.words
    at = words.day(command.get("received_at", ""))
    return words.say("stuck_line", command=command["kind"], case=command["case"], at=at)


def _late_mail(paper: Paper, mail: Mapping[str, Any]) -> str:
    words = paper.words
    became = words.name("mail_fate", mail["fate"])
    about = mail["case"] or mail["recipient"]
    letter, at = words.name("letter", mail["template"]), words.day(mail["queued_at"])
    return words.say("late_mail", letter=letter, about=about, at=at, became=became, reply=mail["reply"])


def _triage(paper: Paper, found: Mapping[str, Any]) -> str:
    words = paper.words
    if "reference" in found:
        amount, day = words.amount(found["amount_cents"]), words.day(found["value_date"])
        return words.say("unmatched_line", reference=found["reference"], amount=amount, day=day)
    reply = str(found.get("reply", ""))
    return words.say("failed_mail", id=found.get("id", ""), case=found.get("case", ""), reply=reply)
