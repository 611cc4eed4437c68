"""Churn compared: survival curves, the log-rank test and restricted mean survival time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Contrast
from cvosim.stats.methods.life_table import LifeTable, aligned
from cvosim.tables.columns import Floats


class SurvivalCurve(NamedTuple):
    """The Kaplan-Meier estimate: the share that lasts longer than each time.

    Attributes
    ----------
    times : ndarray of float64, shape (m,)
    survival, standard_error : ndarray of float64, shape (..., m)
    """

    times: Floats
    survival: Floats
    standard_error: Floats

    def at(self, time: float) -> tuple[Floats, Floats]:
        """Survival and its standard error at a time; 1 and 0 before the first."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if place < 0:
            alone = self.survival.shape[:-1]
            return np.ones(alone), np.zeros(alone)
        return np.asarray(self.survival[..., place]), np.asarray(self.standard_error[..., place])

    def interval(self, time: float, level: float = 0.95) -> tuple[Floats, Floats]:
        """Interval of survival at a time on the log(-log) scale (Kalbfleisch & Prentice 1980).

        ``S ** exp(-/+ z se / (S log S))``: it stays within 0 and 1. NaN where S is 0 or 1.
        """
        from scipy.special import ndtri

        survival, error = self.at(time)
        inside = (survival > 0.0) & (survival < 1.0)
        s = np.where(inside, survival, np.nan)
        reach = np.exp(ndtri(0.5 + level / 2.0) * error / (-s * np.log(s)))
        return s**reach, s ** (1.0 / reach)

    def median(self) -> Floats:
        """The first time at which at most half are left; inf where more than half are."""
        # a product of shares can miss one half by a rounding error
        gone = self.survival <= 0.5 + 1e-12
        first = self.times[np.argmax(gone, axis=-1)]
        found: Floats = np.where(gone.any(axis=-1), first, np.inf)
        return found


class LogRank(NamedTuple):
    """Test that groups end at the same rate.

    Attributes
    ----------
    statistic, p_value : ndarray of float64, shape (...)
        Chi-squared with ``df`` degrees of freedom.
    df : int
        Groups less 1.
    z : ndarray of float64, shape (...)
        Of two groups, standard normal: above 0 if the second ends more often. NaN for more.
    observed, expected : ndarray of float64, shape (..., groups)
        Events of each group, and expected ones if all end at the same rate.
    """

    statistic: Floats
    p_value: Floats
    df: int
    z: Floats
    observed: Floats
    expected: Floats


class RestrictedMean(NamedTuple):
    """Mean duration up to a horizon and its variance, each of shape (...)."""

    value: Floats
    variance: Floats


def kaplan_meier(table: LifeTable) -> SurvivalCurve:
    """Survival with Greenwood's standard error.

    ``S(t) = prod (1 - d_j / n_j)`` (Kaplan & Meier 1958, eq. 2b) and
    ``Var S(t) = S(t)**2 sum d_j / (n_j (n_j - d_j))`` (Greenwood 1926), over times up to t.

    Examples
    --------
    >>> curve = kaplan_meier(LifeTable.of([9, 13, 13, 18], [True, True, False, True]))
    >>> curve.survival.tolist(), float(curve.median())
    ([0.75, 0.5, 0.0], 13.0)
    """
    d, n = table.events, table.at_risk
    survival = np.asarray(np.cumprod(1.0 - d / np.maximum(n, 1.0), axis=-1), np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(np.where(d > 0.0, d / (n * (n - d)), 0.0), axis=-1)
        error = np.where(survival > 0.0, survival * np.sqrt(spread), 0.0)
    return SurvivalCurve(table.times, survival, error)


def log_rank(groups: Sequence[LifeTable], *, stratified: bool = False) -> LogRank:
    """Log-rank test of two or more groups (Mantel 1966; Peto & Peto 1972).

    With ``d`` events among ``n`` at risk at a time, ``n_i`` of them in group i, it expects
    ``d n_i / n`` there, with covariances ``d (n - d) / (n - 1) (n_i / n) (1[i = k] - n_k / n)``
    (hypergeometric law). It is the score test of proportional hazards and weak where hazards
    cross: see `hazard_check`.

    Parameters
    ----------
    groups : sequence of LifeTable
        With the same leading axes.
    stratified : bool
        Whether the last leading axis is strata: differences and covariances are summed over it
        and only like is compared with like.

    Returns
    -------
    LogRank

    Raises
    ------
    DataError
        With fewer than two groups.

    Examples
    --------
    >>> one = LifeTable.of([9, 13, 18, 23], [True] * 4)
    >>> other = LifeTable.of([5, 8, 12, 14], [True] * 4)
    >>> round(float(log_rank([one, other]).statistic), 6)
    2.252776
    """
    from scipy.special import chdtrc

    if len(groups) < 2:
        raise DataError(f"the log-rank test needs at least two groups (got {len(groups)})")
    tables = aligned(*groups)
    d_i, n_i = np.stack([t.events for t in tables]), np.stack([t.at_risk for t in tables])
    d, n = d_i.sum(axis=0), n_i.sum(axis=0)
    some = np.maximum(n, 1.0)
    share = n_i / some
    summed = (-1, -2) if stratified else (-1,)
    weight = d * (n - d) / np.maximum(n - 1.0, 1.0)
    observed = np.moveaxis(d_i.sum(axis=summed), 0, -1)
    expected = np.moveaxis((d * share).sum(axis=summed), 0, -1)
    # the last group follows from the others
    free = len(tables) - 1
    covariance = np.empty((*observed.shape[:-1], free, free))
    for i in range(free):
        for k in range(free):
            terms = weight * share[i] * ((i == k) - share[k])
            covariance[..., i, k] = terms.sum(axis=summed)
    apart = (observed - expected)[..., :free]
    solved = np.linalg.pinv(covariance, hermitian=True) @ apart[..., None]
    statistic = np.asarray((apart * solved[..., 0]).sum(axis=-1))
    z = np.full_like(statistic, np.nan)
    if free == 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.asarray(-apart[..., 0] / np.sqrt(covariance[..., 0, 0]))
    return LogRank(statistic, chdtrc(free, statistic), free, z, observed, expected)


def common_horizon(groups: Sequence[LifeTable]) -> float:
    """The longest time to which every group was followed: the default of `restricted_mean`.

    The longest duration, or any time where the longest durations all ended in events and nothing
    more can happen; the shortest of these over groups, and over leading axes.
    """
    found = [np.where(_left(table) > 0.0, _longest(table), np.inf) for table in groups]
    least = min(float(np.min(part)) for part in found)
    return least if np.isfinite(least) else max(float(np.max(_longest(t))) for t in groups)


def restricted_mean(table: LifeTable, horizon: float) -> RestrictedMean:
    """Mean of the duration or of the horizon, whichever is shorter: the area under survival.

    Its variance is ``sum A_j**2 d_j / (n_j (n_j - d_j))`` over times up to the horizon, ``A_j``
    being the area from time j to the horizon (Klein & Moeschberger 2003, eq. 4.5.2; Royston &
    Parmar 2013, section 2).

    Parameters
    ----------
    table : LifeTable
    horizon : float
        In the unit of the durations.

    Returns
    -------
    RestrictedMean
        NaN for groups not followed to the horizon.

    Raises
    ------
    DataError
        If no group is followed so long, or the horizon is not above 0.

    Examples
    --------
    >>> found = restricted_mean(LifeTable.of([1, 2, 3, 4], [True, True, True, False]), 3.0)
    >>> float(found.value)
    2.25
    """
    if not horizon > 0.0:
        raise DataError(f"the horizon must be above 0 (got {horizon:g})")
    followed = (_longest(table) >= horizon) | (_left(table) <= 0.0)
    if not np.any(followed):
        seen = float(np.max(_longest(table), initial=0.0))
        raise DataError(f"nobody was followed for {horizon:g}; the horizon can be at most {seen:g}")
    curve = kaplan_meier(table)
    inside = table.times <= horizon
    ends = np.append(table.times[inside], horizon)
    steps = np.diff(ends)
    survival = curve.survival[..., inside]
    pieces = survival * steps
    after = np.cumsum(pieces[..., ::-1], axis=-1)[..., ::-1]
    d, n = table.events[..., inside], table.at_risk[..., inside]
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where((d > 0.0) & (n > d), d / (n * (n - d)), 0.0)
    value, variance = ends[0] + pieces.sum(axis=-1), (after**2 * greenwood).sum(axis=-1)
    return RestrictedMean(*(np.where(followed, part, np.nan) for part in (value, variance)))


def restricted_mean_difference(
    control: LifeTable, treatment: LifeTable, horizon: float | None = None
) -> Contrast:
    """Difference of restricted mean survival times (Royston & Parmar 2013).

    It needs no proportional hazards and reads in days: how much longer a customer stays, up to
    the horizon.

    Parameters
    ----------
    control, treatment : LifeTable
    horizon : float, optional
        By default `common_horizon`. Better fixed before the data are seen.

    Returns
    -------
    Contrast
        By the normal law.

    Examples
    --------
    >>> short, long = (LifeTable.of(np.arange(1.0, 101) * by, [True] * 100) for by in (1, 2))
    >>> found = restricted_mean_difference(short, long, 100.0)
    >>> [round(float(x), 3) for x in found[:4]]
    [50.5, 75.5, 25.0, 4.301]
    """
    end = common_horizon([control, treatment]) if horizon is None else horizon
    c, t = restricted_mean(control, end), restricted_mean(treatment, end)
    error = np.sqrt(c.variance + t.variance)
    difference = np.asarray(t.value - c.value)
    return Contrast(c.value, t.value, difference, error, np.full_like(difference, np.inf))


def _longest(table: LifeTable) -> Floats:
    """Longest duration of each group; 0 for an empty one."""
    gone = (table.events + table.censored) > 0.0
    found: Floats = np.where(gone, table.times, 0.0).max(axis=-1, initial=0.0)
    return found


def _left(table: LifeTable) -> Floats:
    """Survival after the longest duration; 1 for an empty group."""
    if not table.times.size:
        return np.ones(table.events.shape[:-1])
    found: Floats = np.where(table.n > 0.0, kaplan_meier(table).survival[..., -1], 1.0)
    return found
