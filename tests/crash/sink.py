"""A mail sink that remembers every transaction it said 250 to, also those whose mail it had already."""

import email
from email import policy
from pathlib import Path

from activities.sink.server import MailSink
from gateway.start.devserver import free_port


class CountingSink(MailSink):
    """``taken``: the Message-ID of each mail that was accepted, once for each time. ``port`` 0: a free one."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        super().__init__(folder, port=port or free_port())
        self.taken: list[str] = []
        keep = self.mailbox.keep

        def counted(sender: str, to: str, content: bytes) -> bool:
            new = keep(sender, to, content)
            self.taken.append(str(email.message_from_bytes(content, policy=policy.SMTP)["Message-ID"]))
            return new

        self.mailbox.keep = counted  # type: ignore[method-assign]
