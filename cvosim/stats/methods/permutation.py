"""A permutation test from moments alone: no reshuffling, thousands of experiments at once.

Shuffling labels among the units draws the treated ones from a finite population without
replacement. The first three moments of the difference of means are then known exactly, and a
Pearson type III law through them gives p-values (Pitman 1937; Mielke & Berry 2007, chapter 2). It
knows that a difference of unequal arms is skewed where values are, which Welch's t does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Alternative
from cvosim.stats.methods.influence import HUGE
from cvosim.stats.methods.tested import Tested, tail_sizes
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

Model = Literal["shift", "scale"]
Tail = Callable[[Floats], Floats]

_NEARLY_NORMAL = 1e-4
_WIDEST = 60
"""Doublings of a standard error after which an interval has no end."""
_STEPS = 60
_FURTHEST = 100.0
"""Largest logarithm of a factor that is looked at; its third power is still a number."""


class Spread(NamedTuple):
    """Moments of a difference of means when labels are shuffled; its mean is 0.

    Attributes
    ----------
    difference : ndarray of float64, shape (...)
        As observed.
    deviation : ndarray of float64, shape (...)
        Standard deviation over all ways to label the units.
    skewness : ndarray of float64, shape (...)
        Third standardised moment over all ways to label the units.
    """

    difference: Floats
    deviation: Floats
    skewness: Floats

    def tails(self) -> tuple[Floats, Floats]:
        """P-values of a difference above 0 and of one below it (Pearson type III)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = self.difference / self.deviation
        return pearson_tail(z, self.skewness), pearson_tail(-z, -self.skewness)


class _Arms(NamedTuple):
    """One column in both arms: counts, means, sums of second and third powers."""

    n: tuple[Floats, Floats]
    mean: tuple[Floats, Floats]
    square: tuple[Floats, Floats]
    cube: tuple[Floats, Floats]

    @classmethod
    def of(cls, control: Moments, treatment: Moments, column: str) -> _Arms:
        at = control.place(column)
        both = control, treatment
        return cls(
            (control.count, treatment.count),
            (control.mean[..., at], treatment.mean[..., at]),
            (both[0].scatter[..., at, at], both[1].scatter[..., at, at]),
            (both[0].cube[..., at], both[1].cube[..., at]),
        )

    def shifted(self, by: Floats) -> _Arms:
        """With ``by`` taken off every treated value."""
        return self._replace(mean=(self.mean[0], self.mean[1] - by))

    def scaled(self, by: Floats) -> _Arms:
        """With every treated value divided by ``by``."""
        return _Arms(
            self.n,
            (self.mean[0], self.mean[1] / by),
            (self.square[0], self.square[1] / by**2),
            (self.cube[0], self.cube[1] / by**3),
        )

    def spread(self) -> Spread:
        """Exact moments of the difference under shuffling.

        With N units of which n are treated, and central moments m2 and m3 of all of them, the
        mean of the treated has variance ``m2 (N - n) / (n (N - 1))`` and third moment ``m3 (N - n)
        (N - 2 n) / (n**2 (N - 1) (N - 2))`` (Cochran 1977, theorem 2.2; Isserlis 1931); the
        difference of the arms is ``N / (N - n)`` times as far from its mean.
        """
        (m, n), gap = self.n, self.mean[1] - self.mean[0]
        N = m + n
        square = self.square[0] + self.square[1] + m * n / N * gap**2
        tilt = 3.0 * gap * (m * self.square[1] - n * self.square[0]) / N
        cube = self.cube[0] + self.cube[1] + m * n * (m - n) / N**2 * gap**3 + tilt
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = square / N * m / (n * (N - 1.0)) * (N / m) ** 2
            third = cube / N * m * (m - n) / (n**2 * (N - 1.0) * (N - 2.0)) * (N / m) ** 3
            skewness = np.where(m == n, 0.0, third / variance**1.5)
        return Spread(gap, np.sqrt(variance), skewness)


def shuffled_spread(control: Moments, treatment: Moments, column: str) -> Spread:
    """Exact standard deviation and skewness of the difference of means under shuffled labels.

    Raises
    ------
    DataError
        If values spread by more than 1e100, or by less than 1e-100 without being all equal.

    Examples
    --------
    >>> arms = Moments.of({"x": [0.0, 0.0, 4.0]}), Moments.of({"x": [8.0]})
    >>> found = shuffled_spread(*arms, "x")
    >>> [round(float(part), 6) for part in found]
    [6.666667, 4.422166, 0.493382]
    """
    arms = _Arms.of(control, treatment, column)
    _refuse_extreme(arms, column)
    return arms.spread()


def moment_permutation(
    control: Moments,
    treatment: Moments,
    column: str,
    *,
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    model: Model = "shift",
) -> Tested:
    """Permutation test of two means by a Pearson type III law, with its interval by inversion.

    The interval holds the effects that the test does not reject once they are taken off the
    treated values (Garthwaite 1996 inverts in the same way, by simulation): all treated values
    are lifted by as much (``shift``), or by the same factor (``scale``: zeros stay zeros).

    It tests whether the arms are alike, not only whether their means are: with unequal arms *and*
    unequal spread that is not the same thing (Romano 1990); `resampling.permutation_test`, which
    studentises, is the remedy then.

    Where values are skewed or mostly 0, ``scale`` is the model to take. Where 2 % or 5 % pay
    lognormal sums and 1,000 of 10,000 are treated, its 95 % interval missed at most 5.2 % of
    the time, be the effect a factor, more payers or a constant; that of ``shift`` missed a
    doubling more than one time in four. With 1,000 of 20,000 and 2 % (sigma 1.5), both tests
    call 7 % of A/A tests, and 4.9 % once values are capped at their 99.9th percentile.

    Parameters
    ----------
    control, treatment : Moments
        With any leading axes, the same in both.
    column : str
    level : float
        Of confidence.
    alternative : {"two-sided", "greater", "less"}
    model : {"shift", "scale"}
        What the interval is about: the difference of the means, or the lift (0.1 is +10 %;
        NaN unless both means are above 0).

    Returns
    -------
    Tested
        Its error is the deviation over shuffled labels, relative to control for ``scale``. No
        p-value is below one over the number of labellings, C(N, n), and an interval has no end
        where that cannot reach its error: few units are `exact_permutation`'s business.

    Raises
    ------
    DataError
        If values spread by more than 1e100, or by less than 1e-100 without being all equal.

    Examples
    --------
    >>> arms = Moments.of({"x": np.arange(40.0) ** 2}), Moments.of({"x": np.arange(20.0) ** 2})
    >>> found = moment_permutation(*arms, "x")
    >>> round(float(found.p_below), 5), round(float(found.low), 1), round(float(found.high), 1)
    (0.00022, -607.3, -180.0)
    """
    arms = _Arms.of(control, treatment, column)
    _refuse_extreme(arms, column)
    spread, least = arms.spread(), _least_p(*arms.n)
    above, below = (np.maximum(tail, least) for tail in spread.tails())
    if model == "shift":
        estimate, error = spread.difference, spread.deviation

        def at(effect: Floats) -> tuple[Floats, Floats]:
            return arms.shifted(effect).spread().tails()
    else:
        positive = (arms.mean[0] > 0.0) & (arms.mean[1] > 0.0)
        base = np.where(positive, arms.mean[0], np.nan)
        estimate = np.log(np.where(positive, arms.mean[1], np.nan) / base)
        error = spread.deviation / base

        def at(effect: Floats) -> tuple[Floats, Floats]:
            return arms.scaled(np.exp(np.clip(effect, -_FURTHEST, _FURTHEST))).spread().tails()

    sizes = tail_sizes(level, alternative)
    low = _end(lambda e: at(e)[0], estimate, -error, sizes[0])
    high = _end(lambda e: at(e)[1], estimate, error, sizes[1])
    low = np.where((least > sizes[0]) & ~np.isnan(low), -np.inf, low)
    high = np.where((least > sizes[1]) & ~np.isnan(high), np.inf, high)
    if model == "scale":
        estimate, low, high = np.expm1(estimate), np.expm1(low), np.expm1(high)
    return Tested(estimate, error, above, below, low, high)


def pearson_tail(z: Floats, skewness: Floats) -> Floats:
    """Probability that a standardised Pearson type III (shifted gamma) variable exceeds ``z``.

    Examples
    --------
    >>> float(pearson_tail(np.float64(1.0), np.float64(2.0)))  # exponential: exp(-2)
    0.1353352832366127
    """
    from scipy.special import gammainc, gammaincc, ndtr

    near = np.abs(skewness) < _NEARLY_NORMAL
    g = np.where(near, 1.0, skewness)
    shape = 4.0 / g**2
    x = np.maximum(shape + 2.0 * z / g, 0.0)
    gamma = np.where(g > 0.0, gammaincc(shape, x), gammainc(shape, x))
    # the first term of Edgeworth's series: what is left out is of the order of skewness**2
    bend = skewness / 6.0 * (z**2 - 1.0) * np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi)
    found: Floats = np.where(near, np.clip(ndtr(-z) + bend, 0.0, 1.0), gamma)
    return found


def _least_p(one: Floats, other: Floats) -> Floats:
    """One over the number of ways to label the units: no exact p-value is smaller."""
    from scipy.special import gammaln

    log = gammaln(one + other + 1.0) - gammaln(one + 1.0) - gammaln(other + 1.0)
    found: Floats = np.exp(-log) * (1.0 - 1e-9)
    return found


def _refuse_extreme(arms: _Arms, column: str) -> None:
    """Refuse values whose third powers leave the range of doubles."""
    for count, square, mean in zip(arms.n, arms.square, arms.mean, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            # sums of squares of equal values may end up below 0 by rounding
            spread = np.sqrt(np.maximum(square, 0.0) / np.maximum(count, 1.0))
        bad = (spread > HUGE) | (np.abs(mean) > HUGE) | ((spread > 0.0) & (spread < 1.0 / HUGE))
        bad |= ~np.isfinite(spread) & np.isfinite(mean)
        if np.any(bad):
            raise DataError(
                f"{column}: has values so large or so near each other (mean "
                f"{float(np.extract(bad, mean)[0]):.3g}) that third powers of them are no numbers; "
                f"give them in another unit, so that they spread by {1.0 / HUGE:g} to {HUGE:g}"
            )


def _end(tail: Tail, start: Floats, step: Floats, size: float) -> Floats:
    """First effect, going from ``start`` in steps' direction, whose p-value is ``size``.

    Looks for it outwards in doubling steps, then by regula falsi (Illinois; Dowell & Jarratt
    1971) on the scale of normal scores, where p-values are nearly straight lines.
    """
    from scipy.special import ndtri

    if size <= 0.0:
        return np.where(np.isnan(start), np.nan, np.copysign(np.inf, step))
    aim = ndtri(size)

    def off(effect: Floats) -> Floats:
        found: Floats = ndtri(np.clip(tail(effect), 1e-300, 1.0 - 1e-16)) - aim
        return found

    near, far = start, start + step
    f_near, f_far = off(near), off(far)
    reach = step
    for _ in range(_WIDEST):
        more = f_far > 0.0
        if not np.any(more):
            break
        reach = np.where(more, 2.0 * reach, reach)
        near, f_near = np.where(more, far, near), np.where(more, f_far, f_near)
        far = np.where(more, start + reach, far)
        f_far = np.where(more, off(far), f_far)
    found = _root(off, (near, far), (f_near, f_far))
    return np.where(f_far > 0.0, np.copysign(np.inf, step), found)


def _root(off: Tail, ends: tuple[Floats, Floats], values: tuple[Floats, Floats]) -> Floats:
    """Where ``off`` changes sign between two ends, one by one of an array."""
    (a, b), (fa, fb) = ends, values
    for _ in range(_STEPS):
        with np.errstate(divide="ignore", invalid="ignore"):
            c = b - fb * (b - a) / (fb - fa)
        c = np.where(np.isfinite(c), c, (a + b) / 2.0)
        fc = off(c)
        turned = fc * fb < 0.0
        a, fa = np.where(turned, b, a), np.where(turned, fb, fa / 2.0)
        b, fb = c, fc
        if not np.any(np.abs(fb) > 1e-9):
            break
    return b
