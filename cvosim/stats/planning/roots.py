"""Roots of rising functions, of whole arrays at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cvosim.tables.columns import Floats

_DOUBLINGS = 200
_HALVINGS = 400


def rising_root(function: Callable[[Floats], Floats], guess: Floats, limit: Floats) -> Floats:
    """Where a rising function passes 0, between 0 and a limit, by bisection to the last digit.

    Parameters
    ----------
    function : callable
        Of an array of the shape of ``guess``; below 0 near 0.
    guess : ndarray of float64
        Above 0; a value of the right size.
    limit : ndarray of float64
        Where the search ends; may be inf.

    Returns
    -------
    ndarray of float64
        NaN where the function is still below 0 at the limit (or at 1e60 guesses).

    Examples
    --------
    >>> found = rising_root(lambda x: x**2 - 2.0, np.ones(1), np.full(1, np.inf))
    >>> float(found[0])
    1.4142135623730951
    """
    high = np.minimum(guess, limit)
    for _ in range(_DOUBLINGS):
        short = (function(high) < 0.0) & (high < limit)
        if not short.any():
            break
        high = np.where(short, np.minimum(2.0 * high, limit), high)
    found = function(high) >= 0.0
    low = np.zeros_like(high)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        open_ = found & (middle > low) & (middle < high)
        if not open_.any():
            break
        short = function(middle) < 0.0
        low = np.where(open_ & short, middle, low)
        high = np.where(open_ & ~short, middle, high)
    return np.where(found, high, np.nan)
