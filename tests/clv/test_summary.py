"""From orders to customers: CDNOW's published table, and a slow twin on random logs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.clv.days import parse_day
from cvosim.clv.orders import OrderLog
from cvosim.clv.summary import Summary, summarise
from cvosim.errors import DataError


def test_cdnow_is_the_published_table(cdnow: Summary) -> None:
    """BTYD's exact customer table: 2,357 customers, 39 weeks and 39 more."""
    assert cdnow.n_customers == 2357
    assert cdnow.repeats.sum() == 2457
    assert cdnow.n_repeat == 946
    counts = np.bincount(np.minimum(cdnow.repeats, 7))
    assert counts.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert cdnow.holdout is not None
    assert cdnow.holdout.sum() == 1882
    assert cdnow.holdout_days == 273


def test_cdnow_customers_one_by_one(cdnow: Summary, cdnow_log: OrderLog) -> None:
    """The first three rows of Fader & Hardie's customer table, in weeks to two decimals."""
    rows = [cdnow_log.customers.index(name) for name in ("0001", "0002", "0003")]
    assert cdnow.repeats[rows].tolist() == [2, 1, 0]
    assert (cdnow.last[rows] / 7).round(2).tolist() == [30.43, 1.71, 0.0]
    assert (cdnow.age[rows] / 7).round(2).tolist() == [38.86, 38.86, 38.86]
    assert cdnow.spend[rows].round(3).tolist() == [22.345, 11.77, 0.0]


Rows = list[tuple[str, int, float]]
ROWS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(-5, 30), st.integers(0, 50).map(float)),
    min_size=1,
    max_size=40,
)


@given(ROWS, st.integers(-5, 30))
def test_it_equals_the_slow_way(rows: Rows, until: int) -> None:
    log = OrderLog.of(rows)
    first, last = min(day for _, day, _ in rows), max(day for _, day, _ in rows)
    if not first <= until < last:
        with pytest.raises(DataError, match="must be on or after the first order"):
            summarise(log, until)
        return
    by_day: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for name, day, amount in rows:
        by_day[name][day] += amount
    summary = summarise(log, until)
    assert summary.holdout is not None
    found = {}
    for index, code in enumerate(summary.customer):
        numbers = (summary.repeats, summary.last, summary.age, summary.spend, summary.holdout)
        found[log.customers[code]] = [float(column[index]) for column in numbers]
    expected = {}
    for name, days in by_day.items():
        seen = sorted(day for day in days if day <= until)
        if seen:
            x = len(seen) - 1
            mean = sum(days[day] for day in seen[1:]) / x if x else 0.0
            expected[name] = [x, seen[-1] - seen[0], until - seen[0], mean, len(days) - len(seen)]
    assert found == expected
    assert (summary.start, summary.end, summary.holdout_days) == (first, until, last - until)


@given(ROWS)
def test_the_order_of_rows_and_customers_does_not_matter(rows: Rows) -> None:
    one, other = summarise(OrderLog.of(rows)), summarise(OrderLog.of(rows[::-1]))
    columns = [np.array([s.repeats, s.last, s.age, s.spend]) for s in (one, other)]
    assert sorted(columns[0].T.tolist()) == sorted(columns[1].T.tolist())


def test_without_until_nothing_is_held_out(cdnow_log: OrderLog) -> None:
    summary = summarise(cdnow_log)
    assert summary.holdout is None
    assert (summary.end, summary.holdout_days) == (parse_day("1998-06-30"), 0)
    assert summary.repeats.sum() == 2457 + 1882


def test_a_late_comer_is_no_customer_yet() -> None:
    log = OrderLog.of([("a", 0, 1.0), ("b", 5, 1.0), ("b", 9, 1.0), ("a", 9, 1.0)])
    summary = summarise(log, 4)
    assert summary.holdout is not None
    assert (summary.customer.tolist(), summary.holdout.tolist()) == ([0], [1])


def test_equal_amounts_have_that_very_mean() -> None:
    rows = [("a", day, 0.1) for day in range(4)] + [("b", 0, 7.3), ("b", 2, 0.0)]
    assert summarise(OrderLog.of(rows)).spend.tolist() == [pytest.approx(0.1, rel=1e-15), 0.0]
