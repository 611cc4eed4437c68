"""`simulate`: what it records about itself, and how it refuses."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from cvosim.engine.driver import run_kernel
from cvosim.errors import CvosimError
from cvosim.experiment.simulate import EngineName, simulate
from cvosim.plan import compile_plan, plan_hash
from cvosim.scenario import load_scenario, scenario_hash
from cvosim.tables.columns import NOBODY

TALKATIVE = [
    "journey.experience={satisfaction: {mean: 9, sd: 1}}",
    "journey.referral={advocates: {promoter: 0.8}, invitations: {mean: 3.0}}",
]


def test_the_manifest_says_how_to_do_it_again() -> None:
    scenario = load_scenario("carpet_cleaning")
    run = simulate(scenario, customers=500, seed=99, threads=1)
    assert run.manifest.seed == run.scenario.seed == 99
    assert run.manifest.n_customers == len(run.customers) == 500
    assert run.manifest.plan_hash == plan_hash(compile_plan(scenario))
    assert run.manifest.scenario_hash == scenario_hash(run.scenario)
    again = simulate(run.scenario)
    assert again.customers.columns.revenue.tobytes() == run.customers.columns.revenue.tobytes()


def test_both_engines_through_the_front_door() -> None:
    scenario = load_scenario("dating_consultant")
    fast = simulate(scenario, customers=800, events=True)
    slow = simulate(scenario, customers=800, events=True, engine="reference")
    assert fast.events is not None
    assert slow.events is not None
    for a, b in zip(fast.events.columns, slow.events.columns, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_people_brought_by_referral_stand_below_the_market_prospects(engine: EngineName) -> None:
    scenario = load_scenario("carpet_cleaning", TALKATIVE)
    seen: list[int] = []
    run = simulate(scenario, customers=600, events=True, engine=engine, progress=seen.append)
    table = run.customers
    assert sum(seen) == run.scenario.customers == run.manifest.n_customers == table.n_market == 600
    assert len(table) > 600
    assert (table.referrer_id[:600] == NOBODY).all()
    assert np.isin(table.referrer_id[600:], table.customer_id).all()
    assert (table.generation > 0).tolist() == [row >= 600 for row in range(len(table))]
    assert run.events is not None
    assert np.isin(table.customer_id[600:], run.events.columns.customer_id).all()


def test_both_engines_bring_the_same_people() -> None:
    scenario = load_scenario("carpet_cleaning", TALKATIVE)
    fast = simulate(scenario, customers=400).customers
    slow = simulate(scenario, customers=400, engine="reference").customers
    for a, b in zip(fast.referred, slow.referred, strict=True):
        assert a.tobytes() == b.tobytes()
    np.testing.assert_array_equal(fast.columns.arrival_time, slow.columns.arrival_time)


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_a_population_that_grows_without_end_is_refused(engine: EngineName) -> None:
    scenario = load_scenario("carpet_cleaning", [*TALKATIVE, "journey.referral.cap=0.01"])
    with pytest.raises(CvosimError, match=r"journey\.referral\.cap"):
        simulate(scenario, customers=400, engine=engine)


def test_progress_counts_every_customer_once() -> None:
    seen: list[int] = []
    run_kernel(compile_plan(load_scenario("cdnow")), 1, 0, 1000, chunk=300, progress=seen.append)
    assert seen == [300, 300, 300, 100]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"customers": 0}, "customers: must be a whole number from 1"),
        ({"customers": 1.5}, r"got 1\.5"),
        ({"customers": True}, "got True"),
        ({"seed": -1}, "seed: must be a whole number from 0"),
        ({"threads": 0}, "threads: must be at least 1"),
        ({"engine": "turbo"}, 'must be "kernel" or "reference"'),
    ],
)
def test_nonsense_is_refused_in_words(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        simulate(load_scenario("cdnow"), **wrong)


def test_a_name_is_not_a_scenario() -> None:
    with pytest.raises(CvosimError, match="load_scenario"):
        simulate("cdnow")  # type: ignore[arg-type]


def test_repr_fits_on_a_line_or_two() -> None:
    run = simulate(load_scenario("cdnow"), customers=100, events=True)
    assert "CustomerTable(100 customers)" in repr(run)
    assert len(repr(run)) < 1500


def test_the_kernel_runs_in_any_thread() -> None:
    """A server or a notebook may simulate off the main thread."""
    plan = compile_plan(load_scenario("cdnow"))
    found: list[float] = []
    worker = threading.Thread(
        target=lambda: found.append(float(np.sum(run_kernel(plan, 1, 0, 100).customers.orders)))
    )
    worker.start()
    worker.join()
    assert found == [float(np.sum(run_kernel(plan, 1, 0, 100).customers.orders))]


def test_ctrl_c_while_compiling_is_an_interrupt_whatever_the_compiler_says() -> None:
    program = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
from cvosim.engine import driver

def compiler(*_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise RuntimeError("no compiled object yet") from None

driver._live_chunk = compiler
from cvosim.plan import compile_plan
from cvosim.scenario import load_scenario
try:
    driver.run_kernel(compile_plan(load_scenario("cdnow")), 1, 0, 10)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "interrupted\n", done.stderr
