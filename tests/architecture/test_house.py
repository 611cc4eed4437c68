"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

import cvosim

PACKAGE = Path(cvosim.__file__).parent
ROOT = Path(__file__).parents[2]
SOURCES = sorted(PACKAGE.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Top-level names of everything a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def own_imports(path: Path) -> set[str]:
    """Dotted names of the engine's modules that a file imports."""
    tree = parsed(path)
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    whole = {f"{node.module}.{name.name}" for node in froms for name in node.names}
    return {
        name
        for name in whole | {str(node.module) for node in froms}
        if name.startswith("cvosim.engine.")
    }


@cache
def calls(path: Path) -> set[str]:
    """Names of the plain functions a file calls."""
    tree = parsed(path)
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_files_stay_small() -> None:
    assert len(SOURCES) > 30, "the sources were found"
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {file: length for file, length in lengths.items() if length > 400} == {}


def body_lines(function: ast.FunctionDef) -> int:
    """Lines of a function's body, its docstring left out."""
    first = function.body[0]
    start = first.lineno if ast.get_docstring(function) is None else (first.end_lineno or 0) + 1
    return (function.end_lineno or 0) - start + 1


def test_functions_stay_small() -> None:
    """At most 40 lines; in the engine, where a kernel tells one story in one go, 60."""
    long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
        and body_lines(node) > (60 if "engine" in path.parts else 40)
    ]
    assert long == []


def test_no_forbidden_tool() -> None:
    tools = {"pickle", "dill", "cloudpickle", "random", "requests", "urllib", "http", "socket"}
    users = {name(path) for path in SOURCES if imports(path) & tools}
    listening = "app/server.py"  # it opens the port of the what-if page, and asks nobody anything
    assert imports(PACKAGE / listening) & tools == {"socket"}
    users -= {listening}
    callers = {name(path) for path in SOURCES if calls(path) & {"eval", "exec"}}
    fast = {name(path) for path in SOURCES if "fastmath=" in path.read_text("utf-8")}
    assert (users, callers, fast) == (set(), set(), set())


def test_nothing_calls_print() -> None:
    assert {name(path) for path in SOURCES if "print" in calls(path)} <= set()


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("simpy", ("engine/reference",)),
        ("numba", ("randomness/", "engine/")),
        ("matplotlib", ("report/",)),
        ("pydantic", ("scenario/",)),
        ("yaml", ("scenario/",)),
        ("click", ("cli/",)),
        ("rich", ("cli/",)),
        ("starlette", ("app/",)),
        ("uvicorn", ("app/",)),
    ],
)
def test_each_library_has_one_home(library: str, homes: tuple[str, ...]) -> None:
    users = {name(path) for path in SOURCES if library in imports(path)}
    guests = {user for user in users if not user.startswith(homes)}
    # `cvosim doctor` looks at the installation itself
    assert guests <= {"cli/commands/doctor.py"}
    assert users, f"nothing uses {library}; drop the dependency"


def test_engines_share_no_control_flow() -> None:
    """Neither engine imports a part of the other; they share the plan, luck and tables."""
    parts = {path.stem: path for path in (PACKAGE / "engine").glob("*.py")}
    reference = {stem for stem in parts if stem.startswith("reference")}
    common = {"__init__", "names"}
    for stem, path in parts.items():
        others = set(parts) - reference if stem in reference else reference
        if stem not in common:
            used = {module.split(".")[-1] for module in own_imports(path)}
            assert not used & (others - common), f"engine/{stem} leans on the other engine"


def test_tests_import_their_helpers_as_helpers() -> None:
    """``from tests.helpers`` works beside a checkout only, not where a wheel is installed."""
    tests = Path(__file__).parents[1]
    assert [path.name for path in tests.rglob("*.py") if "tests" in imports(path)] == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_the_library_of_scenarios_travels_along() -> None:
    from cvosim.scenario import library, library_path

    assert {"carpet_cleaning", "carpet_cleaning_no_tripwire", "dating_consultant", "cdnow"} <= set(
        library()
    )
    assert all(library_path(name).is_file() for name in library())


def checkout_file(file: str) -> Path:
    path = ROOT / file
    if not path.is_file():
        pytest.skip(f"{file} is not part of this distribution")
    return path


BY_HAND = {"bench", "fuzz", "mutation"}
"""Extras of long measurements and searches, for which no environment of developers is made."""


def test_the_lock_holds_no_address_and_every_dependency() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    text = checkout_file("requirements.lock").read_text("utf-8")
    assert "://" not in text
    pinned: dict[str, list[str]] = {}
    for line in text.splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            package, version = line.split(" ")[0].split("==")
            pinned.setdefault(canonicalize_name(package), []).append(version)
    project = tomllib.loads(checkout_file("pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(extras) >= BY_HAND
    locked = [line for name, extra in extras.items() if name not in BY_HAND for line in extra]
    wanted = [*project["dependencies"], *locked]
    for requirement in map(Requirement, wanted):
        if requirement.name == "cvosim":
            continue
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement
    assert text.count("--hash=sha256:") >= len(pinned)


def test_the_import_contracts_cover_every_package() -> None:
    """A new folder must be placed in the layers; a new engine module must not meet simpy."""
    config = tomllib.loads(checkout_file("pyproject.toml").read_text("utf-8"))
    contracts = {c["id"]: c for c in config["tool"]["importlinter"]["contracts"]}
    layers = {name.strip() for row in contracts["layers"]["layers"] for name in row.split("|")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders <= layers
    engine = {
        f"cvosim.engine.{path.stem}"
        for path in (PACKAGE / "engine").glob("*.py")
        if not path.stem.startswith(("reference", "__"))
    }
    assert engine <= set(contracts["simpy"]["source_modules"])
