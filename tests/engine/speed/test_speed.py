"""The parts that time: turns are fair, sums are right, and nothing is timed that is not equal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cvosim import compile_plan, load_scenario
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.engine.speed import machine, spinning, units
from cvosim.engine.speed.clock import Timing, interleaved
from cvosim.engine.speed.counting import tally
from cvosim.engine.speed.floor import OPERATIONS, SAMPLE, bytes_per_row, contenders, floor_of
from cvosim.engine.speed.subject import Subject, agreed
from cvosim.errors import CvosimError
from cvosim.randomness.philox_plain import uniform
from cvosim.tables.fingerprint import trajectory_hash


def carpet() -> Any:
    return compile_plan(load_scenario("carpet_cleaning"))


def test_contenders_take_turns_and_the_first_turn_is_for_nothing() -> None:
    turns: list[str] = []
    done: list[int] = []
    names = ("a", "b", "c")
    contenders = {name: (lambda name=name: turns.append(name)) for name in names}
    times = interleaved(2, contenders, done.append)
    assert turns == ["a", "b", "c"] * 3
    assert sum(done) == 9
    assert set(times) == set(names)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_part_is_spun_once(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[Any] = []
    monkeypatch.setattr(spinning, "spin", parts.append)
    spinning.spun(1000, number)
    assert sum(len(part) for part in parts) == 1000
    assert len(parts) == number


def test_spinning_is_the_sum_of_logarithms() -> None:
    found = np.empty(3)
    units.spin(found)
    assert found == pytest.approx([math.lgamma(10_001)] * 3, rel=1e-12)


def test_units_do_what_they_are_timed_for() -> None:
    """Each operation as often as it is charged for; a loop left out would be a cheap floor."""
    words = [np.arange(1, 6, dtype=np.uint64) * step for step in (1, 7, 3)]
    drawn = [uniform(7, *(int(x) for x in one)) for one in zip(*words, strict=True)]
    assert units.blocks(np.uint64(7), *words, 3) == pytest.approx(3.0 * sum(drawn))
    out = np.empty(5)
    units.vector_blocks(out, np.uint64(7), *words, 2)
    assert (out == drawn).all()
    u = 0.0
    for who, site, _ in [*zip(*words, strict=True)] * 2:
        u = uniform(7, int(who), int(site), int(8.0 * u))
    assert units.chained_blocks(np.uint64(7), *words[:2], 2) == u
    x = np.array([0.5, 2.0, 3.0])
    for name, function in units.TRANSCENDENTALS.items():
        once = sum(getattr(math, name)(value) for value in x)
        assert function(x, 4) == pytest.approx(4.0 * once, rel=1e-14)


def test_a_copy_is_a_copy_of_more_than_a_cache_holds() -> None:
    source, target = units.large_arrays()
    assert source.nbytes == target.nbytes == units.COPIED >= 2**27
    units.copy(source, target)
    assert (target == 1).all()


def test_a_floor_adds_up() -> None:
    """Ten million CPU nanoseconds of each, a table of 4,000 rows, a kernel of 5,000."""
    counted = tally(Subject(carpet(), 7), 50)
    customers = 4_000
    names = contenders(Subject(carpet(), 7), counted, customers)
    assert set(names) == {*OPERATIONS, "chained", "vector", "kernel", "table"}
    floor = floor_of(counted, dict.fromkeys(names, Timing(1.0, 0.01)), customers, 5_000)
    assert floor.costs["kernel"] == pytest.approx(2_000.0)
    assert floor.costs["table"] == pytest.approx(2_500.0)
    assert {floor.costs[name] for name in OPERATIONS} == {1e7 / SAMPLE}
    per_person = sum(counted.counts().values()) / 50
    assert floor.nanoseconds == pytest.approx(per_person * 1e7 / SAMPLE)
    assert floor.efficiency == pytest.approx(floor.nanoseconds / 2_000.0)
    assert floor.with_blocks("chained") == floor.nanoseconds  # as dear as the others here


def test_the_size_of_a_row_is_that_of_the_table() -> None:
    for name in ("carpet_cleaning", "saas", "pizza_chain", "cdnow"):
        scenario = load_scenario(name)
        plan = compile_plan(scenario)
        table = run_kernel(plan, 7, 0, 30_000).customers
        held = sum(column.nbytes for column in table if 0 not in column.strides)
        rows = len(table.revenue)
        assert bytes_per_row(plan) == pytest.approx(held / rows, abs=1.0), name


def test_nothing_is_timed_when_the_engines_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single bit, on the second thread only, in a table or among the events."""

    def careless(*arguments: Any, **options: Any) -> Any:
        run = run_kernel(*arguments, **options)
        if options["threads"] == 2:
            run.events.cost[11] = np.nextafter(run.events.cost[11], np.inf)
        return run

    monkeypatch.setattr("cvosim.engine.speed.subject.run_kernel", careless)
    assert agreed(carpet(), 7, 40, threads=1).trajectory
    with pytest.raises(CvosimError, match=r"disagree on the first 40 customers \(\w{12} and \w"):
        agreed(carpet(), 7, 40)


def test_the_hash_is_that_of_the_reference_engine() -> None:
    assert agreed(carpet(), 7, 30).trajectory == trajectory_hash(*run_reference(carpet(), 7, 0, 30))


def test_the_machine_is_described() -> None:
    found = machine.describe()
    assert found["cpu"]
    assert machine.cores() == found["cores"] >= 1
    assert set(machine.versions()) == {"python", "cvosim", *machine.PACKAGES}
