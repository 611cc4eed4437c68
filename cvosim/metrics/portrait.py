"""What the figures of one run are drawn from, beyond its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.cohorts import Retention
from cvosim.metrics.retention import Survival
from cvosim.tables.columns import Floats


@dataclass(frozen=True, eq=False)
class ValueSpread:
    """How customer value differs between people: its quantiles.

    Attributes
    ----------
    level : float64[n]
        Shares of people, ascending, between 0 and 1.
    prospects : float64[n]
        CLV that this share of the market prospects does not exceed.
    buyers : float64[n]
        The same of those who bought, referred or not, before acquisition cost; NaN where nobody
        bought.
    """

    level: Floats
    prospects: Floats
    buyers: Floats


@dataclass(frozen=True, eq=False)
class CashBand:
    """Contribution that prospects have brought by their age, with its 95 % interval.

    Attributes
    ----------
    days : float64[n]
        Age: whole days since a customer's own arrival, from 0 to the horizon.
    mean, low, high : float64[n]
        Running total of revenue less refunds and every cost, a market prospect, undiscounted;
        people brought by referral count for the prospect at the beginning of their chain. The
        interval is pointwise and normal, prospects being independent.
    payback : float
        Age in days at which the mean rises from below 0 for the last time; 0 if it never is below,
        NaN if it is below at the end.
    payback_low, payback_high : float
        The same of the upper and of the lower limit; infinite where that is below 0 at the end.
    """

    days: Floats
    mean: Floats
    low: Floats
    high: Floats
    payback: float
    payback_low: float
    payback_high: float


@dataclass(frozen=True, eq=False)
class RfmMap:
    """Buyers by recency and frequency score.

    Attributes
    ----------
    buyers : int64[5, 5]
        By recency score (row 0: score 1, longest ago) and frequency score (column 0: score 1).
    monetary : float64[5, 5]
        Mean revenue less refunds, a paid order; NaN where nobody is.
    """

    buyers: NDArray[np.int64]
    monetary: Floats


@dataclass(frozen=True, eq=False)
class StageWorth:
    """CLV by where in the journey the money moved; the parts add up to it.

    Attributes
    ----------
    names : tuple of str
        ``acquisition`` (the cost of channels and content), the stages in journey order,
        ``repeat_purchases`` where there are any, each return-path or retention program, and
        ``word_of_mouth`` (all that people brought by referral earn and cost) where there is
        referral.
    value, standard_error : float64[n]
        Revenue less refunds and cost, discounted to the customer's arrival, a market prospect.
    """

    names: tuple[str, ...]
    value: Floats
    standard_error: Floats


@dataclass(frozen=True, eq=False)
class Portrait:
    """What the figures of one run are drawn from, beyond its metrics.

    Attributes
    ----------
    value : ValueSpread
    cash : CashBand
    retention : Retention
        Cohorts of at most a year's thirteenth, wider where the horizon is longer: at most 13.
    survival : mapping of str to Survival
        By subscription.
    rfm : RfmMap or None
        None where nobody bought.
    stages : StageWorth
    """

    value: ValueSpread
    cash: CashBand
    retention: Retention
    survival: Mapping[str, Survival]
    rfm: RfmMap | None
    stages: StageWorth
