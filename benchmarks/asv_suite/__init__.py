"""History of the speed, for asv: ``asv run --config benchmarks/asv.conf.json``.

A thin wrapper: what is timed is said in `benchmarks.cases`. asv imports every file of its
folder, so this one has a folder to itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))  # at the end, so that the installed cvosim is the one that is timed

from benchmarks.cases import CASES  # noqa: E402

_BY_NAME = {case.name: case for case in CASES}


class Kernel:
    """Every case, with the kernel loaded."""

    params = tuple(_BY_NAME)
    param_names = ("case",)
    timeout = 300

    def setup_cache(self) -> None:
        """Compile before anything is measured: neither its time nor its memory is the kernel's."""
        _process(_FIRST_CALL)

    setup_cache.timeout = 900  # type: ignore[attr-defined]

    def setup(self, name: str) -> None:
        from cvosim import compile_plan, load_scenario

        self.case = _BY_NAME[name]
        scenario = load_scenario(ROOT / self.case.file)
        self.plan, self.seed = compile_plan(scenario), scenario.seed
        self._live(1)

    def _live(self, customers: int) -> Any:
        from cvosim.engine.driver import run_kernel

        threads, events = self.case.threads, self.case.events
        return run_kernel(self.plan, self.seed, 0, customers, events=events, threads=threads)

    def time_kernel(self, name: str) -> None:
        self._live(self.case.customers)

    def peakmem_kernel(self, name: str) -> None:
        self._live(self.case.customers)

    def track_customers_per_second(self, name: str) -> float:
        """The best of three, by the case's clock."""
        import time

        clock = time.process_time if self.case.clock == "cpu" else time.perf_counter
        best = float("inf")
        for _ in range(3):
            started = clock()
            self._live(self.case.customers)
            best = min(best, clock() - started)
        return self.case.customers / best

    track_customers_per_second.unit = "customers/s"  # type: ignore[attr-defined]


class Start:
    """Whole processes, from nothing."""

    timeout = 900
    number = 1
    rounds = 1
    repeat = (1, 3, 60.0)
    warmup_time = 0.0

    def time_import(self) -> None:
        _process("import cvosim")

    def time_first_call(self) -> None:
        """Nothing is compiled yet."""
        with tempfile.TemporaryDirectory() as cache:
            _process(_FIRST_CALL, NUMBA_CACHE_DIR=cache)


_FIRST_CALL = "import cvosim; cvosim.simulate(cvosim.load_scenario('saas'), customers=1)"


def _process(program: str, **variables: str) -> None:
    env = {**os.environ, **variables}
    subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=True)
