"""Stickiness: who comes back in time."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.clv.orders.log import OrderLog
from cvosim.clv.orders.purchase_days import purchase_days
from cvosim.clv.retention.stickiness import stickiness
from cvosim.clv.segments.acquisition import Labels
from cvosim.errors import DataError

Z = 1.959963984540054


def test_by_hand() -> None:
    rows = [("a", 0), ("a", 30), ("b", 0), ("b", 31), ("c", 70), ("c", 75), ("d", 71), ("e", 2)]
    days = purchase_days(OrderLog.of([(name, day, 1.0) for name, day in rows]), 100)
    labels = Labels(np.array([0, 0, 0, 1, 1]), ("ads", "mail"))
    found = {(one.label, one.within): one for one in stickiness(days, labels)}
    # c has been seen for 30 days, d for 29 only
    assert (found["ads", 30].customers, found["ads", 30].came_back) == (3, 2)
    assert (found["ads", 60].customers, found["ads", 60].came_back) == (2, 2)
    assert (found["mail", 30].customers, found["mail", 30].came_back) == (1, 0)
    p, n = 2 / 3, 3
    centre = (p + Z**2 / 2 / n) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / 4 / n**2)
    one = found["ads", 30]
    assert (one.share, one.low, one.high) == pytest.approx((p, centre - half, centre + half))


def test_nobody_seen_for_long_enough_is_not_nobody_coming_back() -> None:
    days = purchase_days(OrderLog.of([("a", 0, 1.0), ("a", 5, 1.0)]))
    found = stickiness(days, Labels(np.zeros(1, np.int64), ("x",)), (3, 30))
    assert (found[0].share, found[0].customers) == (0.0, 1)
    assert (found[1].share, found[1].low, found[1].customers) == (None, None, 0)


def test_cdnow(cdnow_log: OrderLog) -> None:
    """Of the literature's 2,357 customers, counted a second way."""
    days = purchase_days(cdnow_log)
    found = stickiness(days, Labels(np.arange(2357) % 2, ("odd", "even")), (90,))
    back = 0
    for one in range(2357):
        mine = days.day[days.customer == one]
        back += len(mine) > 1 and mine[1] - mine[0] <= 90
    assert sum(one.came_back for one in found) == back
    assert sum(one.customers for one in found) == 2357


def test_bad_days() -> None:
    days = purchase_days(OrderLog.of([("a", 0, 1.0)]))
    with pytest.raises(DataError, match="1 or more"):
        stickiness(days, Labels(np.zeros(1, np.int64), ("x",)), (0,))
