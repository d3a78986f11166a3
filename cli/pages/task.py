"""``show TASK``: a task with all that its decision is about, and what each answer would send."""

from collections.abc import Mapping
from typing import Any

from cli.pages.decision import print_effect, print_submissions
from cli.pages.today import print_task
from cli.paper import Paper, acting

View = Mapping[str, Any]


def print_task_page(paper: Paper, view: View, as_name: str) -> None:
    """``show TASK``: the task, what it is about, what the municipality sent, and what an answer would send."""
    words = paper.words
    for task in view["tasks"]:
        print_task(paper, task, all_reasons=True)
    for effect in view.get("effects", ()):
        print_effect(paper, view["tasks"][0]["kind"], effect)
    paper.head(words.say("sent_by_recipient"))
    print_submissions(paper, view.get("submissions", ()))
    paper.line()
    paper.command("case", view["case"], *acting(as_name), indent=2)
