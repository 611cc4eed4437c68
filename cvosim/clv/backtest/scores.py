"""How good a forecast was: calibration and Brier score of chances, errors and ranks of amounts."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.errors import DataError

Floats = NDArray[np.float64]

_GROUP = 50
"""Customers of a calibration group, at least: its interval is some 20 points wide even so."""
_LEAST_FOR_RANKS = 4
"""The interval of a rank correlation divides by the root of n − 3."""


class Group(NamedTuple):
    """Customers whom a model gives about the same chance.

    Attributes
    ----------
    customers : int
    predicted : float
        Mean chance that the model gives them.
    happened : float
        Share to whom it happened.
    low, high : float
        Wilson interval of that share.
    """

    customers: int
    predicted: float
    happened: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether the predicted chance is one that what happened allows."""
        return self.low <= self.predicted <= self.high


class Errors(NamedTuple):
    """How far forecasts of amounts were off.

    Attributes
    ----------
    mean_absolute, root_mean_square : float
        Per customer. The second is smallest for the true expectation; the first for the
        median, which is 0 for most customers of most shops: it favours forecasts that are
        too low.
    total, actual : float
        Of all customers.
    """

    mean_absolute: float
    root_mean_square: float
    total: float
    actual: float

    @property
    def total_error(self) -> float:
        """Relative error of the total; NaN where nothing happened."""
        return self.total / self.actual - 1.0 if self.actual else math.nan


class Interval(NamedTuple):
    """A score with its interval; NaN where the data do not give it."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Give plain values, for JSON: what is not known is null."""
        values = self._asdict().items()
        return {name: value if math.isfinite(value) else None for name, value in values}


UNKNOWN = Interval(math.nan, math.nan, math.nan)


def brier_score(chance: ArrayLike, happened: ArrayLike) -> float:
    """Mean squared difference between chances and what happened.

    Parameters
    ----------
    chance : array_like of float
        In [0, 1], one a customer.
    happened : array_like of bool
        What came.

    Returns
    -------
    float
        0 is perfect; giving everybody the true share q scores q(1 − q) (Brier, 1950, with one
        class of two).

    Raises
    ------
    DataError
        If the lengths differ or there is nobody.

    Examples
    --------
    >>> round(brier_score([0.8, 0.3], [True, False]), 3)
    0.065
    """
    p, y = _pair(chance, happened)
    return float(np.mean((p - y) ** 2))


def calibration_groups(
    chance: ArrayLike, happened: ArrayLike, *, groups: int = 10, level: float = 0.95
) -> tuple[Group, ...]:
    """Compare chances with what happened, in groups of about equally many customers.

    Parameters
    ----------
    chance : array_like of float
        In [0, 1], one a customer.
    happened : array_like of bool
        What came.
    groups : int
        Customers of equal chance are never split, so there may be fewer.
    level : float
        Of the intervals.

    Returns
    -------
    tuple of Group
        By rising chance. The intervals are Wilson's (1927), which hold near 0 and 1.

    Raises
    ------
    DataError
        If the lengths differ or there is nobody.

    Examples
    --------
    >>> calibration_groups([0.1, 0.1, 0.9, 0.9], [False, False, True, False], groups=2)[1].happened
    0.5
    """
    from scipy.stats import rankdata

    p, y = _pair(chance, happened)
    place = (rankdata(p) - 0.5) * groups / len(p)
    _, group = np.unique(place.astype(np.int64), return_inverse=True)
    hits, chances = _sums(group, y), _sums(group, p)
    return _with_intervals(np.bincount(group), hits, chances, level)


def groups_for(customers: int) -> int:
    """How many groups a calibration has: ten, and fewer where each would be mere luck.

    Examples
    --------
    >>> groups_for(38), groups_for(250), groups_for(2357)
    (3, 5, 10)
    """
    return min(max(customers // _GROUP, 3), 10)


def coarser(groups: tuple[Group, ...], most: int = 5, *, level: float = 0.95) -> tuple[Group, ...]:
    """Put neighbouring groups together until few are left, to be looked at.

    Parameters
    ----------
    groups : tuple of Group
        By rising chance.
    most : int
        Groups of about equally many customers that are left.
    level : float
        Of the new Wilson intervals.

    Examples
    --------
    >>> fine = calibration_groups([0.1, 0.2, 0.3, 0.8], [0, 0, 1, 1], groups=4)
    >>> [(one.customers, one.happened) for one in coarser(fine, 2)]
    [(2, 0.0), (2, 1.0)]
    """
    count = np.array([group.customers for group in groups], np.float64)
    middle = np.cumsum(count) - count / 2.0
    place = (middle * most / count.sum()).astype(np.int64)
    _, owner = np.unique(place, return_inverse=True)
    people = _sums(owner, count)
    hits = _sums(owner, count * [group.happened for group in groups])
    chance = _sums(owner, count * [group.predicted for group in groups])
    return _with_intervals(people.astype(np.int64), np.rint(hits), chance, level)


def _sums(group: NDArray[np.int64], amounts: Floats) -> Floats:
    return np.bincount(group, amounts).astype(np.float64)


def _with_intervals(
    count: NDArray[np.int64], hits: Floats, chance: Floats, level: float
) -> tuple[Group, ...]:
    """Groups from their customers, hits and sums of chances, with Wilson intervals."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, count, alpha=1.0 - level, method="wilson")
    predicted, share = chance / count, hits / count
    # At 0 and at 1 the interval ends there, but for rounding.
    low, high = np.minimum(low, share), np.maximum(high, share)
    rows = zip(count.tolist(), predicted, share, low, high, strict=True)
    return tuple(Group(n, *(float(value) for value in rest)) for n, *rest in rows)


def calibration_error(groups: tuple[Group, ...]) -> float:
    """Mean distance between chance and share, each group counted by its customers.

    Examples
    --------
    >>> round(calibration_error((Group(30, 0.2, 0.1, 0, 1), Group(10, 0.9, 0.5, 0, 1))), 3)
    0.175
    """
    people = sum(group.customers for group in groups)
    off = sum(group.customers * abs(group.predicted - group.happened) for group in groups)
    return off / people


def errors(predicted: ArrayLike, actual: ArrayLike) -> Errors:
    """Compare forecasts of amounts with what came.

    Parameters
    ----------
    predicted, actual : array_like of float
        One a customer, in the same unit.

    Returns
    -------
    Errors

    Raises
    ------
    DataError
        If the lengths differ or there is nobody.

    Examples
    --------
    >>> errors([1.0, 2.0], [0, 4])
    Errors(mean_absolute=1.5, root_mean_square=1.58..., total=3.0, actual=4.0)
    """
    forecast, came = _pair(predicted, actual)
    off = forecast - came
    return Errors(
        mean_absolute=float(np.abs(off).mean()),
        root_mean_square=math.sqrt(float(np.mean(off**2))),
        total=float(forecast.sum()),
        actual=float(came.sum()),
    )


def rank_correlation(predicted: ArrayLike, actual: ArrayLike, *, level: float = 0.95) -> Interval:
    """Spearman's rank correlation: does the model put customers in the right order?

    Parameters
    ----------
    predicted, actual : array_like of float
        One a customer.
    level : float
        Of the interval.

    Returns
    -------
    Interval
        By Fisher's transformation with the variance (1 + ρ²/2)/(n − 3) of Bonett & Wright
        (2000). NaN throughout if there are fewer than four customers or all of them are equal
        in one of the two: there is no order then.

    Raises
    ------
    DataError
        If the lengths differ or there is nobody.

    Examples
    --------
    >>> rank_correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]).value
    0.8
    """
    from scipy.stats import norm, spearmanr

    forecast, came = _pair(predicted, actual)
    if len(came) < _LEAST_FOR_RANKS or np.ptp(forecast) == 0 or np.ptp(came) == 0:
        return UNKNOWN
    rho = round(float(spearmanr(forecast, came).statistic), 12)
    if abs(rho) == 1.0:
        return Interval(rho, rho, rho)
    half = float(norm.isf((1.0 - level) / 2.0)) * math.sqrt((1.0 + rho**2 / 2) / (len(came) - 3))
    return Interval(rho, math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half))


def share_of_the_top(
    predicted: ArrayLike, actual: ArrayLike, *, part: float = 0.1, level: float = 0.95
) -> Interval:
    """Share of what came that the customers with the highest forecasts brought.

    Parameters
    ----------
    predicted, actual : array_like of float
        One a customer; `actual` at least 0.
    part : float
        Which part of the customers is the top; picking them by lot catches this share, so the
        share over `part` is the lift.
    level : float
        Of the interval.

    Returns
    -------
    Interval
        Customers with equal forecasts at the edge count in part, as if lots were drawn. The
        interval is the delta method's for a ratio of sums over customers. NaN throughout if
        nothing came.

    Raises
    ------
    DataError
        If the lengths differ or there is nobody.

    Examples
    --------
    >>> share_of_the_top([5, 1, 1, 1], [6, 2, 0, 0], part=0.25).value
    0.75
    """
    from scipy.stats import norm

    forecast, came = _pair(predicted, actual)
    total = float(came.sum())
    if total <= 0:
        return UNKNOWN
    inside = _in_the_top(forecast, part * len(forecast))
    share = float(inside @ came) / total
    deviation = math.sqrt(float(np.sum(((inside - share) * came) ** 2))) / total
    half = float(norm.isf((1.0 - level) / 2.0)) * deviation
    return Interval(share, max(share - half, 0.0), min(share + half, 1.0))


def _in_the_top(forecast: Floats, seats: float) -> Floats:
    """How much of each customer is in the top; those with equal forecasts share their seats."""
    _, group, count = np.unique(-forecast, return_inverse=True, return_counts=True)
    before = np.cumsum(count) - count
    return np.asarray(np.clip((seats - before) / count, 0.0, 1.0)[group])


def _pair(predicted: ArrayLike, actual: ArrayLike) -> tuple[Floats, Floats]:
    forecast, came = np.asarray(predicted, np.float64), np.asarray(actual, np.float64)
    if forecast.shape != came.shape or forecast.ndim != 1:
        raise DataError(
            f"forecasts of shape {forecast.shape} cannot be compared with what happened, of "
            f"shape {came.shape}: give one number a customer in both"
        )
    if len(came) == 0:
        raise DataError("there are no customers to compare forecasts with")
    return forecast, came


def mean_difference(losses: ArrayLike, others: ArrayLike, *, level: float = 0.95) -> Interval:
    """Mean difference of two methods' losses for the same customers, and its interval.

    Parameters
    ----------
    losses, others : array_like of float
        Such as squared errors; one a customer (or one a replication).
    level : float
        Of the interval.

    Returns
    -------
    Interval
        Below 0 where the first method is better; Student's interval of a paired comparison,
        NaN around the mean of a single pair.

    Raises
    ------
    DataError
        If the lengths differ or there is nobody.

    Examples
    --------
    >>> [round(x, 2) for x in mean_difference([1.0, 2.0, 3.0, 2.0], [2.0, 2.0, 5.0, 3.0])]
    [-1.0, -2.3, 0.3]
    """
    from scipy.stats import t

    first, second = _pair(losses, others)
    change, n = first - second, len(first)
    mean = float(change.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan)
    half = float(t.isf((1.0 - level) / 2.0, n - 1)) * float(change.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)
