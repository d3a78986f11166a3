"""Sixteen clerks answer at once, in this process: what the storm of all says of receipts, without its outages."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from starlette.applications import Starlette
from temporalio.client import Client

from portal.clerk.app import clerk_app
from portal.clerk.pages import Office
from record.database.engine import Database
from tests.load.test_storm import Browsers, every_receipt_is_honoured
from tests.load.town import Town
from tests.portal.browse import Page
from tests.portal.in_process import InProcess

CLERKS: Final = 16
PORTAL: Final = "http://127.0.0.1:1"
OFFICE: Final = Office(authority="Regierungspräsidium Darmstadt", email="wir@rp.example", phone="06151 12 0000")


@pytest.mark.sample(1)
def test_every_receipt_of_a_shower_is_honoured(empty_url: str, tmp_path: Path) -> None:
    # Nobody listens there: the cases are told of their answers when all are stored.
    nobody = asyncio.run(Client.connect("127.0.0.1:1", lazy=True))
    with closing(Database(empty_url)) as db:
        town = Town(db, nobody)
        town.open_tasks(CLERKS)
        browsers = Browsers(PORTAL, InProcess(portal(town, tmp_path)))
        try:
            headings = answered(town, browsers)
        finally:
            browsers.close()
        assert headings == {"Ihre Angaben sind eingegangen": CLERKS}
        town.settle()
        every_receipt_is_honoured(town, browsers)
        town.promises_are_kept()


def portal(town: Town, folder: Path) -> Starlette:
    """The clerk's pages of a town."""
    return clerk_app(
        town.db,
        town.gateway,
        town.directory,
        store_folder=folder / "files",
        base_url=PORTAL,
        office=OFFICE,
        settle_seconds=0.0,
    )


def answered(town: Town, browsers: Browsers) -> Counter[str]:
    """All clerks fill in their forms, then press at once; the headings of what they see."""

    def press(page: Page) -> str:
        return page.press("Angaben absenden").heading

    with ThreadPoolExecutor(CLERKS) as hands:
        pages = list(hands.map(browsers.filled, town.keys.values()))
        return Counter(hands.map(press, pages))
