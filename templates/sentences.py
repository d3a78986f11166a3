"""What the officers' views say, in sentences: where a case stands, who owes what, what happened, what became of a mail.

The views are those of :mod:`record.views`: codes, cents and ISO dates. Command line and desk say the same.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from templates.wording import Wording, fill

View = Mapping[str, Any]

ENDS_OF_DAY: Final = frozenset({"due", "grace", "decision_limit"})
"""What fires at the end of a day; the last good day is named, not the instant after it."""
_LENGTH: Final = re.compile(r"P(\d+)(D|W|M|WD)")
SOME: Final = 3
"""Other recipients with the same account that are named; more are counted."""
_TASK_ACTION: Final = re.compile(r"(\w+)\.(\w+)")


def standing(words: Wording, view: Mapping[str, Any]) -> list[str]:
    """Where the case stands and what fires next, in sentences."""
    since = words.day(view["since"]) if view.get("since") else ""
    lines = [words.say("case_stage", stage=words.name("stage", view["stage"]), since=since)]
    if view.get("urgency") not in {"", None, "on_time"}:
        lines.append(words.say("case_urgency", urgency=words.name("urgency", view["urgency"])))
    open_tasks = [task for task in view["tasks"] if task["state"] == "open"]
    then = view.get("then")
    if then:
        ends = words.last_day if then in ENDS_OF_DAY else words.day
        at = ends(view["then_at"]) if view.get("then_at") else ""
        key = "case_then" if open_tasks else "case_waits_timer"
        lines.append(words.say(key, then=_next(words, then), at=at))
    elif not open_tasks:
        lines.append(words.say("case_ended"))
    return lines


def owes(words: Wording, task: Mapping[str, Any]) -> list[str]:
    """Who owes what, until when, and by which rule."""
    role = words.name("role", task["owner"])
    lines = [words.say("case_owes", role=role, duty=words.name("task", task["kind"] + ".duty")), until(words, task)]
    if task.get("late"):
        lines.append(words.say("case_late"))
    return lines


def dated(words: Wording, one: View) -> str:
    """A date of the case with the rule that makes it; one that has come is told so."""
    ends = {"name": words.name("timer", one["name"]), "day": words.day(one["on"])}
    key = "consequence.date" if one["running"] else "consequence.date_was"
    return fill(words.find(key) or "", {**ends, **because_of(words, one["rule"])})


def until(words: Wording, task: View) -> str:
    """Until when, and how that day came about."""
    return words.say("case_until", day=words.last_day(task["due"]), **because_of(words, task.get("rule") or {}))


def because_of(words: Wording, rule: Mapping[str, Any]) -> dict[str, str]:
    """The parts of the sentence that says how a date came about."""
    if not rule:
        return {}
    code = "target" if rule["rule"].endswith("_target") else rule["rule"]
    parts = {"rule": words.name("rule", code)}
    match = _LENGTH.fullmatch(rule["arithmetic"])
    if match:
        number, unit = match[1], match[2]
        text = words.find(f"length.{unit}{number}") or words.name("length", unit).replace("{n}", number)
        parts |= {"length": text, "event": words.name("event", rule["start_event"]), "start": words.day(rule["start"])}
    if rule.get("rolled"):
        parts["rolled"] = words.say("rolled")
    return parts


def _next(words: Wording, code: str) -> str:
    """What fires next: a rung of a task or a timer of the case."""
    return words.find(f"timer.{code}") or words.name("rung", code)


def happened(words: Wording, event: Mapping[str, Any]) -> str:
    """One line of the timeline: what was done, the reason that was written, and why it was refused if it was."""
    text = shared(words, event) or action(words, event["what"])
    if event.get("own"):
        text = words.say("took_back", title=words.name("task", f"{event['what'].partition('.')[0]}.title"))
    if event.get("for"):
        text += f" ({words.say('in_place_of', officer=words.person(event['for']))})"
    if event.get("reason"):
        text += words.say("because", reason=" ".join(str(event["reason"]).split()))
    if event.get("refused"):
        message, _ = words.refusal(event["refused"], {})
        return f"{text} – {words.find('timeline.refused')}: {message}"
    return text


def history(words: Wording, event: View) -> str:
    """Who did what, and why."""
    return f"{who(words, event['who'])}: {happened(words, event)}"


def parted(timeline: Iterable[View]) -> tuple[list[View], list[View]]:
    """What happened in a case, and what somebody tried that was refused."""
    events = list(timeline)
    return [one for one in events if not one.get("refused")], [one for one in events if one.get("refused")]


def shared(words: Wording, event: View) -> str:
    """What officers did about who takes care of a task, or a note; nothing for other events."""
    area, _, act = str(event["what"]).partition(".")
    if area != "casework":
        return ""
    title = words.name("task", f"{event['kind']}.title") if event.get("kind") else ""
    days = {name: words.day(event[name]) if event.get(name) else "" for name in ("until", "received")}
    channel = words.name("channel", event["channel"]) if event.get("channel") else ""
    named = {name: words.person(event.get(name, "")) for name in ("to", "before")}
    return fill(words.name("timeline.casework", act), {**event, **days, **named, "title": title, "channel": channel})


def taken(words: Wording, task: View) -> str:
    """Who takes care of a task since when; nothing where nobody does."""
    found = task.get("taken")
    if not found:
        return ""
    days = {name: words.day(found[name]) if found[name] else "" for name in ("since", "until")}
    before = words.person(found["before"]) if found["before"] not in {"", found["officer"]} else ""
    named = {"person": words.person(found["officer"]), "by": words.person(found["by"]), "before": before}
    return fill(words.name("taken", found["act"]), {**found, **days, **named})


def took_over(words: Wording, one: View) -> str:
    """What somebody took over from whom it is told."""
    title = words.name("task", f"{one['kind']}.title")
    told = {"by": words.person(one["by"]), "at": words.day(one["at"]), "title": title}
    return fill(words.name("taken", "over"), {**one, **told})


def recorded(words: Wording, submission: View) -> str:
    """Who recorded a submission from what; nothing for one that the municipality sent itself."""
    came = submission.get("recorded")
    if not came:
        return ""
    told = {
        "who": words.person(came["by"]),
        "channel": words.name("channel", came["channel"]),
        "taken": came["taken_by"],
    }
    scan = came["scan"]["name"] if came["scan"] else ""
    return words.say("sent_recorded", **told, received=words.day(came["received_on"]), scan=scan)


def note_head(words: Wording, note: View) -> str:
    """Number of a note, and the one that it corrects or that corrects it."""
    others = {name: note[name] or "" for name in ("corrects", "corrected_by")}
    return words.say("note_head", number=note["no"], **others)


def action(words: Wording, code: str) -> str:
    """A recorded action in words: ``examine.award``, ``prove_use.dun_1``, ``timer.final``, ``apply`` …"""
    plain = words.find(f"timeline.{code}")
    if plain:
        return plain
    match = _TASK_ACTION.fullmatch(code)
    if match is None:
        return code
    first, second = match[1], match[2]
    if first == "answer":
        return fill(words.find("timeline.answer") or "", {"choice": second})
    if first in {"start", "timer", "bank"}:
        return words.find(f"{first}.{second}") or words.name("rung", second)
    title = words.find(f"task.{first}.title")
    if title is None:
        return code
    done = words.find(f"choice.{first}.{second}") or words.name("rung", second)
    return title if title.casefold().endswith(done.casefold()) else f"{title}: {done}"


def who(words: Wording, code: str) -> str:
    """Who acted: an officer by name, the municipality, the bank or the system."""
    kind, _, name = code.partition(":")
    return words.person(name) if name and kind != "clerk" else words.name("actor", kind)


def brief(words: Wording, facts: View) -> list[str]:
    """What the owner needs to read, one line a fact; facts without a name for people stay out."""
    lines = []
    for name, found in facts.items():
        label = words.find(f"fact.{name}")
        if label is None or found in ("", None, [], False):
            continue
        if found is True:
            lines.append(label)
        elif name == "happened":
            lines.append(f"{label}: {action(words, found)}")
        elif name in {"proposal", "decision"}:
            lines.append(f"{label}: {words.name('choice.draft_decision', str(found))}")
        else:
            lines.append(f"{label}: {words.value(name, found)}")
    return lines


def sent(words: Wording, mail: Mapping[str, Any]) -> str:
    """One mail in words: which letter, to which function, what became of it, and whether it was answered."""
    to = words.say("mail_to", function=mail["to_function"]) if mail.get("to_function") else ""
    at = words.day(mail["leaves_at"]) if mail.get("leaves_at") else ""
    became = words.name("mail_fate", mail["fate"]) + (f" {at}" if at else "")
    answer = words.find(f"mail_answered.{mail.get('answered')}") or ""
    return f"{words.name('letter', mail['template'])}{to}: {became}{', ' + answer if answer else ''}"


def received(words: Wording, mail: Mapping[str, Any]) -> str:
    """What a mail was, and why; of robots' mail only that it is one."""
    kind = words.name("inbound_kind", "settled" if mail["settled"] else mail["kind"])
    why = words.find(f"inbound_reason.{mail['reason']}")
    return f"{kind}: {why}" if why else kind


def doubts(words: Wording, account: View) -> list[str]:
    """What makes an account doubtful, one line each."""
    elsewhere = account.get("elsewhere", ())
    lines = [words.say("warn_elsewhere", name=one["name"], case=one["case"]) for one in elsewhere[:SOME]]
    if len(elsewhere) > SOME:
        lines.append(words.say("warn_elsewhere_more", count=len(elsewhere) - SOME))
    if account.get("earlier_iban"):
        lines.append(words.say("warn_changed", iban=grouped(account["earlier_iban"])))
    if account.get("well_formed") is False:
        lines.append(words.say("warn_malformed"))
    return lines


def warnings(words: Wording, codes: Iterable[str]) -> list[str]:
    """What speaks against a decision, one line each; what is doubtful about an account says :func:`doubts`."""
    return [words.say("warn", warning=text) for code in codes if (text := words.find(f"warning.{code}"))]


def oddities(words: Wording, field: View) -> list[str]:
    """How a field of a submission differs from the one before, the plan and the year before, one line each."""
    return [
        words.say(
            "sent_odd",
            than=words.say("awarded") if odd["code"] in OF_AWARD else words.name("than", odd["than"]),
            text=" ".join(str(field.get(odd["than"]) or words.say("none")).split()),
            odd=oddity(words, field["name"], odd),
        )
        for odd in field.get("odd", ())
    ]


def oddity(words: Wording, name: str, odd: View) -> str:
    """One difference in words: ``um 4.400,00 € höher``."""
    by = odd.get("by")
    amount = words.amount(by) if by is not None and name.endswith("_cents") and odd["code"] not in IN_MONTHS else by
    return fill(words.name("odd", odd["code"]), {"by": amount})


def sums(words: Wording, submission: View) -> list[str]:
    """The sums of a submission, each with what it was, and what is unusual about them."""
    lines = []
    for one in submission.get("sums", ()):
        beside = [f"{words.name('than', than)} {words.amount(one[than])}" for than in COMPARED if than in one]
        said = {"label": one["label"], "amount": words.amount(one["cents"]), "beside": ", ".join(beside)}
        lines.append(words.say("sent_sum", **said))
    return lines + [words.name("remark", code) for code in submission.get("remarks", ())]


IN_MONTHS: Final = frozenset({"beyond_need"})
OF_AWARD: Final = frozenset({"beyond_need", "whole_award"})
COMPARED: Final = ("before", "year_before")


def called(words: Wording, number: int, call: View) -> list[str]:
    """One call about an account: what came of it, the number dialled, who was spoken to, the digits heard, a note."""
    choice = words.name("choice.call_back", call["choice"])
    no = words.refusal(call["refused"], {})[0] if call["refused"] else ""
    at = words.moment(call["called_at"] or call["at"])
    lines = [words.say("call_head", number=number, at=at, who=words.person(call["by"]), choice=choice, refused=no)]
    since = words.day(call["since"]) if call["since"] else ""
    elsewhere = "" if since else call["number_known_from"]
    if call["number"]:
        lines.append(
            words.say("call_number", number=call["number"], since=since, source=call["source"], elsewhere=elsewhere)
        )
    elif elsewhere:
        lines.append(words.say("call_known_from", source=elsewhere))
    if call["spoken_with"] or call["spoken_with_function"]:
        spoken = ", ".join(part for part in (call["spoken_with"], call["spoken_with_function"]) if part)
        lines.append(words.say("call_spoken", who=spoken))
    if call["iban_heard"]:
        lines.append(words.say("call_heard", digits=call["iban_heard"]))
    return [*lines, words.say("call_note", note=call["note"])] if call["note"] else lines


def telephone(words: Wording, number: View) -> str:
    """A number on file: where it is known from, since when, who entered it, and until when it counted."""
    until = words.day(number["until"]) if number.get("until") else ""
    said = {
        "number": number["written"],
        "source": number["source"],
        "by": words.person(number["entered_by"]),
        "until": until,
    }
    return words.say("telephone", since=words.day(number["since"]), **said)


def grouped(iban: str) -> str:
    """An account number in groups of four, as people compare it; a masked one stays as it is."""
    if "…" in iban:
        return iban
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
