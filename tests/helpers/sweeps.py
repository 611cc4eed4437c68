"""Small sweeps, and one that a process of its own runs until somebody kills it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from cvosim.experiment.sweeps.design import Factor, SweepDesign
from cvosim.scenario.patching import Template
from cvosim.scenario.template import load_template

PRICE = "journey.tripwire.price"
OUTCOMES = ("clv_per_prospect", "cac", "repeat_rate")


@cache
def carpet() -> Template:
    return load_template("carpet_cleaning")


def prices(
    *values: object,
    customers: int = 1500,
    outcomes: tuple[str, ...] = OUTCOMES,
    replicates: int = 1,
    common_luck: bool = True,
) -> SweepDesign:
    """A sweep over prices of the tripwire, one point each; -5 is an impossible one."""
    values = values or (9, 19, 29, 39, 49)
    return SweepDesign(
        carpet(),
        (Factor(PRICE, "lever", values),),
        tuple((value,) for value in values),
        outcomes,
        customers,
        replicates,
        common_luck,
    )


_LIVES = """
import os, signal, sys, time
sys.path.insert(0, {helpers!r})
import pandas, pyarrow.parquet
from cvosim.experiment.sweeps import jobs
from cvosim.experiment.sweeps.run import run_sweep
from helpers.sweeps import prices

jobs.JOB_CUSTOMERS = {job}
design = prices(*range(1, {points} + 1), customers={customers})
run_sweep(prices(1, customers=10), executor="serial")  # loads the kernel, once for all lives

def live(out):
    told = lambda done, left, failed: os.write(out, b"%d\\n" % done)
    run_sweep(design, executor="serial", store={store!r}, progress=told)
    os._exit(0)

for kill in range({kills}):
    heard, out = os.pipe()
    child = os.fork()
    if child == 0:
        live(out)
    os.close(out)
    with os.fdopen(heard) as said:
        for line in said:
            if int(line) >= kill % 3 * {job}:
                break
        time.sleep(0.005 * kill)
        os.kill(child, signal.SIGKILL)
        done = [int(line), *map(int, said)][-1]
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL:
        print(done)
"""


def killed_sweeps(
    store: Path, *, points: int, customers: int, job: int, kills: int = 10
) -> list[int]:
    """Run a sweep over prices 1, 2, ... in a process that SIGKILL ends, again and again.

    Every life ends 0, 5, 10, ... ms after it has done 0, 1, 2, 0, 1, ... jobs.

    Returns
    -------
    list of int
        Customers that each life had reported as done when it was killed.
    """
    helpers = str(Path(__file__).parent.parent)
    code = _LIVES.format(
        helpers=helpers, job=job, points=points, customers=customers, store=str(store), kills=kills
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [int(line) for line in ran.stdout.split()]
