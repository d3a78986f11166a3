"""Nothing is on its way when the time-lapse says so: also not the mail of a command that is applied meanwhile."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from timelapse import Lapse


class Mailroom:
    """Mails on their way; each kick delivers one."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def quiet(self) -> bool:
        return not self.mails

    def kick(self) -> None:
        if self.mails:
            self.mails.pop()


async def test_a_command_that_is_applied_while_we_look_has_its_mail_delivered_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailroom, looks = Mailroom(), iter(["a command", ""])

    def busy() -> str:
        """The command is waited for, and applied just before the second look at the record."""
        found = next(looks, "")
        if not found and not written:
            written.append("link")
            mailroom.mails.append("link")
        return found

    written: list[str] = []
    lapse = Lapse(cast("Any", SimpleNamespace(inbox=None, mailroom=mailroom)), cast("Any", None))
    monkeypatch.setattr(lapse, "_busy", busy)
    await lapse.quiet()
    assert written == ["link"]
    assert mailroom.mails == []
