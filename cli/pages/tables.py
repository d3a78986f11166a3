"""Tables of a round and of promises, and documents word by word."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from cli.paper import Paper
from cli.words import Words
from templates.rounds import bound

OPEN: Final = ("requested", "ordered", "to_call", "expected")
SUMS: Final = ("requested_cents", "awarded_cents", "booked_cents", "repaid_cents")


def print_round(paper: Paper, view: Mapping[str, Any]) -> None:
    """Budget, cases and sums of a round."""
    words = paper.words
    paper.line(words.say("round_head", round=view["round"]), style="bold")
    heads = [words.say(name) for name in ("col_year", "total", "committed", "free")]
    rows = [
        (
            str(year["year"]),
            words.amount(year["total_cents"]),
            words.amount(year["committed_cents"]),
            words.amount(year["total_cents"] - year["committed_cents"]),
        )
        for year in view["budget"]
    ]
    paper.table(heads, rows, right=frozenset({1, 2, 3}))
    if why := bound(words, view):
        paper.line(why)
    heads = [words.say(name) for name in ("col_recipient", "col_stage", "awarded", "booked", "repaid")]
    rows_of_cases = [_case_row(words, case) for case in view["cases"]]
    sums = view["sums"]
    rows_of_cases.append((words.say("sum"), str(len(view["cases"])), *(_whole(words, sums[name]) for name in SUMS[1:])))
    paper.table(heads, rows_of_cases, right=frozenset({2, 3, 4}), elastic=0)
    _print_open_money(paper, view)
    _print_answers(paper, view)
    if view.get("invitations_open"):
        paper.line(words.say("round_note", count=view["invitations_open"]))


def _print_open_money(paper: Paper, view: Mapping[str, Any]) -> None:
    """By official key what was ordered, what is still to be called and expected back, and the next date."""
    words = paper.words
    heads = [words.say(f"round_{name}") for name in ("key", *OPEN, "due")]
    rows = [
        (case["key"], *(_whole(words, case.get(f"{name}_cents") or 0) for name in OPEN), _last_day(words, case, "due"))
        for case in view["cases"]
    ]
    rows.append((words.say("sum"), *(_whole(words, view["sums"].get(f"{name}_cents") or 0) for name in OPEN), ""))
    paper.table(heads, rows, right=frozenset(range(1, 1 + len(OPEN))), elastic=0)
    for case in view["cases"]:
        if case.get("expected_cents"):
            amount, day = words.amount(case["expected_cents"]), _last_day(words, case, "expected_by")
            paper.line(words.say("round_back", recipient=case["recipient"], amount=amount, day=day))


def _last_day(words: Words, case: Mapping[str, Any], name: str) -> str:
    return words.last_day(case[name]) if case.get(name) else ""


def _print_answers(paper: Paper, view: Mapping[str, Any]) -> None:
    """Who was invited and has not answered, whose mail came back, who gave up."""
    words, invited, cases = paper.words, view.get("invitations") or (), view["cases"]
    found = {
        "unanswered": [one["recipient"] for one in invited if one["state"] in {"open", "expired"}],
        "bounced": [one["recipient"] for one in invited if one["bounced"]]
        + [one["recipient"] for one in cases if one.get("undelivered")],
        "gave_up": [one["recipient"] for one in cases if one.get("gave_up")],
    }
    if invited:
        paper.line(words.say("round_invited", count=len(invited), applied=len(cases)))
    for name, who in found.items():
        if who:
            paper.line(words.say(f"round_{name}", count=len(who), who=", ".join(dict.fromkeys(who))))


def _case_row(words: Words, case: Mapping[str, Any]) -> tuple[str, ...]:
    stage = words.name("stage", case["stage"])
    return (f"{case['key']} {case['recipient']}", stage, *(_whole(words, case.get(name) or 0) for name in SUMS[1:]))


def _whole(words: Words, cents: int) -> str:
    """An amount in a narrow column: without the sign of the currency."""
    return words.amount(cents).replace("€", "").strip()


def round_csv(view: Mapping[str, Any]) -> str:
    """The cases of a round for a spreadsheet: semicolons, amounts plain, codes as they are."""
    columns = ("case", "key", "recipient", "stage", *SUMS)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow([name.removesuffix("_cents") for name in columns])
    for case in view["cases"]:
        writer.writerow([_plain(name, case.get(name)) for name in columns])
    return out.getvalue()


def _plain(name: str, found: Any) -> str:
    if not name.endswith("_cents"):
        return _inert(str(found or ""))
    euros, rest = divmod(int(found or 0), 100)
    return f"{euros}.{rest:02d}"


def _inert(text: str) -> str:
    """A spreadsheet would run a text that begins like a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def print_document(paper: Paper, view: Mapping[str, Any]) -> None:
    """A letter word by word."""
    if view.get("title"):
        paper.line(view["title"], style="bold")
        paper.line()
    for text in str(view["text"]).splitlines():
        paper.line(text)


def print_addresses(paper: Paper, view: Mapping[str, Any]) -> None:
    """The postal addresses of a recipient, the one that counts first."""
    words = paper.words
    if not view["addresses"]:
        paper.line(words.say("none"))
    for one in view["addresses"]:
        paper.line(", ".join(one["lines"]), style="bold")
        told = {"source": one["source"], "by": one["entered_by"], "at": words.day(one["entered_at"])}
        paper.line(words.say("address_from", **told), indent=2)


def print_doctor(paper: Paper, view: Mapping[str, Any]) -> None:
    """Each promise, held or broken, and what was found."""
    words = paper.words
    for promise in view["promises"]:
        findings = promise.get("findings", ())
        shown = words.find(f"cli.promise_{promise.get('shown_by', '')}")
        state = words.say("promise_broken") if findings else shown or words.say("promise_held")
        text = words.find(f"promise.{promise['number']}") or promise.get("text", "")
        paper.line(f"{promise['number']}. {state}: {text}", style="bold red" if findings else "")
        for finding in findings:
            what = words.find(f"doctor.{finding['code']}")
            about = f"{finding['code']} {finding['case']} {finding['detail']}"
            paper.line(f"{about} – {what}" if what else about, indent=3)
    for alarm in view.get("alarms", ()):
        paper.line(f"{words.name('alarm', alarm['kind'])}: {alarm['case']} {alarm['detail']}", style="red")
    for weakness in view.get("weaknesses", ()):
        name, _, found = str(weakness).partition("=")
        paper.line(words.find(f"weakness.{name}") or f"{words.say('weak_database')}: {name} = {found}")
    broken = [promise for promise in view["promises"] if promise.get("findings")]
    key, count = ("doctor_bad", len(broken)) if broken else ("doctor_ok", len(view["promises"]))
    paper.line(words.say(key, count=count), style="bold")


def print_mail_doctor(paper: Paper, view: Mapping[str, Any]) -> None:
    """Each check of mail: what is expected, and what was found."""
    words = paper.words
    if view["sink"]:
        paper.line(words.say("mail_sink"))
    paper.line(words.say("mail_domain", domain=view["domain"]))
    for check in view["checks"]:
        state = check["status"] if check["needed"] or check["status"] != "missing" else "weak"
        said = f"{words.name('mail_status', state)}: {words.name('mail_check', check['code'])}"
        paper.line(said, style="bold red" if state == "missing" else "")
        if check["found"]:
            paper.line(words.say("mail_found", found=check["found"]), indent=3)
    if not view["sink"]:
        paper.line(words.say("mail_good" if view["held"] else "mail_bad"), style="bold")
