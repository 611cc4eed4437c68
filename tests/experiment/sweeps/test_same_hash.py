"""One hash, whoever computes: threads, processes, a Dask cluster, and workers that are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from helpers.dask_cluster import DaskCluster, dask_cluster
from helpers.sweeps import prices

from cvosim.experiment.sweeps import jobs
from cvosim.experiment.sweeps.design import SweepDesign
from cvosim.experiment.sweeps.merge import merge_shards
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.experiment.sweeps.shards import Shard


@pytest.fixture(autouse=True)
def _many_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some dozens, so that there is a middle in which somebody can be killed."""
    monkeypatch.setattr(jobs, "JOB_CUSTOMERS", 20_000)


def design() -> SweepDesign:
    """Thirty points, of which one fails; two replicates."""
    return prices(-5, *range(1, 30), customers=20_000, replicates=2)


@cache
def serially() -> tuple[str, bytes]:
    done = run_sweep(design(), executor="serial")
    return done.manifest.hash, done.pooled.tobytes()


class Killer:
    """Kills a process once a third of the customers are done."""

    def __init__(self, victim: Callable[[], int]) -> None:
        self.victim = victim
        self.killed = 0

    def __call__(self, done: int, left: int, failed: int) -> None:
        if not self.killed and done > left / 2 > 0:
            self.killed = self.victim()
            os.kill(self.killed, signal.SIGKILL)


def a_worker_process() -> int:
    found = [child.pid for child in multiprocessing.active_children()]
    assert found
    assert found[0] is not None
    return found[0]


@pytest.mark.parametrize("executor", ["threads:2", "processes:2"])
def test_here(executor: str) -> None:
    done = run_sweep(design(), executor=executor)
    assert (done.manifest.hash, done.pooled.tobytes()) == serially()
    assert list(done.errors) == [0]
    assert np.isfinite(done.pooled[1:]).all()


def test_with_a_worker_process_killed() -> None:
    killer = Killer(a_worker_process)
    done = run_sweep(design(), executor="processes:2", progress=killer)
    assert killer.killed
    assert (done.manifest.hash, done.pooled.tobytes()) == serially()


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with dask_cluster(workers=2) as found:
        yield found


def test_on_a_dask_cluster_with_a_worker_killed(cluster: DaskCluster, tmp_path: Path) -> None:
    killer = Killer(lambda: cluster.workers[0])
    done = run_sweep(design(), executor=cluster.address, store=tmp_path / "s", progress=killer)
    assert killer.killed
    assert (done.manifest.hash, done.pooled.tobytes()) == serially()


def test_in_three_shards_by_three_executors(tmp_path: Path) -> None:
    for number, executor in enumerate(("serial", "threads:2", "serial"), 1):
        run_sweep(design(), executor=executor, store=tmp_path, shard=Shard(number, 3))
    done = merge_shards([tmp_path], tmp_path)
    assert (done.manifest.hash, done.pooled.tobytes()) == serially()
