"""What projections may be asked: days ahead, numbers of purchases, discount rates."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.orders.history import Floats
from cvosim.errors import DataError


def checked_days(days: ArrayLike, endless: bool = False) -> Floats:
    """Give the days ahead as an array.

    Parameters
    ----------
    days : array_like of float
        At least 0.
    endless : bool
        Whether infinity is allowed.

    Raises
    ------
    DataError
        If there are days that mean nothing.

    Examples
    --------
    >>> checked_days([30, 365]).tolist()
    [30.0, 365.0]
    """
    values = np.asarray(days, np.float64)
    good = (values >= 0) & (np.isfinite(values) | endless)
    if not good.all():
        bad = float(values[~good].flat[0])
        hint = "write inf for no end" if endless else "without an end there is discounted_purchases"
        raise DataError(f"days: {bad:g} is not a number of days from 0; {hint}")
    return values


def checked_counts(n: ArrayLike) -> Floats:
    """Give numbers of purchases as an array.

    Raises
    ------
    DataError
        If they are not whole numbers from 0.

    Examples
    --------
    >>> checked_counts(3).tolist()
    3.0
    """
    values = np.asarray(n, np.float64)
    good = (values >= 0) & (values == np.floor(values)) & np.isfinite(values)
    if not good.all():
        bad = float(values[~good].flat[0])
        raise DataError(f"n: {bad:g} is not a number of purchases; write 0, 1, 2 …")
    return values


def checked_discount(rate: float, name: str = "discount_rate") -> float:
    """Give a discount rate.

    Raises
    ------
    DataError
        If it is below 0 or no number.

    Examples
    --------
    >>> checked_discount(0.1)
    0.1
    """
    if not 0.0 <= rate < math.inf:
        raise DataError(f"{name}: {rate:g} is not a discount rate of 0 or above, such as 0.10")
    return rate
