"""The project's central test: two engines, one truth, equal to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.scenarios import scenarios
from hypothesis import given, settings
from hypothesis import strategies as st

from cvosim.engine.customer import BLOCK
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.plan import compile_plan
from cvosim.scenario import Scenario, load_scenario

N = 40


def same_bits(left: Any, right: Any) -> list[str]:
    """The columns in which two tables differ, NaN being equal to NaN only bit for bit."""
    return [
        name
        for name, a, b in zip(left._fields, left, right, strict=True)
        if a.dtype != b.dtype or a.shape != b.shape or a.tobytes() != b.tobytes()
    ]


def nan_free(columns: Any) -> Any:
    """One bit pattern for NaN: its sign and payload mean nothing."""
    return columns._replace(
        **{
            name: np.where(np.isnan(column), np.nan, column)
            for name, column in columns._asdict().items()
            if column.dtype == np.float64
        }
    )


@given(
    scenario=scenarios(),
    seed=st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 2**63, 2**64 - 1])),
    first=st.sampled_from([0, 5, 2**33, 2**63]),
)
@settings(max_examples=200)
def test_engines_agree_on_drawn_scenarios(scenario: Scenario, seed: int, first: int) -> None:
    plan = compile_plan(scenario)
    customers, events = run_reference(plan, seed, first, N)
    for chunk, threads in ((N, 1), (7, 2), (1, 1)):
        run = run_kernel(plan, seed, first, N, events=True, chunk=chunk, threads=threads)
        assert run.events is not None
        assert same_bits(nan_free(run.customers), nan_free(customers)) == []
        assert same_bits(run.events, events) == []


def test_the_library_agrees_too() -> None:
    for name in ("carpet_cleaning", "carpet_cleaning_no_tripwire", "dating_consultant", "cdnow"):
        plan = compile_plan(load_scenario(name))
        customers, events = run_reference(plan, 7, 0, 3000)
        run = run_kernel(plan, 7, 0, 3000, events=True)
        assert run.events is not None
        assert same_bits(nan_free(run.customers), nan_free(customers)) == []
        assert same_bits(run.events, events) == []


@given(scenario=scenarios(), chunk=st.sampled_from([None, 7, 700]))
@settings(max_examples=40)
def test_threads_never_change_a_bit(scenario: Scenario, chunk: int | None) -> None:
    """Three blocks of customers, so that two threads really share the work."""
    count = 2 * BLOCK + 100 if chunk != 7 else 300
    plan = compile_plan(scenario)
    alone = run_kernel(plan, 3, 0, count, events=True, threads=1)
    shared = run_kernel(plan, 3, 0, count, events=True, chunk=chunk, threads=2)
    assert same_bits(nan_free(shared.customers), nan_free(alone.customers)) == []
    assert same_bits(shared.events, alone.events) == []


@pytest.mark.parametrize(("count", "chunk"), [(300, 1), (3000, 7), (9000, 1024)])
def test_chunks_never_change_a_bit(count: int, chunk: int) -> None:
    plan = compile_plan(load_scenario("carpet_cleaning"))
    whole = run_kernel(plan, 3, 0, count, events=True)
    for threads in (1, 2):
        parts = run_kernel(plan, 3, 0, count, events=True, chunk=chunk, threads=threads)
        assert same_bits(nan_free(parts.customers), nan_free(whole.customers)) == []
        assert same_bits(parts.events, whole.events) == []


def test_a_range_of_customers_is_a_part_of_the_whole() -> None:
    plan = compile_plan(load_scenario("carpet_cleaning"))
    whole = run_kernel(plan, 3, 0, 3000).customers
    part = run_kernel(plan, 3, 1000, 500).customers
    for name, a, b in zip(whole._fields, nan_free(whole), nan_free(part), strict=True):
        assert a[..., 1000:1500].tobytes() == b.tobytes(), name


def test_events_are_in_canonical_order() -> None:
    plan = compile_plan(load_scenario("carpet_cleaning"))
    events = run_kernel(plan, 3, 0, 3000, events=True).events
    assert events is not None
    keys = np.rec.fromarrays([events.time, events.customer_id])
    assert (np.sort(keys) == keys).all()


def test_one_compiled_signature_serves_every_scenario() -> None:
    from cvosim.engine.kernel import live_all

    for name in ("carpet_cleaning", "cdnow"):
        run_kernel(compile_plan(load_scenario(name)), 1, 0, 10, events=True, chunk=3)
    assert len(live_all.signatures) == 1  # type: ignore[attr-defined]
