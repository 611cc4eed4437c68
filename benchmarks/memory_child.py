"""Run by the memory benchmark: simulate and measure, then say how much memory that took."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from pathlib import Path

from cvosim import load_scenario, simulate

FEW = 2_000
_PROC = Path("/proc/self")


def start_over() -> int:
    """Forget the peak so far if the system can; bytes from which the next peak counts.

    What a start needed for a while and gave back, compiling above all, must not hide what
    the customers take.
    """
    with contextlib.suppress(OSError):
        (_PROC / "clear_refs").write_text("5", "ascii")  # Linux: the peak becomes the present
    return peak()


def peak() -> int:
    """Bytes, the most that were resident since the start or since `start_over`.

    Linux hands the peak of a parent down to its children in ``ru_maxrss``, but not here.
    """
    status = _PROC / "status"
    if status.exists():
        lines = (line.split() for line in status.read_text("ascii").splitlines())
        return next(1024 * int(words[1]) for words in lines if words[0] == "VmHWM:")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(name: str, customers: int) -> None:
    scenario = load_scenario(name)
    simulate(scenario, customers=FEW).metrics()  # all imports, and the kernel is loaded
    before = start_over()
    run = simulate(scenario, customers=customers)
    simulated = peak()
    run.metrics()
    measured = peak()
    n_rows = len(run.customers)
    # a column without strides is one number, said of everybody
    table = sum(column.nbytes for column in run.customers.columns if 0 not in column.strides)
    found = {
        "before": before,
        "rows": n_rows,
        "table": table / n_rows,
        "simulated": (simulated - before) / n_rows,
        "measured": (measured - before) / n_rows,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
