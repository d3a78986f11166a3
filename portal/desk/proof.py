"""A fresh proof for signing, paying and ending a case: asked for beside the button, so that nothing typed is lost.

Whoever has password and codes types a code into the same form. Whoever comes from the authority's provider goes there
in another tab: the proof renews the log-in that both tabs share, and the form goes on.
"""

import asyncio
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from portal.desk.frame import Ask, Frame, Page
from portal.login.entering import told
from portal.login.oidc.flow import Purpose
from portal.login.proving import Passed, Proofs
from portal.login.service import address_of
from portal.login.ways import to_provider
from record.logins.running import Way

CODE: Final = "proof_code"
"""The field of the code."""
PROVED: Final = "/bestaetigt"
"""Where the other tab ends."""


class FreshProof:
    """Takes the code that came with a form before its page is asked."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._proofs = frame, Proofs(frame.db)

    def before(self, page: Page) -> Page:
        """The page, for somebody whose proof is fresh if the code is right; else ``ask.proof`` says what is not."""

        async def endpoint(ask: Ask) -> Response:
            code = ask.form.get(CODE, "")
            if ask.caller.fresh or not code or ask.head.login.way is not Way.PASSWORD:
                return await page(ask)
            carrier = Response()
            await self._prove(ask, code, carrier)
            answer = await page(ask)
            for cookie in carrier.headers.getlist("set-cookie"):
                answer.headers.append("set-cookie", cookie)
            return answer

        return endpoint

    async def _prove(self, ask: Ask, code: str, carrier: Response) -> None:
        logins, login = self._frame.logins, ask.head.login
        now, address = logins.now(), address_of(ask.request)
        outcome = await asyncio.to_thread(self._proofs.prove, login.officer_id, code, address, now)
        if not isinstance(outcome, Passed):
            error, _, seconds = told(outcome, now)
            words = ask.words
            ask.proof = words.t("proof.wait", seconds=seconds) if error == "wait" else words.t("proof.wrong")
        elif await asyncio.to_thread(logins.proved, carrier, login, origin=outcome.origin):
            ask.caller = replace(ask.caller, fresh=True)

    async def done(self, ask: Ask) -> Response:
        """The end of the other tab."""
        return await self._frame.message(ask.request, ask.words.t("proof.done"), status=200)


def way(ask: Ask, *, read_first: bool) -> str:
    """How a proof is given for what may sign, pay or end a case: ``code``, an address; nothing where none is needed."""
    if ask.caller.fresh or not read_first:
        return ""
    return to_provider(Purpose.PROVE, PROVED) if ask.head.login.way is Way.OIDC else "code"


def missing(ask: Ask) -> str:
    """The sentence for somebody whose proof is not fresh, or was not right."""
    return ask.proof or ask.words.t("proof.needed")
