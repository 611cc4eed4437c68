"""Ten years of weeks are watched; one more is taken for a wrong date."""

from __future__ import annotations

import pytest

from cvosim.errors import DataError
from cvosim.stats.monitor.weeks import MOST_COHORTS, Weeks


def test_ten_years() -> None:
    assert MOST_COHORTS * 7 == 10 * 364
    assert Weeks(0.0, MOST_COHORTS * 7.0, window=0.0).cohorts == MOST_COHORTS
    with pytest.raises(DataError, match="521 periods of 7 days, more than 520"):
        Weeks(0.0, (MOST_COHORTS + 1) * 7.0, window=0.0)
