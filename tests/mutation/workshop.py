"""A copy of the checkout in which files may be broken, and a process that tests it.

Each mutant is judged in a process forked from one that has loaded the big libraries already, but
nothing of cvosim; so a test session starts at once and sees the changed file. Quick tests go first,
for the first that fails ends the session. A change of what is compiled gets an empty folder for
machine code, so that nothing stale is run. Limits are of processor time, so that a busy machine
kills nobody.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_NEEDED = ("cvosim", "tests", "scenarios", "benchmarks", "pyproject.toml")
_LOADED = (
    *("hypothesis", "matplotlib", "numba", "numpy", "pandas", "pyarrow.parquet", "pydantic"),
    *("pytest", "scipy.integrate", "scipy.optimize", "scipy.special", "scipy.stats", "simpy"),
)
_NO_SESSION = 99
KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"


class Stopwatch:
    """A plugin of pytest: how long each test takes, and the quick ones first."""

    def __init__(self, known: dict[str, float], longest: float, file: Path) -> None:
        self.known, self.longest, self.file = known, longest, file
        self.measured: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=lambda item: self.known.get(item.nodeid, 0.0))
        items[:] = [i for i in items if self.known.get(i.nodeid, 0.0) <= self.longest]

    def pytest_runtest_logreport(self, report: Any) -> None:
        spent = self.measured.get(report.nodeid, 0.0) + report.duration
        self.measured[report.nodeid] = round(spent, 3)

    def pytest_sessionfinish(self) -> None:
        self.file.write_text(json.dumps(self.measured), "utf-8")


class Workshop:
    """The copy, and sessions of pytest in it."""

    def __init__(self, folder: Path) -> None:
        self.timings: dict[str, float] = {}
        self.longest = math.inf
        self.root = folder / "copy"
        self.machine_code = folder / "machine_code"

    def judge(self, tests: list[str], *, seconds: float, fresh: bool, plain: bool) -> str:
        """Run tests until the first fails: killed, survived or timed out."""
        sys.stdout.flush()
        code = Path(tempfile.mkdtemp(dir=self.root.parent)) if fresh else self.machine_code
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
            self._session(tests, code, plain)
        try:
            return _wait(child, 20.0 * seconds)
        finally:
            if fresh:
                shutil.rmtree(code, ignore_errors=True)

    def _session(self, tests: list[str], code: Path, plain: bool) -> None:
        """Never returns."""
        status = _NO_SESSION
        try:
            os.setsid()
            self._settle(code, plain)
            import pytest

            quiet = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain"]
            watch = Stopwatch(self.timings, self.longest, self.root.parent / "timings.json")
            status = int(pytest.main([*quiet, "--doctest-modules", *tests], [watch]))
        finally:
            if status == _NO_SESSION:
                traceback.print_exc()
            sys.stdout.flush()
            os._exit(status)

    def _settle(self, code: Path, plain: bool) -> None:
        """Make the copy this process's cvosim, and keep what it says in a file."""
        import numba

        said = os.open(self.root.parent / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(self.root)
        sys.path.insert(0, str(self.root))
        sys.dont_write_bytecode = True
        numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = str(code)
        numba.config.DISABLE_JIT = int(plain)
        os.environ |= {"PYTHONPATH": str(self.root), "CI": "1"}

    @contextmanager
    def changed(self, path: Path, text: str) -> Iterator[None]:
        """Put another text into a file for a while; its time stays, so that nothing seems stale."""
        before, stat = path.read_text("utf-8"), path.stat()
        for kept in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            kept.unlink()
        try:
            path.write_text(text, "utf-8")
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            yield
        finally:
            path.write_text(before, "utf-8")
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@contextmanager
def workshop(checkout: Path) -> Iterator[Workshop]:
    """A copy of a checkout in a folder of its own, which is gone afterwards."""
    for name in _LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="cvosim-mutation-") as folder:
        made = Workshop(Path(folder))
        for name in _NEEDED:
            source, target = checkout / name, made.root / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy2(source, target)
        made.machine_code.mkdir()
        yield made


def _wait(child: int, seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            return TIMED_OUT
        if done:
            return SURVIVED if os.waitstatus_to_exitcode(status) in (0, 5) else KILLED
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TIMED_OUT
