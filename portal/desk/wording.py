"""The words of the desk: those it shares with the command line, and the pages' own (``templates/desk/*.toml``)."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from templates import LANGUAGES, look_up
from templates import sentences as say
from templates.consequences import consequences, supposed
from templates.drafts import draft_changes, draft_letters, draft_written, drafted_before
from templates.office import absence_line, changed, history_line
from templates.rounds import bound
from templates.wording import Wording, fill

PAGES: Final = Path(__file__).parents[2] / "templates" / "desk"
View = Mapping[str, Any]


@cache
def own_words(lang: str) -> dict[str, Any]:
    """The pages' own texts in one language; read-only. Raises ``KeyError`` for another language."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    names = ("", "login.", "office/", "casework/")
    own, login, office, casework = (
        tomllib.loads((PAGES / f"{name}{lang}.toml").read_text(encoding="utf-8")) for name in names
    )
    return own | login | office | casework


def preferred(accepted: str) -> str:
    """The first of our languages in a browser's ``Accept-Language``; German when none of them is there."""
    wanted = (part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))
    return next((lang for lang in wanted if lang in LANGUAGES), LANGUAGES[0])


class DeskWords(Wording):
    """Texts of the desk in one language. ``people``: names of officers by id."""

    def __init__(self, lang: str, people: Mapping[str, str] | None = None) -> None:
        super().__init__(lang, people=people)
        self._own = own_words(lang)

    def t(self, key: str, /, **values: Any) -> str:
        """A text of the pages, filled. Raises ``KeyError`` for an unknown key."""
        text = look_up(self._own, key)
        if text is None:
            raise KeyError(key)
        return fill(text, values)

    def own(self, key: str) -> str:
        """A text of the pages that need not be there; nothing where it is not."""
        return look_up(self._own, key) or ""

    def amount(self, cents: int) -> str:
        """An amount that no line break parts."""
        return super().amount(cents).replace(" ", "\u00a0")

    def day(self, found: Any) -> str:
        """A day that no line break parts."""
        return super().day(found).replace(" ", "\u00a0")

    def closer(self, actor_id: str) -> str:
        """Who ended a task: an officer by name, else a word for what they are; nothing for nobody."""
        kind = {"bank": "bank", "system": "system"}.get(actor_id, "clerk")
        return self._people.get(actor_id) or (self.name("actor", kind) if actor_id else "")

    def who(self, code: str) -> str:
        """Who acted: an officer by name, the municipality, the bank or the system."""
        return say.who(self, code)

    def standing(self, view: View) -> list[str]:
        """Where a case stands and what comes next."""
        return say.standing(self, view)

    def until(self, task: View) -> str:
        """Until when, and how that day came about."""
        return say.until(self, task)

    def happened(self, event: View) -> str:
        """One line of the history."""
        return say.happened(self, event)

    def bound(self, view: View) -> str:
        """Why a round binds less budget, or more, than was awarded."""
        return bound(self, view)

    def parted(self, timeline: Iterable[View]) -> tuple[list[View], list[View]]:
        """What happened, and what somebody tried that was refused."""
        return say.parted(timeline)

    def taken(self, task: View) -> str:
        """Who takes care of a task since when."""
        return say.taken(self, task)

    def took_over(self, one: View) -> str:
        """What somebody took over."""
        return say.took_over(self, one)

    def recorded(self, submission: View) -> str:
        """Who recorded a submission from what, or nothing."""
        return say.recorded(self, submission)

    def note_head(self, note: View) -> str:
        """Number of a note and what it corrects."""
        return say.note_head(self, note)

    def action(self, code: str) -> str:
        """A recorded action."""
        return say.action(self, code)

    def facts(self, brief: View) -> list[str]:
        """What the owner of a task needs to read."""
        return say.brief(self, brief)

    def sent(self, mail: View) -> str:
        """What became of a mail."""
        return say.sent(self, mail)

    def received(self, mail: View) -> str:
        """What a mail was that came in."""
        return say.received(self, mail)

    def warnings(self, codes: Iterable[str], *, account: bool = True) -> list[str]:
        """What speaks against a decision, one line each; what is doubtful about an account only where wanted."""
        shown = [(say.warnings(self, [code]), self.find(f"account_warning.{code}")) for code in codes]
        return [line for said, own in shown for line in (said or ([own] if account and own else []))]

    def consequences(self, effect: View) -> list[str]:
        """What an answer would do, one line each."""
        return consequences(self, effect)

    def supposed(self, effect: View) -> str:
        """What was made up to foresee it, or nothing."""
        return supposed(self, effect)

    def drafted_before(self, back: View) -> list[str]:
        """The draft that was sent back, by whom and why."""
        return drafted_before(self, back)

    def draft_written(self, back: View) -> list[tuple[str, str]]:
        """What was written into the draft that was sent back."""
        return [(capital(label), value) for label, value in draft_written(self, back)]

    def draft_changes(self, back: View) -> list[tuple[str, str, str]]:
        """What is different in the new draft: label, before, now."""
        return [(capital(label), before, now) for label, before, now in draft_changes(self, back)]

    def draft_letters(self, back: View) -> list[str]:
        """How each letter of the new draft differs, in a sentence."""
        return draft_letters(self, back)

    def oddities(self, field: View) -> list[str]:
        """How a field differs from the one before, the plan and the year before."""
        return say.oddities(self, field)

    def sums(self, submission: View) -> list[str]:
        """The sums of a submission and what is unusual about them."""
        return say.sums(self, submission)

    def dated(self, one: View) -> str:
        """A date of the case with the rule that makes it."""
        return say.dated(self, one)

    def doubts(self, account: View) -> list[str]:
        """What makes an account doubtful."""
        return say.doubts(self, account)

    def called(self, number: int, call: View) -> list[str]:
        """One call about an account; whoever called is named."""
        return say.called(self, number, call)

    def changed(self, change: View) -> str:
        """A change of people in words."""
        return changed(self, change, self.person)

    def history_line(self, change: View) -> str:
        """When, who and what was changed."""
        return history_line(self, change, self.person)

    def absence(self, absence: View) -> str:
        """From when until when somebody is away, and who stands in."""
        return absence_line(self, absence, self.person)

    def telephone(self, number: View) -> str:
        """A number on file; whoever entered it is named."""
        return say.telephone(self, number)

    def title(self, kind: str) -> str:
        """The title of a kind of task."""
        return self.name("task", f"{kind}.title")

    def duty(self, kind: str) -> str:
        """What the owner of a kind of task has to do."""
        return self.name("task", f"{kind}.duty")

    def choice(self, kind: str, choice: str) -> str:
        """An answer in words, as it stands at the beginning of a line."""
        return capital(self.name(f"choice.{kind}", choice))

    def owes(self, task: View) -> str:
        """Who owes what, until when and by which rule, in sentences."""
        return " ".join(say.owes(self, task))


def capital(text: str) -> str:
    """The text with a capital letter at its beginning; the others stay."""
    return text[:1].upper() + text[1:]
