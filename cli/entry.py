"""Where ``starter.py`` begins. Help is answered here, before typer is loaded: it is half of a short call's time."""

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from cli import help_text
from cli.verbs import VERBS
from cli.words import Words, chosen, language, program

ROOT = Path(__file__).resolve().parent.parent
FAULT = 5
"""Exit code for a fault of this program: the system cannot do what was asked."""


def main(*, up: Callable[[Path, Words], int], demo: Callable[[Path], int]) -> None:
    """Runs the command line. Whatever goes wrong, a person reads a sentence and no traceback.

    ``up`` and ``demo`` run the embedded stack and the demo, which a light client may not import itself.
    """
    sys.excepthook = _last_word
    lang, typed = language(os.environ), sys.argv[1:]
    if lang and typed[-1:] in ([], ["--help"]) and len(typed) <= 2 and set(typed[:-1]) <= set(VERBS):
        words = Words(lang, program(sys.argv[0]))
        page = help_text.of_verb(words, VERBS[typed[0]]) if typed[1:] else help_text.of_program(words, VERBS)
        sys.stdout.write(page + "\n")
        return
    from typer.main import get_command

    from cli.app import build
    from cli.call import Here

    get_command(build(*typed[:1], here=Here(up, demo)))()


def elsewhere() -> str:
    """What ``make`` is told when it is called from another folder than the project's; nothing in there."""
    return "" if Path.cwd() == ROOT else f" -C {shlex.quote(str(ROOT))}"


def _ours() -> set[str]:
    """Top-level modules of this project: when one is missing, that is a fault and no lack of set-up."""
    return {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or path.is_dir()}


def _last_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of this program: where it happened, in one line; everything with ``WIR_DEBUG`` set."""
    if os.environ.get("WIR_DEBUG"):
        sys.__excepthook__(kind, error, trace)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
    words = chosen()
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] not in _ours():
        line = words.say("setup_needed", where=elsewhere())
    else:
        line = words.say("incident", incident=f"{kind.__name__} {place}".strip())
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
    os._exit(FAULT)
