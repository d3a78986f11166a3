"""A YAML file with its line numbers, so that whatever is wrong in it can be pointed at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

Where = tuple[str | int, ...]
"""Path to a value in a file: keys and positions."""


@dataclass(frozen=True)
class Problem:
    """Something wrong at one place of a file, in plain words."""

    where: Where
    reason: str


class ProgrammeError(ValueError):
    """A programme file that cannot be used: one `file:line: reason` per problem, in the file's order."""

    def __init__(self, path: Path, problems: Iterable[tuple[int, str]]) -> None:
        """Problems are (line, reason)."""
        self.path = path
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(f"{path}:{line}: {reason}" for line, reason in self.problems))


class _Loader(yaml.SafeLoader):
    """A safe loader that says where a value is no value (30 February)."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Raise `ConstructorError` with the place instead of a bare `ValueError`."""
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as err:
            raise yaml.constructor.ConstructorError(None, None, f"no such value: {err}", node.start_mark) from err


@dataclass(frozen=True)
class Document:
    """A file's content and its tree of marked nodes."""

    path: Path
    content: dict[str, Any]
    root: yaml.Node

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one mapping. Raises `ProgrammeError` for anything unreadable, and for a key given twice."""
        try:
            loader = _Loader(path.read_text(encoding="utf-8"))
            root = loader.get_single_node()
            content = loader.construct_document(root) if root else None
        except OSError as err:
            raise ProgrammeError(path, [(1, f"cannot be read ({err.strerror})")]) from err
        except UnicodeDecodeError as err:
            raise ProgrammeError(path, [(1, "is not text in UTF-8")]) from err
        except yaml.YAMLError as err:
            raise ProgrammeError(path, [_not_yaml(err)]) from err
        if root is None or not isinstance(content, dict):
            raise ProgrammeError(path, [(1, "must hold fields with values, and holds none")])
        if twice := list(_twice(root)):
            raise ProgrammeError(path, twice)
        return cls(path, content, root)

    def line(self, where: Where) -> int:
        """Line of the value at a path, or of the deepest part of the path that exists."""
        node, line = self.root, 1
        for step in where:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def error(self, problems: Iterable[Problem]) -> ProgrammeError:
        """The error that names all problems with their lines."""
        return ProgrammeError(self.path, [(self.line(problem.where), problem.reason) for problem in problems])


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    """Line and node one step down."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def _twice(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Keys given twice: YAML itself would silently keep the last one."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                yield line, f"{key.value} is given twice, first in line {seen[key.value]}"
            seen.setdefault(key.value, line)
            yield from _twice(value)


def _not_yaml(err: yaml.YAMLError) -> tuple[int, str]:
    if isinstance(err, yaml.MarkedYAMLError) and err.problem_mark:
        return err.problem_mark.line + 1, f"is not readable as YAML: {err.problem}"
    return 1, "is not readable as YAML: it holds a character that YAML does not allow"
