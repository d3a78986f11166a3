"""Where ``starter.py`` begins. Help is answered here, before typer is loaded: it is half of a short call's time."""

import os
import sys
from types import TracebackType

from cli import help_text
from cli.verbs import VERBS
from cli.words import Words, language, program

FAULT = 5
"""Exit code for a fault of this program: the system cannot do what was asked."""


def main() -> None:
    """Runs the command line. Whatever goes wrong, a person reads a sentence and no traceback."""
    sys.excepthook = _last_word
    lang, typed = language(os.environ), sys.argv[1:]
    if lang and typed[-1:] in ([], ["--help"]) and len(typed) <= 2 and set(typed[:-1]) <= set(VERBS):
        words = Words(lang, program(sys.argv[0]))
        page = help_text.of_verb(words, VERBS[typed[0]]) if typed[1:] else help_text.of_program(words, VERBS)
        sys.stdout.write(page + "\n")
        return
    from typer.main import get_command

    from cli.app import build

    get_command(build(*typed[:1]))()


def _last_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of this program: where it happened, in one line; everything with ``WIR_DEBUG`` set."""
    if os.environ.get("WIR_DEBUG"):
        sys.__excepthook__(kind, error, trace)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
    words = Words(language(os.environ) or "de", program(sys.argv[0]))
    sys.stderr.write(words.say("incident", incident=f"{kind.__name__} {place}".strip()) + "\n")
    sys.stderr.flush()
    os._exit(FAULT)
