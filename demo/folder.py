"""The demo's data folder: a fresh one, or one that an earlier demo made; never anything else.

An earlier demo's folder is replaced, unless somebody went on playing in it: then it is moved aside and stays.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import func, select

from gateway.start.data_folder import LOCK, FolderLock, Owner, check_path, holder, lock_folder
from gateway.start.environment import load_settings
from gateway.start.settings import Mode
from models.tables import CommandRow, Contact, Installation, Officer
from record.database.engine import Database

MARK: Final = "demo.txt"
END: Final = "demo-end.json"
_TEXT: Final = "Made by `starter.py demo`, which replaces this folder when it is played again.\n"


class FolderError(Exception):
    """The folder cannot be used. The text is a key of ``[folder]`` in ``words.toml``."""


@dataclass
class Prepared:
    """An empty, marked folder that is locked. ``again``: an earlier demo's was replaced; ``aside``: where it went."""

    lock: FolderLock
    again: bool = False
    aside: Path | None = None


@contextmanager
def prepared(data: Path) -> Iterator[Prepared]:
    """Makes the folder new, marks it, and holds its lock for the length of the block.

    Raises ``FolderError``; ``StartError`` while an installation runs there, before anything is removed.
    """
    check_path(data)
    data = data.absolute()
    if _foreign(data):
        raise holder(data) or FolderError("foreign")
    made = Prepared(lock_folder(data, "demo"))
    try:
        if _foreign(data):
            raise FolderError("foreign")
        if (data / MARK).exists():
            _replace(data, made)
        (data / MARK).write_text(_TEXT, encoding="utf-8")
        yield made
    finally:
        made.lock.release()


def note_end(data: Path, db: Database) -> None:
    """Notes how far the demo itself came. What the record holds beyond that was played by people."""
    (data / END).write_text(json.dumps(_reached(db)), encoding="utf-8")


def _foreign(data: Path) -> bool:
    """Whether there is something in it that no demo made."""
    return data.is_dir() and not (data / MARK).is_file() and any(path.name != LOCK for path in data.iterdir())


def _replace(data: Path, made: Prepared) -> None:
    """Takes away what is there, or moves it aside whole. The lock is never let go of in between."""
    if _played_on(data, made.lock.before):
        made.aside = next(path for n in count(1) if not (path := data.with_name(f"{data.name}-{n}")).exists())
        data.rename(made.aside)
        old, made.lock = made.lock, lock_folder(data, "demo")
        old.release()
        return
    made.again = True
    # The mark goes last: a folder that was emptied in part is still a demo's.
    for path in sorted(data.iterdir(), key=lambda path: path.name == MARK):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _played_on(data: Path, before: Owner | None) -> bool:
    """Whether the record holds more than the demo left there. Where that cannot be told, it may."""
    if not (data / END).is_file():  # the demo did not come to its end
        return before is not None and before.verb != "demo"
    url = load_settings(mode=Mode.EMBEDDED, data=data).database
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return False
    db = Database(url)
    try:
        return bool(_reached(db) != json.loads((data / END).read_text(encoding="utf-8")))
    except (SQLAlchemyError, ValueError):
        return True
    finally:
        db.close()


def _reached(db: Database) -> dict[str, int]:
    """What only people change: their commands, the people themselves, and the clock."""
    with db.read() as session:
        found = {
            table.__name__: int(session.exec(select(func.count()).select_from(table)).one())
            for table in (CommandRow, Contact, Officer)
        }
        return found | {"clock": session.get_one(Installation, 1).offset_seconds}
