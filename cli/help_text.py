"""Help as plain text: usage, what a verb does, its options, and examples that can be copied."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from cli.options import PARAMS, Kind, flag
from cli.verbs import Verb
from cli.words import Words
from templates.wording import fill

_WIDTH: Final = 80


def of_program(words: Words, verbs: Mapping[str, Verb]) -> str:
    """The verbs with a line each."""
    rows = [(name, words.find(f"cli.verb.{name}.short") or "") for name in verbs]
    return "\n".join(
        [
            words.say("tagline"),
            "",
            f"{words.say('usage')}: {words.prog} {words.say('verb_metavar')} …",
            "",
            words.say("verbs"),
            *_rows(rows),
            "",
            *textwrap.wrap(words.say("more"), _WIDTH),
            *textwrap.wrap(words.say("env"), _WIDTH),
        ]
    )


def of_verb(words: Words, verb: Verb) -> str:
    """One verb in full."""
    arguments = [name for name in verb.params if PARAMS[name].positional]
    options = [name for name in verb.params if not PARAMS[name].positional]
    shown = [f"[{flag(n)}]" if PARAMS[n].kind is Kind.OPTIONAL else flag(n) for n in arguments]
    lines = [
        f"{words.say('usage')}: {' '.join([words.prog, verb.name, *shown])} [{words.say('options')}]",
        "",
        *textwrap.wrap(words.find(f"cli.verb.{verb.name}.help") or "", _WIDTH),
    ]
    if arguments:
        rows = [(flag(name), words.find(f"cli.arg.{flag(name)}") or "") for name in arguments]
        lines += ["", words.say("arguments"), *_rows(rows)]
    rows = [(f"{flag(n)} {PARAMS[n].metavar}".strip(), words.find(f"cli.option.{n}") or "") for n in options]
    lines += ["", words.say("options"), *_rows([*rows, ("--help", words.say("help_option"))])]
    examples = fill(words.find(f"cli.verb.{verb.name}.examples") or "", {"prog": words.prog}).strip().splitlines()
    return "\n".join([*lines, "", words.say("examples"), *(f"  {example}" for example in examples)])


def _rows(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Two aligned columns; the right one wraps."""
    left = max(len(name) for name, _ in rows) + 4
    lines = []
    for name, text in rows:
        wrapped = textwrap.wrap(text, _WIDTH - left) or [""]
        lines.append(f"  {name:<{left - 2}}{wrapped[0]}".rstrip())
        lines += [" " * left + rest for rest in wrapped[1:]]
    return lines
