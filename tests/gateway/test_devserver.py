"""A data folder of an earlier release is started with what this release needs."""

from pathlib import Path

import pytest
from temporalio.client import Client

from gateway.start import devserver
from gateway.temporal.connection import missing_attributes
from models.contracts import SEARCH_ATTRIBUTES

pytestmark = pytest.mark.server


async def _missing(folder: Path) -> list[str]:
    """Search attributes that the server of a folder lacks."""
    server = await devserver.start_server(folder)
    try:
        return await missing_attributes(await Client.connect(server.address))
    finally:
        await server.stop()


@pytest.mark.slow
async def test_a_folder_of_an_earlier_release_gets_the_newest_search_attribute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name != "WirDates"}
    with monkeypatch.context() as then:
        then.setattr("gateway.start.devserver.SEARCH_ATTRIBUTES", earlier)
        then.setattr("gateway.temporal.connection.SEARCH_ATTRIBUTES", earlier)
        assert await _missing(tmp_path) == []
    assert await _missing(tmp_path) == []
