"""Small changes to a source file, each of which some test should notice.

cosmic-ray knows how to change a file. Here is said which of its changes are tried: those that a
person could have typed by mistake (a sign, a bound, a comparison, a condition, an off-by-one), not
the many that no run gets past (``x + y`` to ``x << y``). Left alone are annotations, what is
raised (its text is words), decorators, what only a type checker reads, and ``strict=`` of
``zip``, a guard of the house that says nothing about results.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

Place = tuple[int, int]

_BINARY = (
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Add", "Pow_Mul"),
    *("LShift_RShift", "RShift_LShift", "BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitOr"),
)
_COMPARISONS = (
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
)
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{pair}" for pair in _BINARY),
    *(f"core/ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS),
    *("core/ReplaceUnaryOperator_Delete_USub", "core/ReplaceUnaryOperator_Delete_Not"),
    *("core/AddNot", "core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue"),
    *("core/ReplaceAndWithOr", "core/ReplaceOrWithAnd", "core/ZeroIterationForLoop"),
    *("core/ReplaceBreakWithContinue", "core/ReplaceContinueWithBreak"),
    *("core/NumberReplacer", "core/ExceptionReplacer"),
)


class Mutant(NamedTuple):
    """One change of one file."""

    path: Path
    operator: str
    occurrence: int
    place: Place

    def source(self) -> str:
        """The whole file with the change in it."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        text = self.path.read_text("utf-8")
        changed = mutate_code(text, get_operator(self.operator)(), self.occurrence)
        return str(changed)

    def diff(self) -> str:
        """The lines that differ, without their surroundings."""
        before, after = self.path.read_text("utf-8").splitlines(), self.source().splitlines()
        rows = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
        return "\n".join(row for row in rows if not row.startswith("@@"))


def mutants(path: Path) -> list[Mutant]:
    """All changes of a file that are tried, in the order of the file."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator

    text = path.read_text("utf-8")
    tree = ast.parse(text)
    spared, between = list(_spared(tree)), list(_between(tree))
    nodes = list(ast_nodes(get_ast(text)))
    found = []
    for name in OPERATORS:
        operator = get_operator(name)()
        places = [p[0] for node in nodes for p in operator.mutation_positions(node)]
        found += [Mutant(path, name, count, place) for count, place in enumerate(places)]
    wanted = [
        m
        for m in found
        if not any(a <= m.place < b for a, b in spared)
        and ("Binary" not in m.operator or any(a <= m.place < b for a, b in between))
    ]
    return sorted(wanted, key=lambda m: (m.place, m.operator, m.occurrence))


def sample(files: list[Path], root: Path, size: int, seed: int) -> list[Mutant]:
    """Some mutants, spread evenly over the files, at places chosen by a hash of seed and place.

    One place of a file is changed in one way only. The same seed gives the same mutants as long
    as the file is the same, whatever happens to other files.
    """

    def luck(*what: object) -> bytes:
        return blake2b(repr((seed, *what)).encode(), digest_size=8).digest()

    shuffled: list[list[Mutant]] = []
    for path in sorted(files, key=lambda file: luck(file.relative_to(root).as_posix())):
        name = path.relative_to(root).as_posix()
        ways: dict[Place, list[Mutant]] = {}
        for mutant in mutants(path):
            ways.setdefault(mutant.place, []).append(mutant)
        chosen = [
            min(some, key=lambda m: luck(name, m.place, m.operator, m.occurrence))
            for some in ways.values()
        ]
        shuffled.append(sorted(chosen, key=lambda m: luck(name, m.place)))
    rounds = range(max(map(len, shuffled), default=0))
    rows = [some[i] for i in rounds for some in shuffled if i < len(some)]
    return rows[:size]


def _spared(tree: ast.Module) -> Iterator[tuple[Place, Place]]:
    """Where nothing is changed: from, to."""
    for node in ast.walk(tree):
        for part in _words_and_types(node):
            yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and _is_alias(statement.value):
            yield _whole(statement)


def _between(tree: ast.Module) -> Iterator[tuple[Place, Place]]:
    """Where a sign stands between two numbers; the star of ``*rest`` does not multiply."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            left, right = node.left, node.right
            start = (left.end_lineno or 0, left.end_col_offset or 0)
            yield start, (right.lineno, right.col_offset)


def _words_and_types(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from node.decorator_list
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
        yield node.returns
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
        yield node.annotation
    if isinstance(node, ast.Raise | ast.Assert):
        yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        yield node
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "zip":
        yield from (word.value for word in node.keywords if word.arg == "strict")
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"cast", "TypeVar"}:
        yield node.args[0]


def _is_alias(value: ast.expr) -> bool:
    """``Path | str``, ``tuple[int, ...]``: names of types, not numbers."""
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.BitOr) and _is_alias(value.left)
    return isinstance(value, ast.Name | ast.Subscript | ast.Attribute)


def _whole(node: ast.stmt) -> tuple[Place, Place]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
