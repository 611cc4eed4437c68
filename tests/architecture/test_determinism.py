"""What would break bit identity between the engines never enters their sources.

NumPy's transcendental functions, ``**`` and ``fastmath`` differ from ``math`` in the last
bit; a generator with a state depends on who asked before; flags set in a second place could
differ from those in the first. Nor may today's date, the hash of a string, which is another in
every process, or a sort that reorders equals decide anything on the way from file to table.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cvosim

ROOT = Path(cvosim.__file__).parent
SOURCES = sorted(
    source for folder in ("randomness", "engine") for source in (ROOT / folder).rglob("*.py")
)
ON_THE_WAY = sorted(
    source
    for folder in ("scenario", "plan", "randomness", "engine", "tables")
    for source in (ROOT / folder).rglob("*.py")
)
FLAGS = ROOT / "randomness" / "compiled.py"
NUMPY = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2"),
    *("power", "float_power", "cbrt", "hypot", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
    *("arcsin", "arccos", "arctan", "arctan2", "arcsinh", "arccosh", "arctanh", "random"),
}
MATH = {"log", "exp", "sqrt", "inf", "nan", "isnan", "isinf", "isfinite", "floor", "ceil"}
GENERATORS = {"random", "secrets", "uuid", "numpy.random"}
NOW = {"today", "now", "utcnow", "time", "time_ns", "urandom"}
CLOCKS = {"date", "datetime", "time", "os"}
COMPILERS = {"jit", "njit", "vectorize", "guvectorize", "stencil"}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each thing that does not belong into an engine."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Attribute(value=ast.Name(id=library), attr=name):
                if _is_foreign(library, name):
                    yield line, f"{library}.{name}"
            case ast.ImportFrom(module=str(module), names=aliases):
                found = [a.name for a in aliases if _is_foreign(module, a.name)]
                yield from ((line, f"{module}.{name}") for name in found)
            case ast.Import(names=aliases):
                yield from ((line, a.name) for a in aliases if a.name in GENERATORS)
            case ast.keyword(arg="fastmath"):
                yield line, "fastmath"
            case ast.BinOp(op=ast.Pow(), left=ast.Constant(), right=_) if _is_constant(node.right):
                pass  # 2.0**-52 is worked out before anything runs
            case ast.BinOp(op=ast.Pow()) | ast.AugAssign(op=ast.Pow()):
                yield line, "**"
            case ast.Call(func=ast.Name(id="pow")):
                yield line, "pow"


def _is_foreign(library: str, name: str) -> bool:
    if library in {"np", "numpy"}:
        return name in NUMPY
    if library == "math":
        return name not in MATH
    return library in GENERATORS or (library in {"nb", "numba"} and name in COMPILERS)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def accidents(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each thing that may be another one tomorrow, or in another process."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=clock), attr=name)) if (
                clock in CLOCKS and name in NOW
            ):
                yield line, f"{clock}.{name}"
            case ast.ImportFrom(module=str(module), names=aliases) if module in CLOCKS:
                yield from ((line, f"{module}.{a.name}") for a in aliases if a.name in NOW)
            case ast.Call(func=ast.Name(id="hash" | "id" as name)):
                yield line, name
            case ast.Call(func=ast.Attribute(attr="argsort"), keywords=keywords):
                kinds = {key.arg: getattr(key.value, "value", None) for key in keywords}
                if kinds.get("kind") != "stable":
                    yield line, "argsort"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_that_differs_in_the_last_bit(source: Path) -> None:
    found = [
        f"line {line}: {what}"
        for line, what in offences(ast.parse(source.read_text("utf-8")))
        if not (source == FLAGS and what == "numba.njit")
    ]
    assert not found, f"{source.relative_to(ROOT)}: {', '.join(found)}"


@pytest.mark.parametrize(
    "line",
    [
        "y = np.exp(x)",
        "y = numpy.log1p(x)",
        "y = x**2",
        "x **= y",
        "y = 2**x",
        "y = pow(x, 2)",
        "y = math.pow(x, 2)",
        "from math import expm1",
        "from numpy import log",
        "import random",
        "import numpy.random",
        "from random import gauss",
        "g = np.random.default_rng(7)",
        "f = numba.njit(fastmath=True)(f)",
        "from numba import njit",
    ],
)
def test_each_offence_is_noticed(line: str) -> None:
    assert list(offences(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["y = math.log(x)", "y = np.sqrt(x)", "y = 2.0**-52", "for i in numba.prange(n): f()"]
)
def test_the_rest_is_left_alone(line: str) -> None:
    assert not list(offences(ast.parse(line)))


@pytest.mark.parametrize("source", ON_THE_WAY, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_that_is_another_tomorrow(source: Path) -> None:
    found = [
        f"line {line}: {what}" for line, what in accidents(ast.parse(source.read_text("utf-8")))
    ]
    assert not found, f"{source.relative_to(ROOT)}: {', '.join(found)}"


@pytest.mark.parametrize(
    "line",
    [
        "y = date.today()",
        "y = datetime.now(UTC)",
        "y = time.time()",
        "from os import urandom",
        "y = hash(name)",
        "rows.sort(key=lambda row: id(row))",
        "order = ids.argsort()",
        "order = np.argsort(ids, kind='quicksort')",
    ],
)
def test_each_accident_is_noticed(line: str) -> None:
    assert list(accidents(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    ["y = time.perf_counter()", "y = np.argsort(x, kind='stable')", "from datetime import date"],
)
def test_what_is_the_same_tomorrow_is_left_alone(line: str) -> None:
    assert not list(accidents(ast.parse(line)))
