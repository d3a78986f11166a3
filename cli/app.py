"""The verbs as a typer application, with help and mistakes in the person's language.

Typer would import Pydantic to read a plain string and rich to show help; both cost more than the whole call.
So values come as they were typed and are read in :mod:`cli.values`, and help is plain text.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from inspect import Parameter, Signature
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from cli import call as calls
from cli import help_text
from cli.answers import DeskError, UnreachableError
from cli.options import PARAMS, Kind, flag
from cli.values import UsageError
from cli.verbs import VERBS, Verb
from cli.words import Words, chosen, language, printable


class _AsTyped:
    """Takes a value as it was typed."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value itself; an option that may be repeated and was not given is empty."""
        return () if value is None and (param.multiple or param.nargs == -1) else value


def _as_typed(params: Any) -> Any:
    for param in params:
        param._runtime_param = _AsTyped()
    return params


class VerbCommand(TyperCommand):
    """One verb: help from the catalogue, values as typed."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, ``--help`` included."""
        return _as_typed(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """The verb's page."""
        return help_text.of_verb(chosen(), VERBS[self.name or ""])


class Desk(TyperGroup):
    """All verbs. Ends with the exit codes of the command contract and never with a traceback."""

    def get_params(self, ctx: Any) -> Any:
        """The program's own parameters: ``--help``."""
        return _as_typed(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """The list of verbs."""
        return help_text.of_program(chosen(), VERBS)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Without any verb the list of verbs is the answer."""
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that was named. Raises ``UsageError`` with the nearest one there is."""
        if args[0] not in VERBS:
            near = get_close_matches(args[0], VERBS, n=1)
            said = chosen().say("unknown_verb", verb=args[0][:40], possible=near[0] if near else "")
            raise UsageError(said)
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs a call and exits."""
        typed = list(sys.argv[1:] if args is None else args)
        words = chosen()
        try:
            if language(os.environ) is None:
                raise UsageError(words.say("bad_env_lang", text=os.environ["WIR_LANG"][:20]))
            code = super().main(typed, prog_name, complete_var, False, windows_expand_args, **extra)
        except UsageError as error:
            code = _usage(words, typed, str(error))
        except TyperException as error:
            code = _usage(words, typed, _mistake(words, error))
        except typer.Abort:
            code = _usage(words, typed, words.say("interrupted"))
        sys.exit(code)


def build(*names: str, here: calls.Here | None = None) -> typer.Typer:
    """The application: with every verb of :data:`cli.verbs.VERBS`, or with those named that are verbs.

    ``here``: what ``up`` and ``demo`` run; they cannot do without.
    """
    application = typer.Typer(cls=Desk, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    application.callback()(_nothing)
    for verb in (VERBS[name] for name in names or VERBS if name in VERBS):
        application.command(verb.name, cls=VerbCommand)(_callback(verb, here))
    return application


def _nothing() -> None:
    """Makes the application a group even with one verb."""


def _callback(verb: Verb, here: calls.Here | None) -> Callable[..., None]:
    """A function with the verb's parameters as signature, which is what typer reads."""

    def run(**given: Any) -> None:
        # Python keywords cannot be parameter names, so each name carries a mark.
        typed = {name.removesuffix("_"): value for name, value in given.items()}
        raise typer.Exit(run_verb(verb, typed, here))

    parameters = [_parameter(name) for name in verb.params]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    cast(Any, run).__signature__ = Signature(parameters)
    return run


def run_verb(verb: Verb, typed: Mapping[str, Any], here: calls.Here | None = None) -> int:
    """Runs one verb; gives its exit code."""
    call = calls.Call(verb.name, typed, chosen(), runs=here)
    _need_text(call.words, typed)
    try:
        return verb.run(call) or calls.DONE
    except (DeskError, UnreachableError) as error:
        return calls.explain(call, error)


def _need_text(words: Words, typed: Mapping[str, Any]) -> None:
    """Raises ``UsageError`` for a value that is no text: bytes of another encoding arrive as half characters."""
    for name, found in typed.items():
        for text in (found,) if isinstance(found, str) else found if isinstance(found, list | tuple) else ():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise UsageError(f"{flag(name)} {words.find('invalid.control_characters')}.") from None


def _parameter(name: str) -> Parameter:
    param = PARAMS[name]
    annotation: Any
    match param.kind:
        case Kind.ARGUMENT:
            annotation, default = str, typer.Argument(metavar=param.metavar)
        case Kind.OPTIONAL:
            annotation, default = str, typer.Argument(None, metavar=param.metavar)
        case Kind.WORDS:
            annotation, default = list[str], typer.Argument(metavar=param.metavar)
        case Kind.FLAG:
            annotation, default = bool, typer.Option(False, flag(name))
        case Kind.MANY | Kind.CODES:
            annotation, default = list[str], typer.Option(None, flag(name))
        case _:
            annotation, default = str, typer.Option(None, flag(name))
    return Parameter(f"{name}_", Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _usage(words: Words, typed: Sequence[str], message: str) -> int:
    """Says on standard error what cannot be understood and where help is."""
    verb = f" {typed[0]}" if typed and typed[0] in VERBS else ""
    sys.stderr.write(printable(words.say("usage_head", message=message)) + "\n")
    sys.stderr.write(words.say("usage_hint", verb=verb) + "\n")
    return calls.USAGE


def _mistake(words: Words, error: TyperException) -> str:
    """A mistake that typer found, in the person's language."""
    found = vars(error)
    if found.get("param") is not None:
        name = found["param"].name.removesuffix("_")
        key = "missing_argument" if PARAMS[name].positional else "missing_option"
        return words.say(key, argument=flag(name), option=flag(name))
    if "possibilities" in found:
        verb = found["ctx"].info_name or ""
        possible = ", ".join(found["possibilities"] or ())
        return words.say("unknown_option", option=found["option_name"], verb=verb, possible=possible)
    if "option_name" in found:
        return words.say("option_value", option=found["option_name"])
    return words.say("not_usable")
