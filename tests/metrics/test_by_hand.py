"""Five customers whose metrics were worked out on paper."""

import math

import numpy as np
import pytest
from helpers.customer_tables import blank

from cvosim.metrics import Metrics, catalogue, measure
from cvosim.tables.columns import CustomerColumns, CustomerTable, Names
from cvosim.tables.schema import ExitReason

NAMES = Names(
    segments=("owners", "renters"),
    channels=("ads", "free"),
    stages=("lead_magnet", "tripwire", "core_offer", "club"),
    programs=("nurture", "display"),
    subscriptions=("club",),
)
LEAD, TRIP, CORE, CLUB = range(4)


def five() -> CustomerTable:
    """Nobody; a reader; a tripwire buyer won back by nurture; a member; one yet to arrive."""
    table = blank(5, NAMES)
    c = table.columns
    c.segment[:] = 0, 1, 0, 0, 1
    c.channel[:] = 0, 0, 0, 1, 1
    c.arrival_time[:] = 0, 0, 1, 0, 9999
    c.reached[:] = 0b0001, 0b0011, 0b0111, 0b1111, 0
    c.stage_time[LEAD] = np.nan, 1, 3, 1, np.nan
    c.stage_time[TRIP] = np.nan, np.nan, 5, 3, np.nan
    c.stage_time[CORE, 3] = 10
    c.stage_time[CLUB, 3] = 10
    c.exit_reason[:] = (
        ExitReason.LOST, ExitReason.LOST, ExitReason.LOST, ExitReason.DROPPED_OUT,
        ExitReason.NOT_ARRIVED,
    )  # fmt: skip
    c.exit_stage[:] = LEAD, TRIP, CORE, -1, -1
    c.orders[:] = 0, 0, 1, 5, 0
    c.first_order_time[2:4] = 5, 3
    c.last_order_time[2:4] = 5, 72
    c.revenue[:] = 0, 0, 29, 29 + 249 + 30, 0
    c.cost_of_goods[:] = 0, 0, 20, 20 + 120 + 15, 0
    c.touch_cost[:] = 0, 0, 0, 1, 0
    c.acquisition_cost[:] = 2, 2.5, 3, 0.5, 0
    c.tripwire_contribution[2:4] = 9
    c.discounted_revenue[:] = 0, 0, 28, 300, 0
    c.discounted_cost[:] = 2, 2.5, 22, 150, 0
    c.discounted_acquisition_cost[:] = 2, 2.5, 3, 0.5, 0
    c.program_cost[0] = 0, 0.5, 1, 0.5, 0
    c.recoveries[0, 2] = 1
    c.bills[0, 3] = 3
    c.cancelled[0, 3] = 1
    return table


VALUES = {
    "prospects": 5,
    "leads": 3,
    "buyers": 2,
    "reach.lead_magnet": 4 / 5,
    "reach.tripwire": 3 / 5,
    "reach.core_offer": 2 / 5,
    "reach.club": 1 / 5,
    "conversion.lead_magnet": 3 / 4,
    "conversion.tripwire": 2 / 3,
    "conversion.core_offer": 1 / 2,
    "conversion.club": 1,
    "drop_off.lead_magnet": 1 / 4,
    "drop_off.tripwire": 1 / 3,
    "drop_off.core_offer": 1 / 2,
    "drop_off.club": 0,
    "time_to.lead_magnet": (1 + 2 + 1) / 3,
    "time_to.tripwire": (4 + 3) / 2,
    "time_to.core_offer": 10,
    "cost_per_lead": 8 / 3,
    "cac": 8 / 2,
    "net_cac": (8 - 18) / 2,
    "orders": 6,
    "orders_per_buyer": 3,
    "aov": 337 / 6,
    "repeat_rate": 1 / 2,
    "purchase_frequency": 6 / (71 / 365),
    "customer_lifetime": (1 + 70) / 2,
    "time_between_orders": 69 / 4,
    "revenue": 337,
    "contribution": 337 - 175 - 1 - 8,
    "clv_per_prospect": (328 - 176.5) / 5,
    "clv_per_lead": (328 - 176.5 + 8) / 3,
    "clv_per_buyer": (328 - 176.5 + 8) / 2,
    "contribution_per_prospect": 153 / 5,
    "contribution_per_lead": 161 / 3,
    "contribution_per_buyer": 161 / 2,
    "ltv_to_cac": (159.5 / 2) / 4,
    # CLV of prospects in order: -2.5, -2, 0, 6, 150
    "clv_quantile.p10": -2.5,
    "clv_quantile.p50": 0,
    "clv_quantile.p90": 150,
    "cvar_5": -2.5,
    # of buyers, before acquisition: 9, 150.5
    "clv_buyer_quantile.p50": 9,
    "clv_buyer_quantile.p90": 150.5,
    # margins of buyers: 9, 152; the best 20 % are 0.4 of the better one
    "margin_share_top_20": 0.4 * 152 / 161,
    "gini": (152 - 9) / (2 * 161),
    "cac.ads": 7.5,
    "cac.free": 0.5,
    "repeat_rate.ads": 0,
    "repeat_rate.free": 1,
    "clv_per_prospect.ads": (-2 - 2.5 + 6) / 3,
    "clv_per_prospect.free": 150 / 2,
    "arrived_share.ads": 1,
    "arrived_share.free": 1 / 2,
    "acquisition_cost.ads": 7.5,
    "acquisition_cost.free": 0.5,
    "revenue_by_channel.ads": 29,
    "orders_by_channel.free": 5,
    "revenue_by_segment.owners": 337,
    "orders_by_segment.renters": 0,
    "recoveries.nurture": 1,
    "program_cost.nurture": 2,
    "return_on_cost.nurture": 9 / 2,
    "recoveries.display": 0,
    "return_on_cost.display": math.nan,
    "subscribers.club": 1,
    "bills_per_subscriber.club": 3,
    "churned_share.club": 1,
    "paying_share.club": 1,
}


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    return measure(five(), currency="USD")


@pytest.mark.parametrize(("name", "value"), VALUES.items(), ids=VALUES)
def test_value(metrics: Metrics, name: str, value: float) -> None:
    assert metrics[name].value == pytest.approx(value, rel=1e-12, nan_ok=True)


def test_standard_errors() -> None:
    rows = np.tile(np.arange(5), 20)
    table = CustomerTable(CustomerColumns(*(c[..., rows] for c in five().columns)), NAMES)
    metrics = measure(table)
    # totals: sqrt(n) times the standard deviation of a customer
    orders = np.array([0, 0, 1, 5, 0])[rows]
    assert metrics["orders"].standard_error == pytest.approx(10 * orders.std(ddof=1))
    # ratios: sqrt(n / (n - 1) * sum of squared residuals) over the denominator
    residuals = np.array([2, 2.5, 3 - 4, 0.5 - 4, 0])[rows]
    wanted = math.sqrt(100 / 99 * (residuals**2).sum()) / 40
    assert metrics["cac"].standard_error == pytest.approx(wanted)
    assert metrics["prospects"].standard_error == 0
    # only 20 customers took it
    assert metrics["time_to.core_offer"].value == 10.0
    assert math.isnan(metrics["time_to.core_offer"].standard_error)


def test_units(metrics: Metrics) -> None:
    units = {name: metrics[name].unit for name in ("cac", "leads", "aov", "time_to.tripwire")}
    assert units == {"cac": "USD", "leads": "customers", "aov": "USD", "time_to.tripwire": "days"}
    assert metrics["purchase_frequency"].unit == "orders/year"


def test_every_metric_is_described_once() -> None:
    metrics = catalogue(NAMES)
    names = [metric.name for metric in metrics]
    assert len(set(names)) == len(names)
    assert all(metric.description.endswith(".") for metric in metrics)
    assert all(metric.formula for metric in metrics)
    cac = metrics[names.index("cac")]
    assert cac.formula == "sum of acquisition_cost / sum of buyers"
    assert metrics[names.index("gini")].formula == "over buyers: positive_margin"
    assert metrics[names.index("cac.ads")].formula == (
        "sum of acquisition_cost within ads / sum of buyers within ads"
    )


def test_one_name_for_a_segment_a_channel_and_a_program() -> None:
    names = Names(("club",), ("club",), ("club",), ("club",), ("club",))
    metrics = [metric.name for metric in catalogue(names)]
    assert len(set(metrics)) == len(metrics)


def test_nobody_is_not_a_number_and_no_warning() -> None:
    metrics = measure(blank(0, NAMES))
    assert math.isnan(metrics["cac"].value)
    assert metrics["revenue"].value == 0
    assert metrics.to_dict()["gini"] == {"value": None, "standard_error": None, "unit": "share"}


def test_one_customer_has_no_standard_error() -> None:
    table = CustomerTable(
        type(five().columns)(*(column[..., 3:4] for column in five().columns)), NAMES
    )
    metrics = measure(table)
    assert metrics["aov"].value == pytest.approx(308 / 5)
    assert all(math.isnan(metric.standard_error) for metric in metrics.values())


def test_nobody_bought() -> None:
    table = blank(10, NAMES)
    table.columns.acquisition_cost[:] = 1
    metrics = measure(table)
    undefined = ("cac", "net_cac", "aov", "clv_per_buyer", "gini", "margin_share_top_20")
    assert all(math.isnan(metrics[name].value) for name in undefined)
    assert metrics["ltv_to_cac"].value == 0
    assert metrics["conversion.lead_magnet"].to_dict()["value"] is None


def test_results_are_frozen(metrics: Metrics) -> None:
    with pytest.raises(AttributeError):
        metrics.estimates = {}
    with pytest.raises(TypeError):
        metrics.estimates["cac"] = 1
    assert list(metrics)[:3] == ["prospects", "leads", "buyers"]
