"""Jobs for workers: functions of a module, so that they can travel."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from cvosim import DataError


def square(number: int) -> int:
    """What every executor must agree on."""
    return number * number


def slow_square(number: int) -> int:
    """Long enough to be killed in the middle."""
    time.sleep(0.05)
    return number * number


def square_and_pid(number: int) -> tuple[int, int]:
    """The result, and who found it."""
    time.sleep(0.02)
    return number * number, os.getpid()


def refuse_three(number: int) -> int:
    """Fails on 3 as a job may fail."""
    if number == 3:
        raise DataError("three: no such point")
    return number


def deadly_three(number: int) -> int:
    """Ends its worker on 3, every time."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number * number


def deadly_once(job: tuple[int, Path]) -> int:
    """Ends its worker on 3, unless that has happened before."""
    number, folder = job
    trace = folder / str(number)
    if number == 3 and not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number * number


def nap(job: tuple[float, Path]) -> int:
    """Leaves its pid in a folder and sleeps."""
    seconds, folder = job
    (folder / str(os.getpid())).touch()
    time.sleep(seconds)
    return os.getpid()


def customers(plan: object) -> float:
    """A call of the kernel."""
    from cvosim.engine.driver import run_kernel

    run = run_kernel(plan, 7, 0, 2000, threads=1)
    return float(run.customers.revenue.sum())
