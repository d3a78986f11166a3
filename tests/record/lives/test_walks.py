"""Random walks of officers, clerks, the bank and time: whatever they do, no promise breaks and no rule falls over."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from models.stages import Stage
from record.database.engine import Database
from tests.fixtures.databases import APPLICATION
from tests.fixtures.postgres import Cluster
from tests.record.lives.walk import Walk

S = Stage
WALKS = (
    (1, S.SELECTION),
    (2, S.AWARD_NOTIFIED),
    (3, S.DISBURSING),
    (4, S.PROOF_OVERDUE),
    (5, S.PROOF_CHECK),
    (6, S.HEARING),
    (7, S.RECOVERY),
    (16, S.AWARD_SENT),
)
"""Seeds, and the stage the first case is brought to before the walk begins."""

STEPS = 45


@pytest.mark.slow
def test_random_walks_break_no_promise_and_meet_nearly_every_stage(sqlite_template: Path, tmp_path: Path) -> None:
    stages: Counter[Stage] = Counter()
    refusals: Counter[str] = Counter()
    for seed, begin in WALKS:
        path = tmp_path / f"{seed}.db"
        shutil.copy(sqlite_template, path)
        db = Database(f"sqlite:///{path}")
        walk = Walk(db, seed, begin, consent=begin is S.SELECTION)
        found = walk.run(STEPS)
        db.close()
        assert found == [], f"seed {seed}:\n" + "\n".join(walk.trace)
        stages += walk.stages
        refusals += walk.refusals
    assert len(stages) >= 20, sorted({*Stage} - {*stages})  # a walk that meets nothing shows nothing
    assert len(refusals) >= 5


@pytest.mark.postgres
@pytest.mark.slow
def test_a_random_walk_breaks_no_promise_on_postgresql(postgres: Cluster, postgres_template: str) -> None:
    db = Database(postgres.url(postgres.create(postgres_template), APPLICATION))
    walk = Walk(db, 9, S.PROOF_DUE)
    found = walk.run(STEPS)
    db.close()
    assert found == [], "\n".join(walk.trace)
