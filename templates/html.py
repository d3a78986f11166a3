"""Templates of pages, compiled once in a process, because applications are made often: the desk, the clerks' pages and
the mailbox of one installation, and each of them for every test."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket, BytecodeCache


class _Memory(BytecodeCache):
    """One entry for each file. Jinja compares the hash of the file's text, so a changed one is compiled anew."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives what is kept, if anything is."""
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps it."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED: Final = _Memory()  # what a file compiles to depends on the options below, and the entry knows only the file


def html_environment(folder: Path) -> Environment:
    """An environment of one's own for the pages of a folder; all values are escaped, a missing one is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
