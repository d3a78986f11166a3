"""What a change came to: one sentence, and the line to go on with."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cli.pages.decision import print_to_read
from cli.paper import Paper, acting
from templates.drafts import has_words
from templates.sentences import action

Facts = Mapping[str, Any]


def print_result(paper: Paper, found: Facts, what: str, as_name: str, line: str = "") -> None:
    """Prints what a changing verb got back; a rehearsal says so first. ``line``: what does it, after it was shown."""
    if found.get("dry_run"):
        _rehearsed(paper, found)
        if line:
            paper.head(paper.words.say("now_do"))
            paper.typed(line)
        return
    words = paper.words
    if found.get("outcome", "") is None and what != "bank":
        paper.line(words.say("stored"))
        paper.line(words.say("receipt", command=found["receipt"]["command_id"]))
    else:
        _PRINTERS[what](paper, found)
    case = found.get("case") or (found.get("receipt") or {}).get("case_id")
    if case:
        paper.command("round" if found.get("kind") == "open_round" else "case", case, *acting(as_name), indent=2)


def is_to_read(found: Facts) -> bool:
    """Whether a rehearsal shows what is read before it is sent: what is signed, a draft, a mail with typed words."""
    effect = found.get("effect")
    return bool(found.get("shown") or (effect and has_words(effect)))


def _applied(paper: Paper, found: Facts) -> None:
    receipt = found["receipt"]
    paper.line(paper.words.say("applied_receipt", case=receipt["case_id"]))
    paper.line(paper.words.say("receipt", command=receipt["command_id"]))


def _done(paper: Paper, found: Facts) -> None:
    words = paper.words
    kind = found.get("kind", "")
    done = action(words, f"{kind}.{found['choice']}") if kind else found["task"]
    paper.line(words.say("done", action=done))


def _started(paper: Paper, found: Facts) -> None:
    words = paper.words
    paper.line(words.say("started", kind=words.name("start_step", found["kind"]), case=found["case"]))


def _bank(paper: Paper, found: Facts) -> None:
    words = paper.words
    numbers = {name: found.get(name, 0) for name in ("lines", "applied", "repeated", "waiting")}
    paper.line(words.say("bank_done", unmatched=len(found["unmatched"]), **numbers))
    for reference in found["unmatched"]:
        paper.line(words.say("bank_unmatched", reference=reference), indent=2)
    for text in found.get("refused", ()):
        reference, _, code = text.partition(": ")
        message, _ = words.refusal(code, {})
        paper.line(words.say("bank_refused", reference=reference, message=message), indent=2)


def _forwarded(paper: Paper, found: Facts) -> None:
    paper.line(paper.words.say("forwarded", day=paper.words.day(found["legal_today"])))


def _adopted(paper: Paper, found: Facts) -> None:
    paper.line(paper.words.say("adopted", case=found["case"]))


def _shared(paper: Paper, found: Facts) -> None:
    words = paper.words
    until = words.day(found["until"]) if found["until"] else ""
    paper.line(words.say(f"shared_{found['act']}", holder=found["holder"], until=until))


def _registered(paper: Paper, found: Facts) -> None:
    words = paper.words
    title = words.name("task", f"{found['kind']}.title")
    paper.line(words.say("registered", task=title, channel=words.name("channel", found["channel"])))


def _noted(paper: Paper, found: Facts) -> None:
    paper.line(paper.words.say("noted", number=found["note"]["no"]))


def _saved(paper: Paper, found: Facts) -> None:
    officer = found.get("officer") or {}
    if officer.get("revoked_at"):
        paper.line(paper.words.say("revoked", officer=officer["id"]))
        return
    paper.line(paper.words.say("saved"))
    if found.get("link"):
        paper.line(paper.words.say("first_link", link=found["link"]))


_PRINTERS: Final[Mapping[str, Callable[[Paper, Facts], None]]] = {
    "applied": _applied,
    "done": _done,
    "started": _started,
    "bank": _bank,
    "forwarded": _forwarded,
    "adopted": _adopted,
    "saved": _saved,
    "shared": _shared,
    "noted": _noted,
    "registered": _registered,
}


def _rehearsed(paper: Paper, found: Facts) -> None:
    words = paper.words
    paper.line(words.say("dry_run"), style="bold")
    if found.get("stage_after"):
        paper.line(words.say("dry_stage", stage=words.name("stage", found["stage_after"])))
    for task_id in found.get("closed", ()):
        paper.line(words.say("dry_closes", task=task_id))
    for kind in found.get("opened", ()):
        paper.line(words.say("dry_opens", title=words.name("task", f"{kind}.title")))
    if found.get("mails"):
        paper.line(words.say("dry_mails", count=found["mails"]))
    for name, cents in found.get("money", {}).items():
        key = "dry_less" if cents < 0 else "dry_more"
        about = words.find(f"cli.{name}") or name
        paper.line(words.say(key, about=about, amount=words.amount(abs(cents))), indent=2)
    if "lines" in found:
        paper.line(words.say("bank_rehearsed", lines=found["lines"], unmatched=len(found["unmatched"])))
    if found.get("legal_today"):
        paper.line(words.say("forwarded", day=words.day(found["legal_today"])))
    if is_to_read(found):
        print_to_read(paper, words.name(*_named(found)), found["effect"])


def _named(found: Facts) -> tuple[str, str]:
    """Table and key of what a rehearsed command is called."""
    return (f"choice.{found['kind']}", found["choice"]) if "choice" in found else ("start_step", found["kind"])
