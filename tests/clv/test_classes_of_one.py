"""A class with a single customer has a mean: that customer's."""

from __future__ import annotations

import math

import numpy as np

from cvosim.clv.backtest.forecasts import Truth


def test_means_of_each_class() -> None:
    purchases = np.array([4.0, 6.0, 3.0])
    truth = Truth(purchases, purchases, np.array([0, 0, 2]), np.ones(3), 1.0)
    none, one, two, *more = truth.by_repeats(purchases)
    assert (none, two) == (5.0, 3.0)
    assert all(math.isnan(mean) for mean in (one, *more))
    assert truth.customers_by_repeats[:3] == (2, 0, 1)
