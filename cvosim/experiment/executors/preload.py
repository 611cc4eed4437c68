"""Imported once by the process from which workers are forked: all that a job needs is loaded.

The workers share it: nobody reads the kernel's machine code from the disk a second time. No
thread may begin here, since a fork takes along only the thread that forks: so no pyarrow, and
one thread for BLAS, which is told before numpy is imported.
"""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from importlib import import_module

_MODULES = ("cvosim.experiment.blocks", "cvosim.experiment.sweeps.tasks")


def load(*, compiling: bool) -> None:
    """Load the kernel, and the modules in which jobs are defined.

    Whatever goes wrong here goes wrong again in a job, where it can be told.

    Parameters
    ----------
    compiling : bool
        Compile the kernel if there is no machine code of it: 20 s in which the process does
        not listen, which only a worker can afford, since it may be killed.

    Examples
    --------
    >>> load(compiling=True)
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # nothing becomes garbage while modules are loaded: a tenth of the time
    with suppress(Exception):
        from cvosim.engine.cache import discard_stale, is_compiled

        discard_stale()
        if compiling or is_compiled():
            _run_once()
    for name in _MODULES:
        with suppress(Exception):
            import_module(name)
    gc.enable()


def _run_once() -> None:
    from cvosim.engine.driver import run_kernel
    from cvosim.plan import compile_plan
    from cvosim.scenario import load_scenario

    run_kernel(compile_plan(load_scenario("cdnow")), 0, 0, 1, threads=1)


load(compiling=False)
