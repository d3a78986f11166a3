"""Bounces that say in words only what RFC 3464 has fields for. A robot's sender and one of its phrases, both."""

import re
from typing import Final

from activities.mail_in.parsing.headers import Fields
from models.mail.inbound import BounceReport

_ROBOT: Final = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?delivery|mdaemon|nobounce|bounce[sd]?|mailadmin|mailsystem|mail-?gateway)"
    r"[^@]{0,40}@|mailer-daemon|mail delivery (?:sub)?system",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"undeliver|unzustellbar|nicht zugestellt|unzustellbarkeit|zustellung fehlgeschlagen|"
    r"delivery (?:status|failure|problem|"
    r"has failed|report)|failure notice|returned mail|mail delivery (?:failed|failure|problem)|mail system error|"
    r"non-?delivery|nicht zustellbar|konnte nicht zugestellt|zustellungs?(?:fehler|problem|verz)|"
    r"warning: could not send|"
    r"delayed|verzögert|message (?:rejected|blocked|undeliver)|rejected:|undelivered",
    re.IGNORECASE,
)
_PHRASE: Final = re.compile(
    r"qmail-send program|this message was created automatically by (?:the )?mail delivery|could not be delivered|"
    r"wasn't able to deliver|was not able to deliver|couldn't be delivered|konnte nicht zugestellt werden|"
    r"konnten nicht zugestellt werden|konnte nicht ausgeliefert werden|konnte ihre nachricht nicht|"
    r"nicht zugestellt werden|"
    r"delivery (?:to the following|has failed)|permanent fatal errors|user unknown|unknown user|mailbox (?:is )?full|"
    r"over quota|recipient address rejected|undeliverable|unzustellbar|transient non-fatal errors|"
    r"has not been delivered|"
    r"not yet been delivered|could not send message|wurde (?:aus sicherheitsgründen )?(?:abgelehnt|"
    r"zurückgewiesen|nicht angenommen)|"
    r"noch nicht zugestellt|message has been (?:rejected|blocked)|account (?:is|has been) (?:disabled|deactivated)",
    re.IGNORECASE,
)
_DELAY: Final = re.compile(
    r"will be retried|will (?:keep|continue) trying|noch nicht zugestellt|not yet been delivered|"
    r"warning message only|"
    r"no action is required|do not need to resend|transient non-fatal|verzögert|has been delayed|"
    r"weitere zustellversuche|"
    r"wird weiterhin versucht|still being retried|delivery attempts will continue",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ \-#:])")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._+/=-]{1,64}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9]")
_PASSING: Final = re.compile(
    r"mailbox (?:is )?full|over quota|postfach (?:ist )?(?:voll|überfüllt)|quota exceeded|try again later|"
    r"timed? ?out|"
    r"connection refused|temporar|vorübergehend|greylist",
    re.IGNORECASE,
)


def from_text(fields: Fields, text: str, original: str) -> BounceReport | None:
    """The report in a bounce without fields; None if sender, subject and words do not make one."""
    named = fields.addresses("x-failed-recipients")
    sender = " ".join((*fields.raw("from"), *fields.raw("return-path")))
    robot = bool(_ROBOT.search(sender)) or "<>" in " ".join(fields.raw("return-path"))
    head = text[:6_000]
    if not robot or not (named or (_PHRASE.search(head) and (_SUBJECT.search(fields.text("subject")) or original))):
        return None
    return _report(head, named, original)


def _report(text: str, named: tuple[str, ...], original: str) -> BounceReport:
    own = re.split(r"(?im)^(?:-{2,}.{0,5}(?:below this line|this is a copy|original|ursprüngliche)|received: )", text)[
        0
    ]
    status, reply = _STATUS.search(own), _REPLY.search(own)
    delayed = bool(_DELAY.search(own))
    code = status[0] if status else ""
    first = code[:1] or (reply[1] if reply else "")
    address = _ADDRESS.search(own)
    return BounceReport(
        action="delayed" if delayed else "failed",
        status=code,
        final_recipient=named[0] if named else address[0].lower() if address else "",
        original_message_id=original,
        diagnostic=" ".join(own.split())[:500],
        permanent=not delayed and (first == "5" if first else not _PASSING.search(own)),
        delayed=delayed,
    )
