"""The page between form and receipt: what was typed, and the letters and mails in which it stands, before it is sent.

Whether there is one is asked of what would happen (:class:`record.cases.foreseeing.Foreseen`), not of a list of
answers: where a draft becomes a letter that a second person signs, and where typed words stand in a letter or a mail.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.desk.controls import Control
from portal.desk.frame import Ask
from portal.desk.wording import DeskWords
from templates.drafts import has_words

View = Mapping[str, Any]

READ: Final = "read"
"""The field of the form that carries the hash of what was read."""
STEP: Final = "step"
CHANGE: Final = "change"
"""What the button says that goes back to the form."""


@dataclass(frozen=True)
class ToRead:
    """The page: what is done and what that does, what was typed, where the form is sent, what it carries beside that.

    ``problem``: why it is shown once more; ``proof``: how a fresh proof is given, where one is needed.
    """

    doing: str
    effect: View
    button: str
    action: str
    controls: tuple[Control, ...]
    hidden: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    proof: str = ""


def is_changed(ask: Ask) -> bool:
    """Whether the person wants to go back to the form."""
    return ask.form.get(STEP) == CHANGE


def read_hash(choice: str, content: View, effect: View) -> str:
    """SHA-256 over what was typed and the letters it makes; of a mail its kind, because it may name the minute."""
    about = {
        "choice": choice,
        "content": {name: value.split() if isinstance(value, str) else value for name, value in content.items()},
        "letters": [one["text"] for one in (*effect["letters"], *effect["drafts"])],
        "mails": [one["template"] for one in effect["mails"]],
        "money": effect["money"],
    }
    text = json.dumps(about, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sends(words: DeskWords, doing: str, effect: View) -> str:
    """What the last button does, in words."""
    if effect["drafts"]:
        return words.t("read.to_sign")
    return words.t("read.send", choice=doing)


def first_button(words: DeskWords, doing: str, effect: View | None) -> str:
    """The button of the form, where the letter is read on a page of its own; else nothing."""
    if effect is None or effect["read_first"] or not has_words(effect):
        return ""
    if effect["drafts"]:
        return words.t("read.draft", choice=doing)
    return words.t("read.mail", choice=doing)
