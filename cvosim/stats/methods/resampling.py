"""Tests and intervals by resampling the units themselves: permutation, BCa, bootstrap-t.

For one experiment whose rows are at hand; `permutation` does thousands from their moments alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Alternative, ArmStat, log_lift
from cvosim.stats.loops import Progress, permuted_moments, resampled_moments
from cvosim.stats.methods.influence import Values, influences, table_of
from cvosim.stats.methods.tested import Tested, tail_sizes
from cvosim.stats.metric import MomentMetric
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

Interval = Literal["bca", "studentised"]
LEAST = 10
"""Units an arm below which there is no bootstrap: so few say too little about a law."""
Compare = Callable[[MomentMetric, Moments, Moments], tuple[Floats, Floats]]


class Resampling(NamedTuple):
    """How often, with which luck, and what is asked.

    Attributes
    ----------
    replications : int
        Permutations or bootstrap samples; 1,999 or 9,999 make round tail areas.
    seed : int
    level : float
        Of confidence.
    alternative : {"two-sided", "greater", "less"}
    threads : int, optional
        All cores by default; never changes a number.
    progress : callable, optional
        Called with the number of samples done since the last call; a bootstrap samples two arms.
    """

    replications: int = 1999
    seed: int = 1
    level: float = 0.95
    alternative: Alternative = "two-sided"
    threads: int | None = None
    progress: Progress | None = None


def permutation_test(
    metric: MomentMetric, control: Values, treatment: Values, how: Resampling | None = None
) -> Tested:
    """Studentised permutation test of a mean, a ratio or an adjusted mean.

    The labels are shuffled, and each time the difference is divided by its own standard error:
    exact if the arms are alike, right in large samples if only their metrics are (Janssen 1997;
    Chung & Romano 2013). P-values are ``(1 + b) / (1 + R)`` (Davison & Hinkley 1997, eq. 4.11);
    a shuffle without a value (a ratio over 0) counts as one that went further, on both sides.

    The interval takes quantiles of the shuffled statistic in the place of Student's t; it
    excludes 0 exactly where the test rejects.

    Parameters
    ----------
    metric : Mean, Ratio or any other of moments
    control, treatment : mapping of str to array
        The metric's columns, one row a unit.
    how : Resampling, optional

    Raises
    ------
    DataError
        If a column is missing or has no number in some row, or an arm fewer than two units.

    Examples
    --------
    >>> from cvosim.stats.metric import Mean
    >>> found = permutation_test(Mean("x"), {"x": np.arange(20.0)}, {"x": np.arange(20.0) + 9.0})
    >>> float(found.estimate), bool(found.p_value() < 0.01), bool(found.low > 0.0)
    (9.0, True, True)
    """
    how = how or Resampling()
    one, other = table_of(metric, control), table_of(metric, treatment)
    names = metric.columns
    pooled = dict(zip(names, np.concatenate([one, other], axis=1), strict=True))
    n, R = other.shape[1], how.replications
    shuffled = permuted_moments(
        pooled, n, R, seed=how.seed, threads=how.threads, progress=how.progress
    )
    arms = [Moments.of(dict(zip(names, table, strict=True))) for table in (one, other)]
    difference, error = _difference(metric, arms[0], arms[1])
    t = _over(difference, error)
    moves, errors = _difference(metric, *shuffled)
    luck = _over(moves, errors)
    # equal splits of the units must not differ by rounding
    slack = 1e-10 * np.maximum(1.0, np.abs(t))
    above, below = (
        (1.0 + np.sum(~(sign * luck < sign * t - slack))) / (1.0 + R) for sign in (1.0, -1.0)
    )
    ends = [
        _rank(np.where(np.isnan(luck), np.inf, sign * luck), size)
        for sign, size in zip((1.0, -1.0), tail_sizes(how.level, how.alternative), strict=True)
    ]
    low, high = difference - ends[0] * error, difference + ends[1] * error
    return Tested(difference, error, np.asarray(above), np.asarray(below), low, high)


def bootstrap(
    metric: MomentMetric,
    control: Values,
    treatment: Values,
    how: Resampling | None = None,
    *,
    kind: Interval = "bca",
    relative: bool = False,
) -> Tested:
    """Bootstrap interval of a difference or of a lift, each arm resampled by itself.

    ``bca`` is corrected for bias and for a standard error that changes with the value (Efron
    1987; DiCiccio & Efron 1996, section 2), with the acceleration of the influence values;
    ``studentised`` is the bootstrap-t (Hall 1988; Davison & Hinkley 1997, section 5.2.1).
    The p-values say at which level the interval begins to include 0. A sample without a value
    (a ratio over 0) is left out.

    Neither is a remedy for very heavy tails: a bootstrap only knows the outliers that were
    drawn. Where 2 % pay a lognormal sum (sigma 1.5) and 1,000 of 10,000 are treated, about
    12 % of A/A tests are called in the lower tail alone, nearly as many as by Welch's t.

    Parameters
    ----------
    metric : Mean, Ratio or any other of moments
    control, treatment : mapping of str to array
        The metric's columns, one row a unit.
    how : Resampling, optional
    kind : {"bca", "studentised"}
    relative : bool
        Of the lift, 0.1 for +10 %; NaN unless control is above 0. Studentised, it is that of
        its logarithm, and needs both arms above 0.

    Raises
    ------
    DataError
        If a column is missing or has no number in some row, an arm has fewer than 10 units, or
        more than one sample in ten has no value.

    Examples
    --------
    >>> from cvosim.stats.metric import Ratio
    >>> one = {"revenue": [0, 9, 20, 8, 5] * 2, "orders": [0, 1, 2, 1, 1] * 2}
    >>> found = bootstrap(Ratio("revenue", "orders"), one, one, relative=True)
    >>> bool(found.low < found.estimate < found.high), float(found.estimate)
    (True, 0.0)
    """
    how = how or Resampling()
    tables = [
        dict(zip(metric.columns, _enough(table_of(metric, values)), strict=True))
        for values in (control, treatment)
    ]
    resampled = [
        resampled_moments(
            table, how.replications, seed=(2 * how.seed + arm) % 2**64,
            threads=how.threads, progress=how.progress,
        )
        for arm, table in enumerate(tables)
    ]  # fmt: skip
    statistic = _scale(relative, kind)
    seen = statistic(metric, Moments.of(tables[0]), Moments.of(tables[1]))
    drawn = statistic(metric, *resampled)
    valid = np.isfinite(drawn[0]) & (np.isfinite(drawn[1]) | (kind == "bca"))
    if np.mean(valid) < 0.9 and np.isfinite(seen[0]):
        lost = how.replications - int(np.sum(valid))
        raise DataError(
            f"{lost:,} of {how.replications:,} bootstrap samples have no value: too few units "
            "with a denominator or a value above 0 for this method"
        )
    drawn = drawn[0][valid], drawn[1][valid]
    if not np.isfinite(seen[0]) or not len(drawn[0]):
        return Tested(*np.full(6, np.nan))
    if kind == "studentised":
        return _studentised(seen, drawn, how, relative)
    found = influences(metric, tables[0], tables[1], _lift if relative else None)
    tested = _bca(seen[0], drawn[0], found.acceleration, how)
    if relative and how.alternative == "less" and seen[0] >= -1.0:
        return tested._replace(low=np.asarray(-1.0))  # no lift is below -100 %
    return tested


def bca_ends(drawn: Floats, bias: float, acceleration: float, sizes: Floats) -> Floats:
    """Ends of a BCa interval: quantiles of the bootstrap values at corrected levels.

    ``Phi(z0 + (z0 + z) / (1 - a (z0 + z)))`` with ``z`` the normal quantile of each size
    (Efron 1987; DiCiccio & Efron 1996, eq. 2.3).

    Examples
    --------
    >>> bca_ends(np.arange(1000.0), 0.0, 0.0, np.array([0.025, 0.975])).round(6).tolist()
    [24.975, 974.025]
    """
    from scipy.special import ndtr, ndtri

    z = bias + ndtri(sizes)
    room = 1.0 - acceleration * z
    with np.errstate(divide="ignore", invalid="ignore"):
        level = ndtr(bias + z / room)
    # beyond the formula's pole, and at a size of 0, there is only the furthest value
    level = np.where((room > 0.0) & np.isfinite(z), level, z > 0.0)
    return np.quantile(drawn, level)


def bias_correction(drawn: Floats, estimate: float) -> float:
    """Median bias of bootstrap values in normal units; ties count half (Efron 1987).

    Examples
    --------
    >>> bias_correction(np.array([1.0, 2.0, 3.0]), 2.0)
    0.0
    """
    from scipy.special import ndtri

    share = np.mean(drawn < estimate) + 0.5 * np.mean(drawn == estimate)
    edge = 0.5 / len(drawn)
    return float(ndtri(np.clip(share, edge, 1.0 - edge)))


def _bca(estimate: Floats, drawn: Floats, acceleration: float, how: Resampling) -> Tested:
    from scipy.special import ndtr, ndtri

    bias = bias_correction(drawn, float(estimate))
    sizes = tail_sizes(how.level, how.alternative)
    low, high = bca_ends(drawn, bias, acceleration, np.array([sizes[0], 1.0 - sizes[1]]))
    low, high = (low if sizes[0] else -np.inf), (high if sizes[1] else np.inf)
    # the level at which an end meets 0, from the same formula read backwards
    edge = 1.0 / (1.0 + len(drawn))
    share = np.mean(drawn < 0.0) + 0.5 * np.mean(drawn == 0.0)
    w = float(ndtri(np.clip(share, edge, 1.0 - edge))) - bias
    above = ndtr(w / (1.0 + acceleration * w) - bias) if 1.0 + acceleration * w > 0.0 else edge
    above = np.clip(above, edge, 1.0 - edge)
    error = np.std(drawn, ddof=1)
    return Tested(*map(np.asarray, (estimate, error, above, 1.0 - above, low, high)))


def _studentised(
    seen: tuple[Floats, Floats], drawn: tuple[Floats, Floats], how: Resampling, relative: bool
) -> Tested:
    """Bootstrap-t: quantiles of (value - estimate) / error in the place of Student's."""
    estimate, error = seen
    luck, t = _over(drawn[0] - estimate, drawn[1]), _over(estimate, error)
    R = len(luck)
    above, below = ((1.0 + np.sum(sign * luck >= sign * t)) / (1.0 + R) for sign in (1.0, -1.0))
    ends = [
        _rank(sign * luck, size)
        for sign, size in zip((1.0, -1.0), tail_sizes(how.level, how.alternative), strict=True)
    ]
    low, high = estimate - ends[0] * error, estimate + ends[1] * error
    if relative:
        estimate, error = np.expm1(estimate), error * np.exp(estimate)
        low, high = np.expm1(low), np.expm1(high)
    return Tested(estimate, error, np.asarray(above), np.asarray(below), low, high)


def _enough(table: Floats) -> Floats:
    """Refuse arms of too few units for a bootstrap."""
    units = table.shape[1]
    if units < LEAST:
        raise DataError(
            f"an arm has {units} units; a bootstrap needs at least {LEAST} in each, a permutation "
            "test only 2"
        )
    return table


def _rank(luck: Floats, size: float) -> float:
    """The ``(R + 1) size``-th largest: what is above it has a p-value of ``size`` at most."""
    place = int(np.floor((len(luck) + 1) * size + 1e-9))
    return float(np.sort(luck)[-place]) if place >= 1 else float(np.inf)


def _difference(
    metric: MomentMetric, control: Moments, treatment: Moments
) -> tuple[Floats, Floats]:
    """Treatment less control, with its standard error."""
    arms = metric.arms(control, treatment)
    error = np.sqrt(_squared_error(arms.control) + _squared_error(arms.treatment))
    return arms.treatment.value - arms.control.value, error


def _lift_of(metric: MomentMetric, control: Moments, treatment: Moments) -> tuple[Floats, Floats]:
    """Treatment over control less 1, without an error."""
    arms = metric.arms(control, treatment)
    lift = _lift(arms.control.value, arms.treatment.value)
    return lift, np.full_like(lift, np.nan)


def _log_lift_of(
    metric: MomentMetric, control: Moments, treatment: Moments
) -> tuple[Floats, Floats]:
    """Logarithm of treatment over control, with its standard error."""
    arms = metric.arms(control, treatment)
    found = log_lift(arms.control, arms.treatment)
    return found.difference, found.standard_error


def _scale(relative: bool, kind: Interval) -> Compare:
    """What is compared: a difference, a lift, or the logarithm of a lift, with its error."""
    if not relative:
        return _difference
    return _lift_of if kind == "bca" else _log_lift_of


def _lift(control: Floats, treatment: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return treatment / np.where(control > 0.0, control, np.nan) - 1.0


def _squared_error(arm: ArmStat) -> Floats:
    return np.maximum(arm.variance, 0.0) / arm.n


def _over(value: Floats, error: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(value == 0.0, 0.0, value / error)
