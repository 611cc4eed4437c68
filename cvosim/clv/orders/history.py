"""What a purchase model sees of a customer: how often, when last, for how long."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Histories(Protocol):
    """Anything that holds purchase histories: a `History`, `Patterns` or a `Summary`.

    Three arrays of equal length: repeat purchases, and two times in the same unit, days
    unless said otherwise.
    """

    @property
    def repeats(self) -> NDArray[np.int64] | Floats:
        """Count the purchases after the first, x."""

    @property
    def last(self) -> Floats:
        """Time from the first purchase to the last, t_x; 0 without repeats."""

    @property
    def age(self) -> Floats:
        """Time from the first purchase to the end of the period, T."""


class History(NamedTuple):
    """Purchase histories of some customers, one element each.

    Attributes
    ----------
    repeats : ndarray of float64
        x: purchases after the first.
    last : ndarray of float64
        t_x: time from the first purchase to the last, days; 0 without repeats.
    age : ndarray of float64
        T: time from the first purchase to the end of the period, days.

    Examples
    --------
    >>> History(np.array([2.0]), np.array([30.0]), np.array([39.0])).repeats.tolist()
    [2.0]
    """

    repeats: Floats
    last: Floats
    age: Floats


class Patterns(NamedTuple):
    """The different histories among many customers: a likelihood needs each only once.

    Attributes
    ----------
    repeats, last, age : ndarray of float64
        As in `History`, one element a pattern.
    weights : ndarray of float64
        Customers that share the pattern.
    inverse : ndarray of int64
        For each customer its pattern.
    customers : ndarray of int64
        For each pattern the row of the first customer that has it.

    Examples
    --------
    >>> from cvosim.clv.orders.summary import Summary
    >>> two = Summary.of([0, 1, 0], [0.0, 4.0, 0.0], [9.0, 9.0, 9.0]).patterns
    >>> two.weights.tolist(), two.inverse.tolist(), two.customers.tolist()
    ([2.0, 1.0], [0, 1, 0], [0, 1])
    """

    repeats: Floats
    last: Floats
    age: Floats
    weights: Floats
    inverse: NDArray[np.int64]
    customers: NDArray[np.int64]
