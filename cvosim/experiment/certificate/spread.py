"""Metrics that cannot be tested: constants, ratios to nothing, quantiles without spread."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.stats.further_metrics import Quantile
from cvosim.stats.metric import Ratio
from cvosim.tables.columns import Floats

SURE = 4.0
"""Standard errors of a quantile's rank within which nearly all samples' quantiles lie."""
ROUNDING = 1e-12
"""Spread, as a part of the values, that rounding alone may make."""


def check_spread(metric: Any, pool: Pool, units: float) -> None:
    """Refuse a metric that is the same in every sample of control.

    Parameters
    ----------
    metric : Mean, Ratio, Proportion, CLV, Quantile or Survival
    pool : Pool
        Control first.
    units : float
        Customers in the smaller arm.

    Raises
    ------
    CvosimError
        If it has no spread, or a ratio's denominator adds up to 0.

    Examples
    --------
    >>> from cvosim.experiment.certificate.worlds import pool_of_columns
    >>> from cvosim.stats.metric import Mean
    >>> check_spread(Mean("spend"), pool_of_columns({"spend": [1.5, 1.5]}), 100)
    Traceback (most recent call last):
    ...
    cvosim.errors.CvosimError: spend: is 1.5 for every customer; a constant tells nothing about ...
    """
    first = metric.columns[0]
    values = pool.of(first)[0]
    if isinstance(metric, Ratio):
        _check_ratio(metric, pool)
    elif np.ptp(values) == 0.0:
        raise _constant(first, values[0])
    elif isinstance(metric, Quantile):
        _check_quantile(metric, values, units)


def _check_ratio(metric: Ratio, pool: Pool) -> None:
    """Spread is that of the linearised values: of two constants, or of twice the same, none."""
    name = f"{metric.numerator}/{metric.denominator}"
    above, below = pool.of(metric.numerator), pool.of(metric.denominator)
    for arm in (0, 1):
        if below[arm].sum() == 0.0:
            raise CvosimError(f"{name}: the denominator adds up to 0, so there is no ratio")
    ratio = above[0].sum() / below[0].sum()
    if np.ptp(above[0] - ratio * below[0]) <= ROUNDING * np.abs(above[0]).max():
        raise _constant(name, ratio)


def _constant(name: str, value: float) -> CvosimError:
    return CvosimError(
        f"{name}: is {value:g} for every customer; a constant tells nothing about an effect"
    )


def _check_quantile(metric: Quantile, values: Floats, units: float) -> None:
    """A rank's standard error is that of a share: ``sqrt(q (1 - q) / n)`` (Woodruff 1952)."""
    q = metric.q
    reach = SURE * math.sqrt(q * (1.0 - q) / units)
    low, high = np.quantile(values, [max(q - reach, 0.0), min(q + reach, 1.0)])
    if low < high:
        return
    below, upto = 100.0 * float((values < low).mean()), 100.0 * float((values <= low).mean())
    way = f"higher quantile, well above {upto:.3g} %"
    if upto == 100.0:
        way = f"lower quantile, well below {below:.3g} %"
    raise CvosimError(
        f"{metric.value}: the {100.0 * q:g} % quantile is {low:g} in every sample, as it is for "
        f"{upto - below:.3g} % of customers: it has no spread; ask for a {way}"
    )
