"""The project's central test: two engines, one truth, equal to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from helpers.full_bazaar import BAZAAR, BUSY
from helpers.scenarios import from_raw, scenarios
from hypothesis import given, settings
from hypothesis import strategies as st

from cvosim.engine.customer import BLOCK
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan
from cvosim.scenario import Scenario, library, load_scenario

N = 24


class Told(NamedTuple):
    """Everything that an engine says; or that it refuses, each in words of its own."""

    customers: Any = ()
    referred: Any = ()
    events: Any = ()
    refused: bool = False


def kernel(plan: Plan, seed: int, first: int, count: int, **how: Any) -> Told:
    def run() -> Told:
        told = run_kernel(plan, seed, first, count, events=True, **how)
        return Told(told.customers, told.referred, told.events)

    return _or_refused(run)


def reference(plan: Plan, seed: int, first: int, count: int) -> Told:
    return _or_refused(lambda: Told(*run_reference(plan, seed, first, count)))


def _or_refused(run: Callable[[], Told]) -> Told:
    try:
        return run()
    except CvosimError:
        return Told(refused=True)


def differences(left: Told, right: Told) -> list[str]:
    """The columns in which two runs differ, NaN being equal to NaN only bit for bit."""
    assert left.refused == right.refused
    if left.refused:
        return []
    return [
        f"{table}.{name}"
        for table in ("customers", "referred", "events")
        for name in same_bits(nan_free(getattr(left, table)), nan_free(getattr(right, table)))
    ]


def same_bits(left: Any, right: Any) -> list[str]:
    """The columns in which two tables differ."""
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
    told = reference(plan, seed, first, N)
    for chunk, threads in ((N, 1), (7, 2), (1, 1)):
        ours = kernel(plan, seed, first, N, chunk=chunk, threads=threads)
        assert differences(ours, told) == []


@pytest.mark.parametrize("name", library())
def test_the_library_agrees_too(name: str) -> None:
    plan = compile_plan(load_scenario(name))
    assert differences(kernel(plan, 7, 0, 3000), reference(plan, 7, 0, 3000)) == []


def test_the_fullest_shop_agrees_too() -> None:
    plan = compile_plan(from_raw(BAZAAR, BUSY))
    told = reference(plan, 7, 0, 2000)
    assert len(told.referred.customer_id) > 100
    assert differences(kernel(plan, 7, 0, 2000), told) == []


@given(scenario=scenarios(), chunk=st.sampled_from([None, 7, 700]))
@settings(max_examples=40)
def test_threads_never_change_a_bit(scenario: Scenario, chunk: int | None) -> None:
    """Three blocks of customers, so that two threads really share the work."""
    count = 2 * BLOCK + 100 if chunk != 7 else 300
    plan = compile_plan(scenario)
    alone = kernel(plan, 3, 0, count, threads=1)
    assert differences(kernel(plan, 3, 0, count, chunk=chunk, threads=2), alone) == []


@pytest.mark.parametrize("name", ["carpet_cleaning", "bazaar"])
@pytest.mark.parametrize(("count", "chunk"), [(300, 1), (3000, 7), (9000, 1024)])
def test_chunks_never_change_a_bit(name: str, count: int, chunk: int) -> None:
    plan = compile_plan(from_raw(BAZAAR, BUSY) if name == "bazaar" else load_scenario(name))
    whole = kernel(plan, 3, 0, count)
    for threads in (1, 2):
        parts = kernel(plan, 3, 0, count, chunk=chunk, threads=threads)
        assert differences(parts, whole) == []


def test_a_range_of_customers_is_a_part_of_the_whole() -> None:
    plan = compile_plan(load_scenario("carpet_cleaning"))
    whole = run_kernel(plan, 3, 0, 3000).customers
    part = run_kernel(plan, 3, 1000, 500).customers
    for name, a, b in zip(whole._fields, nan_free(whole), nan_free(part), strict=True):
        assert a[..., 1000:1500].tobytes() == b.tobytes(), name


def test_a_range_of_prospects_brings_its_own_friends_and_nobody_else() -> None:
    plan = compile_plan(from_raw(BAZAAR, BUSY))
    whole, part = kernel(plan, 3, 0, 3000), kernel(plan, 3, 1000, 500)
    roots = whole.referred.root
    theirs = (roots >= 1000) & (roots < 1500)
    assert 0 < theirs.sum() < len(roots)
    for name, a, b in zip(whole.referred._fields, whole.referred, part.referred, strict=True):
        shift = 1000 if name == "root" else 0
        assert (a[theirs] - a.dtype.type(shift)).tobytes() == b.tobytes(), name
    rows = np.concatenate((np.arange(1000, 1500), 3000 + np.flatnonzero(theirs)))
    for name, a, b in zip(
        whole.customers._fields, nan_free(whole.customers), nan_free(part.customers), strict=True
    ):
        assert a[..., rows].tobytes() == b.tobytes(), name


@pytest.mark.parametrize("name", ["carpet_cleaning", "bazaar"])
def test_events_are_in_canonical_order(name: str) -> None:
    plan = compile_plan(from_raw(BAZAAR, BUSY) if name == "bazaar" else load_scenario(name))
    events = run_kernel(plan, 3, 0, 3000, events=True).events
    assert events is not None
    keys = np.rec.fromarrays([events.time, events.customer_id])
    assert (np.sort(keys) == keys).all()


def test_one_compiled_signature_serves_every_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other tests of this process have compiled: only these calls are looked at."""
    from cvosim.engine import kernel as compiled

    live_all, seen = compiled.live_all, set()

    class Watched:
        overloads = live_all.overloads  # type: ignore[attr-defined]

        def __call__(self, *tables: Any) -> None:
            seen.add(tuple(map(numba.typeof, tables)))
            live_all(*tables)

    monkeypatch.setattr(compiled, "live_all", Watched())
    for plan in (*map(load_scenario, ("carpet_cleaning", "cdnow")), from_raw(BAZAAR, BUSY)):
        run_kernel(compile_plan(plan), 1, 0, 10, events=True, chunk=3)
    assert len(seen) == 1
