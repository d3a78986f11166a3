"""The cast and the year as data: complete, in order, on days on which people work."""

from collections import Counter
from itertools import pairwise

import pytest

from demo.cast import Work
from demo.play import START, the_cast
from models.deadlines import is_working_day
from models.stages import Stage
from models.tasks import TASKS, TaskKind
from programmes.directory import Directory
from record.database.simulated import simulated_contacts, simulated_officers

CAST = the_cast()


def test_33_play_31_end_2_stay_open() -> None:
    ends = Counter(member.ends for member in CAST.members)
    assert ends == {Stage.CLOSED: 30, Stage.WAIVED: 1, "": 2}


def test_every_special_role_is_played_once() -> None:
    roles = Counter(member.role for member in CAST.members)
    assert roles.pop("straight") > 20
    assert set(roles.values()) == {1}
    assert len(roles) == 10


def test_stops_are_working_days_in_order() -> None:
    days = [stop.day for stop in CAST.stops]
    assert days[0] == START.date()
    assert all(before < after for before, after in pairwise(days))
    assert all(is_working_day(day) for day in days)


def test_clerks_read_the_mail_of_their_own_contacts() -> None:
    written_to = {contact.email for contact in simulated_contacts(Directory().programmes.recipients.recipients)}
    assert {address for member in CAST.members for address in member.addresses} <= written_to


@pytest.mark.parametrize("work", [work for stop in CAST.stops for work in stop.work], ids=lambda work: work.do)
def test_work_names_what_exists(work: Work) -> None:
    officers = {officer.id for officer in simulated_officers()} | {CAST.words["deputy"]["id"]}
    assert set(work.who) <= officers
    assert not work.form or work.form in CAST.forms
    for kind in work.tasks:
        assert CAST.office[kind].choice in TASKS[TaskKind(kind)].choices
    assert {*work.of, *work.but, *work.twice} <= {member.role for member in CAST.members}
