"""Simulated clerks: they read their mail, follow its links and fill pages by what is written on them. Nothing else."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from activities.sink.server import Mailbox, SinkMail
from demo.cast import Cast, FormScript, Member, Work
from demo.pages import Page, Pairs, StumbleError, read_page
from demo.together import together

AT_ONCE: Final = 8
SEE_OTHER: Final = 303
CLOSED: Final = 404


@dataclass(frozen=True)
class Transfer:
    """Money a recipient sends back: what its page said."""

    reference: str
    amount: str


@dataclass
class Clerk:
    """One recipient's simulated person. ``done``: links that led to an answer or are not of use any more."""

    member: Member
    done: set[str] = field(default_factory=set)


class Clerks:
    """All clerks; at most :data:`AT_ONCE` work at a time. Raises ``StumbleError`` where a person would give up."""

    def __init__(self, cast: Cast, mailbox: Mailbox, portal_url: str) -> None:
        self._cast, self._mailbox = cast, mailbox
        self._clerks = [Clerk(member) for member in cast.members]
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._http = httpx.AsyncClient(base_url=portal_url, timeout=30.0)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def answer(self, work: Work) -> dict[str, set[str]]:
        """Everybody concerned who has a link to this form answers it. Receipt numbers by recipient key."""
        form = self._cast.forms[work.form]

        async def one(clerk: Clerk, mails: list[SinkMail]) -> set[str]:
            found = await self._find(clerk, mails, form.title)
            return await self._fill(clerk, *found, form, twice=clerk.member.role in work.twice) if found else set()

        return await self._all(work, one)

    async def start(self, work: Work) -> dict[str, set[str]]:
        """Everybody concerned asks for this form's link on the page of their case."""
        form = self._cast.forms[work.form]

        async def one(clerk: Clerk, mails: list[SinkMail]) -> set[str]:
            link = next((link for mail in reversed(mails) for link in mail.case_links), None)
            if link is None:
                raise StumbleError(f"{clerk.member.name} has no link to the page of the case")
            page = await self._open(link)
            words = self._cast.words["start"]
            asked = page.form_with(words["button"])
            name = {label: text for label, text in self._acting(clerk).items() if label in asked.labels}
            pairs = asked.filled({words["choice"]: form.start, **name}, words["button"], tick_all=True)
            return {await self._sent(asked.action, pairs, multipart=False)}

        return await self._all(work, one)

    async def repay(self, work: Work) -> list[Transfer]:
        """Everybody who is asked to repay reads how much and under which reference."""
        words, found = self._cast.words["repay"], list[Transfer]()

        async def one(clerk: Clerk, mails: list[SinkMail]) -> set[str]:
            asked = await self._find(clerk, mails, words["title"])
            if asked is None:
                return set()
            link, facts = asked[0], asked[1].facts
            clerk.done.add(link)
            found.append(Transfer(facts[words["reference"]], facts[words["amount"]]))
            return {facts[words["reference"]]}

        await self._all(work, one)
        return found

    # ------------------------------------------------------------------------------------------

    async def _all(
        self, work: Work, one: Callable[[Clerk, list[SinkMail]], Awaitable[set[str]]]
    ) -> dict[str, set[str]]:
        post = _by_address(await asyncio.to_thread(self._mailbox.mails))
        found: dict[str, set[str]] = {}

        async def turn(clerk: Clerk) -> None:
            mails = [mail for address in clerk.member.addresses for mail in post.get(address, ())]
            async with self._turns:
                if receipts := await one(clerk, sorted(mails, key=lambda mail: mail.number)):
                    found[clerk.member.key] = receipts

        concerned = [one for one in self._clerks if work.concerns(one.member.role, one.member.kind)]
        await together(turn(clerk) for clerk in concerned)
        return found

    async def _find(self, clerk: Clerk, mails: list[SinkMail], title: str) -> tuple[str, Page] | None:
        """The newest link that opens a page of this title, and that page."""
        for link in (link for mail in reversed(mails) for link in mail.task_links[:1]):
            if link not in clerk.done and (page := await self._open(link)).heading == title:
                return link, page
        return None

    async def _fill(self, clerk: Clerk, link: str, page: Page, form: FormScript, *, twice: bool) -> set[str]:
        """Page after page, check page, confirmation; gives the receipt numbers (one, however often somebody clicks)."""
        values = clerk.member.values
        typed = {label: text.format(**values) for label, text in (form.fields | form.if_asked).items()}
        check = await self._to_check(clerk, link, page, typed, form)
        pairs = check.form.filled(self._acting(clerk), form.send, tick_all=True)
        clicks = [self._sent(check.form.action, pairs, multipart=False) for _ in range(2 if twice else 1)]
        receipts = set(await asyncio.gather(*clicks))
        clerk.done.add(link)
        return receipts

    def _acting(self, clerk: Clerk) -> dict[str, str]:
        """Who the clerk says to be, by label."""
        return {
            label: text.format(**clerk.member.values) for label, text in self._cast.words["clerk"]["acting"].items()
        }

    async def _to_check(self, clerk: Clerk, link: str, page: Page, typed: Mapping[str, str], form: FormScript) -> Page:
        """Types what each page asks for until all is to be checked; everything that was to be typed was asked for."""
        words, asked = self._cast.words["clerk"], set[str]()
        if words["begin"] in page.links:
            page = await self._open(page.links[words["begin"]])
        while page.heading != words["check"]:
            here = {label: text for label, text in typed.items() if label in page.form.labels}
            asked |= here.keys()
            button = next((one for one in words["next"] if page.form.offers(one)), words["next"][0])
            pairs = page.form.filled(here, button, tick_all=True)
            page = await self._post(page.form.action or link, pairs, multipart=page.form.multipart)
            if page.errors:
                raise StumbleError(f"{clerk.member.name}, {page.heading}: {page.errors[0]}")
        if missing := form.fields.keys() - asked:
            raise StumbleError(f"{clerk.member.name}, {form.title}: nobody asked for {sorted(missing)}")
        return page

    async def _sent(self, link: str, pairs: Pairs, *, multipart: bool) -> str:
        """Sends for good and reads the receipt; its address is the receipt's number."""
        reply = await self._send(link, pairs, multipart=multipart)
        if reply.status_code != SEE_OTHER:
            raise StumbleError(f"not taken ({reply.status_code}): {read_page(reply.text).heading}")
        receipt = await self._open(reply.headers["location"])
        if receipt.heading == self._cast.words["clerk"]["refused"]:
            raise StumbleError(f"refused: {receipt.heading}")
        return str(reply.headers["location"])

    async def _open(self, link: str) -> Page:
        reply = await self._http.get(_here(link))
        if reply.status_code == SEE_OTHER:
            return await self._open(reply.headers["location"])
        if reply.status_code not in {httpx.codes.OK, CLOSED}:
            raise StumbleError(f"a page does not open: {reply.status_code}")
        return read_page(reply.text)

    async def _post(self, link: str, pairs: Pairs, *, multipart: bool) -> Page:
        reply = await self._send(link, pairs, multipart=multipart)
        return await self._open(reply.headers["location"]) if reply.status_code == SEE_OTHER else read_page(reply.text)

    async def _send(self, link: str, pairs: Pairs, *, multipart: bool) -> httpx.Response:
        """As a browser sends a form: with files as parts, otherwise as one line."""
        link = _here(link)
        if multipart:
            return await self._http.post(link, files=[(name, (None, value)) for name, value in pairs])
        data: dict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            data[name].append(value)
        return await self._http.post(link, data=data)


def _by_address(mails: Iterable[SinkMail]) -> dict[str, list[SinkMail]]:
    found: dict[str, list[SinkMail]] = defaultdict(list)
    for mail in mails:
        found[mail.to].append(mail)
    return found


def _here(link: str) -> str:
    """A link's path: links in the demo's mails lead to where its data will be opened; they are played here."""
    return urlsplit(link).path
