"""Ratios of counts where a count is zero: said to be infinite only if they are."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.clv.segments.acquisition import Labels
from cvosim.clv.segments.ideal_customer import ideal_customer

VALUES = np.arange(200.0)
BEST = VALUES >= 180  # the top tenth


def labelled(has: np.ndarray) -> dict[str, tuple[float | None, float | None]]:
    """Lift and odds ratio of every label."""
    traits = ideal_customer(VALUES, {"found by": Labels(has.astype(np.int64), ("web", "mail"))})
    return {one.label: (one.lift.value, one.odds_ratio.value) for one in traits.traits}


def test_a_label_that_everybody_has_says_nothing() -> None:
    assert labelled(np.ones(200, np.bool_))["mail"] == (1.0, 1.0)


def test_a_label_that_only_the_best_have() -> None:
    found = labelled(BEST & (VALUES % 2 == 0))
    assert found["mail"] == (None, None)
    assert found["web"] == (0.5, 0.0), "half of the best, all of the rest; odds 1 against infinite"


def test_a_label_that_all_of_the_best_have_and_some_others() -> None:
    found = labelled(BEST | (VALUES < 90))
    assert found["mail"] == (2.0, None), "all against half; odds infinite against 1"
    assert found["web"] == (0.0, 0.0)


def test_a_label_that_is_as_frequent_here_as_there() -> None:
    found = labelled(VALUES % 4 == 0)
    assert found["mail"] == pytest.approx((1.0, 1.0))
    assert found["web"] == pytest.approx((1.0, 1.0))
