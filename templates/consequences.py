"""What an answer to a task would do, in sentences: letter, money, dates, next tasks; for command line and desk."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from templates.sentences import because_of
from templates.wording import Wording, fill

View = Mapping[str, Any]

NOTHING_ELSE: Final = "nothing"


def consequences(words: Wording, effect: View) -> list[str]:
    """Each in a sentence, numbered by whoever shows them: letters, mails, money, dates, tasks, the stage."""
    lines = [*_papers(words, effect), *_money(words, effect), *_dates(words, effect), *_tasks(words, effect)]
    if effect["stage"] != effect["stage_before"]:
        lines.append(_say(words, "stage", stage=words.name("stage", effect["stage"])))
    return lines or [_say(words, NOTHING_ELSE)]


def supposed(words: Wording, effect: View) -> str:
    """Which fields were made up to foresee this, or nothing: what a person enters there may lead elsewhere."""
    named = [words.name("field", name.removesuffix("_cents")) for name in effect["assumed"] if name != "reason"]
    return _say(words, "assumed", fields=", ".join(named)) if named else ""


def _papers(words: Wording, effect: View) -> Iterator[str]:
    for letter in effect["letters"]:
        yield _say(words, f"letter_{letter['channel']}", kind=words.name("notice_kind", letter["kind"]))
    for mail in effect["mails"]:
        task = words.find(f"task.{mail['task']}.title") if mail["task"] else ""
        yield _say(words, "mail", subject=mail["subject"], function=mail["function"], task=task)


def _money(words: Wording, effect: View) -> Iterator[str]:
    for order in effect["orders"]:
        told = {"order": order["id"], "amount": words.amount(order["amount_cents"]), "year": order["budget_year"]}
        yield _say(words, "order", **told)
    for one in effect["reservations"]:
        key = "reserved" if one["cents"] > 0 else "freed"
        yield _say(words, key, year=one["budget_year"], amount=words.amount(abs(one["cents"])))
    for one in effect["money"]:
        before, after = words.amount(one["before_cents"]), words.amount(one["after_cents"])
        yield _say(words, "money", name=words.say(one["name"]), before=before, after=after)
    if effect["account"]:
        yield _say(words, f"account_{effect['account']}")


def _dates(words: Wording, effect: View) -> Iterator[str]:
    for one in effect["dates"]:
        name = words.name("timer", one["name"])
        if one["ends"]:
            yield _say(words, "date_ends", name=name)
        else:
            yield _say(words, "date", name=name, day=words.day(one["on"]), **because_of(words, one["rule"]))


def _tasks(words: Wording, effect: View) -> Iterator[str]:
    for key in ("opens", "postpones"):
        for one in effect[key]:
            told = {"role": words.name("role", one["owner"]), "title": words.name("task", f"{one['kind']}.title")}
            told |= {"day": words.last_day(one["due"]), **because_of(words, one["rule"])}
            yield _say(words, key, **told)
    for one in effect["closes"]:
        yield _say(words, "closes", title=words.name("task", f"{one['kind']}.title"))


def _say(words: Wording, key: str, **told: Any) -> str:
    return fill(words.find(f"consequence.{key}") or key, told)
