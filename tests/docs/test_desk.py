"""Each page of the officers' desk has its picture in ``docs/desk.md``, and the README shows five of them."""

import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from portal.desk.files import PARTS
from portal.login.service import Logins
from portal.login.ways import PROVIDER, RETURN
from record.database.engine import Database
from tests.desk.site import desk_of
from tests.play import Play

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures" / "desk"
LINE = r"Address: `([^`?#]+)[^`]*`\n\n!\[[^]]*\]\(pictures/desk/([\w-]+\.png)\)"
SHOWN = re.findall(LINE, (ROOT / "docs" / "desk.md").read_text(encoding="utf-8"))
"""Address and picture of each page."""
ADDRESSES = [address for address, _ in SHOWN]
NO_PAGES = {"/post/{id}/original", "/post/{id}/datei/{number:int}", "/datei/{id}", PROVIDER, RETURN}
"""Files to save, and the way through the authority's own log-in."""


@pytest.mark.parametrize("mode", ["embedded", "production"])
def test_each_page_has_a_picture(sqlite_template: Path, tmp_path: Path, mode: str) -> None:
    shutil.copy(sqlite_template, tmp_path / "wir.db")
    with closing(Database(f"sqlite:///{tmp_path / 'wir.db'}")) as db:
        desk: Any = desk_of(Play(db), tmp_path, logins=Logins(db, mode, https=False))
    pages = [one for one in desk.routes if isinstance(one, Route) and "GET" in (one.methods or ())]
    assert len(pages) > 20
    without = [one.path for one in pages if not any(one.path_regex.fullmatch(address) for address in ADDRESSES)]
    assert [path for path in without if path not in NO_PAGES] == []


def test_each_part_of_a_case_has_a_picture() -> None:
    assert [part for part in PARTS if part and not any(address.endswith(f"/{part}") for address in ADDRESSES)] == []


def test_each_picture_is_shown() -> None:
    assert sorted(path.name for path in PICTURES.iterdir()) == sorted(picture for _, picture in SHOWN)


def test_the_readme_shows_five_pictures_of_the_desk() -> None:
    found = re.findall(r"\]\(docs/pictures/desk/([\w-]+\.png)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(found) == len(set(found)) == 5
    assert set(found) <= {picture for _, picture in SHOWN}
