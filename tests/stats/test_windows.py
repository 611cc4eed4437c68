"""A window of no days, or of less, holds nothing to look at."""

from __future__ import annotations

import math

import pytest

from cvosim.errors import CvosimError
from cvosim.stats.further_metrics import CLV, Retention


@pytest.mark.parametrize("days", [0.0, -1.0, math.nan])
@pytest.mark.parametrize("metric", [CLV, Retention])
def test_windows_that_hold_nothing(metric: type, days: float) -> None:
    with pytest.raises(CvosimError, match="must be above 0"):
        metric(days)


def test_the_shortest_window_will_do() -> None:
    assert CLV(math.nextafter(0.0, 1.0)).window > 0.0
