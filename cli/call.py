"""One call of a verb: what was typed, in which language, to which installation, and how it ends."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli import values
from cli.answers import DeskError, UnreachableError
from cli.options import FIELD_PARAMS, PARAMS, Kind, flag
from cli.words import Words, printable, typed_folder
from templates.wording import fill

if TYPE_CHECKING:
    from cli.client import DeskClient
    from cli.paper import Paper

DONE, REFUSED, USAGE, NOT_FOUND, CONFLICT, UNREACHABLE = range(6)
"""Exit codes of the command contract."""

DEFAULT_DATA: Final = "./wir-data"
DEMO_DATA: Final = "./wir-demo"
"""The demo has a folder of its own, so that playing begins with an empty one. ``WIR_DATA`` is where people work, and
the demo replaces its folder: it does not count for the demo."""
SOCKET: Final = "desk.sock"
_CODES: Final = {400: USAGE, 404: NOT_FOUND, 409: CONFLICT, 413: USAGE, 500: UNREACHABLE, 503: UNREACHABLE}


_LOG_IN: Final = {"forbidden": ("login_needed", "login_over"), "proof_needed": ("proof_needed", "proof_needed")}
"""What a new log-in mends, in words: for somebody without a token, and with one."""


@dataclass(frozen=True)
class Here:
    """What runs on this machine and is no client: the embedded stack, and the demo. Handed in by ``starter.py``."""

    up: Callable[[Path, Words], int]
    demo: Callable[[Path], int]


@dataclass(frozen=True)
class Call:
    """The values of one call by parameter name, and the environment it was made in."""

    verb: str
    given: Mapping[str, Any]
    words: Words
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    runs: Here | None = None

    @property
    def here(self) -> Here:
        """What runs on this machine. Raises ``LookupError`` in a command line that was given nothing to run."""
        if self.runs is None:
            raise LookupError(self.verb)
        return self.runs

    def text(self, name: str) -> str:
        """A text, an argument or a choice; empty when it was not given."""
        return self.given.get(name) or ""

    def flag(self, name: str) -> bool:
        """Whether a switch was given."""
        return bool(self.given.get(name))

    def need(self, *names: str) -> None:
        """Raises ``UsageError`` naming the first of these that was not given."""
        for name in names:
            if not self.given.get(name):
                positional = PARAMS[name].positional
                said = {"argument": flag(name)} if positional else {"option": flag(name)}
                raise values.UsageError(self.words.say("missing_argument" if positional else "missing_option", **said))

    def read(self, name: str) -> Any:
        """A given value as cents, ISO day or instant, number, text; none if it was not given. Raises ``UsageError``."""
        found = self.given.get(name)
        if not found:
            return None
        match PARAMS[name].kind:
            case Kind.AMOUNT:
                return values.amount(self.words, name, found)
            case Kind.DAY:
                return values.day(self.words, name, found)
            case Kind.MOMENT:
                return values.moment(self.words, name, found)
            case Kind.NUMBER:
                return values.number(self.words, name, found)
            case Kind.MANY:
                return list(found)
            case Kind.CODE:
                return values.code(self.words, name, found)
            case Kind.CODES:
                return [values.code(self.words, name, one) for one in found]
            case _:
                return found

    def fields(self) -> dict[str, Any]:
        """The form fields that were given: those of ``--file``, then the options."""
        found = values.json_file(self.words, self.text("file")) if self.text("file") else {}
        for option, name in FIELD_PARAMS.items():
            value = self.read(name)
            if value is not None:
                found[option] = value
        return found

    @property
    def data(self) -> Path:
        """The data folder of the embedded installation."""
        return Path(self.text("data") or self.environ.get("WIR_DATA") or DEFAULT_DATA)

    @property
    def as_name(self) -> str:
        """Who acts, as said; the service decides whether that counts."""
        return self.text("as") or self.environ.get("WIR_AS", "")

    @property
    def as_json(self) -> bool:
        """Whether a program is listening."""
        return self.flag("json")

    @cached_property
    def desk(self) -> "DeskClient":
        """The service this call speaks to."""
        from cli.client import DeskClient

        # A folder that was typed counts more than what the environment says.
        environ = {} if self.text("data") else self.environ
        url = environ.get("WIR_DESK_URL", "").rstrip("/")
        return DeskClient(
            Path(environ.get("WIR_DESK_SOCKET") or self.data / SOCKET),
            url=url,
            token=self._token(url) if url else "",
            as_name=self.as_name,
        )

    def _token(self, url: str) -> str:
        """The token of a log-in there. Raises ``UsageError`` where it is no secret, or would not stay one."""
        from cli import tokens

        if url.startswith("http:") and not tokens.is_safe(url):
            raise values.UsageError(self.words.say("login_unsafe", where=url))
        try:
            return tokens.read(url)
        except tokens.OpenToOthersError as error:
            login = self.words.command("login")
            raise values.UsageError(self.words.say("login_open", path=error, login=login)) from None

    @cached_property
    def paper(self) -> "Paper":
        """Where people read the result."""
        from cli.paper import Paper

        return Paper(self.words, self.repeated())

    def repeated(self) -> list[str]:
        """What a printed command line must repeat to reach the same installation."""
        return ["--data", self.text("data")] if self.text("data") else []

    def line(self, **changes: Any) -> str:
        """This call as a line to paste, with other values of some parameters."""
        arguments, options = [self.verb], list[str]()
        for name, value in (dict(self.given) | changes).items():
            param = PARAMS[name]
            given = list(value) if isinstance(value, list | tuple) else [value] if value else []
            if param.positional:
                arguments += map(str, given)
            elif param.kind is Kind.FLAG:
                options += [flag(name)] * len(given)
            else:
                options += [part for one in given for part in (flag(name), str(one))]
        return printable(f"{self.words.prog} {shlex.join([*arguments, *options])}")

    def look(self, path: str, **wanted: str) -> dict[str, Any]:
        """Asks for something to look at; the officers in it are called by their names from now on."""
        found = self.desk.get(path, **wanted)
        self.words.know(found.get("people", {}))
        return found

    def post(self, path: str, body: Mapping[str, Any], patience: float = 60.0) -> dict[str, Any]:
        """Asks for a change, or with ``--dry-run`` for what it would do; waits up to ``patience`` seconds."""
        sent = {**body, "dry_run": True} if self.flag("dry_run") else body
        return self.desk.post(path, sent, patience=patience)

    def document(self, found: Mapping[str, Any]) -> None:
        """The one JSON document on standard output."""
        import json

        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def explain(call: Call, error: DeskError | UnreachableError) -> int:
    """Says on standard error what went wrong and the way forward; gives the exit code."""
    if isinstance(error, UnreachableError):
        lines, code, details = _unreachable(call, error), "unreachable", {"where": error.where}
        status = UNREACHABLE
    else:
        lines, code, details = _refused(call, error), error.code, error.details
        status = _CODES.get(error.status, REFUSED)
    if call.as_json:
        call.document({"error": code, "details": details})
    for line in lines:
        sys.stderr.write(printable(line) + "\n")
    return status


def _unreachable(call: Call, error: UnreachableError) -> list[str]:
    words = call.words
    if error.slow:
        return [words.say("timed_out")]
    if "://" in error.where:
        return [words.say("unreachable_url", where=error.where)]
    if not str(call.data.absolute()).isprintable():  # it cannot be pasted, and ``up`` would refuse it
        way = words.find("up.error.unprintable_path.message") or ""
        return [words.say("unreachable", where=error.where), fill(way, {"data": call.data})]
    start = words.command("up", "--data", typed_folder(call.data))
    return [words.say("unreachable", where=error.where), words.say("unreachable_way", start=start)]


def _refused(call: Call, error: DeskError) -> list[str]:
    words = call.words
    if error.code in _LOG_IN:
        key = _LOG_IN[error.code][call.desk.has_token]
        return [words.say(key, where=call.desk.where), words.say("login_way", login=words.command("login"))]
    if words.find(f"refusal.{error.code}.message") is None:
        key = error.code if words.find(f"cli.{error.code}") else "not_usable"
        lines = [words.say(key, **error.details)]
        if error.code == "unavailable":
            lines.append(words.say("unavailable_way"))
        return lines
    about = (call.text("task") or call.text("case") or "").partition(".")[0]
    message, way = words.refusal(error.code, {"case": shlex.quote(about) if about else "", **error.details})
    found = [*_wrong_fields(words, error), *_candidates(call, error)]
    return [words.say("refused_head", message=message), *found, words.say("way_head", way=way), *_to_read(call, error)]


def _to_read(call: Call, error: DeskError) -> list[str]:
    """The finished line that shows what has to be read before this can be done."""
    from cli.paper import acting

    if error.code != "not_shown":
        return []
    task = error.details.get("task")
    reads = call.paper.command_line("show", task, *acting(call.text("as"))) if task else call.line(dry_run=True)
    return [f"    {reads}"]


def _candidates(call: Call, error: DeskError) -> list[str]:
    """What an ambiguous text may mean, each with the finished line that looks at it."""
    from cli.paper import acting

    lines = []
    for one in error.details.get("candidates", ()):
        stage = call.words.name("stage", one["stage"]) if one.get("stage") else ""
        lines.append("  " + " · ".join(part for part in (one["id"], one["name"], stage) if part))
        looks = one["kind"] if one["kind"] in {"case", "round"} else call.verb
        lines.append("    " + call.paper.command_line(looks, one["id"], *acting(call.as_name)))
    return lines


def _wrong_fields(words: Words, error: DeskError) -> list[str]:
    """One line for each field that is wrong, with the option that fills it."""
    lines = []
    if error.code != "bad_content":
        return []
    if "line" in error.details:
        said = words.name("bank_fault", str(error.details.get("field", "")))
        lines.append("  " + words.say("bank_error", line=error.details["line"], what=said))
    elif error.details.get("field"):
        why = words.find(f"invalid.{error.details.get('why')}")
        lines.append(f"  {words.name('field', error.details['field'])}{': ' + why if why else ''}")
    for wrong in error.details.get("fields", ()):
        option = FIELD_PARAMS.get(wrong.get("option", ""))
        name = flag(option) if option else words.name("field", wrong["name"])
        said = words.find(f"invalid.{wrong['code']}") or words.find("invalid.other") or ""
        lines.append(f"  {name}: {fill(said, wrong)}")
    return lines
