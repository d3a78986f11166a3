"""What people say about the pages: a form without a link, whose words go to the office by mail and nowhere else."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select
from starlette.requests import Request
from starlette.responses import Response

from models.errors import RefusedError
from models.mail.orders import MailOrder, Template
from models.tables import Outbox
from portal.clerk.incoming import MAX_FIELD, new_submission, submission_id, text
from portal.clerk.pages import Office, Pages
from portal.forms import Field, Kind
from portal.reading import FieldError, Reading, read
from portal.shown import shown, summary
from record.database.clock import legal_now
from record.database.engine import Database
from record.people import normal_address

log = logging.getLogger("portal")

WORDS: Final = Field("feedback", Kind.TEXT, limit=2_000, rows=8)
ANSWER_TO: Final = Field("answer_to", required=False, autocomplete="email")
AN_HOUR: Final = 20
"""So many reach the office in an hour; who comes later is asked to write a mail."""


class FeedbackPages:
    """Handlers of ``/rueckmeldung``. Without the office's ``post`` the page names the address only."""

    def __init__(self, db: Database, pages: Pages, office: Office) -> None:
        self._db, self._pages, self._office, self._post = db, pages, office, office.post

    async def show(self, request: Request) -> Response:
        """GET: the form."""
        return self._form({}, {})

    async def take(self, request: Request) -> Response:
        """POST: one mail to the office. Nobody gets an answer to an address that was only typed."""
        async with request.form(max_files=0, max_fields=20, max_part_size=MAX_FIELD) as data:
            raw = {one.name: text(data, one.name) for one in (WORDS, ANSWER_TO)}
            key = submission_id(text(data, "submission_id"))
        reading = _checked(read((WORDS, ANSWER_TO), raw))
        if reading.errors or not key:
            return self._form(raw, reading.errors)
        try:
            sent = await asyncio.to_thread(self._send, reading.values["feedback"], reading.values["answer_to"], key)
        except SQLAlchemyError as failed:
            log.warning("a feedback could not be stored: %s", type(failed).__name__)
            sent = False
        return self._pages.page("feedback_done.html", status=200 if sent else 503, sent=sent)

    def _send(self, words: str, answer_to: str, key: str) -> bool:
        if self._post is None:
            return False
        with self._db.write() as session:
            now = legal_now(session)
            dedupe = f"feedback:{key}"
            if session.exec(select(Outbox.id).where(Outbox.dedupe_key == dedupe)).first():
                return True
            lately = select(func.count()).where(
                Outbox.template == Template.PORTAL_FEEDBACK, col(Outbox.queued_at) > now - timedelta(hours=1)
            )
            if session.exec(lately).one() >= AN_HOUR:
                return False
            facts = {"reason": words, "details": answer_to}
            order = MailOrder(template=Template.PORTAL_FEEDBACK, to="officer", facts=facts)
            self._post.to_stranger(session, self._office.email, order, dedupe, now)
        return True

    def _form(self, raw: dict[str, str], errors: Mapping[str, FieldError]) -> Response:
        fields = tuple(shown(one, raw, errors, {}) for one in (WORDS, ANSWER_TO))
        return self._pages.page(
            "feedback.html",
            status=422 if errors else 200,
            fields=fields if self._post is not None else (),
            errors=summary(fields),
            submission_id=new_submission(),
        )


def _checked(reading: Reading) -> Reading:
    """The address as it can be written to; a wrong one has its message."""
    if reading.values.get("answer_to"):
        try:
            reading.values["answer_to"] = normal_address(reading.values["answer_to"])
        except RefusedError:
            reading.wrong("answer_to", "no_address")
    return reading
