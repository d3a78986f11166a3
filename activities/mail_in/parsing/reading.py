"""Reads a mail's bytes into facts. Pure: no network, no record, no clock.

Trouble codes, stable: ``too_large``, ``too_many_parts``, ``too_deep``, ``header_too_long`` (cut or not taken apart),
``text_cut``, ``no_from``, ``from_twice``, ``from_doubtful``, ``bad_date``, ``charset_unknown``, ``broken_base64``,
``broken_mime``, ``tnef`` (files within a ``winmail.dat``), ``encrypted``, ``signed_opaque``,
``attachment_unreadable``, ``failed`` (the reader itself gave up: a bug, and the mail goes to a person).
"""

from activities.mail_in.parsing.absence import absent_until
from activities.mail_in.parsing.authentication import authentication
from activities.mail_in.parsing.automatic import is_list, marker
from activities.mail_in.parsing.bodies import content
from activities.mail_in.parsing.bounces import bounce_report
from activities.mail_in.parsing.headers import Fields
from activities.mail_in.parsing.opening import Opened, open_mail
from activities.mail_in.parsing.receipts import is_receipt
from activities.mail_in.parsing.replies import new_text
from models.mail.inbound import ParsedMail


def read_mail(raw: bytes, *, trusted_authserv: str = "") -> ParsedMail:
    """What stands in a mail. Never raises, whatever the bytes; what was wrong stands in ``trouble``.

    ``trusted_authserv``: the id by which our own mail server signs ``Authentication-Results``; "" trusts none.
    """
    try:
        return _read(open_mail(raw), trusted_authserv)
    except Exception as problem:  # noqa: BLE001  one mail must not stop the others; it is told, and an officer looks
        return ParsedMail(trouble=("failed", type(problem).__name__))


def _read(opened: Opened, trusted_authserv: str) -> ParsedMail:
    message = opened.message
    fields = Fields(message)
    sender = fields.sender()
    found = content(message)
    date, subject, text = fields.date(), fields.text("subject")[:998], found.text
    new = new_text(text)
    bounce = bounce_report(message, fields, text)
    automatic = marker(fields, subject, new)
    trouble = dict.fromkeys((*opened.trouble, *found.trouble))
    if sender.trouble:
        trouble[sender.trouble] = None
    if date is None and "date" in fields:
        trouble["bad_date"] = None
    return ParsedMail(
        message_id=next(iter(fields.message_ids("message-id")), ""),
        sender=sender.address,
        sender_name=sender.name,
        reply_to=next(iter(fields.addresses("reply-to")), ""),
        return_path=next(iter(fields.addresses("return-path")), ""),
        recipients=fields.addresses("to", "cc", "delivered-to", "x-original-to", "envelope-to"),
        subject=subject,
        in_reply_to=fields.message_ids("in-reply-to"),
        references=fields.message_ids("references"),
        date=date,
        text=text,
        new_text=new,
        attachments=tuple(found.attachments) if opened.files and bounce is None else (),
        authentication=authentication(fields.raw("authentication-results"), trusted_authserv, sender.address),
        bounce=bounce,
        automatic=automatic,
        receipt=bounce is None and is_receipt(message, subject, found),
        calendar=found.calendar,
        calendar_method=found.calendar_method,
        mailing_list=is_list(fields),
        absent_until=absent_until(f"{subject}\n{new}", date.date()) if automatic and date else None,
        trouble=tuple(trouble),
    )
