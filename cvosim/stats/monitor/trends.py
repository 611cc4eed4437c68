"""Whether an effect fades with age, and whether later cohorts respond like earlier ones.

Both are looked at every week like the effect itself, so both are judged by rules that allow for it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.stats.moments import Moments
from cvosim.stats.monitor.looks import LEAST, shared, variance_of_means
from cvosim.stats.sequential.confidence_sequence import ConfidenceSequence
from cvosim.tables.columns import Floats

FEW = 5.0
"""Active units that the smaller arm must have at an age to be told of."""


class Trend(NamedTuple):
    """A slope of the effect.

    Attributes
    ----------
    slope, standard_error : float
        By age: a doubling of age; by cohort: a period.
    p_value : float
        Always valid: however often it was looked at.
    alpha : float
        Error rate that this claim may have.
    looks : int
        At which it could be judged.
    """

    slope: float
    standard_error: float
    p_value: float
    alpha: float
    looks: int

    @property
    def found(self) -> bool:
        """Whether there is a trend, at the level of the claim."""
        return self.p_value <= self.alpha


class Heterogeneity(NamedTuple):
    """Whether cohorts differ in the effect by more than chance.

    Attributes
    ----------
    q : float
        Cochran's Q (1954): squared deviations of cohorts' effects in their variances.
    df : int
    p_value : float
        Always valid.
    alpha : float
    """

    q: float
    df: int
    p_value: float
    alpha: float

    @property
    def found(self) -> bool:
        """Whether cohorts differ, at the level of the claim."""
        return self.p_value <= self.alpha


def score(ages: int) -> Floats:
    """Place of each age on the scale on which effects fade: doublings of (1 + age).

    Novelty wears off fast at first; a straight line over many periods would miss it.

    Examples
    --------
    >>> score(4).round(3).tolist()
    [0.0, 1.0, 1.585, 2.0]
    """
    return np.asarray(np.log2(1.0 + np.arange(ages)))


def age_slopes(pair: Moments, lived: Floats) -> tuple[Floats, Floats]:
    """Slope of the effect over age, from the same units at every age.

    In each cohort, the difference between arms of units' own least-squares slopes over the ages
    they lived through: what a unit's weeks have in common, and what cohorts differ in, both drop
    out. Its variance comes from the units' joint covariance of all ages. Cohorts weigh by
    ``n_c n_t / (n_c + n_t)`` times the spread of their ages. Ages at which, at a look, nothing had
    ever happened in either arm are left out of it: they are no effect of 0, but no effect known.

    Parameters
    ----------
    pair : Moments
        With leading axes (..., cohorts, 2); columns are ages.
    lived : ndarray of int, shape (looks, cohorts)
        Ages that each cohort had lived through at each look.

    Returns
    -------
    slope, standard_error : ndarray of float64, shape (..., looks)
        NaN where no cohort lived two periods, or there are few units.
    """
    slopes, errors = [], []
    happened = (pair.mean != 0.0) | (np.diagonal(pair.scatter, axis1=-2, axis2=-1) > 0.0)
    for ages in lived:
        inside = ages[:, None, None] > np.arange(happened.shape[-1])
        slope, error = _slope_at(pair, ages, (happened & inside).any(axis=(-3, -2)))
        slopes.append(slope)
        errors.append(error)
    return np.stack(slopes, axis=-1), np.stack(errors, axis=-1)


def _slope_at(pair: Moments, ages: Floats, alive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    lead = pair.count.shape[:-2]
    weight, top = shared(pair.count), np.zeros(lead)
    whole, variance, smaller = np.zeros(lead), np.zeros(lead), np.zeros(lead)
    for span in range(2, int(max(ages, default=0)) + 1):
        now, enough = ages == span, ages >= span
        if not now.any():
            continue
        apart = _centred(score(span), alive[..., :span])
        spread = (apart**2).sum(axis=-1)[..., None]
        line = apart / np.where(spread > 0.0, spread, 1.0)
        n = pair.count[..., now, :]
        squares = pair.scatter[..., :span, :span]
        inner = np.einsum("...ckij,...i,...j->...ck", squares, line, line)
        inner = np.where(enough[:, None], inner, 0.0)
        sized = np.where(enough[:, None], pair.count, 0.0)
        noise = variance_of_means(sized, inner)[..., now, :].sum(axis=-1)
        own = np.einsum("...cki,...i->...ck", pair.mean[..., now, :, :span], line)
        share = spread * weight[..., now]
        top = top + (share * (own[..., 1] - own[..., 0])).sum(axis=-1)
        whole = whole + share.sum(axis=-1)
        variance = variance + (share**2 * noise).sum(axis=-1)
        smaller = smaller + np.where(spread > 0.0, n.min(axis=-1), 0.0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (smaller >= LEAST) & (variance > 0.0)
        slope = np.where(known, top / whole, np.nan)
        return slope, np.where(known, np.sqrt(variance) / whole, np.nan)


def _centred(scores: Floats, alive: NDArray[np.bool_]) -> Floats:
    """Places of the ages at which something happened around their mean; 0 for the others."""
    middle = (scores * alive).sum(axis=-1) / np.maximum(alive.sum(axis=-1), 1)
    return np.where(alive, scores - middle[..., None], 0.0)


def lively(count: Floats, mean: Floats, scatter: Floats, cube: Floats) -> bool:
    """Whether enough units did something at an age to say what its effect is.

    Only sums are known. Of k units that did something, ``(sum x)**2 / sum x**2`` (Kish 1965,
    Survey Sampling, section 11.7) and ``(sum x**2)**3 / (sum x**3)**2`` are k at most where all
    did as much of one sign; the second grows without end where signs are mixed evenly. The smaller
    arm has its share of them, `FEW` at least: of both arms together, since an effect may well be
    that nothing happens any more.

    Parameters
    ----------
    count, mean, scatter, cube : ndarray of float64, shape (cohorts, 2)
        Of one age.

    Returns
    -------
    bool

    Examples
    --------
    >>> n = np.array([[100.0, 100.0]])
    >>> lively(n, 0.0 * n, 0.0 * n, 0.0 * n), lively(n, 1.0 + 0.0 * n, 0.0 * n, 0.0 * n)
    (False, True)
    """
    whole = float((count * mean).sum())
    squares = float((scatter + count * mean**2).sum())
    cubes = float((cube + 3.0 * mean * scatter + count * mean**3).sum())
    if squares <= 0.0:
        return False
    mixed = (squares / cubes) ** 2 * squares if cubes else math.inf
    smaller = float(count.sum(axis=0).min() / count.sum())
    return smaller * max(whole**2 / squares, mixed) >= FEW


def cohort_slopes(count: Floats, mean: Floats, scatter: Floats) -> tuple[Floats, Floats]:
    """Slope of the effect over cohorts, with the cohorts up to each: float64[..., cohorts] twice.

    Parameters
    ----------
    count, mean, scatter : ndarray of float64, shape (..., cohorts, 2)
        As in `seen`.
    """
    weight = shared(count)
    place = np.arange(count.shape[-2], dtype=np.float64)
    gap = mean[..., 1] - mean[..., 0]
    s0, s1, s2, sy, sxy = (
        np.cumsum(weight * part, axis=-1) for part in (1.0, place, place**2, gap, place * gap)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = s1 / s0
        spread = s2 - s1 * middle
        slope = (sxy - middle * sy) / spread
        # weights (h (c - middle))^2 times variances, summed without a loop over looks
        noise = weight**2 * variance_of_means(count, scatter).sum(axis=-1)
        t0, t1, t2 = (np.cumsum(noise * part, axis=-1) for part in (1.0, place, place**2))
        error = np.sqrt(t2 - 2.0 * middle * t1 + middle**2 * t0) / spread
    ready = (np.cumsum(weight > 0.0, axis=-1) > 1) & (spread > 0.0)
    ready &= np.cumsum(count, axis=-2).min(axis=-1) >= LEAST
    return np.where(ready, slope, np.nan), np.where(ready, error, np.nan)


def claim(slope: Floats, error: Floats, first_units: Floats, alpha: float) -> Floats:
    """P-value of a trend after each look, valid however often one looks.

    The estimate's z moves as a Brownian motion in its information, 1 / error² (Jennison & Turnbull
    1997, Journal of the American Statistical Association 92:1330-1341), so that the normal
    mixture holds with the information in place of a number of units: so many at the first look,
    and in proportion after it.

    Parameters
    ----------
    slope, error : ndarray of float64, shape (..., looks)
        NaN before the first look.
    first_units : ndarray of float64, shape (...)
        Units behind the first look.
    alpha : float

    Returns
    -------
    ndarray of float64, shape (..., looks)
        1 where there is none.
    """
    known = np.isfinite(slope) & (np.nan_to_num(error) > 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.where(known, 1.0 / error**2, 0.0)
        first = np.take_along_axis(information, known.argmax(axis=-1)[..., None], axis=-1)
        units = np.asarray(first_units)[..., None] * np.maximum.accumulate(information, -1) / first
        z = np.where(known, slope / error, 0.0)
    sequence = ConfidenceSequence.tuned(alpha=alpha)
    return sequence.p_value(z, np.where(known, units, 1.0))


def differing(count: Floats, mean: Floats, scatter: Floats, alpha: float) -> Heterogeneity:
    """Test whether cohorts differ in the effect, one experiment's, after its last cohort.

    Each cohort is set against the mean of those before it: these contrasts are independent, and
    their squares add up to Q. An effect that varies with a variance as large as a contrast's own
    makes each normal with twice the variance; the product of the ratios of densities is a
    martingale without such an effect, and one over its largest value a p-value at all times
    (Robbins 1970; Ville 1939).

    Parameters
    ----------
    count, mean, scatter : ndarray of float64, shape (cohorts, 2)
    alpha : float
    """
    weight, gap = shared(count), mean[:, 1] - mean[:, 0]
    kept = weight > 0.0
    if kept.sum() < 2 or count[kept].sum(axis=0).min() < LEAST:
        return Heterogeneity(math.nan, max(int(kept.sum()) - 1, 0), 1.0, alpha)
    gap = gap[kept]
    variance = variance_of_means(count[kept], scatter[kept]).sum(axis=-1)
    if not (variance > 0.0).all():
        return Heterogeneity(math.nan, len(gap) - 1, 1.0, alpha)
    precision = 1.0 / variance
    total = np.cumsum(precision)
    before = np.cumsum(precision * gap)[:-1] / total[:-1]
    squares = (gap[1:] - before) ** 2 / (variance[1:] + 1.0 / total[:-1])
    evidence = np.cumsum(squares / 4.0 - 0.5 * math.log(2.0))
    p = float(np.exp(-max(float(evidence.max()), 0.0)))
    return Heterogeneity(float(squares.sum()), len(squares), p, alpha)
