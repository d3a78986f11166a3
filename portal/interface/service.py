"""What officers see and do, whoever asks for it: the JSON interface, and the pages of the desk.

Views of the record as plain values; whatever a person wants is handed to the gateway. Words stand elsewhere.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from gateway.intake import Wanted
from gateway.receipts import Preview
from models.commands import Actor
from models.content.answers import Application
from models.content.starts import START_CONTENT
from models.deadlines import legal_day
from models.errors import Code, RefusedError
from models.programme import Rules
from models.stages import Stage
from models.tables import Case, CommandRow, Officer, TaskRow
from models.tasks import TASKS, Role, TaskKind, TaskState
from portal.fields import bind, stored
from portal.interface.auth import Caller
from portal.interface.bodies import Adopting, Answer, Applying, Days, Evidence, Start
from portal.interface.engine import Engine, Lapse
from portal.interface.errors import NotEmbeddedError, NotFoundError, ProofNeededError
from portal.interface.people import contacts_view
from portal.interface.result import Result
from portal.interface.views.bank import look_at
from portal.interface.views.drafts import sent_back, started_from
from portal.interface.views.effects import effect
from portal.interface.views.file import with_labels
from portal.interface.views.rounds import rounds_to_open
from portal.interface.views.steps import Steps
from portal.logs import without_token
from record.cases.foreseeing import Foreseen
from record.cases.hands import explained
from record.people import first_contact, officer_names, with_role
from record.views.finding import case_of, document_of, owner_of, recipient_of, round_of, task_of
from record.views.lists.filters import Filter
from record.views.lists.rounds import round_view
from record.views.lists.today import day_view, today_view
from record.views.officers import case_view, document_view
from record.views.search import search
from record.views.tasks import task_view
from workflows.lifecycle import GRANT

Json = dict[str, Any]


class Officers:
    """Views and acts of officers. ``lapse``: embedded only."""

    def __init__(self, engine: Engine, lapse: Lapse | None = None) -> None:
        self._db, self._gateway, self._directory = engine.db, engine.gateway, engine.directory
        self._mode, self._lapse = str(engine.settings.mode), lapse

    # reading ----------------------------------------------------------------------------------

    def _complete(self, session: Session, caller: Caller, view: Json) -> Json:
        embedded = self._mode == "embedded"
        cashiers = with_role(session, Role.CASH_OFFICE, caller.today) if embedded else []
        completed = Steps(caller.today, embedded=embedded, cashiers=tuple(c.id for c in cashiers)).complete(view)
        return {**completed, "people": officer_names(session)}

    def today(self, session: Session, caller: Caller, query: Mapping[str, str]) -> Json:
        """A page of the day's list, with what could be started. Raises ``RefusedError``."""
        view = today_view(session, self._directory, caller.officer_id, Filter.checked(query))
        return self._complete(session, caller, {**view, "starts": self._starts(session, caller)})

    def day(self, session: Session, caller: Caller, chosen: Filter, few: int) -> Json:
        """*My day*: of each list the ``few`` that come first, or a page of the one that is wanted."""
        view = day_view(session, self._directory, caller.officer_id, chosen, few)
        return {**view, "starts": self._starts(session, caller)}

    def _starts(self, session: Session, caller: Caller) -> list[Json]:
        return rounds_to_open(session, self._directory, caller.today, caller.officer_id)

    def case(self, session: Session, caller: Caller, text: str) -> Json:
        """A case, by anything that names it. Raises ``RefusedError``."""
        case_id = case_of(session, self._directory, text)
        view = case_view(session, self._directory, case_id, caller.officer_id)
        tasks = [{**task, "effects": self._effects(session, caller, case_id, task)} for task in view["tasks"]]
        completed = self._complete(session, caller, {**view, "tasks": tasks})
        return with_labels(completed, session.get_one(Case, case_id).rules)

    def round(self, session: Session, text: str) -> Json:
        """A round, by its id or one of its cases. Raises ``RefusedError``."""
        return round_view(session, self._directory, round_of(session, self._directory, text))

    def document(self, session: Session, caller: Caller, doc_id: str) -> Json:
        """A document or a task; a link that still lives is left out: it opens a form in somebody else's name."""
        task = task_view(session, self._directory, task_of(session, doc_id), caller.officer_id)
        if task is not None:
            return self._about(session, caller, task)
        doc_id = document_of(session, doc_id)
        try:
            found = document_view(session, doc_id)
        except RefusedError:
            raise NotFoundError(doc_id) from None
        return {**found, "text": without_token(found["text"])}

    def _about(self, session: Session, caller: Caller, view: Json) -> Json:
        """A task with what its decision is about, and what each answer would do now."""
        task = view["tasks"][0]
        about: Json = {"effects": self._effects(session, caller, view["case"], task), "sent_back": None}
        returned = self._gateway.sent_back(session, task["id"], self._signer(session, caller, task))
        if returned is not None:
            about["sent_back"] = sent_back(returned)
        completed = started_from(self._complete(session, caller, {**view, **about}), caller.officer_id)
        return with_labels(completed, session.get_one(Case, view["case"]).rules)

    def _signer(self, session: Session, caller: Caller, task: Json) -> Officer | None:
        """The caller, where they may answer."""
        return session.get(Officer, caller.officer_id) if caller.known and task["mine"] else None

    def _effects(self, session: Session, caller: Caller, case_id: str, task: Json) -> list[Json]:
        """What each answer to an open task of the authority would do; signed by the caller, where they may sign."""
        if task["state"] != TaskState.OPEN:
            return []
        signer = self._signer(session, caller, task)
        rules = Rules.model_validate(session.get_one(Case, case_id).rules)
        foreseen = self._gateway.foresee(session, task["id"], signer)
        return [effect(one, rules, signer, caller.today) for one in foreseen]

    def note_shown(self, caller: Caller, view: Json) -> None:
        """Puts on record what a caller is shown with a task or a case: letters to sign, payments, the end of the case.

        Has to be called before the view is handed out: only what was shown can be decided.
        """
        shown = [
            (task["id"], one["choice"], one["shown"])
            for task in view["tasks"]
            for one in task.get("effects", view.get("effects", ()))  # the page of one task has them beside it
            if one["shown"]
        ]
        if shown:
            self._gateway.note_shown(caller.actor(), shown)

    def search(self, session: Session, typed: str) -> Json:
        """What a caller may name. Raises ``RefusedError``."""
        return search(session, self._directory, typed)

    def contacts(self, session: Session, caller: Caller, key: str) -> Json:
        """The contacts of a recipient."""
        return contacts_view(session, recipient_of(session, self._directory, key), caller.today)

    # changing ---------------------------------------------------------------------------------

    async def do(self, body: Answer, caller: Caller) -> Result:
        """An answer to a task. Raises ``RefusedError`` for what cannot be stored, and ``ProofNeededError``."""
        task, content = await asyncio.to_thread(self._content, body)
        actor = caller.actor().model_copy(update={"in_place_of": body.in_place_of})
        if not body.dry_run and await asyncio.to_thread(
            self._lacks_proof, caller, task.case_id, task.kind, body.choice
        ):
            raise ProofNeededError
        about = {"task": task.id, "kind": task.kind, "choice": body.choice}
        if body.dry_run:
            preview = await self._gateway.preview_answer(
                task_id=task.id, choice=body.choice, content=content, actor=actor
            )
            return await self._rehearsal(preview, caller, about)
        receipt = await self._gateway.answer(
            task_id=task.id,
            choice=body.choice,
            content=content,
            actor=actor,
            command_id=body.command_id,
            shown=await asyncio.to_thread(self._gateway.whole_hash, actor, task.id, body.choice, body.shown),
        )
        return await self._told(receipt, about)

    def _lacks_proof(self, caller: Caller, case_id: str, about: str, choice: str) -> bool:
        """Whether this may sign, pay or end the case, and the caller's last proof is too old for that."""
        if caller.fresh:
            return False
        with self._db.read() as session:
            case = session.get(Case, case_id)
        return case is not None and GRANT.read_first(Stage(case.stage), f"{about}.{choice}")

    def _owner(self, text: str) -> str:
        with self._db.read() as session:
            return owner_of(session, self._directory, text)

    def _content(self, body: Answer) -> tuple[TaskRow, Json]:
        """The task that is named, and what was sent as its form wants it."""
        with self._db.read() as session:
            task_id = task_of(session, body.task)
            task = session.get(TaskRow, task_id)
        if task is None or not task.case_id:
            raise RefusedError(Code.UNKNOWN_TASK, task=task_id)
        choices = TASKS[TaskKind(task.kind)].choices
        if body.choice not in choices:
            raise RefusedError(Code.UNKNOWN_CHOICE, choice=body.choice, choices=list(choices))
        return task, stored(bind(choices[body.choice].content, body.content))

    async def act(self, body: Start, caller: Caller) -> Result:
        """Something an officer starts. Raises ``RefusedError`` and ``ProofNeededError``."""
        if body.kind not in START_CONTENT:
            raise RefusedError(Code.UNKNOWN_CHOICE, choice=body.kind, choices=sorted(START_CONTENT))
        content = stored(bind(START_CONTENT[body.kind], body.content))
        actor = caller.actor(Role.CASE_WORKER)
        body = body.model_copy(update={"case": await asyncio.to_thread(self._owner, body.case)})
        about = {"kind": body.kind, "case": body.case}
        if not body.dry_run and await asyncio.to_thread(self._lacks_proof, caller, body.case, "start", body.kind):
            raise ProofNeededError
        if body.dry_run:
            preview = await self._gateway.preview_start(case_id=body.case, kind=body.kind, content=content, actor=actor)
            return await self._rehearsal(preview, caller, about)
        receipt = await self._gateway.act(
            case_id=body.case,
            kind=body.kind,
            content=content,
            actor=actor,
            command_id=body.command_id,
            shown=await asyncio.to_thread(self._gateway.whole_hash, actor, body.case, body.kind, body.shown),
        )
        return await self._told(receipt, about)

    async def apply(self, body: Applying, caller: Caller) -> Result:
        """An application that an officer takes in. Raises ``RefusedError``."""
        actor = await asyncio.to_thread(self._actor, caller, Role.CASE_WORKER)
        acting = await asyncio.to_thread(self._acting, body.recipient, caller.today)
        content = bind(Application, acting | body.content)
        wanted = Wanted(body.line, body.year, body.recipient, content)
        if body.dry_run:
            preview = await self._gateway.preview_application(wanted, actor=actor)
            return await self._rehearsal(preview, caller, {})
        receipt = await self._gateway.apply(wanted, actor=actor, command_id=body.command_id)
        return await self._told(receipt, {})

    def _acting(self, key: str, today: date) -> Json:
        """Who acted for the municipality, where the application does not say: the contact on file."""
        with self._db.read() as session:
            contact = first_contact(session, self._directory.find(key, today).identity, today)
        if contact is None:
            return {}
        return {"acting_name": contact.name, "acting_function": contact.function or contact.name}

    def _actor(self, caller: Caller, role: Role) -> Actor:
        """The caller; in the embedded mode, where nobody was named, the first simulated officer with the role."""
        if caller.known or self._mode != "embedded":
            return caller.actor(role)
        with self._db.read() as session:
            people = with_role(session, role, caller.today)
        if not people:
            raise RefusedError(Code.WRONG_ROLE, role=role)
        return Caller(caller.today, people[0].id, frozenset({role}), people[0].simulated).actor(role)

    async def bank(self, body: Evidence, caller: Caller) -> Json:
        """A file of bank evidence. Raises ``RefusedError``."""
        actor = await asyncio.to_thread(self._actor, caller, Role.CASH_OFFICE)
        if body.dry_run:
            return await asyncio.to_thread(look_at, self._db, body.text)
        receipt = await self._gateway.bank(text=body.text, actor=actor)
        return receipt.model_dump(mode="json")

    async def adopt(self, body: Adopting, caller: Caller) -> Json:
        """Rebuilds a running case from the record. Raises ``RefusedError``."""
        await asyncio.to_thread(self._actor, caller, Role.CASE_WORKER)
        case_id = await asyncio.to_thread(self._owner, body.case)
        if not body.dry_run:
            await self._gateway.adopt(case_id)
        return {"case": case_id, "dry_run": body.dry_run}

    async def forward(self, body: Days, caller: Caller) -> Json:
        """Moves the clock of an embedded installation. Raises ``NotEmbeddedError``, ``RefusedError`` for a reader."""
        if self._mode != "embedded" or self._lapse is None:
            raise NotEmbeddedError
        if caller.reads_only:
            raise RefusedError(Code.WRONG_ROLE, role=Role.CASE_WORKER)
        if body.dry_run:
            today = date.fromordinal(caller.today.toordinal() + body.days)
            return {"dry_run": True, "legal_today": today.isoformat()}
        return {"legal_today": legal_day(await self._lapse.forward(body.days)).isoformat()}

    async def _told(self, receipt: Any, about: Json) -> Result:
        """The receipt and what became of the command."""
        given = {
            "receipt": receipt.model_dump(mode="json", include={"command_id", "case_id", "received_at"}),
            "outcome": receipt.outcome.model_dump(mode="json") if receipt.outcome else None,
            "case": receipt.case_id,
            **about,
        }
        if receipt.outcome is None or receipt.outcome.applied:
            return Result(given)
        details = await asyncio.to_thread(self._details, receipt.command_id)
        return Result(given, receipt.outcome.reason, details)

    def _details(self, command_id: str) -> Json:
        with self._db.read() as session:
            row = session.get(CommandRow, command_id)
            return explained(session, row.reason, row.details) if row else {}

    def _explained(self, preview: Preview) -> Json:
        with self._db.read() as session:
            return explained(session, preview.refused, preview.details)

    async def _rehearsal(self, preview: Preview, caller: Caller, about: Json) -> Result:
        """What a command would do, with its letters; the hash to answer with stands in ``effect``."""
        told = {"dry_run": True, **preview.model_dump(mode="json", exclude={"refused", "details"}), **about}
        if preview.foreseen is not None:
            told["effect"] = await asyncio.to_thread(self._effect, preview.foreseen, caller, preview.case_id)
        return Result(told, preview.refused, await asyncio.to_thread(self._explained, preview))

    def _effect(self, found: Foreseen, caller: Caller, case_id: str) -> Json:
        with self._db.read() as session:
            rules = Rules.model_validate(session.get_one(Case, case_id).rules)
            return effect(found, rules, session.get(Officer, caller.officer_id), caller.today)
