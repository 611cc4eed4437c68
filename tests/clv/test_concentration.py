"""Pareto shares and Gini: known values, and intervals that hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cvosim.clv.segments.concentration import concentration
from cvosim.errors import DataError

SIGMA = 1.0
NORMAL = stats.norm()
TOP = float(NORMAL.cdf(SIGMA - NORMAL.ppf(0.8)))
"""Of a lognormal, whose Lorenz curve is Phi(Phi^-1(p) - sigma) (Aitchison & Brown 1957)."""
BRINGERS = 1.0 - float(NORMAL.cdf(NORMAL.ppf(0.2) + SIGMA))
GINI = 2.0 * float(NORMAL.cdf(SIGMA / math.sqrt(2.0))) - 1.0


def test_by_hand() -> None:
    found = concentration([1.0, 1.0, 2.0, 4.0, 8.0])
    assert found.top_share.value == pytest.approx(8 / 16)
    assert found.bringers.value == pytest.approx(3 / 5)  # 14 of 16; two bring 12
    # half the mean absolute difference of two, over the mean
    differences = np.abs(np.subtract.outer([1, 1, 2, 4, 8], [1, 1, 2, 4, 8])).mean()
    assert found.gini.value == pytest.approx(differences / 2 / 3.2)


def test_all_alike_and_all_in_one_hand() -> None:
    alike = concentration([5.0] * 10)
    assert (alike.gini.value, alike.gini.low) == (0.0, None)
    assert alike.top_share.value == pytest.approx(0.2)
    one = concentration([0.0] * 9 + [3.0])
    assert one.gini.value == pytest.approx(0.9)
    assert one.bringers.value == pytest.approx(0.1)
    assert concentration([7.0]).top_share.value == 1.0


def test_the_intervals_hold_the_truth() -> None:
    """900 logs of 600 customers; each 95 % interval holds in 95 % ± 2.9 % (z of 4) of them."""
    runs, held = 900, np.zeros(3)
    draws = stats.lognorm.rvs(SIGMA, size=(runs, 600), random_state=11)
    for values in draws:
        found = concentration(values)
        for place, (one, truth) in enumerate(
            [(found.top_share, TOP), (found.bringers, BRINGERS), (found.gini, GINI)]
        ):
            assert one.low is not None
            assert one.high is not None
            held[place] += one.low <= truth <= one.high
    # the tail's price: a percent or two less than promised
    assert (held / runs >= 0.95 - 0.02 - 0.029).all(), held / runs
    assert (held / runs <= 0.95 + 0.029).all(), held / runs


def test_size_and_unit_do_not_matter() -> None:
    values = stats.lognorm.rvs(SIGMA, size=200, random_state=3)
    one, other = concentration(values), concentration(values * 1e200)
    np.testing.assert_allclose(one.gini, other.gini)
    np.testing.assert_allclose(one.top_share, other.top_share)


@pytest.mark.parametrize("values", [[], [1.0, -1.0], [math.nan], [0.0, 0.0]])
def test_what_cannot_be_shared_out(values: list[float]) -> None:
    with pytest.raises(DataError, match="concentration: "):
        concentration(values)
