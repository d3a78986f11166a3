"""No more mails than allowed in any window of the clock, and none later than needed."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.mail_out.pace import HOUR, SECOND, Bucket, Pace

WANTED = st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=120)
"""Nanoseconds between two mails that want to leave."""


def bucket_of(limit: int, burst: int, window: int = SECOND) -> Bucket:
    return Bucket(limit, window, min(burst, limit - 1))


def taken(bucket: Bucket, gaps: list[int]) -> list[int]:
    """When each mail went: at once, or as soon as the bucket says."""
    now, went = 0, []
    for gap in gaps:
        now += gap
        now += bucket.wait(now)
        assert bucket.wait(now) == 0
        bucket.take(now)
        went.append(now)
    return went


@given(WANTED, st.integers(1, 40), st.integers(0, 40), st.integers(1, 3 * SECOND))
def test_never_more_than_the_limit_in_any_window(gaps: list[int], limit: int, burst: int, window: int) -> None:
    went = taken(bucket_of(limit, burst, window), gaps)
    for first, late in zip(went, went[limit:], strict=False):
        assert late - first >= window


@given(st.integers(1, 1000), st.integers(0, 1000))
def test_all_of_the_burst_at_once_and_then_evenly(limit: int, burst: int) -> None:
    bucket = bucket_of(limit, burst, HOUR)
    went = taken(bucket, [0] * (2 * limit))
    assert went.count(0) == bucket.burst + 1
    steps = {late - early for early, late in pairwise(went[bucket.burst :])}
    assert steps == {-(-HOUR // (limit - bucket.burst))}


@given(WANTED, st.integers(1, 40), st.integers(0, 40))
def test_what_was_given_back_is_there_again(gaps: list[int], limit: int, burst: int) -> None:
    one, other = bucket_of(limit, burst), bucket_of(limit, burst)
    assert taken(one, gaps)[-1] == taken(other, gaps)[-1]
    now = sum(gaps) + 100 * SECOND
    assert other.wait(now) == 0
    other.take(now)
    other.give_back()
    assert other.wait(now) == one.wait(now)


def test_a_burst_as_large_as_the_limit_would_never_refill() -> None:
    with pytest.raises(ValueError, match="smaller"):
        Bucket(5, SECOND, 5)


async def test_all_limits_hold_together() -> None:
    clock = [0]

    async def pause(nanoseconds: int, stop: asyncio.Event) -> None:
        clock[0] += nanoseconds

    pace = Pace(2, 10, clock=lambda: clock[0], pause=pause)
    went = []
    for _ in range(30):
        assert await pace.turn(asyncio.Event())
        went.append(clock[0])
    assert all(late - first >= SECOND for first, late in zip(went, went[2:], strict=False))
    assert all(late - first >= HOUR for first, late in zip(went, went[10:], strict=False))


async def test_without_a_limit_nobody_waits() -> None:
    async def never(nanoseconds: int, stop: asyncio.Event) -> None:
        raise AssertionError("nobody has to wait")

    pace = Pace(pause=never)
    assert not pace.limited
    for _ in range(1000):
        assert await pace.turn(asyncio.Event())


async def test_who_waits_goes_home_when_the_mailroom_closes() -> None:
    pace, stop = Pace(per_hour=1), asyncio.Event()
    assert await pace.turn(stop)
    waiting = asyncio.create_task(pace.turn(stop))
    stop.set()
    assert not await waiting
    assert not await pace.turn(stop)
