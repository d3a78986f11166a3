"""Follows "Starting it" of docs/operators.md: reads its commands and runs each as processes instead of containers.

The shell blocks of the section are read line by line. A line is translated by how it begins (:data:`TRANSLATIONS`); one
that begins otherwise raises ``UnknownCommandError`` with its words. What a person puts in by hand is put in here: the
answers in ``.env``, the rules of the year, the people's file as the section shows it, passwords and codes.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

from tests.deploy.compose import ROOT
from tests.deploy.officers import Officer
from tests.deploy.production import Production, write_env

HANDBOOK = ROOT / "docs" / "operators.md"
SECTION = "Starting it"
_ASSIGNED = re.compile(r"(\w+)=(\S+)")
_SHOWN = re.compile(r" sign .*--shown ([0-9a-f]+)")
_JOINED = re.compile(r"[();<>|&]+")
"""What a shell does between commands and with their output: nothing here does."""

Ran = CompletedProcess[str]


class UnknownCommandError(Exception):
    """The handbook says something that nothing here translates."""


@dataclass(frozen=True)
class Line:
    """A command of the handbook: as it stands, its words, and the remark behind it."""

    text: str
    words: tuple[str, ...]
    remark: str


def section(text: str, title: str = SECTION) -> str:
    """What stands under a heading of the second level."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[Line]:
    """The commands of all shell blocks, a line that ends in a backslash together with the next."""
    lines = [line for block in blocks(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
    found = [(line, _words(line)) for line in lines]
    return [Line(line.strip(), words, line.partition("#")[2].strip()) for line, words in found if words]


def _words(line: str) -> tuple[str, ...]:
    """The words of a line without its remark; what joins commands is a word of its own."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return tuple(lexer)


def jobs(text: str) -> list[str]:
    """The jobs of the section's table, in its order."""
    table = text.partition("| job |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)


@dataclass
class Operator:
    """Somebody who types what the handbook says. ``year``: the programme year that is begun, instead of the example's.

    ``rules`` changes the text of a year's file as a person would; ``afterwards`` is called with each command that has
    been run, for what other people do meanwhile.
    """

    here: Production
    answers: Mapping[str, str]
    year: int
    rules: Callable[[str, int], str]
    afterwards: Callable[[str, Ran], None] = lambda _line, _ran: None
    officers: dict[str, Officer] = field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    shown: str = ""
    """With which hash the last printed line signs."""
    who: str = ""
    """Who sits at the terminal that is used now."""

    def follow(self, text: str) -> None:
        """Runs all commands of a text, one after the other. Each must succeed, but for those nobody can run here."""
        (self.here.checkout / "people.toml").write_text("\n".join(blocks(text, "toml")), encoding="utf-8")
        for line in commands(text):
            ran = self.type(line)
            if ran is not None:
                assert ran.returncode == 0, f"{line.text}\n{ran.stdout}{ran.stderr}"
                self.afterwards(line.text, ran)

    def type(self, line: Line) -> Ran | None:
        """Runs one command; none where there is nothing to run. Raises ``UnknownCommandError``."""
        words, translated = translation(line.words, self.aliases)
        filled = [self._filled(word) for word in words]
        return translated(self, filled, line.remark)

    def _filled(self, word: str) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda name: self.variables[name[1]], word)

    # what the commands become -------------------------------------------------------------------

    def assign(self, words: list[str], _remark: str) -> None:
        """A variable; the year is the operator's own, and what was shown stands in what was printed last."""
        name, value = words[0].split("=", 1)
        self.variables[name] = {"year": str(self.year), "shown": self.shown}.get(name, value)

    def alias(self, words: list[str], _remark: str) -> None:
        """A short name for the beginning of a command."""
        name, value = words[0].split("=", 1)
        self.aliases[name] = tuple(shlex.split(value))

    def copy(self, words: list[str], _remark: str) -> None:
        """``cp``, and what the handbook says to write into the copy."""
        source, target = (self.here.checkout / word for word in words)
        text = source.read_text(encoding="utf-8")
        target.write_text(self.rules(text, self.year) if source.suffix == ".yaml" else text, encoding="utf-8")
        if target.name == ".env":
            write_env(target, self.answers)

    def up(self, words: list[str], _remark: str) -> None:
        """``docker compose up``: jobs in the order of the compose file, then what lasts."""
        assert words == ["--detach", "--wait"], words
        self.here.up()

    def temporal(self, words: list[str], _remark: str) -> Ran:
        """Temporal's command line in the job's container: the same program with the job's settings."""
        return self.here.run("temporal-namespace", "temporal", *words)

    def first_officers(self, words: list[str], _remark: str) -> Ran:
        """``--volume ./FILE:/FILE:ro worker MODULE /FILE``: the module with the file itself."""
        mount, service, module, path = words
        file, inside, _ = mount.split(":")
        assert path == inside, words
        ran = self.here.run(service, "python", "-m", module, str(self.here.checkout / file))
        for name, link in (line.split() for line in ran.stdout.splitlines()):
            home = self.here.data.parent / "home" / name
            home.mkdir(parents=True)
            self.officers[name] = Officer(link, home, self.here.image, self.here.desk, self.here.certificate)
        return ran

    def desk(self, words: list[str], _remark: str) -> None:
        """``export WIR_DESK_URL=…``: here it is the address that this test's ``.env`` has."""
        assert words[0].startswith("WIR_DESK_URL=https://"), words

    def login(self, words: list[str], remark: str) -> Ran:
        """An officer logs in at the terminal, for which they follow their link first. The remark begins with who."""
        assert words == [], words
        self.who = remark.split(maxsplit=1)[0].rstrip(",:;")
        entered = self.officers[self.who].sets_up()
        assert (entered.status_code, entered.url.path) == (200, "/"), entered.text
        return self.officers[self.who].logs_in()

    def officer(self, words: list[str], _remark: str) -> Ran:
        """The command line of whoever sits at the terminal."""
        ran = self.officers[self.who].types(*words)
        self.shown = "".join(_SHOWN.findall(ran.stdout)[-1:])
        return ran

    def nothing(self, _words: list[str], _remark: str) -> None:
        """Needs the image registry, which no test reaches; ``tests/deploy/test_compose.py`` checks the file itself."""


Translated = Callable[[Operator, list[str], str], Ran | None]
_COMPOSE: Final = ("docker", "compose")
_TEMPORAL: Final = (*_COMPOSE, "run", "--rm", "--no-deps", "--entrypoint", "temporal", "temporal-namespace")
_STARTER: Final = ("./starter.py",)
_DIGESTS: Final = (*_COMPOSE, "--file", "docker-compose.yml", "--file", "compose.digests.yml")
TRANSLATIONS: Final[Mapping[tuple[str, ...], Translated]] = {
    ("cp",): Operator.copy,
    ("alias",): Operator.alias,
    ("export",): Operator.desk,
    (*_STARTER, "login"): Operator.login,
    (*_COMPOSE, "up"): Operator.up,
    _TEMPORAL: Operator.temporal,
    (*_COMPOSE, "run", "--rm", "--no-deps", "--volume"): Operator.first_officers,
    _STARTER: Operator.officer,
    (*_COMPOSE, "--profile", "evaluation", "pull"): Operator.nothing,
    (*_COMPOSE, "--profile", "evaluation", "config", "--lock-image-digests"): Operator.nothing,
    _DIGESTS: Operator.nothing,
}
"""How a command begins, and what is done with the rest of it."""


def translation(words: tuple[str, ...], aliases: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], Translated]:
    """The words that are left and what runs them. Raises ``UnknownCommandError`` that names the command."""
    if len(words) == 1 and _ASSIGNED.fullmatch(words[0]):
        return words, Operator.assign
    words = (*aliases.get(words[0], (words[0],)), *words[1:])
    for beginning, translated in TRANSLATIONS.items():
        if words[: len(beginning)] == beginning:
            rest = words[len(beginning) :]
            if translated is Operator.nothing or not any(_JOINED.fullmatch(word) for word in rest):
                return rest, translated
    raise UnknownCommandError(f"{HANDBOOK.name}, {SECTION}: no test knows the command: {shlex.join(words)}")


def unknown(text: str) -> list[str]:
    """The commands of a text that nothing translates, each with its words."""
    aliases, found = dict[str, tuple[str, ...]](), list[str]()
    for line in commands(text):
        try:
            rest, translated = translation(line.words, aliases)
        except UnknownCommandError as error:
            found.append(str(error))
            continue
        if translated is Operator.alias:
            name, value = rest[0].split("=", 1)
            aliases[name] = tuple(shlex.split(value))
    return found


def handbook() -> str:
    """The section as it stands."""
    return section(Path(HANDBOOK).read_text(encoding="utf-8"))
