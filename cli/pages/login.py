"""``login`` and ``logout``: a person lets this command line in at the desk, in a browser, and takes it out again.

After RFC 8628: the command line shows a code, the person types it into a page of the desk where they have just proved
who they are, and the command line asks for its token until then. No password is ever typed here.
"""

import sys
import time
from datetime import datetime, timedelta
from http.client import UNAUTHORIZED
from typing import Any, Final

from cli import tokens
from cli.answers import DeskError
from cli.call import REFUSED, Call
from cli.values import UsageError
from cli.words import printable
from templates.wording import fill

_PENDING: Final = "authorization_pending"
_CODES: Final = "/geraet/code"
_TOKEN: Final = "/geraet/token"  # noqa: S105 - an address


def log_in(call: Call) -> int | None:
    """Shows address and code, waits for the person, keeps the token."""
    _need_address(call)
    asked = call.desk.post_page(_CODES, {})
    address = call.desk.where + str(asked["verification_path"])
    values = {"address": address, "code": asked["user_code"], "minutes": int(asked["expires_in"]) // 60}
    for line in call.words.lines("cli.login_lines"):
        sys.stdout.write(printable(fill(line, values)) + "\n")
    sys.stdout.flush()
    given = _wait(call, asked)
    if given is None:
        sys.stderr.write(call.words.say("login_not_confirmed", login=call.words.command("login")) + "\n")
        return REFUSED
    tokens.write(call.desk.where, str(given["token"]))
    until = datetime.now().astimezone() + timedelta(seconds=int(given["expires_in"]))
    call.paper.line(call.words.say("login_done", where=call.desk.where, time=f"{until:%H:%M}"))
    return None


def _wait(call: Call, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What the desk gives once the person has confirmed; none when nobody does in time."""
    ends = time.monotonic() + float(asked["expires_in"])
    while time.monotonic() < ends:
        try:
            return call.desk.post_page(_TOKEN, {"device_code": asked["device_code"]})
        except DeskError as error:
            if error.code != _PENDING:
                return None
        time.sleep(float(asked["interval"]))  # the protocol's pace, which the desk sets
    return None


def log_out(call: Call) -> None:
    """Ends the log-in at the desk and removes the token here."""
    _need_address(call)
    try:
        if call.desk.has_token:
            call.desk.post("/logout", {})
    except DeskError as error:
        if error.status != UNAUTHORIZED:  # otherwise it has ended already
            raise
    finally:
        tokens.forget(call.desk.where)
    call.paper.line(call.words.say("logout_done", where=call.desk.where))


def _need_address(call: Call) -> None:
    if "://" not in call.desk.where:
        raise UsageError(call.words.say("login_no_address"))
