"""From typing a command to its result: compiling once, then starting again and again."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clock import Timing, best, child
from benchmarks.rows import Row, at_most
from benchmarks.subjects import Size, subject

SCENARIO = "carpet_cleaning"


def rows(size: Size) -> Iterator[Row]:
    """Wall time of whole processes, for this is what a person waits for."""
    trajectory = subject(SCENARIO, size).trajectory
    with tempfile.TemporaryDirectory() as folder:
        env = {"NUMBA_CACHE_DIR": folder} if size.compiles else {}
        first = _run(size, env) if size.compiles else None
        later = [_run(size, env) for _ in range(size.slow_rounds)]
        timing = best([timing for timing, _ in later])
        if first is not None:
            whole, seconds = first
            note = (
                f"wall; the first process {_both(whole)}; without what a later one takes "
                f"{whole.cpu - timing.cpu:.1f} s of CPU"
            )
            yield Row("start", "compiling, once", seconds, "s", at_most(40), note, trajectory)
        note = f"wall; {_both(timing)}; {min(s for _, s in later):.2f} s of it load the kernel"
        what = f"a later process, {size.compared:,} customers"
        yield Row("start", what, timing.wall, "s", at_most(2), note, trajectory)
    timing = best([child([*_command(), "--help"])[0] for _ in range(2 * size.slow_rounds)])
    note = f"wall; {_both(timing)}"
    yield Row("start", "cvosim --help", timing.wall, "s", at_most(0.15), note)
    for what, code in (("import cvosim", "import cvosim"), ("Python itself, doing nothing", "")):
        timing = best([child([sys.executable, "-c", code])[0] for _ in range(2 * size.slow_rounds)])
        yield Row("start", what, timing.wall, "s", None, f"wall; {_both(timing)}")


def _run(size: Size, env: dict[str, str]) -> tuple[Timing, float]:
    """A process from start to result, and its seconds of compiling or loading the kernel."""
    words = ("run", SCENARIO, "--customers", str(size.compared), "--format", "json")
    timing, printed = child([*_command(), *words], env)
    manifest = json.loads(printed)["manifest"]
    assert manifest["n_customers"] == size.compared
    return timing, float(manifest["compile_seconds"])


def _command() -> list[str]:
    """The installed command beside this Python, or the package itself."""
    script = Path(sys.executable).parent / "cvosim"
    return [str(script)] if script.exists() else [sys.executable, "-m", "cvosim"]


def _both(timing: Timing) -> str:
    return f"{timing.wall:.2f} s, of CPU {timing.cpu:.2f} s"
