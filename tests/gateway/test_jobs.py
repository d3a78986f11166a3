"""Background jobs of a process: none ends without a word."""

import asyncio
import json
import re
from typing import Any

import pytest

from gateway.jobs import JobEndedError, Jobs
from record.database.background import in_short


async def runs() -> None:
    await asyncio.Event().wait()


async def fails() -> None:
    raise KeyError("a name that must not be said")


async def returns() -> None:
    return


async def test_what_is_waited_for_gives_its_result_while_the_jobs_run() -> None:
    jobs = Jobs()
    jobs.start("steady", runs())

    async def work() -> int:
        return 7

    assert await jobs.beside(work()) == 7
    await jobs.stop()


async def test_a_failure_of_what_is_waited_for_is_its_own() -> None:
    jobs = Jobs()
    jobs.start("steady", runs())
    with pytest.raises(KeyError):
        await jobs.beside(fails())
    await jobs.stop()


@pytest.mark.parametrize(
    ("job", "why"),
    [(fails, "KeyError at tests/gateway/test_jobs.py:"), (returns, "without an error")],
    ids=["error", "end"],
)
async def test_a_job_that_ends_ends_what_is_waited_for(caplog: pytest.LogCaptureFixture, job: Any, why: str) -> None:
    jobs, finished = Jobs(), asyncio.Event()
    jobs.start("steady", runs())
    jobs.start("sweeper", job())

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            finished.set()

    with pytest.raises(JobEndedError, match="the background job 'sweeper' has ended") as ended:
        await jobs.beside(work())
    assert finished.is_set(), "what was on its way is finished"
    assert why in str(ended.value)
    assert "a name" not in str(ended.value) + caplog.text
    await jobs.stop()


def test_an_error_in_short_names_the_place_of_the_first_of_several() -> None:
    def several() -> None:
        try:
            raise ValueError("content")
        except ValueError as error:
            raise ExceptionGroup("both", [error, KeyError()]) from None

    with pytest.raises(ExceptionGroup) as raised:
        several()
    assert in_short(raised.value).startswith("ValueError at tests/gateway/test_jobs.py:")
    assert in_short(TimeoutError()) == "TimeoutError"
    with pytest.raises(json.JSONDecodeError) as foreign:
        json.loads("{")
    assert re.fullmatch(r"JSONDecodeError at json/decoder\.py:\d+", in_short(foreign.value))
