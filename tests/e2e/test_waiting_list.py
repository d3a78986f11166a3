"""A budget that runs out can be played: the second award waits until the first municipality gives its money back."""

from pathlib import Path

import pytest
from sqlmodel import select

from models.commands import Actor, ActorKind
from models.stages import Stage
from models.tables import Budget, Case
from models.tasks import Role
from models.tasks import TaskKind as K
from tests import reading
from tests.e2e.installation import Installation, installed
from tests.e2e.shortcut import bring
from tests.forms import ACTING

pytestmark = pytest.mark.slow

FIRST, SECOND = "06531", "06631"
BERG = Actor(kind=ActorKind.OFFICER, id="sim-berg", roles=(Role.CASE_WORKER,), simulated=True)


def stage(here: Installation, key: str) -> Stage:
    with here.stack.engine.db.read() as session:
        return Stage(session.get_one(Case, f"wir-fm-2018-{key}").stage)


def test_a_small_budget_brings_the_waiting_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIR_BUDGET", "60000")
    with installed(tmp_path) as here:
        here.run(here.stack.engine.gateway.open_round(line="fm", year=2018, actor=BERG))
        here.quiet()
        with here.stack.engine.db.read() as session:
            assert session.exec(select(Budget.total_cents)).all() == [6_000_000]
        here.run(bring(here.stack, FIRST, K.DECLARE_ACCEPTANCE))
        here.run(bring(here.stack, SECOND, K.AWAIT_BUDGET))
        assert stage(here, SECOND) is Stage.WAITLIST
        waived = reading.start(
            here.stack.engine.gateway,
            case_id=f"wir-fm-2018-{FIRST}",
            kind="withdraw",
            content={"reason": "Die Stelle wird nicht besetzt.", **ACTING},
            actor=BERG,
        )
        here.run(waived)
        here.quiet()
        assert stage(here, FIRST) is Stage.WAIVED
        assert stage(here, SECOND) is Stage.DRAFTING
