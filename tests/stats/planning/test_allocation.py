from __future__ import annotations

import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from cvosim.errors import CvosimError
from cvosim.stats.planning import Design, Means, best_ratio, dunnett_level, share_to_ratio


# Dunnett (1955, 1964), infinitely many degrees of freedom, equal arms
@pytest.mark.parametrize(
    ("treatments", "sides", "known"),
    [(2, 2, 2.21), (3, 2, 2.35), (4, 2, 2.44), (2, 1, 1.92), (3, 1, 2.06), (4, 1, 2.16)],
)
def test_dunnetts_table(treatments: int, sides: int, known: float) -> None:
    found = norm.isf(dunnett_level(treatments, 0.05, sides) / sides)
    assert_allclose(found, known, atol=0.006)


def test_dunnett_lies_between_bonferroni_and_none() -> None:
    level = dunnett_level(3, 0.05, 2)
    assert 0.05 / 3 < level < 0.05
    assert dunnett_level(1, 0.05, 2) == 0.05
    assert_allclose(dunnett_level(3, 0.05, 2, ratio=1e-9), 1 - 0.95 ** (1 / 3), atol=1e-6)


def test_the_best_ratio_needs_the_least() -> None:
    """Cost of the sample that finds the effect: no other ratio near it is cheaper."""
    sd, cost = (1.0, 3.0), (1.0, 2.0)
    best = best_ratio(sd=sd, cost=cost, treatments=3)

    def price(ratio: float) -> float:
        size = Design(Means(*sd), ratio=ratio, treatments=3, correction="none").sample_size(0.1)
        return float(cost[0] * size.control + 3 * cost[1] * size.treatment)

    assert price(best) < min(price(0.97 * best), price(1.03 * best))


def test_shares() -> None:
    assert_allclose(share_to_ratio(0.1), 1 / 9)
    with pytest.raises(CvosimError, match=r"leave nothing for control; must be below 0\.333"):
        share_to_ratio(0.4, treatments=3)
    with pytest.raises(CvosimError, match=r"10 % is 0\.1"):
        share_to_ratio(10)
