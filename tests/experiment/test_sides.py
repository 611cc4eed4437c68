"""Sides: what is kept, left out or done at the same time changes no number."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from helpers.customer_tables import plausible

import cvosim.experiment.compare as comparing
from cvosim import compare, load_scenario
from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.comparison import Comparison
from cvosim.experiment.influences import Influences, combine_into
from cvosim.experiment.sides import VERDICT, Side, live, versus
from cvosim.experiment.twins import linear_weights, paired_sums
from cvosim.metrics import measure
from cvosim.metrics.columns import BLOCK, family_block
from cvosim.metrics.measure import measure_with_moments, moments_of
from cvosim.metrics.moments import combine
from cvosim.report.verdict import verdict
from cvosim.scenario import Scenario
from cvosim.stats.paired import PairedSums
from cvosim.tables.columns import CustomerTable

CUSTOMERS = 20_000
"""More than two blocks."""


def scenarios(name: str, *changes: str) -> list[Scenario]:
    variants = [[f"name=Variant {n}", change] for n, change in enumerate(changes)]
    return [load_scenario(name), *(load_scenario(name, each) for each in variants)]


PAIRS = {
    "plain": ("carpet_cleaning", "journey.tripwire.price=39", "journey.tripwire=null"),
    "referral": ("pizza_chain", "journey.tripwire.price=9", "journey.referral=null"),
}


@pytest.fixture(scope="module", params=PAIRS)
def sides(request: pytest.FixtureRequest) -> list[Side]:
    return [live(each, customers=CUSTOMERS) for each in scenarios(*PAIRS[request.param])]


def numbers(found: Comparison) -> dict[str, Any]:
    whole = found.to_dict()
    for manifest in whole["manifests"].values():
        for field in ("started", "seconds", "compile_seconds", "threads"):
            del manifest[field]
    return whole


def test_versus_is_compare(sides: list[Side]) -> None:
    wanted = compare([side.scenario for side in sides], customers=CUSTOMERS)
    first = numbers(versus(sides[0], sides[1:]))
    assert first == numbers(wanted)
    assert numbers(versus(sides[0], sides[1:])) == first  # from what was kept
    assert list(first["differences"]["Variant 0"]) == list(wanted.differences["Variant 0"])


def test_threads_change_nothing(sides: list[Side]) -> None:
    one, two = (
        [live(side.scenario, customers=CUSTOMERS, threads=threads) for side in sides]
        for threads in (1, 2)
    )
    assert numbers(versus(one[0], one[1:])) == numbers(versus(two[0], two[1:]))


def test_what_else_is_asked_for_changes_nothing(sides: list[Side]) -> None:
    whole = versus(sides[0], sides[1:])
    fresh = [live(side.scenario, customers=CUSTOMERS) for side in sides]
    for only in ({"cac", "gini"}, set(), {"clv_quantile.p50", "no_such_metric"}):
        some = versus(fresh[0], fresh[1:], only=only)
        for variant, differences in some.differences.items():
            everything = whole.differences[variant]
            expected = [name for name in everything if name in only | VERDICT]
            assert list(differences) == expected
            for name, one in differences.items():
                assert one == everything[name] or one.to_dict() == everything[name].to_dict()
        assert some.decomposition == whole.decomposition
        assert some.identical == whole.identical
        assert some.metrics == whole.metrics
        assert verdict(some) == verdict(whole)


def test_a_side_is_what_is_measured() -> None:
    scenario = load_scenario("saas")
    side = live(scenario, customers=3000, seed=5)
    assert (side.manifest.n_customers, side.manifest.seed, side.name) == (3000, 5, scenario.name)
    assert side.metrics == measure(side.table, currency=scenario.currency)
    assert side.moments == moments_of(side.table)
    metrics, moments = measure_with_moments(side.table, currency=scenario.currency)
    assert (metrics, moments) == (side.metrics, side.moments)


def test_sides_that_cannot_be_compared() -> None:
    base, other = (live(each, customers=500) for each in scenarios("cdnow", "seed=1"))
    with pytest.raises(ScenarioError, match="two scenarios are named"):
        versus(base, [base])
    with pytest.raises(ScenarioError, match="at least one variant"):
        versus(base, [])
    with pytest.raises(ValueError, match="same seed"):
        versus(base, [live(other.scenario, customers=500, seed=3)])
    with pytest.raises(ValueError, match="same customers"):
        versus(base, [live(other.scenario, customers=501, seed=base.manifest.seed)])
    with pytest.raises(CvosimError, match="threads"):
        live(base.scenario, threads=0)


def test_no_more_than_two_tables_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[weakref.ref[CustomerTable]] = []
    most = []

    def noting(*args: Any, **options: Any) -> Side:
        gc.disable()
        most.append(sum(table() is not None for table in held))
        side = live(*args, **options)
        held.append(weakref.ref(side.table))
        return side

    monkeypatch.setattr(comparing, "live", noting)
    changes = [f"journey.tripwire.price={price}" for price in (39, 49, 59)]
    try:
        compare(scenarios("carpet_cleaning", *changes), customers=500)
    finally:
        gc.enable()
    assert most == [0, 1, 1, 1]


def influences(table: CustomerTable, room: int = 0) -> Influences:
    return Influences(table, linear_weights(table, moments_of(table)), room)


@pytest.mark.parametrize("friends", [False, True])
def test_memory_that_is_there_takes_the_same_bits(*, friends: bool) -> None:
    scenario = load_scenario("pizza_chain" if friends else "carpet_cleaning")
    table = live(scenario, customers=BLOCK + 77).table
    found = influences(table)
    for start, stop in ((0, BLOCK), (BLOCK, BLOCK + 77)):
        rows, out, spare = family_block(table, start, stop), np.empty(stop - start), np.empty(BLOCK)
        for name, weights in found.weights.items():
            combine_into(out, rows, weights, spare)
            assert np.array_equal(out, combine(rows, weights), equal_nan=True), name


def plain_sums(one: CustomerTable, other: CustomerTable) -> dict[str, PairedSums]:
    """Sums of squares as they are defined, a block after the other."""
    weights = influences(one).weights, influences(other).weights
    totals = dict.fromkeys((name for name in weights[0] if name in weights[1]), PairedSums())
    for start in range(0, one.n_market, BLOCK):
        stop = min(start + BLOCK, one.n_market)
        pair = family_block(one, start, stop), family_block(other, start, stop)
        for name in totals:
            parts = (combine(rows, each[name]) for rows, each in zip(pair, weights, strict=True))
            totals[name] += PairedSums.of(*parts)
    return totals


def same(one: PairedSums, other: PairedSums) -> bool:
    fields = ("count", "baseline", "variant", "difference")
    pairs = [(getattr(one, field), getattr(other, field)) for field in fields]
    return np.array_equal(*np.array(pairs, float).T, equal_nan=True)


@pytest.mark.parametrize("room", [0, 3, 30, 1000])
def test_what_is_kept_is_bounded_and_changes_nothing(room: int) -> None:
    one, other = plausible(20_000, 7), plausible(20_000, 7, lift=0.9)
    ours, theirs = influences(one, room * 8 * 20_000), influences(other)
    wanted = plain_sums(one, other)
    for _ in range(2):
        found = paired_sums(ours, theirs)
        for name, sums in wanted.items():
            assert same(found[name], sums), name
        assert len(ours._kept) <= room
    everything = len(wanted) + 11
    assert len(ours._kept) == (everything if room == 1000 else len(ours._kept))
    assert not theirs._kept
    some = paired_sums(ours, theirs, {"cac", "gini"})
    assert set(some) == {"cac", "gini"}
    assert all(same(sums, found[name]) for name, sums in some.items())


def names_of(found: Sequence[Side]) -> list[str]:
    return [side.name for side in found]


def test_many_variants_in_order(sides: list[Side]) -> None:
    found = versus(sides[0], sides[:0:-1], only=set())
    assert [found.baseline, *found.variants] == names_of([sides[0], *sides[:0:-1]])
