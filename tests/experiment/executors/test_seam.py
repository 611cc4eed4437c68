"""What holds for every kind of executor: results, order of drawing, failures, early ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.dask_cluster import DaskCluster
from helpers.worker_jobs import customers, refuse_three, slow_square, square

from cvosim import DataError, compile_plan, load_scenario
from cvosim.experiment.executors import Workers, workers

KINDS = ["serial", "threads:2", "processes:2", "dask"]


@pytest.fixture(params=KINDS, scope="module")
def crew(request: pytest.FixtureRequest) -> Iterator[Workers]:
    """Workers of each kind, kept for all tests of it: they may be used again and again."""
    spec = request.param
    if spec == "dask":
        running: DaskCluster = request.getfixturevalue("cluster")
        spec = running.address
    with workers(spec) as crew:
        yield crew


def counted(jobs: range, drawn: list[int]) -> Iterator[int]:
    for job in jobs:
        drawn.append(job)
        yield job


def test_every_job_is_done_once(crew: Workers) -> None:
    found = list(crew.run(square, range(50)))
    assert sorted(found) == [(number, number * number) for number in range(50)]
    assert list(crew.run(square, [])) == []


def test_the_kernel_gives_the_same_everywhere(crew: Workers) -> None:
    names = ["cdnow", "carpet_cleaning"]
    plans = [compile_plan(load_scenario(name)) for name in names]
    by_name = {plan.stage_names[0]: customers(plan) for plan in plans}
    found = {plan.stage_names[0]: revenue for plan, revenue in crew.run(customers, plans)}
    assert found == by_name


def test_jobs_are_drawn_when_there_is_room(crew: Workers) -> None:
    drawn: list[int] = []
    run = crew.run(square, counted(range(1000), drawn))
    assert drawn == []
    for done, _ in enumerate(run, start=1):
        assert len(drawn) <= done - 1 + 2 * crew.size + 2
        if done == 20:
            break
    run.close()
    assert len(drawn) <= 20 + 2 * crew.size + 2


def test_what_a_job_raises_is_raised(crew: Workers) -> None:
    drawn: list[int] = []
    with pytest.raises(DataError, match="three: no such point"):
        list(crew.run(refuse_three, counted(range(100_000), drawn)))
    assert len(drawn) < 100_000  # Dask tries it again a few times, and does others meanwhile
    assert list(crew.run(square, [5])) == [(5, 25)]


def test_a_run_may_end_early_and_another_begin(crew: Workers) -> None:
    run = crew.run(slow_square, range(1000))
    next(run)
    run.close()
    assert sorted(crew.run(square, range(3))) == [(0, 0), (1, 1), (2, 4)]


def test_what_the_jobs_raise_while_drawn_is_raised(crew: Workers) -> None:
    def torn() -> Iterator[int]:
        yield 1
        raise DataError("design: torn")

    with pytest.raises(DataError, match="design: torn"):
        list(crew.run(square, torn()))


@pytest.mark.parametrize("spec", KINDS[:3])
def test_leaving_the_block_in_the_middle_ends_everything(spec: str) -> None:
    class PressedError(Exception):
        pass

    def consume() -> None:
        with workers(spec) as crew:
            for _ in crew.run(slow_square, range(1000)):
                raise PressedError

    with pytest.raises(PressedError):
        consume()
