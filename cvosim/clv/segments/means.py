"""What the customers of each label are worth in the mean, whether or not they differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cvosim.clv.orders.purchase_days import Floats
from cvosim.clv.segments.acquisition import Labels
from cvosim.errors import DataError


class LabelMean(NamedTuple):
    """Mean value of the customers of one label.

    Attributes
    ----------
    attribute, label : str
        Whose mean it is.
    customers : int
        Who have the label.
    value : float
        Their mean value.
    low, high : float or None
        Its interval; None where fewer than two values, or only equal ones, settle none.
    """

    attribute: str
    label: str
    customers: int
    value: float
    low: float | None
    high: float | None


def means_by_label(
    values: Floats, attributes: Mapping[str, Labels], level: float = 0.95
) -> tuple[LabelMean, ...]:
    """Take the mean value by label, with Student's (1908) interval.

    The interval is for customers drawn at random and ends at 0, below which no mean of payments
    lies. Where a few customers pay most of a label's money it is too narrow, as every interval
    from the customers themselves is.

    Parameters
    ----------
    values : ndarray of float64
        What each customer is worth, at least 0; one element a customer.
    attributes : mapping of str to Labels
        What is known of them.
    level : float
        Of the intervals, each by itself; between 0 and 1.

    Returns
    -------
    tuple of LabelMean
        By attribute, then by label.

    Raises
    ------
    DataError
        If a value is negative or not finite, or the level is no good.

    Examples
    --------
    >>> place = Labels(np.array([0, 0, 0, 1]), ("north", "south"))
    >>> north, south = means_by_label(np.array([2.0, 3.0, 4.0, 9.0]), {"place": place})
    >>> round(north.value, 2), round(north.low, 2), round(north.high, 2), south.low
    (3.0, 0.52, 5.48, None)
    """
    if not (np.isfinite(values).all() and (values >= 0).all() and 0 < level < 1):
        raise DataError("means: values must be finite and at least 0, the level between 0 and 1")
    return tuple(
        _mean((name, label), values[labels.codes == code], level)
        for name, labels in attributes.items()
        for code, label in enumerate(labels.labels)
    )


def _mean(which: tuple[str, str], values: Floats, level: float) -> LabelMean:
    from scipy.stats import t

    size, mean = len(values), float(values.mean())
    if size < 2 or values.min() == values.max():
        return LabelMean(*which, size, mean, None, None)
    half = float(t.ppf(0.5 + level / 2.0, size - 1) * values.std(ddof=1)) / math.sqrt(size)
    return LabelMean(*which, size, mean, max(mean - half, 0.0), mean + half)
