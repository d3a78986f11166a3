"""Checks the import contracts of the project it is started in (``make check``). Takes import-linter's own arguments.

import-linter and its graph know packages only. Here the modules at the top (``worker.py`` and the like) are part of
the graph, and the one order of layers names every package and module at the top, so that a new one must be placed.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grimp
from importlinter.adapters.building import GraphBuilder
from importlinter.application.app_config import settings
from importlinter.cli import lint_imports_command
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import InvalidContractOptions


class AllLayers(LayersContract):
    """import-linter's layers, for the top of a project that is not one package: exhaustive without a container."""

    type_name = "all_layers"

    def validate(self) -> None:
        """As any layers; that only those with containers may be exhaustive does not hold here."""
        own: Any = self  # options are declared as fields, and read as values
        if own.containers:
            raise InvalidContractOptions({"containers": "These are the layers of the top."})
        wanted, own.exhaustive = own.exhaustive, False
        super().validate()
        own.exhaustive = wanted

    def _get_undeclared_modules(self, graph: grimp.ImportGraph, containers: set[str]) -> set[str]:
        own: Any = self
        declared = {tail.name for tail in self.all_module_tails} | set(own.exhaustive_ignores or ())
        return at_top(Path.cwd()) - declared if own.exhaustive else set()


class WholeGraph(GraphBuilder):
    """import-linter's graph of the packages, and the modules at the top."""

    def build(self, *args: Any, **options: Any) -> grimp.ImportGraph:
        """The graph. The modules at the top are in it already where a package imports them, as if foreign."""
        return with_top_modules(super().build(*args, **options), Path.cwd())


def at_top(root: Path) -> set[str]:
    """Names of all packages and modules at the top of the project."""
    folders = {path.name for path in root.iterdir() if path.name.isidentifier() and any(path.glob("*.py"))}
    return folders | {path.stem for path in root.glob("*.py")}


def whole_graph(root: Path, packages: Sequence[str]) -> grimp.ImportGraph:
    """Who imports whom among these packages and the modules at the top."""
    return with_top_modules(grimp.build_graph(*packages, include_external_packages=True, cache_dir=None), root)


def with_top_modules(graph: grimp.ImportGraph, root: Path) -> grimp.ImportGraph:
    """Adds the modules at the top and what they import."""
    paths = {path.stem: path for path in sorted(root.glob("*.py"))}
    for name in paths.keys() - graph.modules:
        graph.add_module(name)
    for name, path in paths.items():
        text = path.read_text("utf-8")
        for line, imported in _imports(text, graph.modules):
            graph.add_import(
                importer=name, imported=imported, line_number=line, line_contents=text.splitlines()[line - 1].strip()
            )
    return graph


def _imports(text: str, known: Any) -> Iterator[tuple[int, str]]:
    """Lines that import, each with the module of the graph it names; a foreign package has its first name there."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom():
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            case _:
                continue
        for name in names:
            candidates = (name, name.rpartition(".")[0], name.partition(".")[0])
            if (found := next((module for module in candidates if module in known), None)) is not None:
                yield node.lineno, found


if __name__ == "__main__":
    settings.configure(GRAPH_BUILDER=WholeGraph())
    lint_imports_command()
