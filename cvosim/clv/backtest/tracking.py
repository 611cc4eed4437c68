"""Week by week: the repeat purchases that a model expects against those that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Floats = NDArray[np.float64]

WEEK = 7.0


class Tracking(NamedTuple):
    """Repeat purchases in each week, of the customers of the calibration period.

    Attributes
    ----------
    ends : tuple of float
        Last moment of each week, in days since the start; the last week may be short.
    split : float
        End of the calibration period, in the same days.
    actual : tuple of int
        Purchases that came in the week.
    expected : mapping of str to tuple of float
        Purchases that each model expects in it.
    """

    ends: tuple[float, ...]
    split: float
    actual: tuple[int, ...]
    expected: Mapping[str, tuple[float, ...]]

    @property
    def full(self) -> int:
        """Weeks that are not cut short by the end of the data."""
        short = len(self.ends) > 1 and self.ends[-1] - self.ends[-2] < self.ends[0] - 1e-9
        return len(self.ends) - short

    @property
    def cumulative_actual(self) -> tuple[int, ...]:
        """Purchases that came until the end of each week."""
        return tuple(np.cumsum(self.actual).tolist())

    def cumulative(self, model: str) -> tuple[float, ...]:
        """Purchases expected until the end of each week."""
        return tuple(np.cumsum(self.expected[model]).tolist())

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**self._asdict(), "expected": {k: list(v) for k, v in self.expected.items()}}


class Repeats(NamedTuple):
    """When customers came and came again.

    Attributes
    ----------
    first : ndarray of float64
        Day of each customer's first purchase, since the start of the log.
    times : ndarray of float64
        Days of all their repeat purchases, hold-out included, in any order.
    split, end : float
        End of the calibration period and of the hold-out; a purchase at these days is inside.
    """

    first: Floats
    times: Floats
    split: float
    end: float


def track(
    repeats: Repeats, curves: Mapping[str, Callable[[Floats], Floats]], step: float = WEEK
) -> Tracking:
    """Add up what models expect of every customer, each from its own first purchase on.

    Parameters
    ----------
    repeats : Repeats
    curves : mapping of str to callable
        For each model the mean number of purchases of a new customer by its age in days,
        E[X(t)].
    step : float
        Length of a week, days.

    Returns
    -------
    Tracking
        Σ E[X(t − start)] over customers, and its increments (Fader, Hardie & Lee, 2005,
        figure 4). The expectations use nothing of a customer but its first day: this tests
        the model, not how well it knows the customers.

    Examples
    --------
    >>> repeats = Repeats(np.array([0.0, 7.0]), np.array([3.0, 9.0, 13.0]), split=7.0, end=14.0)
    >>> tracking = track(repeats, {"steady": lambda age: age / 10})
    >>> tracking.actual, [round(x, 2) for x in tracking.expected["steady"]]
    ((1, 2), [0.7, 1.4])
    """
    weeks = max(1, int(np.ceil(repeats.end / step - 1e-9)))
    ends = np.minimum(step * np.arange(1, weeks + 1), repeats.end)
    place = np.searchsorted(ends, repeats.times, side="left")
    actual = np.bincount(place[place < weeks], minlength=weeks)
    return Tracking(
        ends=tuple(ends.tolist()),
        split=repeats.split,
        actual=tuple(actual.tolist()),
        expected={
            name: tuple(np.diff(_expected(repeats.first, curve, ends), prepend=0.0).tolist())
            for name, curve in curves.items()
        },
    )


def _expected(first: Floats, curve: Callable[[Floats], Floats], ends: Floats) -> Floats:
    """Expected repeat purchases until each of some moments, over all customers."""
    starts, count = _few_starts(first)
    ages = np.maximum(ends[:, np.newaxis] - starts, 0.0)
    return np.asarray(curve(ages.ravel()).reshape(ages.shape) @ count)


def _few_starts(first: Floats, most: int = 2000) -> tuple[Floats, Floats]:
    """Different first moments and their customers; quarter days where there are too many."""
    starts, count = np.unique(first, return_counts=True)
    if len(starts) > most:
        # E[X(t)] is smooth: moving a start by an eighth of a day moves no week's sum visibly.
        starts, count = np.unique(np.round(first * 4.0) / 4.0, return_counts=True)
    return starts, count.astype(np.float64)
