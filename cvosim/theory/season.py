"""Seasons: purchases that come more or less often by the day of the year.

A season multiplies everybody's purchase rate by a factor a day. Where only purchases make
customers drop out, all that matters is the *seasonal time* that has passed, the integral of
the factors: in it, a seasonal process is the plain one (random time change of a Poisson
process; Kingman 1993, *Poisson Processes*, section 4.5). Pareto/NBD customers also die by the
calendar, so their purchases are added up day by day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.plan.plan import Plan
from cvosim.theory.pareto_nbd import ParetoNbd
from cvosim.theory.repeat import RepeatBuying

Floats = NDArray[np.float64]

_STARTS_AT_ONCE = 256
_NODES = 3


def seasonal_time(factors: ArrayLike, start: ArrayLike, end: ArrayLike) -> Floats:
    """Compute the integral of daily factors between two times.

    Parameters
    ----------
    factors : array_like
        Multiplier of the purchase rate on day 0, 1, ...; the last day's holds on afterwards.
    start, end : array_like
        Days from day 0.

    Returns
    -------
    array
        Days of a year without seasons in which as much is bought; 0 if ``end`` is before
        ``start``.

    Examples
    --------
    >>> float(seasonal_time([1.0, 3.0], 0.5, 2.0))
    3.5
    """
    rate = np.asarray(factors, np.float64)
    low = np.asarray(start, np.float64)
    high = np.maximum(low, np.asarray(end, np.float64))
    passed = np.concatenate([[0.0], np.cumsum(rate)])
    days = float(len(rate))

    def until(t: Floats) -> Floats:
        beyond = rate[-1] * np.maximum(t - days, 0.0)
        return np.asarray(np.interp(t, np.arange(days + 1.0), passed) + beyond)

    return until(high) - until(low)


def seasonal_poisson(
    rate: float, factors: ArrayLike, start: ArrayLike, end: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute mean and variance of the purchases of somebody who buys at a seasonal rate.

    Parameters
    ----------
    rate : float
        Purchases a day where the factor is 1.
    factors, start, end : array_like
        As for `seasonal_time`.

    Returns
    -------
    tuple of two arrays
        Both ``rate`` times the seasonal time: the number is Poisson (Kingman 1993, section
        2.5). Engines draw candidates at the peak rate and keep each with the share of its
        day, which is the same (thinning; Lewis & Shedler 1979, *Naval Research Logistics* 26).

    Examples
    --------
    >>> mean, _ = seasonal_poisson(0.1, [0.5, 1.5], 0.0, 2.0)
    >>> float(mean)
    0.2
    """
    mean = rate * seasonal_time(factors, start, end)
    return mean, mean


def seasonal_nbd(
    r: float, alpha: float, factors: ArrayLike, start: ArrayLike, end: ArrayLike
) -> tuple[Floats, Floats]:
    """Compute mean and variance of the purchases of seasonal buyers with gamma-mixed rates.

    Parameters
    ----------
    r, alpha : float
        Rates are Gamma(r, rate alpha), purchases a day where the factor is 1.
    factors, start, end : array_like
        As for `seasonal_time`.

    Returns
    -------
    tuple of two arrays
        With ``T`` the seasonal time, ``r T / alpha`` and ``r T / alpha (1 + T / alpha)``: a
        negative binomial (Ehrenberg 1959, *Applied Statistics* 8:26-41) in seasonal time.

    Examples
    --------
    >>> mean, variance = seasonal_nbd(2.0, 10.0, [0.5, 1.5], 0.0, 2.0)
    >>> round(float(mean), 12), round(float(variance), 12)
    (0.4, 0.48)
    """
    mean = r / alpha * seasonal_time(factors, start, end)
    return mean, mean * (1.0 + mean / r)


class Season(NamedTuple):
    """Multiplier of the purchase rate on each day from day 0 on."""

    factors: Floats

    def between(self, start: ArrayLike, end: ArrayLike) -> Floats:
        """Seasonal time that passes between two times."""
        return seasonal_time(self.factors, start, end)


def season_of(plan: Plan) -> Season | None:
    """Read the season of a plan's purchases; None if every day is like any other."""
    peak = float(plan.repeat[0]["season_peak"])
    if peak <= 0.0 or not len(plan.season):
        return None
    return Season(peak * plan.season)


def seasonal_facts(
    process: RepeatBuying, season: Season, starts: Floats, horizon: float, discount: float
) -> Floats:
    """Compute what is known of seasonal repeat buying until the horizon, by start.

    Parameters
    ----------
    process : RepeatBuying
        Repeat buying without a season.
    season : Season
        Covering the days up to the horizon.
    starts : array of length n
        When repeat buying starts, days.
    horizon : float
        Days.
    discount : float
        Continuous rate a day.

    Returns
    -------
    array (5, n)
        Expected orders, ordered pairs of orders, chance of being alive, chance of any
        order (NaN for Pareto/NBD) and expected orders each discounted to the start.
    """
    parts = [np.empty((5, 0))]
    for first in range(0, len(starts), _STARTS_AT_ONCE):
        some = starts[first : first + _STARTS_AT_ONCE]
        days = _Days(season, some, horizon)
        if isinstance(process, ParetoNbd):
            facts = _by_calendar(process, days)
        else:
            passed = season.between(some, horizon)
            none = process.none(passed)
            known = process.mean(passed), process.pairs(passed), process.alive(passed)
            facts = np.stack([*known, 1.0 - none])
        present = _present_value(process, days, facts[0], discount)
        parts.append(np.concatenate([facts, present[None, :]]))
    return np.concatenate(parts, axis=1)


class _Days:
    """The parts of days between each start and the horizon, as matrices (starts, days)."""

    def __init__(self, season: Season, starts: Floats, horizon: float) -> None:
        borders = np.arange(np.ceil(horizon) + 1.0)
        self.season, self.starts, self.horizon = season, starts[:, None], horizon
        self.low = np.clip(borders[:-1], self.starts, horizon)
        self.high = np.clip(borders[1:], self.starts, horizon)
        count = self.low.shape[1]
        held = np.minimum(np.arange(count), len(season.factors) - 1)
        self.factor = season.factors[held]


def _by_calendar(process: ParetoNbd, days: _Days) -> Floats:
    """Pareto/NBD: factors on purchases, none on death.

    Purchases come at ``lambda f(t) exp(-mu t)`` and pairs at ``lambda**2 f(t1) f(t2) exp(-mu
    t2)``; within a day ``f`` is constant, and the integrals are differences of those of the
    plain process.
    """
    low, high = days.low - days.starts, days.high - days.starts
    mean = process.mean(high) - process.mean(low)
    pairs = process.pairs(high) - process.pairs(low)
    before = days.season.between(days.starts, days.low) - days.factor * low
    pairs = 2.0 * (process.r + 1.0) / process.alpha * before * mean + days.factor * pairs
    alive = process.alive(days.horizon - days.starts[:, 0])
    return np.stack([mean @ days.factor, pairs @ days.factor, alive, np.full(len(alive), np.nan)])


def _present_value(process: RepeatBuying, days: _Days, total: Floats, discount: float) -> Floats:
    """Integrate by parts: ``exp(-d T) E(T) + d * integral of exp(-d u) E(u) du``."""
    if discount == 0.0:
        return total
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    integral = np.zeros(len(total))
    known = np.zeros_like(days.low)
    if isinstance(process, ParetoNbd):
        by_day = process.mean(days.high - days.starts) - process.mean(days.low - days.starts)
        known = np.cumsum(by_day * days.factor, axis=1) - by_day * days.factor
    for node, weight in zip(nodes, weights, strict=True):
        length = days.high - days.low
        at = days.low + length * (node + 1.0) / 2.0
        if isinstance(process, ParetoNbd):
            low = process.mean(days.low - days.starts)
            so_far = known + days.factor * (process.mean(at - days.starts) - low)
        else:
            so_far = _smooth_mean(process, days.season.between(days.starts, at))
        worth = np.exp(-discount * (at - days.starts)) * so_far
        integral += (worth * length).sum(axis=1) * weight / 2.0
    late = np.exp(-discount * np.maximum(days.horizon - days.starts[:, 0], 0.0))
    return np.asarray(late * total + discount * integral)


def _smooth_mean(process: RepeatBuying, times: Floats) -> Floats:
    """The process's mean at many times, by a cubic spline in the logarithm of time."""
    from scipy.interpolate import CubicSpline

    longest = float(times.max(initial=0.0))
    scale = min(process.scale, longest + 1e-300)
    v = np.linspace(0.0, np.log1p(longest / scale) + 1e-12, 1001)
    return np.asarray(CubicSpline(v, process.mean(scale * np.expm1(v)))(np.log1p(times / scale)))
