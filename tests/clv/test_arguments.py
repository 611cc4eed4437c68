"""What projections may not be asked, whichever model is asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cvosim.clv import BgNbd, FittedPurchases, MbgNbd, ParetoNbd, Summary
from cvosim.clv.models.by_name import MODELS, estimator
from cvosim.errors import DataError

LAWS = [BgNbd(0.5, 20, 0.8, 2.4), MbgNbd(0.5, 20, 0.8, 2.4), ParetoNbd(0.5, 20, 0.7, 90)]
SOME = Summary.of([0, 2], [0, 30], [50, 60])
QUESTIONS: list[tuple[Callable[[Any], object], str]] = [
    (lambda law: law.expected_purchases(SOME, -1.0), "days: -1 is not a number of days from 0"),
    (lambda law: law.expected_purchases(SOME, math.nan), "days: nan"),
    (lambda law: law.expected_purchases(SOME, math.inf), "there is discounted_purchases"),
    (lambda law: law.conditional_moments(SOME, -1.0), "days: -1"),
    (lambda law: law.expected_purchases_new_customer([3.0, -2.0]), "days: -2"),
    (lambda law: law.probability_of(-1, 30), "n: -1 is not a number of purchases"),
    (lambda law: law.probability_of(1.5, 30), "n: 1.5"),
    (lambda law: law.probability_of(2, math.inf), "days: inf"),
    (lambda law: law.discounted_purchases(SOME, -0.1, 30), "delta: -0.1 is not a discount rate"),
    (lambda law: law.discounted_purchases(SOME, math.nan), "delta: nan"),
    (lambda law: law.discounted_purchases(SOME, 0.1, -3), "days: -3"),
    (lambda law: law.discounted_purchases_new_customer(0.1, math.nan), "days: nan"),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize(("ask", "words"), QUESTIONS)
def test_questions_that_mean_nothing(law: Any, ask: Callable[[Any], object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        ask(law)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_not_a_summary(name: str) -> None:
    with pytest.raises(DataError, match=r"needs a Summary .* not a dict"):
        estimator(name)().fit({"repeats": [1, 2]})  # type: ignore[arg-type]


def test_discount_rates_of_a_fit() -> None:
    x, t_x, age = [0, 1, 3, 0, 2, 8], [0, 9, 30, 0, 12, 60], [70, 69, 66, 64, 63, 61]
    fitted = estimator("bg_nbd")().fit(Summary.of(x, t_x, age))
    assert isinstance(fitted, FittedPurchases)
    for rate in (-0.1, math.nan, math.inf):
        with pytest.raises(DataError, match="discount_rate"):
            fitted.discounted_purchases(rate)


def test_pairs_of_slow_buyers_do_not_cancel() -> None:
    """A variance is never below 0, however rarely people buy and however far one looks."""
    for r in (1e-6, 1e-4, 1e-2):
        mean, variance = BgNbd(r, 1e4, 100, 1e4).conditional_moments(SOME, 1e6)
        assert (variance >= mean * (1 - mean)).all()
        assert np.isfinite(variance).all()
