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
from cvosim.experiment.simulate import simulate
from cvosim.plan import compile_plan, plan_hash
from cvosim.scenario import load_scenario, scenario_hash


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
