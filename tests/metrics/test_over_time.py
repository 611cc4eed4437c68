"""Cash curve, payback, retention, survival and RFM of a few events worked out on paper."""

import json
import math

import numpy as np
import pytest
from helpers.customer_tables import NAMES, Luck, blank

from cvosim.metrics import (
    cash_curve,
    payback_time,
    retention,
    rfm_scores,
    subscriber_survival,
)
from cvosim.tables.columns import EventColumns, EventTable, empty_events
from cvosim.tables.schema import EventKind

Row = tuple[int, float, EventKind, float, float]


def events(*rows: Row) -> EventTable:
    columns = empty_events(len(rows))
    columns.stage[:], columns.program[:] = 0, -1
    for i, (customer, time, kind, revenue, cost) in enumerate(rows):
        columns.customer_id[i], columns.time[i], columns.kind[i] = customer, time, kind
        columns.revenue[i], columns.cost[i] = revenue, cost
    return EventTable(columns, NAMES)


ARRIVED, BOUGHT, RENEWED, REORDERED, TOUCHED = (
    EventKind.ARRIVED,
    EventKind.BOUGHT,
    EventKind.RENEWED,
    EventKind.REORDERED,
    EventKind.TOUCHED,
)

TWO = events(
    (8, 0.0, ARRIVED, 0, 10),
    (3, 4.0, ARRIVED, 0, 10),
    (8, 5.0, BOUGHT, 29, 20),
    (3, 6.0, TOUCHED, 0, 1),
    (3, 9.5, BOUGHT, 100, 50),
)


def test_cash_by_the_calendar() -> None:
    curve = cash_curve(TWO, horizon=10, step=2)
    np.testing.assert_array_equal(curve.days, [0, 2, 4, 6, 8, 10])
    np.testing.assert_array_equal(curve.revenue, [0, 0, 0, 29, 29, 129])
    np.testing.assert_array_equal(curve.cost, [10, 10, 20, 41, 41, 91])
    np.testing.assert_array_equal(curve.balance, curve.revenue - curve.cost)
    assert json.loads(json.dumps(curve.to_dict()))["balance"][-1] == 38


def test_cash_by_age() -> None:
    # ages: 0, 0, 5, 2, 5.5
    curve = cash_curve(TWO, horizon=6, since="arrival")
    np.testing.assert_array_equal(curve.balance, [-20, -20, -21, -21, -21, -12, 38])


def test_what_lies_behind_the_last_day_is_left_out() -> None:
    assert cash_curve(TWO, horizon=9).balance[-1] == 29 - 41
    assert list(cash_curve(TWO, horizon=2.5).days) == [0, 1, 2, 2.5]


def test_cash_of_nothing() -> None:
    np.testing.assert_array_equal(cash_curve(events(), horizon=1).balance, [0, 0])


def test_payback() -> None:
    payback = payback_time(TWO)
    assert (payback.value, payback.unit) == (5.5, "days")


def test_payback_counts_only_for_good() -> None:
    again = events(
        (0, 0.0, ARRIVED, 0, 5), (0, 1.0, BOUGHT, 9, 0), (0, 2.0, TOUCHED, 0, 6),
        (0, 3.0, REORDERED, 9, 0),
    )  # fmt: skip
    assert payback_time(again).value == 3.0


def test_payback_takes_simultaneous_events_together() -> None:
    assert payback_time(events((0, 2.0, ARRIVED, 0, 5), (0, 2.0, BOUGHT, 9, 0))).value == 0.0


def test_never_paid_back() -> None:
    payback = payback_time(events((0, 0.0, ARRIVED, 0, 5), (0, 1.0, BOUGHT, 4, 0)))
    assert math.isnan(payback.value)
    assert math.isnan(payback_time(events()).value)


def growing(seed: int, count: int = 800) -> EventTable:
    """Costs 10 on arrival, then earns about 1 a day in a single order on a random day."""
    luck = Luck(count, seed)
    day, amount = luck.uniform() * 50, luck.exponential() * 40
    columns = empty_events(2 * count)
    columns.customer_id[:] = np.tile(np.arange(count), 2)
    columns.kind[:count], columns.kind[count:] = ARRIVED, BOUGHT
    columns.time[:count], columns.time[count:] = 3.0, 3.0 + day
    columns.revenue[:count], columns.revenue[count:] = 0, amount
    columns.cost[:count], columns.cost[count:] = 10, 0
    return EventTable(columns, NAMES)


def test_error_of_payback() -> None:
    runs = [payback_time(growing(seed)) for seed in range(120)]
    errors = np.array([run.standard_error for run in runs])
    spread = np.array([run.value for run in runs]).std()
    assert np.median(errors) == pytest.approx(spread, rel=0.25)


ORDERS = events(
    (0, 1.0, BOUGHT, 5, 1),
    (0, 12.0, REORDERED, 5, 1),  # age 1
    (0, 13.0, RENEWED, 5, 1),  # age 1 again
    (1, 2.0, BOUGHT, 5, 1),
    (1, 35.0, REORDERED, 5, 1),  # age 3
    (2, 19.0, BOUGHT, 5, 1),
    (2, 20.0, TOUCHED, 0, 1),  # no order
    (2, 30.0, REORDERED, 5, 1),  # age 1
)


def test_retention() -> None:
    found = retention(ORDERS, horizon=40, period=10)
    nan = math.nan
    np.testing.assert_array_equal(found.size, [2, 1, 0, 0])
    np.testing.assert_array_equal(
        found.share,
        [[1, 0.5, 0, nan], [1, 1, nan, nan], [nan] * 4, [nan] * 4],
    )
    np.testing.assert_array_equal(found.churn[0, :3], [0, 0.5, 1])
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["share"][0][3] is None


def test_retention_of_nobody() -> None:
    assert np.isnan(retention(events(), horizon=90).share).all()


def test_retention_does_not_depend_on_the_order_of_customers() -> None:
    shuffled = EventColumns(*(column[::-1] for column in ORDERS.columns))
    one, other = retention(ORDERS, horizon=40), retention(EventTable(shuffled, NAMES), horizon=40)
    np.testing.assert_array_equal(one.share, other.share)


def test_survival_with_censoring() -> None:
    table = blank(8)
    c = table.columns
    c.stage_time[4, :7] = 1.0
    c.bills[0] = [1, 1, 2, 2, 3, 3, 0, 0]
    c.cancelled[0] = [1, 1, 1, 0, 1, 0, 0, 0]
    found = subscriber_survival(table, "care")
    # 6 get a first bill and then decide: 2 leave; 3 get a second and decide (one has not yet
    # come to that): 1 leaves; of 2 with a third one decides, and leaves
    np.testing.assert_array_equal(found.at_risk, [6, 6, 3, 1])
    np.testing.assert_array_equal(found.churned, [0, 2, 1, 1])
    np.testing.assert_allclose(found.survival, [1, 4 / 6, 4 / 6 * 2 / 3, 0])
    greenwood = (4 / 6 * 2 / 3) * math.sqrt(2 / (6 * 4) + 1 / (3 * 2))
    assert found.standard_error[2] == pytest.approx(greenwood)


def test_survival_of_nobody() -> None:
    assert len(subscriber_survival(blank(3), "care").cycle) == 0


def test_survival_estimates_geometric_churn() -> None:
    table = blank(20_000)
    c, luck = table.columns, Luck(20_000)
    life = 1 + np.floor(np.log(luck.uniform()) / math.log(0.8)).astype(int)
    until = 1 + (luck.uniform() * 6).astype(int)
    c.stage_time[4] = 0
    c.bills[0] = np.minimum(life, until)
    c.cancelled[0] = life < until
    found = subscriber_survival(table, "care")
    for k in range(1, 5):
        assert abs(found.survival[k] - 0.8**k) < 4.5 * found.standard_error[k]


def test_rfm() -> None:
    table = blank(6)
    c = table.columns
    c.orders[:] = 0, 1, 2, 3, 4, 4
    c.revenue[:] = 0, 10, 40, 90, 40, 400
    c.last_order_time[:] = np.nan, 10, 20, 30, 40, 50
    found = rfm_scores(table, until=60)
    np.testing.assert_array_equal(found.customer_id, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(found.recency, [50, 40, 30, 20, 10])
    np.testing.assert_array_equal(found.monetary, [10, 20, 30, 10, 100])
    np.testing.assert_array_equal(found.scores[0], [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(found.scores[1], [1, 2, 3, 4, 4])
    np.testing.assert_array_equal(found.scores[2], [1, 3, 4, 1, 5])
    np.testing.assert_array_equal(found.cell, [111, 223, 334, 441, 545])


def test_rfm_of_nobody() -> None:
    assert len(rfm_scores(blank(3), until=60).cell) == 0
