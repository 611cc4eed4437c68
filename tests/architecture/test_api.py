"""The public names: few, documented, runnable, and free until they are used."""

from __future__ import annotations

import doctest
import importlib
import inspect
import linecache
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import cvosim

HEAVY = {
    "numpy", "numba", "llvmlite", "scipy", "pandas", "statsmodels", "matplotlib", "pydantic",
    "pyarrow", "yaml", "simpy", "rich",
}  # fmt: skip

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(cvosim.__path__, "cvosim.")
    if not module.name.endswith("__main__")
)


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    script = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import cvosim",
        "import cvosim; dir(cvosim); cvosim.ScenarioError",
        "import cvosim.cli",
        "import cvosim.cli as c; c.cvosim.get_help(__import__('click').Context(c.cvosim))",
    ],
)
def test_import_is_light(statement: str) -> None:
    assert not loaded_by(statement) & HEAVY


def test_names_are_few_and_all_there() -> None:
    assert len(cvosim.__all__) <= 15
    assert set(cvosim.__all__) <= set(dir(cvosim))
    for name in cvosim.__all__:
        assert getattr(cvosim, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = cvosim.simulat  # type: ignore[attr-defined]


PACKAGE = Path(cvosim.__file__).parent
LAZY = [
    file.parent for file in PACKAGE.rglob("__init__.py") if "= lazily(" in file.read_text("utf-8")
]


def test_packages_that_load_lazily_are_found() -> None:
    assert {"cvosim", "sensitivity"} <= {folder.name for folder in LAZY}


@pytest.mark.parametrize("folder", LAZY, ids=lambda folder: folder.name)
def test_what_is_loaded_when_it_is_used_has_not_the_name_of_a_module(folder: Path) -> None:
    """Whoever imports the module first would get it, from then on, in place of what it holds."""
    names = folder.relative_to(PACKAGE.parent).parts
    loaded = set(dir(importlib.import_module(".".join(names))))
    assert loaded
    assert not loaded & {path.stem for path in folder.iterdir()}


PUBLIC = [name for name in cvosim.__all__ if not name.startswith("__")]


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_documented(name: str) -> None:
    thing = getattr(cvosim, name)
    text = inspect.getdoc(thing) or ""
    assert len(text.splitlines()[0]) > 20, "a summary line that says something"
    assert "Examples\n---" in text, f"{name} has no section of examples"
    assert ">>> " in text, f"{name} has no example"
    if inspect.isfunction(thing):
        sections = {"Parameters", "Returns", "Examples"}
        missing = {section for section in sections if f"{section}\n---" not in text}
        assert not missing, f"{name} lacks {missing}"
        for parameter in inspect.signature(thing).parameters:
            assert parameter in text, f"{name} does not explain {parameter}"
        assert inspect.signature(thing).return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", ["cvosim", *MODULES])
def test_examples_run(name: str) -> None:
    """Every example of every docstring, in the installed package, wherever that is."""
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=flags)
    report: list[str] = []
    for example in finder.find(module, name):
        linecache.clearcache()  # or every file that was ever looked into is looked at again
        runner.run(example, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
