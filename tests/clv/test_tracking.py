from __future__ import annotations

import numpy as np
import pytest

from cvosim.clv.backtest.tracking import Repeats, track
from cvosim.clv.models.bg_nbd import BgNbd


def test_weeks_are_counted_from_the_start_and_add_up() -> None:
    first = np.array([0.0, 5.0, 20.0])
    times = np.array([7.0, 7.5, 21.0, 30.0, 31.0])
    found = track(Repeats(first, times, split=14.0, end=31.0), {"one": lambda age: age})
    assert found.ends == (7.0, 14.0, 21.0, 28.0, 31.0)
    assert found.actual == (1, 1, 1, 0, 2), "a purchase on the last day of a week is in it"
    assert found.expected["one"] == pytest.approx((7 + 2, 14, 15, 21, 9))
    assert found.cumulative_actual == (1, 2, 3, 3, 5)
    assert found.cumulative("one")[-1] == pytest.approx(31 + 26 + 11)
    assert found.full == 4, "the last week is cut short"
    assert found.to_dict()["expected"]["one"][1] == pytest.approx(14)


def test_many_start_moments_cost_no_accuracy() -> None:
    law = BgNbd(r=0.243, alpha_days=30.9, a=0.793, b=2.426)
    first = np.linspace(0.0, 84.0, 3001)
    curves = {"bg": law.expected_purchases_new_customer}
    none = np.array([])
    rounded = track(Repeats(first, none, 273.0, 273.0), curves).expected["bg"]
    parts = [
        np.array(track(Repeats(part, none, 273.0, 273.0), curves).expected["bg"])
        for part in np.array_split(first, 2)
    ]
    assert rounded == pytest.approx(sum(parts), rel=2e-3)
    assert sum(rounded) == pytest.approx(float(sum(parts).sum()), rel=1e-5)  # type: ignore[union-attr]
