"""What the page of a task is about as one hash: its form carries it, so that nobody answers what has changed unseen.

What signs, pays or ends a case is held by the record itself (:mod:`record.cases.shown`).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

View = Mapping[str, Any]


def page_hash(view: View, choice: str) -> str:
    """SHA-256 over what the page of a task shows for a choice: the task's facts, its account, and what would be sent.

    ``view``: the task as the officers' interface gives it (``GET /doc/TASK``).
    """
    task = view["tasks"][0]
    found = effect_of(view, choice)
    about = {
        "task": task["id"],
        "choice": choice,
        "brief": task.get("brief"),
        "account": task.get("account"),
        "submissions": [one["command"] for one in view.get("submissions", ())],
        "effect": found,
    }
    text = json.dumps(about, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def effect_of(view: View, choice: str) -> View | None:
    """What a choice would send now; none where that is not known before something is typed."""
    return next((one for one in view.get("effects", ()) if one["choice"] == choice), None)
