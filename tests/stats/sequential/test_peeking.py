"""The price of peeking, and a wrong way to pay it."""

import numpy as np
import pytest
from scipy import stats

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, crossing_probabilities
from cvosim.stats.sequential.peeking import false_alarm_rate
from cvosim.stats.sequential.spending import Spending


@pytest.mark.parametrize(
    ("looks", "rate"),
    [
        (1, 0.05), (2, 0.083118), (3, 0.107256), (4, 0.126169), (5, 0.141689), (10, 0.193357),
        (20, 0.247911),
    ],
)  # fmt: skip
def test_two_sided(looks: int, rate: float) -> None:
    assert false_alarm_rate(looks) == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize(("looks", "rate"), [(2, 0.042), (4, 0.063), (10, 0.097), (20, 0.124)])
def test_one_sided(looks: int, rate: float) -> None:
    """Jennison & Turnbull's table by side, from gsDesign's tests."""
    assert false_alarm_rate(looks, alpha=0.025, sides=1) == pytest.approx(rate, abs=6e-4)


def test_hundred_looks() -> None:
    assert false_alarm_rate(100) == pytest.approx(0.370, abs=0.02)  # drawn, 6,000 times


def test_sizes_in_any_unit() -> None:
    assert false_alarm_rate((10, 20, 30)) == pytest.approx(false_alarm_rate(3), abs=1e-12)


@pytest.mark.parametrize(
    ("looks", "rate"), [(2, 0.052162), (5, 0.061015), (10, 0.068592), (20, 0.075635)]
)
def test_what_is_spent_so_far_is_no_level(looks: int, rate: float) -> None:
    """A known mistake: the cumulative alpha of Lan & DeMets as each look's nominal level."""
    times = (np.arange(looks) + 1.0) / looks
    wrong = stats.norm.isf(Spending("obrien_fleming").spent(times, 0.05) / 2)
    assert wrong == pytest.approx(1.959964 / np.sqrt(times), abs=1e-6)
    found = crossing_probabilities(times.tolist(), Bounds(tuple(wrong.tolist()), sides=2))
    assert found.stopped.sum() == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"looks": 0}, "looks: must be between 1 and 1000"),
        ({"looks": (0.5, 0.2)}, "looks: must rise"),
        ({"looks": 2, "alpha": 5.0}, "alpha: must be between 0 and 1"),
        ({"looks": 2, "alpha": 0.6, "sides": 1}, "between 0 and 0.5"),
        ({"looks": 2, "sides": 3}, "sides: must be 1 or 2"),
    ],
)
def test_mistakes_are_explained(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(CvosimError, match=says):
        false_alarm_rate(**arguments)  # type: ignore[arg-type]
