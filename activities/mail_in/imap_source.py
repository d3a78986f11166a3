"""Replies from an IMAP mailbox: fetched without marking them, and moved to a folder once they are safe.

Nothing is ever deleted. A mail is named by UIDVALIDITY and UID; when a server numbers its mails anew, what comes
again is known by its bytes. The connection is kept between polls and opened anew after any trouble.
"""

import logging
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderCreateError, MailboxLoginError, MailboxMoveError

from activities.mail_in.mail_sources import LARGEST, Arrived, LoginError, SourceError
from models.mail.imap import ImapSecurity, ImapServer

TIMEOUT: Final = 30.0
"""Seconds that a server may be silent in the middle of an answer."""

TRIES: Final = 3
"""Fetches of one mail before it is left where it is until this process ends."""

DONE: Final = "Verarbeitet"
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
_CODE: Final = re.compile(r"\[[A-Z-]+\]")


log = logging.getLogger(__name__)


class ImapSource:
    """One folder of one mailbox. ``done``: the folder into which mails are moved; it is made where it is missing."""

    name = "imap"

    def __init__(
        self, server: ImapServer, done: str = DONE, *, largest: int = LARGEST, context: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._done, self._largest, self._context = server, done, largest, context
        self._mailbox: BaseMailBox | None = None
        self._validity = ""
        self._failed: Counter[str] = Counter()
        """How often a mail could not be fetched, by its ref: it comes after the others, and in the end not at all."""

    def arrived(self, known: Callable[[str], bool]) -> Iterator[Arrived]:
        """The mails in the folder, oldest first."""
        with self._trouble():
            mailbox = self._open()
            self._validity = str(mailbox.folder.status(self._server.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
            uids = sorted(mailbox.uids("ALL", None), key=lambda uid: (self._failed[self._ref(uid)], int(uid)))
        for uid in uids:
            if self._failed[self._ref(uid)] < TRIES:
                with self._trouble():
                    mail = self._counted(mailbox, uid, known)
                if mail is not None:
                    yield mail

    def done(self, mail: Arrived) -> None:
        """Moves a mail; one that is too large to be stored stays where it is."""
        validity, _, uid = mail.ref.partition("/")
        if mail.cut or self._mailbox is None or validity != self._validity:
            return  # it comes again and is known by its bytes
        with self._trouble():
            try:
                self._mailbox.move([uid], self._done)
            except MailboxMoveError:
                if self._mailbox.uids(f"UID {uid}", None):
                    raise
                # somebody else moved it meanwhile: another worker, or a person

    def waits(self) -> bool:
        """Nothing is known without asking the server."""
        return False

    def close(self) -> None:
        """Says goodbye where somebody still listens."""
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            _leave(mailbox)

    def _ref(self, uid: str) -> str:
        return f"{self._validity}/{uid}"

    def _fetch(self, mailbox: BaseMailBox, uid: str, known: Callable[[str], bool]) -> Arrived | None:
        """A mail's bytes; its headers where it is too large; none when somebody else took it meanwhile."""
        ref = self._ref(uid)
        size = _size(_asked(mailbox, uid, "(RFC822.SIZE)"))
        if size is None or (size > self._largest and known(ref)):
            return None
        cut = size > self._largest
        raw = _literal(_asked(mailbox, uid, "(BODY.PEEK[HEADER])" if cut else "(BODY.PEEK[])"))
        return None if raw is None else Arrived(ref, raw, size, cut)

    def _counted(self, mailbox: BaseMailBox, uid: str, known: Callable[[str], bool]) -> Arrived | None:
        """Fetches a mail. One that fails, and most servers hang up over it, must not keep the others out for ever."""
        ref = self._ref(uid)
        try:
            found = self._fetch(mailbox, uid, known)
        except Exception:
            self._failed[ref] += 1
            if self._failed[ref] == TRIES:
                log.error("mail %s cannot be fetched: it stays in its mailbox", ref)  # noqa: TRY400 - raised all the same
            raise
        del self._failed[ref]
        return found

    def _open(self) -> BaseMailBox:
        if self._mailbox is not None:
            self._mailbox.client.noop()  # raises when the server has gone
            return self._mailbox
        server = self._server
        mailbox = _connected(server, self._context or ssl.create_default_context())
        try:
            mailbox.login(server.user, server.password.get_secret_value(), None)
            _, capable = mailbox.client.capability()  # many servers say only after the login what they can do
            mailbox.client.capabilities = tuple(str(capable[-1], "ascii").upper().split())
            if "MOVE" not in mailbox.client.capabilities:
                raise SourceError("the server cannot move mails (IMAP extension MOVE, RFC 6851)")
            _folder(mailbox, self._done)
            mailbox.folder.set(server.folder)
        except BaseException:
            _leave(mailbox)
            raise
        self._mailbox = mailbox
        return mailbox

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Whatever goes wrong with the server is one error of ours, and the connection is given up."""
        try:
            yield
        except MailboxLoginError as error:
            self.close()
            raise LoginError(f"the mailbox refuses the login: {_words(error.command_result[1])}") from None
        except SourceError:
            self.close()
            raise
        except Exception as error:  # noqa: BLE001 - also what a library makes of an answer that is none
            self.close()
            raise SourceError(f"the mailbox cannot be read: {type(error).__name__}") from None


def _folder(mailbox: BaseMailBox, name: str) -> None:
    """The folder is there afterwards, whoever made it: another worker may do so at the same moment."""
    try:
        if not mailbox.folder.exists(name):
            mailbox.folder.create(name)
    except MailboxFolderCreateError:
        if not mailbox.folder.exists(name):
            raise


def _leave(mailbox: BaseMailBox) -> None:
    """Says goodbye where somebody still listens, and closes the connection in any case."""
    with suppress(Exception):  # whatever it answers, or does not: it is left
        mailbox.logout()
    with suppress(Exception):
        mailbox.client.shutdown()


def _connected(server: ImapServer, context: ssl.SSLContext) -> BaseMailBox:
    if server.security is ImapSecurity.IMPLICIT:
        return MailBox(server.host, server.port, timeout=TIMEOUT, ssl_context=context)
    if server.security is ImapSecurity.REQUIRED:
        return MailBoxStartTls(server.host, server.port, timeout=TIMEOUT, ssl_context=context)
    return MailBoxUnencrypted(server.host, server.port, timeout=TIMEOUT)


def _asked(mailbox: BaseMailBox, uid: str, parts: str) -> list[object]:
    state, data = mailbox.client.uid("FETCH", uid, parts)
    if state != "OK":
        raise SourceError(f"the mailbox does not hand over a mail: {state}")
    return list(data)


def _size(data: list[object]) -> int | None:
    """The size in an answer, or none when the mail is not there any more."""
    found = [match for item in data if isinstance(item, bytes) and (match := _SIZE.search(item))]
    return int(found[0][1]) if found else None


def _literal(data: list[object]) -> bytes | None:
    return next((item[1] for item in data if isinstance(item, tuple) and isinstance(item[1], bytes)), None)


def _words(said: object) -> str:
    """What a server says of a login: short, printable, without any address."""
    text = " ".join(str(part, "utf-8", "replace") if isinstance(part, bytes) else str(part) for part in _listed(said))
    text = re.sub(r"\S+@\S+", "…", _CODE.sub("", text))
    return "".join(sign for sign in text if sign.isprintable()).strip()[:120]


def _listed(said: object) -> list[object]:
    return list(said) if isinstance(said, list | tuple) else [said]
