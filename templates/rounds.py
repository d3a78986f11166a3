"""How much of a round's awards binds budget, in a sentence: command line, desk and the demo's report say the same."""

from collections.abc import Mapping
from typing import Any, Final

from templates.sentences import SOME
from templates.wording import Wording

View = Mapping[str, Any]
WHY: Final = ("waived", "freed", "drafted")


def bound(words: Wording, view: View) -> str:
    """Why the budget that is bound is not what was awarded; nothing where both are the same."""
    differing: dict[str, list[View]] = {why: [] for why in WHY}
    for case in view["cases"]:
        if case["reserved_cents"] != case["awarded_cents"]:
            differing[_why(case)].append(case)
    if not any(differing.values()):
        return ""
    sums = {name: words.amount(view["sums"][f"{name}_cents"]) for name in ("awarded", "reserved")}
    return words.say("round_bound", **sums, **{why: _told(words, cases) for why, cases in differing.items()})


def _why(case: View) -> str:
    if case["reserved_cents"] > case["awarded_cents"]:
        return "drafted"
    return "waived" if case["gave_up"] else "freed"


def _told(words: Wording, cases: list[View]) -> str:
    """The sum, and whose it is; of many only how many they are."""
    if not cases:
        return ""
    cents = sum(abs(case["awarded_cents"] - case["reserved_cents"]) for case in cases)
    names = ", ".join(case["recipient"] for case in cases[:SOME])
    more = len(cases) - SOME
    whose = f"{names} {words.say('round_bound_more', count=more)}" if more > 0 else names
    return f"{words.amount(cents)} ({whose})"
