"""``show TASK``: all that a decision is about, in the order of reading; the answers stand last."""

from collections.abc import Mapping
from typing import Any

from cli.pages.case import print_notes
from cli.pages.decision import print_sent_back, print_submissions
from cli.pages.today import print_answers, print_what
from cli.paper import Paper, acting

View = Mapping[str, Any]


def print_task_page(paper: Paper, view: View, as_name: str) -> None:
    """The task with its warnings and reasons, what the municipality sent, then each answer with what it would do."""
    words = paper.words
    for task in view["tasks"]:
        print_what(paper, task)
    paper.head(words.say("sent_by_recipient"))
    print_submissions(paper, view.get("submissions", ()))
    print_notes(paper, view.get("notes", ()))
    if view.get("sent_back"):
        print_sent_back(paper, view["sent_back"])
    paper.head(words.say("answers"))
    for task in view["tasks"]:
        print_answers(paper, {**task, "effects": view.get("effects", ())}, mails=True)
    _share(paper, view, as_name)
    paper.line()
    paper.command("case", view["case"], *acting(as_name), indent=2)


def _share(paper: Paper, view: View, as_name: str) -> None:
    """The line by which this officer takes the task, or gives it back."""
    words = paper.words
    for task in view["tasks"]:
        if task["state"] != "open" or not task["mine"] or not (as_name or task["as"]):
            continue
        paper.head(words.say("share"))
        who = as_name or task["as"]
        holder = (task.get("taken") or {}).get("officer", "")
        way = ["--back"] if holder == who else ["--over"] if holder else []
        paper.command("take", task["id"], *way, *acting(who), indent=2)
