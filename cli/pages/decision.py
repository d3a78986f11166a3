"""What a decision is about: account, warnings, what the municipality sent, reasons so far, and what an answer sends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cli.paper import Paper
from templates.consequences import consequences, supposed
from templates.drafts import draft_changes, draft_letters, draft_written, drafted_before
from templates.sentences import action, called, doubts, grouped, oddities, recorded, sums, telephone, warnings, who

View = Mapping[str, Any]

FEW: Final = 3
"""Reasons that a list shows of each task, the latest ones; ``show TASK`` and ``case`` show all."""
SHORT: Final = 160
"""Characters of a reason that a list shows."""


def print_about(paper: Paper, task: View, *, reasons: int | None = None) -> None:
    """The account of a task, and its latest ``reasons`` (all of them without a number)."""
    if task.get("account"):
        print_account(paper, task["account"], indent=2)
    print_reasons(paper, task.get("reasons", ()), last=reasons)


def print_warnings(paper: Paper, codes: Iterable[str], *, indent: int = 0) -> None:
    """What speaks against a decision: it stands above everything else."""
    for text in warnings(paper.words, codes):
        paper.line(text, style="bold red", indent=indent)


def print_account(paper: Paper, account: View, *, indent: int) -> None:
    """Holder, bank and whole IBAN, what makes it doubtful, and how it was confirmed."""
    words = paper.words
    paper.line(words.say("account_iban", iban=grouped(account["iban"]), bank=account.get("bank", "")), indent=indent)
    paper.line(words.say("account_holder", holder=account["holder"]), indent=indent)
    if account.get("reference"):
        paper.line(words.say("account_reference", reference=account["reference"]), indent=indent)
    for text in doubts(words, account):
        paper.line(text, style="bold red", indent=indent)
    paper.line(words.name("account_state", account["state"]), indent=indent)
    if account["state"] != "confirmed":
        print_numbers(paper, account.get("phones", ()), indent=indent)
    for number, call in enumerate(account.get("calls", ()), 1):
        for text, more in zip(called(words, number, call), (0, 2, 2, 2, 2), strict=False):
            paper.line(text, style="bold red" if call["refused"] and not more else "", indent=indent + more)


def print_numbers(paper: Paper, numbers: Sequence[View], *, indent: int) -> None:
    """The numbers on file that a call-back may use, and a warning of those that are not older than the account."""
    words = paper.words
    paper.line(words.say("numbers_on_file" if numbers else "no_number_on_file"), indent=indent)
    for one in numbers:
        paper.line(f"{one['contact']}: {telephone(words, one)}", indent=indent + 2)
        if not one["known_before"]:
            paper.line(words.say("number_not_before"), style="bold red", indent=indent + 2)


def print_reasons(paper: Paper, reasons: Sequence[View], *, last: int | None = None) -> None:
    """Who decided what and why, so far; the ``last`` ones shortened to a line or two."""
    words = paper.words
    shown = reasons if last is None else reasons[-last:]
    if shown:
        paper.line(words.say("reasons_so_far"), indent=2)
    for one in shown:
        text = one["reason"] if last is None or len(one["reason"]) <= SHORT else one["reason"][:SHORT] + " …"
        said = words.say(
            "reason_line", at=words.day(one["at"]), who=who(words, one["who"]), what=action(words, one["what"])
        )
        paper.line(f"{said} {text}", indent=4)


def print_submissions(paper: Paper, submissions: Sequence[View]) -> None:
    """All that the municipality sent: each field with the label that the clerk saw."""
    words = paper.words
    for one in submissions:
        paper.line()
        by = words.say("sent_on_behalf", who=who(words, one["by"])) if one["way"] == "officer" else ""
        told = {"title": one["title"], "at": words.day(one["at"]), "time": words.clock(one["at"])}
        head = words.say(
            "sent_head", **told, number=one["number"], by=by or recorded(words, one) or words.name("way", one["way"])
        )
        paper.line(head, style="bold", indent=2)
        if one.get("refused"):
            message, _ = words.refusal(one["refused"], {})
            paper.line(words.say("sent_refused", message=message), style="bold red", indent=4)
        for field in one["fields"]:
            _field(paper, field)
        for text in sums(words, one):
            paper.line(text, indent=4)
        if one.get("declaration"):
            paper.line(words.say("sent_declaration", text=one["declaration"]), indent=4)


def _field(paper: Paper, field: View) -> None:
    """Label and text; a text of several lines stands below its label, and below it how it differs."""
    label, lines = field["label"], str(field["text"]).splitlines() or [""]
    mark = "" if label.endswith("?") else ":"
    if len(lines) == 1:
        paper.line(f"{label}{mark} {lines[0]}", indent=4)
    else:
        paper.line(f"{label}{mark}", indent=4)
        for line in lines:
            paper.line(line, indent=6)
    for text in oddities(paper.words, field):
        paper.line(text, style="bold", indent=6)


def print_sent_back(paper: Paper, back: View) -> None:
    """The draft that came back and why; then what is different in the one since, or what was written before."""
    words = paper.words
    paper.head(words.say("draft_head" if back["now"] else "draft_again"))
    for text in drafted_before(words, back):
        paper.line(text, indent=2)
    if not back["now"]:
        for label, value in draft_written(words, back):
            paper.line(words.say("draft_wrote", label=label, value=value), indent=4)
        return
    changes = draft_changes(words, back)
    for label, before, now in changes:
        paper.line(words.say("draft_change", label=label, before=before, now=now), indent=4)
    if not changes:
        paper.line(words.say("draft_same"), indent=4)
    for text, letter in zip(draft_letters(words, back), back["letters"], strict=True):
        paper.line(text, indent=2)
        for parts in letter["paragraphs"]:
            _changed(paper, parts)


def _changed(paper: Paper, parts: Sequence[View]) -> None:
    """A paragraph as it was and as it is."""
    for key, gone in (("draft_old_text", "added"), ("draft_new_text", "struck")):
        text = "".join(part["text"] for part in parts if part["mark"] != gone).strip()
        if text:
            paper.line(paper.words.say(key, text=text), indent=4)


def print_effect(paper: Paper, choice: str, effect: View, *, mails: bool = False) -> None:
    """What one ``choice``, in words, would do, with the text of its letters, or why it is refused now.

    ``mails``: with the text of its mails too; else only what they are called and who gets them.
    """
    words = paper.words
    if effect["refused"]:
        message, _ = words.refusal(effect["refused"], effect["details"])
        paper.head(words.say("effect_refused", choice=choice, message=message))
        return
    paper.head(words.say("effect_head", choice=choice))
    for number, text in enumerate(consequences(words, effect), 1):
        paper.line(f"{number}. {text}", indent=2)
    if made_up := supposed(words, effect):
        paper.line(made_up, indent=2)
    for order in effect["orders"]:
        paper.line(words.say("effect_certified", who=words.person(order["certified_by"])), indent=2)
    for letter in effect["letters"]:
        _letter(paper, choice, effect, letter)
    for mail in effect["mails"] if mails else ():
        paper.head(words.say("effect_mail", choice=choice, subject=mail["subject"]))
        _text(paper, mail["text"])


def print_to_read(paper: Paper, choice: str, effect: View) -> None:
    """What a rehearsed ``choice`` would send: the drafts for a second person, and mails in which typed words stand."""
    words = paper.words
    print_effect(paper, choice, effect, mails=effect["quotes"])
    for draft in effect["drafts"]:
        paper.head(words.say("draft_letter", kind=words.name("notice_kind", draft["kind"])))
        _text(paper, draft["text"])
    if effect["unsignable"]:
        paper.line(words.say("draft_unsignable", message=words.refusal(effect["unsignable"], {})[0]))


def _letter(paper: Paper, choice: str, effect: View, letter: View) -> None:
    """The very text that goes out."""
    words = paper.words
    paper.head(words.say("effect_letter", choice=choice, kind=words.name("notice_kind", letter["kind"])))
    key = "effect_signed" if effect["signer"] else "effect_unsigned"
    said = {"signer": effect["signer"], "day": words.day(effect["signed_on"]) if effect["signed_on"] else ""}
    paper.line(words.say(key, drafter=words.person(letter["drafted_by"]), **said), indent=2)
    _text(paper, letter["text"])


def _text(paper: Paper, text: str) -> None:
    paper.line()
    for line in text.splitlines():
        paper.line(line, indent=4)
