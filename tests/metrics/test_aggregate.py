"""Aggregates: blocks add up to the whole to the bit, and give the metrics of the table."""

import math
from functools import lru_cache, reduce
from operator import add

import numpy as np
import pytest
from helpers.customer_tables import FULL, blank, families, plausible
from hypothesis import given, settings
from hypothesis import strategies as st

from cvosim import load_scenario, simulate
from cvosim.engine.driver import run_kernel
from cvosim.engine.names import names_of
from cvosim.metrics import catalogue, measure
from cvosim.metrics.aggregate import (
    EVENT_OUTCOMES,
    Aggregate,
    Wanted,
    aggregate,
    outcome_names,
)
from cvosim.metrics.columns import Rows
from cvosim.metrics.metric import YES_OR_NO
from cvosim.metrics.moments import Moments, collect
from cvosim.metrics.sketch import ACCURACY, Sketch
from cvosim.metrics.sketch_error import reach
from cvosim.plan import compile_plan
from cvosim.tables.columns import CustomerTable, EventTable
from cvosim.tables.spans import STREAM_BLOCK, blocks_of

FIRST, COUNT = 1000, STREAM_BLOCK + 40_000


def lived(name: str, first: int, count: int) -> tuple[CustomerTable, EventTable, float]:
    plan = compile_plan(load_scenario(name))
    ran, names = run_kernel(plan, 7, first, count, events=True), names_of(plan)
    assert ran.events is not None
    people = CustomerTable(ran.customers, names, first, ran.referred)
    return people, EventTable(ran.events, names), float(plan.world["horizon"][0])


def wanted_of(table: CustomerTable) -> Wanted:
    return Wanted(outcome_names(table.names), 30.0)


@lru_cache(maxsize=2)
def whole_and_parts(name: str) -> tuple[Aggregate, list[Aggregate]]:
    found = []
    for first, count in [(FIRST, COUNT), *blocks_of(FIRST, COUNT)]:
        people, events, horizon = lived(name, first, count)
        found.append(aggregate(people, events, wanted_of(people), horizon))
    return found[0], found[1:]


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain"])
class TestFold:
    def test_blocks_add_up_to_the_whole_to_the_bit(self, name: str) -> None:
        whole, parts = whole_and_parts(name)
        assert len(parts) == 2
        assert reduce(add, parts).to_json() == whole.to_json()

    def test_goes_through_text_to_the_bit(self, name: str) -> None:
        whole, parts = whole_and_parts(name)
        texts = [part.to_json() for part in parts]
        again = reduce(add, map(Aggregate.from_json, texts))
        assert again == whole
        assert again.to_json() == whole.to_json()
        wanted = Wanted(outcome_names(whole.names))
        assert repr(again.measure(wanted)) == repr(whole.measure(wanted))

    def test_everybody_is_counted(self, name: str) -> None:
        whole, _ = whole_and_parts(name)
        for distribution, sketch in whole.sketches.items():
            if distribution.endswith("|prospects"):
                assert sketch.count == COUNT
        assert whole.moments.count == COUNT


# ---------------------------------------------------------------- the metrics of the table


@lru_cache(maxsize=1)
def tables() -> dict[str, CustomerTable]:
    found = {"plausible": plausible(6000), "families": families(3000)}
    for name in ("carpet_cleaning", "saas", "pizza_chain"):
        found[name] = simulate(load_scenario(name), customers=6000).customers
    return found


NAMES_OF_TABLES = ["plausible", "families", "carpet_cleaning", "saas", "pizza_chain"]


@pytest.mark.parametrize("name", NAMES_OF_TABLES)
def test_ratios_and_totals_are_those_of_the_table(name: str) -> None:
    table = tables()[name]
    found = aggregate(table, None, Wanted(), 365.0).measure(Wanted(), "EUR")
    wanted = measure(table, currency="EUR")
    assert list(found) == list(wanted)
    for metric in catalogue(table.names):
        if metric.statistic is None:
            assert repr(found[metric.name]) == repr(wanted[metric.name])
        else:
            assert found[metric.name].unit == wanted[metric.name].unit


@pytest.mark.parametrize("name", NAMES_OF_TABLES)
def test_distributions_are_near_those_of_the_table(name: str) -> None:
    table = tables()[name]
    found = aggregate(table, None, Wanted(), 365.0).measure(Wanted())
    wanted = measure(table)
    for metric in catalogue(table.names):
        if metric.statistic is None:
            continue
        (value, error, _), (exact, its_error, _) = found[metric.name], wanted[metric.name]
        size = np.abs(Rows(table, 0, len(table))[metric.numerator]).max()
        slack = {"cvar_5": ACCURACY * size, "gini": 2 * ACCURACY}.get(metric.name, 0.0)
        assert value == pytest.approx(exact, rel=2 * ACCURACY, abs=slack + 1e-12, nan_ok=True)
        of_prospects = str(metric.denominator) == "prospects"
        if "referral" in table.names.channels and not of_prospects:
            assert math.isnan(error)
            continue
        # how far the sketch may be off is added
        off = ACCURACY * size if metric.unit == "money" else ACCURACY
        assert math.isnan(error) or its_error - 2 * ACCURACY * abs(exact) / 1.96 < error
        assert not abs(value - exact) > 1.96 * error
        # a quantile's is the distance of two: each is off by so much
        slack = (2 * ACCURACY * abs(exact) + 1.01 * off) / 1.96 + 1e-9
        assert error == pytest.approx(its_error, rel=0.02, abs=slack, nan_ok=True)


SCENARIOS = ["carpet_cleaning", "lead_magnet_ebook", "heavy_tail", "b2b_services", "cdnow"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_intervals_always_hold_the_value_of_the_table(name: str) -> None:
    """However many customers: with so many as here, it is the sketch that is off, not the luck."""
    table = simulate(load_scenario(name), customers=60_000).customers
    summed = aggregate(table, None, Wanted(), 365.0)
    found, exact = summed.measure(Wanted()), measure(table)
    for metric in catalogue(table.names):
        if metric.statistic is None:
            continue
        value, error, _ = found[metric.name]
        sketch = summed.sketches[f"{metric.numerator}|{metric.denominator}"]
        values, weights = sketch.values_and_weights()
        off = abs(value - exact[metric.name].value)
        # the bound alone, as if there were so many customers that nothing else was left
        assert not off > reach(metric, values, weights)
        assert math.isnan(error) or off <= 1.96 * error


@settings(max_examples=100)
@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=30), st.sampled_from([1, 50]))
def test_no_values_are_farther_off_than_the_bound(values: list[float], times: int) -> None:
    ordered = np.sort(np.repeat(values, times))
    sketched = Sketch.of(ordered).values_and_weights()
    for metric in catalogue(FULL):
        if metric.statistic is not None:
            off = abs(metric.statistic(*sketched)[0] - metric.statistic(ordered)[0])
            assert off <= reach(metric, *sketched) + 1e-12


def test_few_customers_get_no_error() -> None:
    table = plausible(40)
    found = aggregate(table, None, Wanted(), 365.0).measure(Wanted())
    wanted = measure(table)
    for name, estimate in wanted.items():
        assert math.isnan(found[name].standard_error) == math.isnan(estimate.standard_error)


def test_nobody() -> None:
    for table in (blank(0), blank(0, FULL)):
        summed = aggregate(table, None, Wanted(), 365.0)
        assert repr(dict(summed.measure(Wanted()))) == repr(dict(measure(table)))
        assert Aggregate.from_json(summed.to_json()) == summed


# ---------------------------------------------------------------------- what is wanted


def test_only_what_is_wanted_is_kept() -> None:
    table = plausible(500)
    wanted = Wanted(("repeat_rate", "no_such_metric", "cac.of_nobody"))
    summed = aggregate(table, None, wanted, 365.0)
    assert {column.name for column in summed.moments.sums} == {
        "repeat_buyers", "buyers", "prospects"
    }  # fmt: skip
    assert (len(summed.moments.products), dict(summed.sketches)) == (3, {})
    assert list(summed.measure(wanted)) == ["repeat_rate"]
    with pytest.raises(ValueError, match="without"):
        summed.measure(Wanted(("cac",)))
    with pytest.raises(ValueError, match="without"):
        summed.measure(Wanted(("gini",)))
    with pytest.raises(ValueError, match="without events"):
        summed.measure(Wanted(("lowest_cash",)))


def test_order_is_that_of_the_catalogue() -> None:
    people, events, horizon = lived("carpet_cleaning", 0, 2000)
    wanted = Wanted(("lowest_cash", "gini", "payback_time", "cac", "prospects"))
    found = aggregate(people, events, wanted, horizon).measure(wanted, "USD")
    assert list(found) == ["prospects", "cac", "gini", *EVENT_OUTCOMES]
    assert [found[name].unit for name in EVENT_OUTCOMES] == ["days", "USD"]
    assert all(math.isnan(found[name].standard_error) for name in EVENT_OUTCOMES)
    assert found["lowest_cash"].value < 0.0


def test_events_are_needed_for_what_rests_on_them() -> None:
    assert not Wanted().needs_events
    assert not Wanted(("cac",)).needs_events
    for wanted in (Wanted(("payback_time",)), Wanted(("lowest_cash",)), Wanted((), 30.0)):
        assert wanted.needs_events
        with pytest.raises(ValueError, match="events"):
            aggregate(plausible(10), None, wanted, 365.0)


def test_what_differs_does_not_add_up() -> None:
    one = aggregate(plausible(100), None, Wanted(("cac",)), 365.0)
    with pytest.raises(ValueError, match="horizons"):
        one + aggregate(plausible(100), None, Wanted(("cac",)), 366.0)
    with pytest.raises(ValueError, match="outcomes"):
        one + aggregate(plausible(100), None, Wanted(("aov",)), 365.0)
    with pytest.raises(ValueError, match="journeys"):
        one + aggregate(plausible(100, names=FULL), None, Wanted(("cac",)), 365.0)


# ------------------------------------------------------------------------------- moments


def naive(table: CustomerTable, moments: Moments) -> None:
    """Check moments against exactly rounded sums over whole families."""
    rows = Rows(table, 0, len(table))
    total = {}
    for column in moments.sums:
        values = rows[column]
        total[column] = np.bincount(table.root, values, table.n_market)
        wanted = math.fsum(values)
        exact = column.name in YES_OR_NO | {"orders", "bills", "recoveries", "tickets"}
        close = pytest.approx(wanted, rel=1e-12, abs=1e-6)
        assert moments.sums[column] == (wanted if exact else close), column
    for (a, b), product in moments.products.items():
        wanted = math.fsum(total[a] * total[b])
        exact = {a.name, b.name} <= YES_OR_NO | {"orders", "bills", "recoveries", "tickets"}
        close = pytest.approx(wanted, rel=1e-12, abs=1e-6)
        assert product == (wanted if exact else close), (a, b)


@pytest.mark.parametrize("name", NAMES_OF_TABLES)
def test_moments_are_sums_over_families(name: str) -> None:
    table = tables()[name]
    plain = [metric for metric in catalogue(table.names) if metric.statistic is None]
    naive(table, collect(table, plain))


@settings(max_examples=50)
@given(st.data())
def test_text_keeps_every_bit(data: st.DataObject) -> None:
    summed = aggregate(plausible(50), None, Wanted(("cac", "aov", "gini")), 365.0)
    number = st.floats(allow_nan=False)
    sums = {column: data.draw(number) for column in summed.moments.sums}
    products = {pair: data.draw(number) for pair in summed.moments.products}
    moments = Moments(data.draw(st.integers(0, 2**60)), sums, products)
    odd = Aggregate(summed.names, data.draw(number), moments, summed.sketches)
    again = Aggregate.from_json(odd.to_json())
    assert again == odd
    assert again.to_json() == odd.to_json()
    assert repr(again) == repr(odd)
