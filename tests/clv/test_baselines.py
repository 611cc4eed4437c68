from __future__ import annotations

import numpy as np
import pytest

from cvosim.clv.backtest.baselines import BASELINES, MEANING, Past, baseline_forecasts, usual_hiatus
from cvosim.clv.orders.history import History


@pytest.fixture
def past() -> Past:
    """Ann buys again at 10, 20 and 40 of 50 days, Bob not in 30, Cy came on the last day."""
    history = History(np.array([3.0, 0, 0]), np.array([40.0, 0, 0]), np.array([50.0, 30, 0]))
    return Past(history, np.array([0, 0, 0]), np.array([10.0, 40, 30]))


def test_each_rule(past: Past) -> None:
    found = baseline_forecasts(past, 20.0, hiatus_days=15.0)
    assert tuple(found) == BASELINES == tuple(MEANING)
    assert found["last_period"].tolist() == [1, 0, 0], "only the purchase 10 days ago"
    assert found["own_rate"] == pytest.approx([3 / 50 * 20, 0, 0])
    assert found["population_mean"] == pytest.approx([3 / 80 * 20] * 3)
    assert found["hiatus"] == pytest.approx([1.2, 0, 0])
    assert baseline_forecasts(past, 20.0, hiatus_days=9.0)["hiatus"].tolist() == [0, 0, 0]


def test_the_hiatus_is_learnt_from_gaps(past: Past) -> None:
    """Gaps of 10, 10 and 20 days; the order of the purchases does not matter."""
    assert usual_hiatus(past, 0.5) == 10.0
    assert usual_hiatus(past, 1.0) == 20.0
    nobody = Past(past.history, np.array([], np.int64), np.array([]))
    assert usual_hiatus(nobody) == 0.0


def test_a_log_of_one_day_has_no_rates() -> None:
    history = History(np.array([0.0]), np.array([0.0]), np.array([0.0]))
    none = Past(history, np.array([], np.int64), np.array([]))
    found = baseline_forecasts(none, 7.0, hiatus_days=0.0)
    assert all(values.tolist() == [0.0] for values in found.values())
