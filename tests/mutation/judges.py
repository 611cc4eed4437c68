"""Which tests are asked about a change of a module, the likeliest to notice it first."""

from __future__ import annotations

from pathlib import Path

PACKAGES = ("randomness", "plan", "engine", "clv", "stats")
PLAIN_KERNEL = "tests/engine/plain_kernel.py"
"""The engines against each other without compilation: seconds instead of a compiled kernel."""

_FACES = {
    "clv": ("cli/test_clv_*.py",),
    "plan": ("cli/test_plan.py", "report/test_plan.py", "report/test_journey.py"),
    "stats": ("cli/test_abtest.py", "cli/test_experiment.py", "cli/test_monitor.py"),
}
"""Where a package's sentences are read by tests of what a person sees."""

_COMPILED_TOO = ("engine/customer.py", "plan/plan.py", "randomness/formulas.py")
"""Without a compiled function in them, but read by those."""


def modules(root: Path, package: str) -> list[Path]:
    """The files of a package that compute results: not the names it hands on, not its clocks."""
    found = sorted((root / "cvosim" / package).rglob("*.py"))
    return [path for path in found if path.name != "__init__.py" and path.parent.name != "speed"]


def is_compiled(path: Path) -> bool:
    """Is machine code made of it? Then a change of it needs all of that made anew."""
    text = path.read_text("utf-8")
    decorated = any(f"\n@{way}\n" in text for way in ("compiled", "compiled_within", "inlined"))
    return decorated or path.as_posix().endswith(_COMPILED_TOO)


def judges(path: Path, root: Path) -> list[list[str]]:
    """The tests of a module in rounds; whom one round lets live goes to the next.

    First its own: the file named after it, files that name it, its docstring's examples. Then
    all of its package. Then the tests of commands that say what it found.
    """
    package, stem = path.relative_to(root / "cvosim").parts[0], path.stem
    folder = (root / "tests" / package).rglob("test_*.py")
    mirrored = sorted(test for test in folder if test.name != "test_plain_kernel.py")
    dotted = ".".join(path.relative_to(root).with_suffix("").parts)
    named = [test for test in mirrored if stem in test.stem]
    naming = [test for test in mirrored if test not in named and dotted in _imports(test)]
    own = [*_relative(named, root), *_relative(naming, root)]
    walked = package == "engine" or (is_compiled(path) and package in {"randomness", "plan"})
    plain = [PLAIN_KERNEL] if walked else []
    rest = [test for test in _relative(mirrored, root) if test not in own]
    first = [*own, str(path.relative_to(root))]
    faces = [test for face in _FACES.get(package, ()) for test in (root / "tests").glob(face)]
    rounds = (plain, first, rest, _relative(sorted(faces), root))
    return [tests for tests in rounds if tests]


def _imports(test: Path) -> str:
    """Dotted names that a test imports: ``from a.b import c`` names a.b and a.b.c."""
    words = test.read_text("utf-8").replace(" import ", ".").splitlines()
    return "\n".join(line for line in words if line.lstrip().startswith(("from ", "import ")))


def _relative(paths: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]
