"""A real scheduler on loopback: workers die, jobs kill, nobody is there, releases differ."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from helpers.dask_cluster import DaskCluster, dask_cluster
from helpers.worker_jobs import deadly_three, slow_square, square

from cvosim import DataError
from cvosim.experiment.executors import Lost, workers
from cvosim.experiment.executors import dask_cluster as seam
from cvosim.experiment.executors.dask_cluster import Release, done_by

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def test_a_killed_worker_loses_nothing_and_a_lost_scheduler_is_told(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with dask_cluster() as cluster, workers(cluster.address) as crew:
        assert crew.size == 2
        found = []
        for _, result in crew.run(slow_square, range(40)):
            found.append(result)
            if len(found) == 5:
                os.kill(cluster.workers[0], signal.SIGKILL)
        assert sorted(found) == [number * number for number in range(40)]
        run = crew.run(slow_square, range(1000))
        next(run)
        os.kill(cluster.scheduler, signal.SIGKILL)
        with pytest.raises(DataError, match=f"{cluster.address}: the connection .* was lost"):
            list(run)
    assert capfd.readouterr() == ("", "")


def test_only_the_job_that_ends_its_workers_is_lost() -> None:
    # as strict as can be: the first death blames every job that the worker had
    settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with dask_cluster(settings=settings) as cluster, workers(cluster.address) as crew:
        found = {}
        for job, result in crew.run(deadly_three, range(12)):
            found[job] = result
            if result == Lost():
                cluster.start_worker()  # for the innocent; it has ended both that there were
    assert found.pop(3) == Lost()
    assert found == {number: number * number for number in range(12) if number != 3}


def test_a_scheduler_without_workers_is_waited_for_aloud(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with dask_cluster(0) as cluster, workers(cluster.address) as crew:
        assert crew.size == 1
        run = crew.run(square, range(4))
        cluster.start_worker()
        assert sorted(run) == [(0, 0), (1, 1), (2, 4), (3, 9)]
    err = capsys.readouterr().err
    assert err.count("the scheduler has no workers; waiting") == 1
    assert len(err.splitlines()) == 1


def test_no_scheduler_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seam, "REACH", 0.5)
    with (
        pytest.raises(DataError, match=r"tcp://127.0.0.1:1: no Dask scheduler can be reached"),
        workers("tcp://127.0.0.1:1"),
    ):
        pass


def test_dask_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(DataError, match=r"needs Dask; .* pip install 'cvosim\[dask\]'"),
        workers("tcp://127.0.0.1:8786"),
    ):
        pass


def test_workers_of_another_release_are_refused(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seam, "version", lambda name: "0.0.1")
    with (
        pytest.raises(DataError, match=r"worker tcp://\S+ has \S+ cvosim, here is 0.0.1; install"),
        workers(cluster.address),
    ):
        pass


def test_a_worker_of_another_release_that_comes_late_does_nothing(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert done_by(Release(), square, 3) == 9
    with workers(cluster.address) as crew:
        monkeypatch.setattr(seam, "Release", lambda: ("0.0.1", 1))
        with pytest.raises(DataError, match=r"a worker has cvosim .* here is 0.0.1"):
            list(crew.run(square, range(3)))
