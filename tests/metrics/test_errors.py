"""Standard errors, influences and sums of plausible tables."""

import math
import tracemalloc

import numpy as np
import pytest
from helpers.customer_tables import NAMES, Luck, plausible

from cvosim.metrics import catalogue, influence, measure
from cvosim.metrics.columns import BLOCK
from cvosim.metrics.measure import moments_of
from cvosim.metrics.moments import estimate
from cvosim.tables.columns import CustomerColumns, CustomerTable

METRICS = {metric.name: metric for metric in catalogue(NAMES)}


def picked(table: CustomerTable, rows: np.ndarray) -> CustomerTable:
    return CustomerTable(CustomerColumns(*(c[..., rows] for c in table.columns)), table.names)


@pytest.fixture(scope="module")
def table() -> CustomerTable:
    return plausible(20_000)  # 3,000 buyers and more, for their percentile 99


@pytest.fixture(scope="module")
def replicates(table: CustomerTable) -> dict[str, np.ndarray]:
    """Every metric of 250 bootstrap samples."""
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    luck = Luck(len(table), seed=5)
    for _ in range(250):
        rows = (luck.uniform() * len(table)).astype(np.int64)
        for name, metric in measure(picked(table, rows)).items():
            values[name].append(metric.value)
    return {name: np.array(found) for name, found in values.items()}


# nobody stops at an optional stage here: a share of 0, whose error has a test of its own
SHARES_OF_NONE = {"drop_off.guard", "drop_off.care", "paying_share.care"}


# neither way is right about a quantile beside a gap, as those of all prospects' values are
@pytest.mark.parametrize("name", [name for name in METRICS if "clv_quantile" not in name])
def test_agrees_with_the_bootstrap(
    name: str, table: CustomerTable, replicates: dict[str, np.ndarray]
) -> None:
    found, bootstrap = measure(table)[name], replicates[name].std()
    if found.standard_error == 0 or name in SHARES_OF_NONE:
        assert bootstrap <= 1e-9 * abs(found.value)
        return
    # 250 replicates: the bootstrap's own relative error is about 1 / sqrt(500)
    tolerance = 0.35 if "quantile" in name else 0.2
    assert found.standard_error == pytest.approx(bootstrap, rel=tolerance)


@pytest.mark.parametrize("name", [name for name in METRICS if name not in SHARES_OF_NONE])
def test_is_that_of_the_mean_influence(name: str, table: CustomerTable) -> None:
    values = influence(METRICS[name], table)
    wanted = measure(table)[name].standard_error
    scale = np.abs(values).max(initial=0.0)
    assert values.shape == (len(table),)
    assert values.mean() == pytest.approx(0.0, abs=1e-9 * max(scale, 1.0))
    # a distribution over some customers takes their number as given
    tolerance = 1e-3 if METRICS[name].statistic else 1e-6
    found = values.std(ddof=1) / math.sqrt(len(table))
    assert found == pytest.approx(wanted, rel=tolerance, abs=1e-9 * scale)


def test_influence_of_a_ratio_is_what_leaving_out_changes() -> None:
    table = plausible(1000)
    whole = measure(table)["aov"].value
    values = influence(METRICS["aov"], table)
    for row in range(0, 1000, 20):
        rest = measure(picked(table, np.delete(np.arange(1000), row)))["aov"].value
        assert (whole - rest) * 999 == pytest.approx(values[row], rel=0.03, abs=1e-9)


def test_influence_of_what_is_undefined() -> None:
    table = plausible(20)
    table.columns.program_cost[:] = 0
    assert np.isnan(influence(METRICS["return_on_cost.nurture"], table)).all()
    table.columns.orders[:] = 0
    assert np.isnan(influence(METRICS["gini"], table)).all()


def test_moments_of_parts_add_up() -> None:
    table = plausible(3 * BLOCK + 17)
    whole = moments_of(table)
    parts = moments_of(table.part(0, 5000)) + moments_of(table.part(5000, len(table)))
    assert parts.count == whole.count
    for metric in METRICS.values():
        if metric.statistic is None:
            wanted = estimate(metric, whole)
            assert estimate(metric, parts) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_money_adds_up() -> None:
    table = plausible(20_000)
    metrics = {name: metric.value for name, metric in measure(table).items()}
    c = table.columns
    costs = (c.cost_of_goods, c.touch_cost, c.acquisition_cost)
    spent = math.fsum(math.fsum(column) for column in costs)
    assert metrics["revenue"] == pytest.approx(math.fsum(c.revenue), abs=0.001)
    assert metrics["contribution"] == pytest.approx(math.fsum(c.revenue) - spent, abs=0.001)
    for total, group in (("revenue", "revenue_by_channel"), ("orders", "orders_by_segment")):
        parts = [value for name, value in metrics.items() if name.startswith(f"{group}.")]
        assert sum(parts) == pytest.approx(metrics[total], abs=0.001)
    clv = metrics["clv_per_buyer"] * metrics["buyers"] - math.fsum(c.discounted_acquisition_cost)
    assert metrics["clv_per_prospect"] * len(table) == pytest.approx(clv, abs=0.001)
    assert metrics["ltv_to_cac"] == pytest.approx(metrics["clv_per_buyer"] / metrics["cac"])
    assert metrics["aov"] * metrics["orders_per_buyer"] * metrics["buyers"] == pytest.approx(
        metrics["revenue"]
    )


def test_constant_columns_have_no_error() -> None:
    table = plausible(30_000)
    table.columns.revenue[:] = table.columns.orders * 29.99
    table.columns.acquisition_cost[:] = 0.1
    metrics = measure(table)
    assert metrics["aov"].standard_error == 0
    assert metrics["reach.lead_magnet"].standard_error == 0


def test_a_share_of_none_or_all_is_not_certain() -> None:
    """Agresti & Coull (1998): two successes and two failures more."""
    table = plausible(4000)
    reached = int(table.has_reached("guard").sum())
    for name, value in (("drop_off.guard", 0.0), ("conversion.guard", 1.0)):
        table.columns.stage_time[3][table.has_reached("guard")] = 1.0
        p, n = 2 / (reached + 4), reached + 4
        wanted = (value, math.sqrt(p * (1 - p) / n), "share")
        assert measure(table)[name] == pytest.approx(wanted)
        assert not influence(METRICS[name], table).any(), "differences stay paired"


def test_that_the_first_stage_reaches_everybody_is_certain() -> None:
    assert measure(plausible(30))["reach.lead_magnet"] == (1.0, 0.0, "share")


def test_what_one_customer_carries_has_no_error() -> None:
    table = plausible(500)
    table.columns.orders[1:] = 0
    table.columns.orders[0] = 3
    table.columns.first_order_time[:2], table.columns.last_order_time[:2] = 3.0, 9.0
    table.columns.cancelled[:], table.columns.stage_time[4] = 0, math.nan
    table.columns.stage_time[4][7] = 2.0
    metrics = measure(table)
    for name in ("aov", "repeat_rate", "cac", "time_between_orders", "churned_share.care"):
        assert math.isfinite(metrics[name].value), name
        assert math.isnan(metrics[name].standard_error), name
        assert np.isnan(influence(METRICS[name], table)).all(), name
    table.columns.orders[1] = 3
    metrics = measure(table)
    assert math.isfinite(metrics["repeat_rate"].standard_error), "a share of two people"
    assert math.isnan(metrics["aov"].standard_error), "money of two people"


LEAST_BUYERS = {
    "aov": 30, "cac": 30, "clv_per_buyer": 30, "orders_per_buyer": 30, "gini": 30,
    "margin_share_top_20": 150, "clv_buyer_quantile.p50": 60, "clv_buyer_quantile.p10": 300,
    "clv_buyer_quantile.p90": 300, "clv_buyer_quantile.p99": 3000,
}  # fmt: skip


@pytest.mark.parametrize(("name", "least"), LEAST_BUYERS.items())
@pytest.mark.parametrize("lacking", [0, 1])
def test_what_few_carry_has_no_error(name: str, least: int, lacking: int) -> None:
    table, buyers = plausible(5000), least - lacking
    table.columns.orders[:buyers], table.columns.orders[buyers:] = 1, 0
    found, few = measure(table)[name], lacking == 1
    assert math.isfinite(found.value)
    assert math.isnan(found.standard_error) == few
    assert np.isnan(influence(METRICS[name], table)).all() == few


def test_who_carries_more_than_others_counts_for_more() -> None:
    """Kish's effective number: of 60 buyers one has 1,000 orders of 1,059."""
    table = plausible(500)
    table.columns.orders[:60], table.columns.orders[60:] = 1, 0
    assert math.isfinite(measure(table)["aov"].standard_error)
    table.columns.orders[0] = 1000
    assert math.isnan(measure(table)["aov"].standard_error)
    assert math.isfinite(measure(table)["cac"].standard_error)


@pytest.mark.parametrize(
    ("name", "least"), [("revenue", 30), ("clv_per_prospect", 30), ("cvar_5", 600), ("buyers", 2)]
)
def test_so_many_prospects_are_the_least(name: str, least: int) -> None:
    errors = [measure(plausible(count))[name].standard_error for count in (least - 1, least)]
    assert [math.isnan(error) for error in errors] == [True, False]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_hardly_any_customers(count: int) -> None:
    for metric, estimate_ in measure(plausible(count)).items():
        assert count > 1 or math.isnan(estimate_.standard_error), metric
        assert not estimate_.standard_error < 0


def test_takes_little_memory() -> None:
    table = plausible(300_000)
    measure(table)
    tracemalloc.start()
    measure(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / len(table) < 100
