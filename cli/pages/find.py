"""``find``: what was found, of what kind, and the case it belongs to."""

from collections.abc import Mapping
from typing import Any

from cli.paper import Paper
from cli.words import Words


def print_found(paper: Paper, view: Mapping[str, Any]) -> None:
    """Each hit with its case; the command line that opens a case stands at its first hit."""
    words, opened = paper.words, set[str]()
    hits = view["hits"]
    if not hits:
        paper.line(words.say("found_nothing", text=view["query"]))
        return
    paper.line(words.say("found_head", text=view["query"], count=len(hits)), style="bold")
    for hit in hits:
        paper.line()
        paper.line(f"{words.name('found', hit['what'])}: {hit['excerpt']}", style="bold")
        paper.line(_about(words, hit), indent=2)
        if hit["case"] and hit["case"] not in opened:
            opened.add(hit["case"])
            paper.command("case", hit["case"])
    if view["left_out"]:
        paper.line()
        key = "found_many_more" if view["more"] else "found_more"
        paper.line(words.say(key, count=view["left_out"]))


def _about(words: Words, hit: Mapping[str, Any]) -> str:
    """Recipient, case or round, stage and day, as far as they are known."""
    who = hit["recipient"]
    parts = (
        f"{who['name']} ({who['key']})" if who else "",
        hit["case"] or hit["round"],
        words.name("stage", hit["stage"]) if hit["stage"] else "",
        words.day(hit["at"]) if hit["at"] else "",
    )
    return " · ".join(part for part in parts if part) or words.say("found_no_case")
