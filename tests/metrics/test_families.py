"""People brought by referral: whom each metric counts, and errors by families."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from helpers.customer_tables import (
    FULL,
    NAMES,
    Luck,
    blank,
    brought,
    columns_at,
    families,
    plausible,
    resampled,
)

from cvosim.metrics import Metrics, catalogue, influence, measure
from cvosim.metrics.columns import Column, Rows
from cvosim.metrics.measure import moments_of
from cvosim.metrics.metric import Metric
from cvosim.metrics.moments import Moments, collect, estimate
from cvosim.report.pictures import funnel_of
from cvosim.tables.columns import CustomerTable, Names, Referred
from cvosim.tables.schema import ExitReason

METRICS = {metric.name: metric for metric in catalogue(FULL)}

# ------------------------------------------------------------------- worked out on paper

TINY = Names(
    ("all",),
    ("ads", "referral"),
    ("lead_magnet", "core_offer"),
    ("nurture",),
    (),
    ("gold",),
    True,
    True,
)


def seven() -> CustomerTable:
    """Three prospects; the first brings two people, one of whom brings two, one of whom one."""
    table = blank(8, TINY)
    c = table.columns
    # prospects 0, 1, 2; then 3 and 4 from 0; 5 and 6 from 3; 7 from 5
    whose = brought([0, 0, 3, 3, 5], 3)
    c.exit_reason[2] = ExitReason.NOT_ARRIVED
    c.channel[3:] = 1
    c.reached[:] = 0b11, 0b01, 0, 0b11, 0b01, 0b11, 0b11, 0b01
    c.stage_time[0] = 1, np.nan, np.nan, 2, np.nan, 3, 4, np.nan
    c.stage_time[1] = 5, np.nan, np.nan, 6, np.nan, np.nan, 7, np.nan
    c.orders[:] = 2, 0, 0, 1, 0, 0, 3, 0
    c.revenue[:] = 200, 0, 0, 100, 0, 0, 300, 0
    c.cost_of_goods[:] = c.revenue / 2
    c.acquisition_cost[:] = 4, 5, 0, 1, 1, 1, 1, 1
    c.refunds[0], c.reward_cost[6], c.returns[0] = 50, 10, 1
    c.program_cost[0, 6], c.recoveries[0, 6] = 0.5, 1
    c.touch_cost[6] = 0.5
    c.discounted_acquisition_cost[:] = c.acquisition_cost
    c.discounted_revenue[:] = c.revenue - c.refunds
    c.discounted_cost[:] = c.cost_of_goods + c.acquisition_cost + c.reward_cost + c.touch_cost
    c.advocated_time[0], c.advocated_time[3], c.advocated_time[5] = 9, 9, 9
    c.invited[0], c.invited[3], c.invited[5] = 2, 4, 1
    return CustomerTable(c, TINY, 0, whose)


OWN = [200 - 50 - 100 - 4, -5, 0]
"""What the three prospects contribute."""
THEIRS = [100 - 50 - 1, -1, -1, 300 - 150 - 10 - 0.5 - 1, -1]
"""What the five others do."""

VALUES = {
    # of prospects alone
    "prospects": 3,
    "reach.lead_magnet": 2 / 3,
    "reach.core_offer": 1 / 3,
    "conversion.lead_magnet": 1 / 2,
    "conversion.core_offer": 1,
    "drop_off.lead_magnet": 1 / 2,
    "drop_off.core_offer": 0,
    "time_to.lead_magnet": 1,
    "time_to.core_offer": 5,
    "clv_per_prospect": sum(OWN) / 3,
    "contribution_per_prospect": sum(OWN) / 3,
    "clv_quantile.p10": -5,
    "clv_quantile.p90": 46,
    "cvar_5": -5,
    "clv_per_prospect.ads": sum(OWN) / 3,
    # of everybody
    "leads": 4,
    "buyers": 3,
    "orders": 6,
    "orders_per_buyer": 2,
    "aov": 100,
    "repeat_rate": 2 / 3,
    "revenue": 600,
    "refunds": 50,
    "reward_cost": 10,
    "contribution": sum(OWN) + sum(THEIRS),
    "cac": 14 / 3,
    "cost_per_lead": 14 / 4,
    "contribution_per_buyer": (sum(OWN) + sum(THEIRS) + 14) / 3,
    "clv_per_lead": (sum(OWN) + sum(THEIRS) + 14) / 4,
    "clv_buyer_quantile.p50": 50,
    "clv_buyer_quantile.p90": 139.5,
    "recoveries.nurture": 1,
    "return_on_cost.nurture": (300 - 150 - 10) / 0.5,
    "revenue_by_channel.ads": 200,
    "revenue_by_channel.referral": 400,
    "cac.referral": 5 / 2,
    "repeat_rate.referral": 1 / 2,
    "orders_by_segment.all": 6,
    # of referral
    "clv_with_referrals": (sum(OWN) + sum(THEIRS)) / 3,
    "clv_per_referred_person": sum(THEIRS) / 5,
    "referred_people": 5,
    "referred_in_generation_1": 2,
    "referred_in_generation_2": 2,
    "referred_in_later_generations": 1,
    "k_factor": 5 / 7,
    "k_of_friends": 3 / 5,
    "invitations_per_person": 7 / 7,
    "referral_share": 2 / 3,
    "advocates": 3,
}


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return measure(seven())


@pytest.mark.parametrize(("name", "value"), VALUES.items(), ids=VALUES)
def test_whom_it_counts(metrics: Metrics, name: str, value: float) -> None:
    assert metrics[name].value == pytest.approx(value, rel=1e-12)


def test_no_prospect_comes_through_referral(metrics: Metrics) -> None:
    assert all(math.isnan(metrics[name].value) for name in OF_NO_PROSPECTS)
    groups = [name for name in metrics if name.startswith("revenue_by_channel.")]
    assert sum(metrics[name].value for name in groups) == metrics["revenue"].value


def test_descriptions_are_unique_and_whole() -> None:
    assert len(METRICS) == len(catalogue(FULL))
    for metric in METRICS.values():
        assert metric.description.endswith("."), metric.name
    assert METRICS["clv_per_prospect"].formula == "sum of clv among prospects / sum of prospects"
    assert METRICS["clv_with_referrals"].formula == "sum of clv / sum of prospects"
    assert METRICS["conversion.core_offer"].formula == (
        "sum of accepted of core_offer among prospects / sum of reached of core_offer among "
        "prospects"
    )
    for name in ("conversion", "drop_off", "time_to"):
        assert "referral do not count here" in METRICS[f"{name}.tripwire"].description
    assert "discounted to its own arrival" in METRICS["clv_with_referrals"].description


@pytest.mark.parametrize("which", [seven, lambda: families(2000, 8)])
def test_shares_of_a_stage_multiply_to_heads(which: Callable[[], CustomerTable]) -> None:
    """Prospects times reach times conversion: the prospects who accepted, to the last head."""
    table = which()
    found, n = measure(table), table.n_market
    funnel = funnel_of({"run": found})
    for stage, bar in zip(funnel.steps[1:], funnel.bars[0][1:], strict=True):
        row = table.names.stages.index(stage)
        heads = np.count_nonzero(~np.isnan(table.columns.stage_time[row, :n]))
        everybody = np.count_nonzero(~np.isnan(table.columns.stage_time[row]))
        share = found[f"reach.{stage}"].value * found[f"conversion.{stage}"].value
        assert n * share == pytest.approx(heads, rel=1e-12)
        assert bar is not None
        assert bar.customers == heads < everybody
        waited = table.columns.stage_time[row, :n] - table.columns.arrival_time[:n]
        assert found[f"time_to.{stage}"].value == pytest.approx(np.nanmean(waited))


# ------------------------------------------------------------------------------- errors


@pytest.fixture(scope="module")
def table() -> CustomerTable:
    return families(4000, 3)


@pytest.fixture(scope="module")
def measured(table: CustomerTable) -> Metrics:
    return measure(table)


def test_errors_are_those_of_families(table: CustomerTable) -> None:
    """The textbook's formulas with the sums of every family."""
    found, n = measure(table), table.n_market

    def per_family(values: np.ndarray) -> np.ndarray:
        return np.bincount(table.root, values, n)

    orders = per_family(table.columns.orders)
    assert found["orders"].standard_error == pytest.approx(math.sqrt(n) * orders.std(ddof=1))
    buyers = per_family(table.columns.orders > 0)
    again = per_family(table.columns.orders > 1)
    rate = again.sum() / buyers.sum()
    error = math.sqrt(n / (n - 1) * ((again - rate * buyers) ** 2).sum()) / buyers.sum()
    assert found["repeat_rate"].standard_error == pytest.approx(error)
    market = table.columns.discounted_revenue - table.columns.discounted_cost
    own = market[:n].std(ddof=1) / math.sqrt(n)
    assert found["clv_per_prospect"].standard_error == pytest.approx(own)


@pytest.fixture(scope="module")
def replicates(table: CustomerTable) -> dict[str, np.ndarray]:
    """Every metric of 120 bootstrap samples of whole families."""
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    luck = Luck(table.n_market, seed=5)
    for _ in range(120):
        prospects = (luck.uniform() * table.n_market).astype(np.int64)
        for name, metric in measure(resampled(table, prospects)).items():
            values[name].append(metric.value)
    return {name: np.array(found) for name, found in values.items()}


NEVER = {f"drop_off.{stage}" for stage in ("engage", "guard", "care")} | {"reach.lead_magnet"}
NEVER |= {"paying_share.care"}  # no trial: always 1
OF_NO_PROSPECTS = {"clv_per_prospect.referral", "arrived_share.referral"}

# neither way is right about a quantile beside a gap, as those of all prospects' values are
BESIDE_A_GAP = {*(name for name in METRICS if "clv_quantile" in name), "clv_buyer_quantile.p90"}


@pytest.mark.parametrize("name", [n for n in METRICS if n not in NEVER | BESIDE_A_GAP])
def test_agrees_with_the_bootstrap_of_families(
    name: str, measured: Metrics, replicates: dict[str, np.ndarray]
) -> None:
    found, bootstrap = measured[name], replicates[name].std()
    if math.isnan(found.standard_error):
        assert name == "clv_buyer_quantile.p99" or name in OF_NO_PROSPECTS
        return
    if found.standard_error == 0:
        assert bootstrap <= 1e-9 * abs(found.value)
        return
    # 120 replicates: the bootstrap's own relative error is about 1 / sqrt(240)
    tolerance = 0.35 if "quantile" in name else 0.25
    assert found.standard_error == pytest.approx(bootstrap, rel=tolerance)


def test_to_take_the_referred_for_independent_would_be_wrong(table: CustomerTable) -> None:
    """The same rows, all taken for prospects: too narrow where families are alike."""
    alone = measure(CustomerTable(table.columns, FULL))
    found = measure(table)
    for name in ("buyers", "orders", "leads"):
        assert found[name].value == alone[name].value, name
        assert found[name].standard_error > 1.15 * alone[name].standard_error, name
    # a share of all people, be they prospects or not
    share = Metric("", "share", "", Column("accepted", "engage"), Column("reached", "engage"))
    apart = collect(CustomerTable(table.columns, FULL), [share])
    (value, error), (same, narrow) = (estimate(share, m) for m in (collect(table, [share]), apart))
    assert value == same
    assert error > 1.15 * narrow


def test_errors_are_those_of_repeated_runs() -> None:
    names = (
        "k_factor", "k_of_friends", "clv_with_referrals", "conversion.tripwire", "gini",
        "clv_buyer_quantile.p50", "revenue", "nps", "referred_in_later_generations",
    )  # fmt: skip
    runs = [measure(families(1200, seed)) for seed in range(60)]
    for name in names:
        spread = np.std([run[name].value for run in runs])
        errors = [run[name].standard_error for run in runs]
        assert np.median(errors) == pytest.approx(spread, rel=0.3), name


def test_k_is_that_of_the_branching_process() -> None:
    """Floor of an exponential of mean 0.8: geometric with mean 1 / (e**1.25 - 1)."""
    found = measure(families(20_000, 11))["k_factor"]
    k = 1.0 / (math.exp(1.25) - 1.0)
    assert abs(found.value - k) < 4.5 * found.standard_error
    # variance of the offspring over the number of people (Harris 1948)
    people = 20_000 / (1.0 - k)
    assert found.standard_error == pytest.approx(math.sqrt(k * (1 + k) / people), rel=0.05)


@pytest.mark.parametrize("name", [name for name in METRICS if name not in NEVER])
def test_is_that_of_the_mean_influence(name: str, table: CustomerTable, measured: Metrics) -> None:
    values, wanted = influence(METRICS[name], table), measured[name].standard_error
    scale = np.abs(values).max(initial=0.0)
    assert values.shape == (table.n_market,)
    if math.isnan(wanted):
        assert np.isnan(values).all()
        return
    assert values.mean() == pytest.approx(0.0, abs=1e-9 * max(scale, 1.0))
    tolerance = 1e-3 if METRICS[name].statistic else 1e-6
    found = values.std(ddof=1) / math.sqrt(table.n_market)
    assert found == pytest.approx(wanted, rel=tolerance, abs=1e-9 * scale)


def test_of_families_of_one_everything_is_as_without_referral() -> None:
    """A channel named referral that nobody came through changes no number."""
    plain = plausible(3000, 4)
    names = NAMES._replace(channels=(*NAMES.channels, "referral"))
    found = measure(CustomerTable(plain.columns, names))
    for name, wanted in measure(plain).items():
        assert repr(found[name]) == repr(wanted), name
    assert found["k_factor"].value == 0.0
    assert found["clv_with_referrals"] == found["clv_per_prospect"]


def test_blocks_never_matter(table: CustomerTable, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure(table)
    monkeypatch.setattr("cvosim.metrics.columns.BLOCK", 97)
    for name, one in measure(table).items():
        assert one[:2] == pytest.approx(whole[name][:2], rel=1e-9, nan_ok=True), name


def test_moments_of_parts_add_up() -> None:
    """Two runs of different prospects, measured apart and as one table."""
    one, other = families(700, 1), families(500, 2)
    market = (one.n_market, other.n_market)
    columns = one.columns._make(
        np.concatenate([a[..., : market[0]], b[..., : market[1]], a[..., market[0] :],
                        b[..., market[1] :]], axis=-1)
        for a, b in zip(one.columns, other.columns, strict=True)
    )  # fmt: skip
    later = other.referred._replace(root=other.referred.root + market[0])
    whose = Referred._make(map(np.concatenate, zip(one.referred, later, strict=True)))
    together = moments_of(CustomerTable(columns, FULL, 0, whose))
    apart: Moments = moments_of(one) + moments_of(other)
    assert apart.count == together.count == 1200
    for metric in METRICS.values():
        if metric.statistic is None:
            wanted = estimate(metric, together)
            assert estimate(metric, apart) == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


def test_money_adds_up(table: CustomerTable) -> None:
    found = {name: one.value for name, one in measure(table).items()}
    c = table.columns
    costs = (c.cost_of_goods, c.touch_cost, c.acquisition_cost, c.reward_cost, c.refunds)
    left = math.fsum(c.revenue) - math.fsum(math.fsum(column) for column in costs)
    assert found["contribution"] == pytest.approx(left, abs=0.001)
    n, referred = table.n_market, found["referred_people"]
    theirs = found["clv_per_referred_person"] * referred
    assert found["clv_with_referrals"] * n == pytest.approx(
        found["clv_per_prospect"] * n + theirs, abs=0.001
    )
    assert found["referred_people"] == len(table) - n
    generations = (f"referred_in_{g}" for g in ("generation_1", "generation_2"))
    counted = sum(found[name] for name in generations) + found["referred_in_later_generations"]
    assert counted == referred
    margin = found["contribution_per_buyer"] * found["buyers"]
    assert margin == pytest.approx(left + math.fsum(c.acquisition_cost), abs=0.001)


def test_rows_of_prospects_and_of_others() -> None:
    rows = Rows(seven(), 1, 6)
    assert list(rows[Column("prospects")]) == [1, 1, 0, 0, 0]
    assert list(rows[Column("people")]) == [1] * 5
    assert list(rows[Column("orders", market=True)]) == [0, 0, 0, 0, 0]
    assert list(rows[Column("revenue", channel="referral")]) == [0, 0, 100, 0, 0]
    assert (
        str(Column("reached", "core_offer", market=True)) == "reached of core_offer among prospects"
    )


def test_what_cannot_be_right_is_refused(table: CustomerTable) -> None:
    names = FULL._replace(channels=("ads", "search", "friends", "word_of_mouth"))
    with pytest.raises(ValueError, match='channel named "referral"'):
        measure(CustomerTable(table.columns, names, 0, table.referred))
    backwards = Referred._make(column[::-1] for column in table.referred)
    with pytest.raises(ValueError, match="in the order of their roots"):
        measure(CustomerTable(table.columns, FULL, 0, backwards))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_families(count: int) -> None:
    for metric, found in measure(families(count)).items():
        assert count > 1 or math.isnan(found.standard_error), metric
        assert not found.standard_error < 0


def test_one_family_is_one_customer(table: CustomerTable) -> None:
    """However many buyers one prospect brought, they say nothing about other families."""
    buyers = table.columns.orders > 0
    rows = np.concatenate([np.arange(100), np.flatnonzero(buyers)[:200]])
    columns = columns_at(table.columns, rows)
    columns.orders[:100] = 0
    zeros = np.zeros(200, np.int64)
    whose = Referred(
        np.arange(200, dtype=np.uint64) + np.uint64(2**63), zeros.astype(np.uint64), zeros,
        np.ones(200, np.uint16),
    )  # fmt: skip
    found = measure(CustomerTable(columns, FULL, 0, whose))
    assert found["buyers"].value == 200
    for name in ("aov", "cac", "gini", "repeat_rate", "clv_buyer_quantile.p50"):
        assert math.isfinite(found[name].value), name
        assert math.isnan(found[name].standard_error), name
