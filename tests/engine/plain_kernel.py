"""The kernel's source against the reference, in a process that compiles nothing.

`test_plain_kernel.py` starts it; as it needs ``NUMBA_DISABLE_JIT=1``, pytest does not find it by
itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.full_bazaar import BAZAAR, BUSY
from helpers.plain_kernel import plain
from helpers.scenarios import from_raw, scenarios
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cvosim.engine import friends, kernel
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan
from cvosim.scenario import Scenario, library, load_scenario

N = 8


@pytest.fixture(autouse=True, scope="module")
def in_plain_python() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "live_all", plain(kernel.live_all))
        for name in ("count_friends", "fill_friends"):
            patch.setattr(friends, name, plain(getattr(friends, name)))
        yield


def bits(columns: Any) -> list[tuple[str, Any, bytes]]:
    """Every column, NaN being one bit pattern."""
    told = []
    for name, column in columns._asdict().items():
        whole = np.where(np.isnan(column), np.nan, column) if column.dtype.kind == "f" else column
        told.append((name, column.shape, whole.tobytes()))
    return told


def told_by(run: Any, plan: Plan, seed: int, first: int, count: int) -> Any:
    try:
        with np.errstate(all="ignore"):
            said = run(plan, seed, first, count)[:3]
    except CvosimError:
        return "refused"
    return [bits(table) for table in said]


def ours(plan: Plan, seed: int, first: int, count: int) -> Any:
    return run_kernel(plan, seed, first, count, events=True, threads=1)


@pytest.mark.parametrize("name", ["bazaar", *library()])
def test_written_scenarios(name: str) -> None:
    plan = compile_plan(from_raw(BAZAAR, BUSY) if name == "bazaar" else load_scenario(name))
    for first in (0, 2**40):
        args = (plan, 7, first, 40 if name == "bazaar" else N)
        assert told_by(ours, *args) == told_by(run_reference, *args)


@given(scenario=scenarios(), seed=st.integers(0, 2**64 - 1))
@settings(max_examples=20, derandomize=True, database=None, phases=[Phase.generate])
def test_drawn_scenarios(scenario: Scenario, seed: int) -> None:
    args = (compile_plan(scenario), seed, 5, N)
    assert told_by(ours, *args) == told_by(run_reference, *args)
