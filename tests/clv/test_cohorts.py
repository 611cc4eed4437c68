"""Cohort tables by calendar week and month."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest

from cvosim.clv.orders.days import EPOCH, parse_day
from cvosim.clv.orders.log import OrderLog
from cvosim.clv.retention.cohorts import cohorts
from cvosim.errors import DataError


def slow_shares(log: OrderLog, unit: str, end: int) -> dict[tuple[str, int], float]:
    """The same, a customer and a date at a time; only cells that are over."""

    def period(day: date) -> int:
        if unit == "month":
            return 12 * day.year + day.month
        return (day - date(1969, 12, 29)).days // 7

    bought: dict[int, list[date]] = {}
    for who, day in zip(log.customer.tolist(), log.day.tolist(), strict=True):
        if day <= end:
            bought.setdefault(who, []).append(EPOCH + timedelta(days=day))
    members: dict[int, list[set[int]]] = {}
    for days in bought.values():
        start = period(min(days))
        members.setdefault(start, []).append({period(day) - start for day in days})
    after = EPOCH + timedelta(days=end + 1)
    shares = {}
    for start, ages in members.items():
        name = f"{(start - 1) // 12}-{(start - 1) % 12 + 1:02d}"
        if unit == "week":
            name = (date(1969, 12, 29) + timedelta(weeks=start)).isoformat()
        for age in range(period(after) - start):
            shares[name, age] = sum(age in one for one in ages) / len(ages)
        shares[name, 0] = 1.0
    return shares


@pytest.mark.parametrize("unit", ["week", "month"])
@pytest.mark.parametrize("until", ["1998-06-30", "1998-06-29", "1997-09-28", "1997-01-31"])
def test_cells_are_what_one_counts_by_hand(cdnow_log: OrderLog, unit: str, until: str) -> None:
    end = parse_day(until)
    table = cohorts(cdnow_log, unit, end)
    found = {
        (name, age): share
        for name, row in zip(table.names(), table.share.tolist(), strict=True)
        for age, share in enumerate(row)
        if share == share  # noqa: PLR0124
    }
    assert found == pytest.approx(slow_shares(cdnow_log, unit, end))


def test_a_cell_that_is_not_over_is_blank() -> None:
    log = OrderLog.of([("a", 0, 1.0), ("b", 31, 1.0), ("a", 58, 1.0)])
    whole, short = cohorts(log, until=58), cohorts(log, until=57)  # February 1970 has 28 days
    assert whole.to_dict()["share"] == [[1.0, 1.0], [1.0, None]]
    assert short.to_dict()["share"] == [[1.0, None], [1.0, None]]
    assert short.to_dict()["pooled"] == [1.0, None]
    json.dumps(short.to_dict(), allow_nan=False)


def test_pooled_shares_weigh_by_size(cdnow_log: OrderLog) -> None:
    table = cohorts(cdnow_log)
    assert table.size[:3].tolist() == [781, 857, 719]
    assert table.size[3:].sum() == 0
    first = np.array([table.active[row, 1] for row in range(3)])
    assert table.pooled[1] == pytest.approx(first.sum() / 2357)


def test_many_orders_a_cell_count_once_and_empty_cohorts_stay() -> None:
    log = OrderLog.of([("a", 0, 1.0), ("a", 1, 1.0), ("a", 2, 1.0), ("b", 70, 1.0)])
    table = cohorts(log, "month")
    assert table.names() == ["1970-01", "1970-02", "1970-03"]
    assert table.size.tolist() == [1, 0, 1]
    assert table.active[0].tolist() == [1, 0, 0]
    assert np.isnan(table.share[1]).all()


def test_bad_input() -> None:
    log = OrderLog.of([("a", 5, 1.0)])
    with pytest.raises(DataError, match="by 'day' is none of week, month"):
        cohorts(log, "day")
    with pytest.raises(DataError, match="before the first order"):
        cohorts(log, until=4)
    assert cohorts(log).size.tolist() == [1]
