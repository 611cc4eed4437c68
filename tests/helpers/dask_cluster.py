"""A real Dask scheduler and workers on loopback, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

PATIENCE = 120.0
"""Seconds that a process may take to begin or end on a busy machine."""


class DaskCluster(NamedTuple):
    """Where the scheduler is, and which processes may be killed."""

    address: str
    workers: tuple[int, ...]
    scheduler: int
    start_worker: Callable[[], int]
    """Starts one more, which ends with the cluster; its pid."""


@contextmanager
def dask_cluster(
    workers: int = 2, *, nanny: bool = False, settings: dict[str, str] | None = None
) -> Iterator[DaskCluster]:
    """Start a scheduler and workers of one thread each; all are gone afterwards.

    With ``nanny`` a worker that dies comes back; ``workers`` are then the pids of nannies.
    ``settings`` are environment variables, such as
    ``{"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}``.
    """
    with TemporaryDirectory() as folder, ExitStack() as ends:
        environment = {
            **os.environ,
            "DASK_CONFIG": folder,
            "OPENBLAS_NUM_THREADS": "1",
            # how long results are sought on a worker that was killed; 30 s by default
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "8s",
            # what the tests hand out is found by its name
            "PYTHONPATH": str(Path(__file__).parents[1]),
            **(settings or {}),
        }
        told = Path(folder) / "scheduler.json"

        def start(module: str, *words: str) -> int:
            command = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.{module}", *words]
            with (Path(folder) / "log").open("ab") as log:
                process = subprocess.Popen(
                    [*command, "--host", "127.0.0.1", "--no-dashboard"],
                    env=environment,
                    cwd=folder,
                    stdout=log,
                    stderr=log,
                )
            ends.callback(_end, process)
            return process.pid

        scheduler = start("dask_scheduler", "--port", "0", "--scheduler-file", str(told))
        address = _address(told)
        each = ["--nthreads", "1", "--memory-limit", "0", "--local-directory", folder]
        kept = "--nanny" if nanny else "--no-nanny"

        def start_worker() -> int:
            return start("dask_worker", address, kept, *each)

        pids = tuple(start_worker() for _ in range(workers))
        _wait_for_workers(address, workers)
        yield DaskCluster(address, pids, scheduler, start_worker)


def _address(told: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return str(json.loads(told.read_text())["address"])
        except (OSError, ValueError):  # not there, or half written
            time.sleep(0.05)
    raise TimeoutError("the Dask scheduler did not begin")


def _wait_for_workers(address: str, workers: int) -> None:
    if workers:
        from distributed import Client

        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=PATIENCE)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(PATIENCE)
