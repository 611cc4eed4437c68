"""Quantiles compared in closed form, from counted values that add up: no bootstrap needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Contrast
from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class Tally:
    """How often each value occurs: all that quantiles need.

    Attributes
    ----------
    values : ndarray of float64, shape (m,)
        Different values, ascending.
    counts : ndarray of int64, shape (..., m)
        How often; leading axes are arms, strata or replications that share the values.

    Examples
    --------
    >>> both = Tally.of([3.0, 1.0]) + Tally.of([3.0, 7.0])
    >>> both.values.tolist(), both.counts.tolist(), float(both.quantile(0.5))
    ([1.0, 3.0, 7.0], [1, 2, 1], 3.0)
    """

    values: Floats
    counts: np.ndarray[Any, np.dtype[np.int64]]

    @classmethod
    def of(cls, values: Any) -> Tally:
        """Count the values of one group.

        Raises
        ------
        DataError
            If one is missing.
        """
        rows = np.asarray(values, np.float64).ravel()
        missing = int(np.isnan(rows).sum())
        if missing:
            raise DataError(f"{missing} of {len(rows)} values are missing; leave them out first")
        different, often = np.unique(rows, return_counts=True)
        return cls(different, often.astype(np.int64))

    @property
    def n(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Values counted, shape (...)."""
        return np.asarray(self.counts.sum(axis=-1))

    def __add__(self, other: Tally) -> Tally:
        """Tally of the union; leading axes are broadcast."""
        values = np.union1d(self.values, other.values)
        return Tally(values, self.on(values) + other.on(values))

    def on(self, values: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Counts on a longer list of values that holds all of this one's."""
        found = np.zeros((*self.counts.shape[:-1], len(values)), np.int64)
        found[..., np.searchsorted(values, self.values)] = self.counts
        return found

    def order_statistic(self, k: Any) -> Floats:
        """The value that ``k`` others precede, shape (...); ``k`` from 0 to n - 1.

        All groups are searched at once: their running counts one after another ascend.
        """
        m, rows = self.counts.shape[-1], self.counts.reshape(-1, self.counts.shape[-1])
        running = np.cumsum(rows)
        before = np.concatenate([[0], running[m - 1 :: m][:-1]])
        wanted = np.broadcast_to(np.asarray(k, np.int64), self.n.shape).ravel() + before
        place = np.searchsorted(running, wanted, side="right") - np.arange(len(rows)) * m
        found: Floats = self.values[np.clip(place, 0, m - 1)].reshape(self.n.shape)
        return found

    def quantile(self, probability: Any) -> Floats:
        """Quantile of each group, interpolated (definition 7 of Hyndman & Fan 1996).

        Parameters
        ----------
        probability : float or ndarray of float64, shape (...)
            Clipped to 0 and 1.

        Returns
        -------
        ndarray of float64, shape (...)
            NaN for an empty group.
        """
        n = self.n
        if not self.values.size:
            return np.full(n.shape, np.nan)
        place = np.clip(probability, 0.0, 1.0) * np.maximum(n - 1, 0)
        below = np.floor(place)
        low = self.order_statistic(below)
        high = self.order_statistic(np.minimum(below + 1, np.maximum(n - 1, 0)))
        found: Floats = np.where(n > 0, low + (place - below) * (high - low), np.nan)
        return found


class QuantileStat(NamedTuple):
    """A quantile with its interval and standard error, each of shape (...).

    The standard error is NaN where the whole interval is one value, as at the median of spend if
    most spend nothing: there is no density, and the normal law says nothing. It is infinite where
    units are too few to know it. ``df`` are its degrees of freedom.
    """

    value: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    n: Floats
    df: Floats = np.asarray(np.inf)


def quantile_stat(
    tally: Tally, nu: float, *, level: float = 0.95, share_error: Any = None
) -> QuantileStat:
    """A quantile of each group, by order statistics.

    The interval runs between the quantiles at ``nu -/+ z sqrt(nu (1 - nu) / n)`` (Woodruff 1952,
    section 2), and its length over ``2 z`` is the standard error (Woodruff 1952, section 3; so
    does GrowthBook). Neither needs a density to be estimated. An end beyond the extremes is
    infinite. So is the error where fewer than one value is expected beyond an end: at 95 %, with
    fewer than 8 values for a median, 53 for the 90th percentile, 563 for the 99th.

    Near a quantile values are as if uniform: the interval spans a share ``w`` of n uniform
    values, ``w`` of the law Beta(n w, n (1 - w)), whose relative variance is ``(1 - w) / (n w)``
    (David & Nagaraja 2003, section 2.3). So the squared error has the moments of a chi-squared
    of ``df = n w / (2 (1 - w))`` (Satterthwaite 1946), and comparisons use Student's t.

    Checked at 95 %, against an arm as large or one of 500, on uniform, normal, exponential and
    lognormal (sigma 1.5) values, at quantiles from 0.1 to 0.9: from 10 values an arm on, 93 % or
    more of intervals cover, at worst (uniform) 93.5 % with 10 and 94.5 % with 20; by the normal
    law it would be 90 % and 92 %. Skewed values are covered up to 99 % of the time. With 8 or 9
    values of a uniform law it is 92 %.

    Parameters
    ----------
    tally : Tally
    nu : float
        Which quantile: 0.9 is the 90th percentile.
    level : float
        Of the interval whose length gives the standard error.
    share_error : float or ndarray of float64, shape (...), optional
        Standard error of the share of values that are at most the quantile, in place of
        ``sqrt(nu (1 - nu) / n)``: `clustered_share_error` where a unit has several values.

    Returns
    -------
    QuantileStat

    Raises
    ------
    DataError
        If ``nu`` is not between 0 and 1.

    Examples
    --------
    >>> found = quantile_stat(Tally.of(np.arange(1001.0)), 0.9)
    >>> float(found.value), round(float(found.low), 3), round(float(found.high), 3)
    (900.0, 881.415, 918.585)
    """
    if not 0.0 < nu < 1.0:
        raise DataError(f"a quantile must be between 0 and 1, both excluded (got {nu:g})")
    z = _z(0.5 + level / 2.0)
    with np.errstate(divide="ignore"):
        error = np.sqrt(nu * (1.0 - nu) / tally.n) if share_error is None else share_error
    start, stop = nu - z * error, nu + z * error
    low, high = tally.quantile(start), tally.quantile(stop)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(high > low, (high - low) / (2.0 * z), np.nan)
        # independent values that would know the share as well
        n = nu * (1.0 - nu) / error**2
        few = np.minimum(start, 1.0 - stop) * n < 1.0
        found = np.where(few & ~np.isnan(found), np.inf, found)
        df = z * error * n / np.maximum(1.0 - 2.0 * z * error, 0.0)
    low, high = np.where(start < 0.0, -np.inf, low), np.where(stop > 1.0, np.inf, high)
    shape = found.shape
    df = np.broadcast_to(np.where(np.isfinite(found), df, np.inf), shape)
    return QuantileStat(tally.quantile(nu), low, high, found, tally.n.astype(float), df)


def quantile_contrast(control: QuantileStat, treatment: QuantileStat) -> Contrast:
    """Difference of a quantile between independent arms, by Student's t.

    Its degrees of freedom are those of `quantile_stat`, put together as Welch does. The error is
    NaN where that of an arm is, and else infinite where one is infinite.

    Examples
    --------
    >>> arms = [quantile_stat(Tally.of(np.arange(1001.0) + up), 0.9) for up in (0, 20)]
    >>> found = quantile_contrast(*arms)
    >>> float(found.difference), round(float(found.p_value()), 3)
    (20.0, 0.144)
    """
    errors = control.standard_error, treatment.standard_error
    values = control.value, treatment.value
    return _together(values, errors, (control.df, treatment.df))


def quantile_lift(control: QuantileStat, treatment: QuantileStat) -> Contrast:
    """Logarithm of treatment's quantile over control's (delta method); NaN unless both above 0.

    Examples
    --------
    >>> arms = [quantile_stat(Tally.of(np.arange(1001.0) * by), 0.9) for by in (1, 1.1)]
    >>> round(float(np.expm1(quantile_lift(*arms).difference)), 6)
    0.1
    """
    positive = (control.value > 0.0) & (treatment.value > 0.0)
    bases = [np.where(positive, arm.value, np.nan) for arm in (control, treatment)]
    errors = control.standard_error / bases[0], treatment.standard_error / bases[1]
    return _together((np.log(bases[0]), np.log(bases[1])), errors, (control.df, treatment.df))


def clustered_share_error(values: Any, units: Any, nu: float) -> float:
    """Standard error of a quantile's share where a unit, such as a user, has several values.

    The share of values that are at most the quantile is a ratio of means over units, ``y`` such
    values to ``x`` values: ``sqrt(var(y - nu x) / N) / mean(x)`` (Deng, Knoblich & Lu 2018,
    section 4). Units in different arms must differ.

    Parameters
    ----------
    values : array_like, shape (rows,)
    units : array_like, shape (rows,)
        Whose the value is; anything that can be sorted.
    nu : float

    Returns
    -------
    float
        For `quantile_stat`; equals ``sqrt(nu (1 - nu) / n)``, nearly, if each unit has one value.

    Raises
    ------
    DataError
        With fewer than two units.

    Examples
    --------
    >>> values = np.arange(100.0)
    >>> alone = clustered_share_error(values, np.arange(100), 0.5)
    >>> pairs = clustered_share_error(values, np.arange(100) // 2, 0.5)
    >>> round(alone, 4), round(pairs, 4)
    (0.0503, 0.0714)
    """
    rows = np.asarray(values, np.float64)
    _, whose = np.unique(np.asarray(units), return_inverse=True)
    each = np.bincount(whose)
    if len(each) < 2:
        raise DataError("a clustered quantile needs at least two units in each arm")
    under = np.bincount(whose, weights=rows <= np.quantile(rows, nu))
    spread = np.var(under - nu * each, ddof=1)
    return float(np.sqrt(spread / len(each)) / each.mean())


def _together(
    values: tuple[Floats, Floats], errors: tuple[Floats, Floats], dfs: tuple[Floats, Floats]
) -> Contrast:
    """Two independent estimates, with the degrees of freedom of Satterthwaite (1946, eq. 17)."""
    # hypot would make infinity of infinity and NaN
    error = np.where(np.isnan(errors[0] + errors[1]), np.nan, np.hypot(*errors))
    with np.errstate(divide="ignore", invalid="ignore"):
        # shares of the error, so that no square of a large value is taken
        parts = [(mine / error) ** 4 / df for mine, df in zip(errors, dfs, strict=True)]
        df = np.where(np.isfinite(error), 1.0 / (parts[0] + parts[1]), np.inf)
    return Contrast(values[0], values[1], values[1] - values[0], error, df)


def _z(probability: float) -> float:
    """Quantile of the standard normal law."""
    from scipy.special import ndtri

    return float(ndtri(probability))
