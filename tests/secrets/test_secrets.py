"""A full run with every log level on; then all that people own is looked for in logs and in all that Temporal keeps.

Looked for: every link's key, every IBAN, every name and every mail address that the run used. Looked through: log
lines of worker, portal, mailroom and sink at level debug, histories byte by byte, descriptions with attributes, memo
and summaries, current details, and the files of Temporal's own database.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlmodel import select
from temporalio.api.sdk.v1 import WorkflowMetadata

from embedded import Stack
from models.commands import Actor, ActorKind
from models.tables import BankDetails, CommandRow, Contact, Officer
from models.tasks import Role
from models.tasks import TaskKind as K
from tests.e2e.installation import Installation, installed
from tests.e2e.shortcut import bring
from tests.patience import PATIENCE

PLANTED = "simulierte.spur@r06633.example"
BERG = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=(Role.CASE_WORKER,), simulated=True)
PERSONAL = ("acting_name", "account_holder", "iban", "signatory_1", "signatory_2")


class Lines(logging.Handler):
    """Keeps every line that is logged, tracebacks and all; those of the test's own web client excepted."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("httpx", "httpcore")):
            self.lines.append(self.format(record))


@dataclass
class Found:
    """What the run used, and all that was written of it: by place, as bytes."""

    secrets: set[str] = field(default_factory=set)
    written: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    lines, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    data = tmp_path_factory.mktemp("secrets") / "data"
    try:
        with installed(data) as here:
            _live(here)
            result = Found(_secrets(here.stack), here.run(_temporal(here.stack)))
        result.written |= {f"file {path.name}": path.read_bytes() for path in _files(data)}
        result.written["logs"] = "\n".join(lines.lines).encode()
    finally:
        root.setLevel(before)
        root.removeHandler(lines)
    return result


def _live(here: Installation) -> None:
    """A straight case to its last signature, one whose mail comes back, and lost visitors."""
    stack = here.stack
    here.run(stack.engine.gateway.open_round(line="fm", year=2018, actor=BERG))
    here.quiet()
    here.run(bring(stack, "06631", K.APPROVE_PROOF))
    with stack.engine.db.read() as session:
        bounced = session.exec(select(Contact).where(Contact.recipient == _identity(stack, "06633"))).first()
    assert bounced is not None
    stack.sink.mailbox.refuse(bounced.email)
    here.run(bring(stack, "06633", K.CHECK_COMPLETENESS))
    here.quiet()
    with httpx.Client(timeout=PATIENCE) as http:
        links = [mail.case_links[0] for mail in stack.sink.mails() if mail.case_links]
        assert http.get(links[-1]).status_code == 200
        assert http.get(links[0] + "x").status_code == 404
        assert http.post(links[0].replace("/c/", "/t/"), data={"acting_name": "Simulierte Neugier"}).status_code == 404
    here.quiet()


def _identity(stack: Stack, key: str) -> str:
    return next(r.identity for r in stack.engine.directory.programmes.recipients.recipients if r.key == key)


def _secrets(stack: Stack) -> set[str]:
    with stack.engine.db.read() as session:
        contacts, officers = session.exec(select(Contact)).all(), session.exec(select(Officer)).all()
        accounts = session.exec(select(BankDetails)).all()
        contents = [row.content for row in session.exec(select(CommandRow))]
    people = {one.name for one in contacts} | {one.email for one in contacts}
    people |= {one.name for one in officers} | {one.email for one in officers}
    typed = {str(value) for content in contents for name, value in _flat(content) if name in PERSONAL}
    links = {link.rpartition("/")[2] for mail in stack.sink.mails() for link in (*mail.task_links, *mail.case_links)}
    assert len(accounts) >= 1
    assert len(links) > 10
    assert all(len(key) == 43 for key in links)
    return people | typed | links | {account.iban for account in accounts} | {a.holder for a in accounts}


def _flat(content: dict[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield name, value


async def _temporal(stack: Stack) -> dict[str, bytes]:
    """Everything the server tells of each run, as the bytes it sends."""
    client, written = stack.engine.client, dict[str, bytes]()
    async for run in client.list_workflows():
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        history = await handle.fetch_history()
        assert len(history.events) > 5
        written[f"history {run.id}"] = b"\n".join(event.SerializeToString() for event in history.events)
        described = await handle.describe()
        written[f"description {run.id}"] = described.raw_description.SerializeToString()
        metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        written[f"details {run.id}"] = metadata.SerializeToString()
    assert len(written) >= 6
    return written


def _files(data: Path) -> list[Path]:
    files = sorted(path for path in data.rglob("*") if path.is_file() and "temporal" in path.name)
    assert files, "Temporal keeps its data somewhere"
    return files


def leaks(found: Found) -> list[tuple[str, str]]:
    """(place, kind of what was found there); what was found is not printed again."""
    hits = []
    for place, text in found.written.items():
        for secret in sorted(found.secrets):
            as_json = json.dumps(secret).strip('"')
            if any(form.encode() in text for form in {secret, as_json}):
                hits.append((place, f"{secret[:3]}… ({len(secret)} characters)"))
    return hits


@pytest.mark.server
@pytest.mark.slow
def test_nothing_of_people_is_written_where_operators_look(found: Found) -> None:
    assert len(found.written["logs"]) > 10_000, "the logs were on"
    assert max(len(text) for place, text in found.written.items() if place.startswith("file")) > 100_000
    assert leaks(found) == []


@pytest.mark.server
def test_it_would_be_found(found: Found) -> None:
    """The same search finds what is planted, as text, as JSON and inside the bytes of a history."""
    name = "Simulierte Müller-Spur"
    history = next(place for place in found.written if place.startswith("history"))
    planted = Found(
        found.secrets | {PLANTED, name},
        found.written
        | {
            "logs": found.written["logs"] + PLANTED.encode(),
            history: found.written[history] + json.dumps({"name": name}).encode() + b"\x00",
        },
    )
    assert {place for place, _ in leaks(planted)} == {"logs", history}
