"""What `bench` says is arithmetic of what it measured; how fast anything is, is no test's business.

Times are therefore put in by hand here, but for one run of everything.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cvosim import CvosimError, compile_plan, load_scenario
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.engine.speed.clock import Timing
from cvosim.engine.speed.counting import tally
from cvosim.engine.speed.subject import Subject
from cvosim.experiment import bench as home
from cvosim.experiment.bench import Bench, bench, bench_steps
from cvosim.tables.fingerprint import trajectory_hash


@pytest.fixture(scope="module")
def found() -> Bench:
    return bench(load_scenario("pizza_chain"), customers=3_000, rounds=1, threads=2)


def quiet(found: Bench, **times: Timing) -> Bench:
    """The same as if the machine had been quiet, and some times of one's own."""
    usual = {
        "kernel": Timing(0.5, 0.5), "all": Timing(0.26, 0.5), "spin": Timing(1.0, 1.0),
        "spin all": Timing(0.51, 1.0), **times,
    }  # fmt: skip
    machine = {**found.machine, "load": 0.2, "cores": 2}
    return replace(found, times={**found.times, **usual}, machine=machine, threads=2)


def test_counts_and_hash_are_those_of_the_engines(found: Bench) -> None:
    scenario = load_scenario("pizza_chain")
    plan = compile_plan(scenario)
    assert found.trajectory == trajectory_hash(*run_reference(plan, scenario.seed, 0, 1_000))
    run = run_kernel(plan, scenario.seed, 0, 3_000, events=True)
    assert run.events is not None
    assert found.rows == len(run.customers.revenue) > 3_000
    assert found.events == len(run.events.time) / found.rows
    counted = tally(Subject(plan, scenario.seed), found.size.counted)
    blocks = counted.counts()["block"] / counted.people
    assert found.floor.each["block"] == blocks
    assert found.event_bytes == 37


def test_ratios_are_of_what_was_timed(found: Bench) -> None:
    known = quiet(found, reference=Timing(9.9, 2.0), copy=Timing(0.03, 0.02))
    assert known.seconds == 0.26
    assert known.customers_per_second == pytest.approx(known.rows / 0.26)
    assert known.scaling == pytest.approx(0.5 / 0.26)
    assert known.possible_scaling == pytest.approx(1.0 / 0.51)
    assert known.reference_nanoseconds == pytest.approx(2e9 / known.reference_rows)
    assert known.ratio == pytest.approx(known.reference_nanoseconds / known.nanoseconds)
    assert known.gigabytes_per_second == pytest.approx(2**28 / 0.02 / 1e9)
    # the kernel's own share comes from the same times
    assert found.nanoseconds == pytest.approx(1e9 * found.times["kernel"].cpu / found.rows)


def test_a_quiet_machine_needs_no_caution_and_each_trouble_is_named(found: Bench) -> None:
    assert quiet(found).cautions() == []
    loaded = replace(quiet(found), machine={**found.machine, "load": 1.4, "cores": 2})
    assert loaded.cautions() == ["other work was going on before it began (load 1.4, 2 cores)"]
    unknown = replace(quiet(found), machine={**found.machine, "load": None, "cores": 2})
    assert unknown.cautions() == []
    waiting = quiet(found, kernel=Timing(0.75, 0.5))
    assert waiting.cautions() == ["one thread took 1.50 s for a second of CPU time"]
    sharing = quiet(found, **{"spin all": Timing(0.8, 1.0)})
    assert sharing.cautions() == ["2 threads of arithmetic alone were only 1.25 times as fast as "
                                  "one"]  # fmt: skip
    assert replace(sharing, threads=1).cautions() == []


def test_everything_can_be_json_and_comes_back(found: Bench) -> None:
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert values["trajectory_hash"] == found.trajectory
    assert values["kernel_against_reference"] == found.ratio
    assert values["prospects"] == {
        "checked": 1000, "customers": 3000, "reference": 100, "counted": 200, "spun": 100,
    }  # fmt: skip
    assert set(values["machine"]["versions"]) >= {"python", "cvosim", "numpy", "numba", "llvmlite"}


def test_progress_is_told_as_often_as_was_said() -> None:
    done: list[int] = []
    bench(load_scenario("cdnow"), customers=200, rounds=2, threads=1, progress=done.append)
    assert sum(done) == bench_steps(2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customers": 0}, "customers: must be a whole number of at least 1 (got 0)"),
        ({"threads": -1}, "threads: must be a whole number of at least 1 (got -1)"),
        ({"rounds": 1.5}, "rounds: must be a whole number of at least 1 (got 1.5)"),
    ],
)
def test_impossible_numbers_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CvosimError) as error:
        bench(load_scenario("cdnow"), **changes)
    assert str(error.value) == words


@pytest.mark.parametrize(
    ("seconds", "customers"),
    [(2e-7, 1_000_000), (0.99e-6, 1_000_000), (1.1e-6, 500_000), (4.9e-6, 200_000), (1.0, 1_000)],
)
def test_as_many_customers_as_take_a_second(
    seconds: float, customers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow scenario, such as one with everything in it, need not be asked about kindly."""
    took = Timing(0.0, seconds * home.CHECKED)
    monkeypatch.setattr("cvosim.engine.speed.clock.once", lambda action: took)
    who = Subject(compile_plan(load_scenario("cdnow")), 7)
    assert home._size(who, None).customers == customers
    assert home._size(who, 123).customers == 123


def test_nothing_is_timed_before_the_engines_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*arguments: Any, **options: Any) -> Any:
        run = run_kernel(*arguments, **options)
        run.customers.orders[5] += 1
        return run

    def timed(*_: object) -> None:
        raise AssertionError("timed before looking")

    monkeypatch.setattr("cvosim.engine.speed.subject.run_kernel", careless)
    monkeypatch.setattr("cvosim.engine.speed.clock.interleaved", timed)
    with pytest.raises(CvosimError, match="the engines disagree on the first 1,000 customers"):
        bench(load_scenario("cdnow"), customers=200)
