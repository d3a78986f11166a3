"""How the code is cut: no module imports itself in a circle, no package is a heap, and the contracts see all of it."""

import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import grimp
import pytest

from scripts.contracts import at_top, whole_graph

ROOT = Path(__file__).parents[1]
CONTRACTS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
PACKAGES = sorted(name for name in at_top(ROOT) if (ROOT / name).is_dir())
MOST = 14
"""Modules side by side in one package. Where there are more, some share a subject, and that is a sub-package."""
GROWING = {"migrations.versions"}
"""One module for each change of the schema, for ever."""


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Groups of modules each of which imports, over others, itself (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        open_.append(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            if imported not in number:
                visit(imported)
            if imported in open_:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == number[module]:
            group = open_[open_.index(module) :]
            del open_[open_.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph.modules):
        if module not in number:
            visit(module)
    return found


def test_no_module_imports_itself_over_others() -> None:
    assert circles(whole_graph(ROOT, PACKAGES)) == []


def test_a_circle_is_found_and_its_modules_are_named() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "e"), ("e", "c")):
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == [["b", "c", "d", "e"]]


def test_the_contracts_know_every_package() -> None:
    assert sorted([*CONTRACTS["root_packages"], "tests"]) == PACKAGES


def heaps(root: Path, packages: list[str]) -> dict[str, int]:
    """Packages that hold too many modules side by side, with their number; sub-packages count for themselves."""
    found: Counter[str] = Counter()
    for package in packages:
        for path in (root / package).rglob("*.py"):
            if path.name != "__init__.py":
                found[".".join(path.relative_to(root).parent.parts)] += 1
    return {package: number for package, number in found.items() if number > MOST and package not in GROWING}


def test_no_package_is_a_heap_of_modules() -> None:
    assert heaps(ROOT, PACKAGES) == {}


def test_a_heap_is_found_and_named(tmp_path: Path) -> None:
    for folder, number in (("a", MOST), ("a/b", MOST + 1), ("c", MOST)):
        (tmp_path / folder).mkdir()
        for name in ("__init__", *(f"m{n}" for n in range(number))):
            (tmp_path / folder / f"{name}.py").touch()
    assert heaps(tmp_path, ["a", "c"]) == {"a.b": MOST + 1}


def test_each_package_with_parts_has_its_order() -> None:
    ordered = {name for contract in CONTRACTS["contracts"] for name in contract.get("containers", ())}
    tops = {name for name in CONTRACTS["root_packages"] if any((ROOT / name).glob("*/__init__.py"))}
    assert sorted(tops - ordered) == []


PROJECT = """
[tool.importlinter]
root_packages = ["above", "below"]
include_external_packages = true
contract_types = ["all_layers: scripts.contracts.AllLayers"]

[[tool.importlinter.contracts]]
name = "layers"
type = "all_layers"
exhaustive = true
exhaustive_ignores = ["tests"]
layers = ["start", "above", "below"]
"""


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("above/nothing.py", "", ""),
        ("newcomer.py", "", "- newcomer"),
        ("newcomer/part.py", "", "- newcomer"),
        ("below/looks_up.py", "import above.a", "below.looks_up -> above.a"),
        ("below/looks_up.py", "from start import main", "below.looks_up -> start"),
        ("above/looks_up.py", "def late():\n    from start import main", "above.looks_up -> start"),
        ("start.py", "import newcomer\nimport above.a", ""),
    ],
)
def test_what_has_no_place_or_looks_up_is_named(tmp_path: Path, path: str, text: str, said: str) -> None:
    files = {"above/__init__.py": "", "above/a.py": "import below", "below/__init__.py": "", "start.py": "import above"}
    for name, content in {**files, "pyproject.toml": PROJECT, path: text}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    command = [sys.executable, "-c", "import runpy; runpy.run_module('scripts.contracts', run_name='__main__')"]
    env = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert said in done.stdout, done.stdout + done.stderr
    assert (done.returncode == 0) is (not said), done.stdout + done.stderr
