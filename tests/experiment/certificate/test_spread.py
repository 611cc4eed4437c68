"""What has no spread is refused; what has is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cvosim.errors import CvosimError
from cvosim.experiment.certificate.certify import certify
from cvosim.experiment.certificate.design import Design, Injected
from cvosim.experiment.certificate.spread import check_spread
from cvosim.experiment.certificate.worlds import pool_of_columns
from cvosim.stats.further_metrics import Quantile
from cvosim.stats.metric import Mean, Ratio

N = 1000
COLUMNS = {
    "spend": np.maximum(np.arange(N) - 900.0, 0.0),
    "orders": np.arange(N) % 3.0,
    "twice": np.arange(N) % 3.0 * 2.0,
    "same": np.full(N, 1.5),
    "zero": np.zeros(N),
    "capped": np.minimum(np.arange(N), 600.0),
}


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (Mean("same"), "same: is 1.5 for every customer; a constant tells nothing about an effect"),
        (Ratio("twice", "orders"), "twice/orders: is 2 for every customer"),
        (Ratio("spend", "zero"), "spend/zero: the denominator adds up to 0, so there is no ratio"),
        (Ratio("zero", "spend"), "zero/spend: is 0 for every customer"),
        (Quantile("spend", 0.5), "spend: the 50 % quantile is 0 in every sample, as it is for "
         "90.1 % of customers: it has no spread; ask for a higher quantile, well above 90.1 %"),
        (Quantile("capped", 0.9), "ask for a lower quantile, well below 60 %"),
    ],
)  # fmt: skip
def test_no_spread_is_refused_with_an_effect_too(metric: Any, words: str) -> None:
    pool = pool_of_columns(COLUMNS)
    for effect in (None, Injected(0.1)):
        with pytest.raises(CvosimError, match=words):
            certify("welch", metric, pool, Design(N, effect=effect))


@pytest.mark.parametrize(
    "metric",
    [Mean("spend"), Ratio("same", "spend"), Quantile("spend", 0.95), Quantile("capped", 0.5)],
)
def test_spread_is_let_through(metric: Any) -> None:
    check_spread(metric, pool_of_columns(COLUMNS), N / 2)
