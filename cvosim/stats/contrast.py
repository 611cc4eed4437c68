"""Treatment against control: a difference with its error, of one test or of thousands at once."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from cvosim.tables.columns import Floats

Alternative = Literal["two-sided", "greater", "less"]
ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "greater", "less")


class ArmStat(NamedTuple):
    """A metric in one arm: its value and the variance of one unit's (linearised) value.

    Scalars, or arrays with one element a replication.
    """

    value: Floats
    variance: Floats
    n: Floats


class Contrast(NamedTuple):
    """A difference between two arms, treatment less control, with its error.

    Attributes
    ----------
    control, treatment, difference : ndarray of float64, shape (...)
        The metric in either arm (adjusted, if the method adjusts), and their difference.
    standard_error : ndarray of float64, shape (...)
        Of the difference.
    df : ndarray of float64, shape (...)
        Of Student's t; inf for the normal law.
    """

    control: Floats
    treatment: Floats
    difference: Floats
    standard_error: Floats
    df: Floats

    def statistic(self, null: float = 0.0) -> Floats:
        """How many standard errors the difference is away from ``null``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return (self.difference - null) / self.standard_error

    def tails(self, null: float = 0.0) -> tuple[Floats, Floats]:
        """One-sided p-values: for a difference above ``null``, and for one below it."""
        t = self.statistic(null)
        return t_tail(t, self.df), t_tail(-t, self.df)

    def p_value(self, alternative: Alternative = "two-sided", null: float = 0.0) -> Floats:
        """Probability, without an effect, of a difference at least as far out.

        Examples
        --------
        >>> one = Contrast(*map(np.float64, (1.0, 3.0, 2.0, 1.0, np.inf)))
        >>> round(float(one.p_value()), 6), round(float(one.p_value("greater")), 6)
        (0.0455, 0.02275)
        """
        above, below = self.tails(null)
        if alternative == "two-sided":
            return 2.0 * np.fmin(above, below)
        return above if alternative == "greater" else below

    def interval(
        self, level: float = 0.95, alternative: Alternative = "two-sided"
    ) -> tuple[Floats, Floats]:
        """Confidence interval of the difference; one end is infinite for a one-sided question."""
        inf = np.full_like(self.difference, np.inf)
        reach = t_quantile(0.5 + level / 2.0 if alternative == "two-sided" else level, self.df)
        low, high = (self.difference + sign * reach * self.standard_error for sign in (-1, 1))
        if alternative == "two-sided":
            return low, high
        return (low, inf) if alternative == "greater" else (-inf, high)


def welch(control: ArmStat, treatment: ArmStat) -> Contrast:
    """Difference of two means with unequal variances (Welch 1938, 1947).

    ``df = (vc + vt)**2 / (vc**2 / (nc - 1) + vt**2 / (nt - 1))`` with ``v = s**2 / n``
    (Satterthwaite 1946, eq. 17).

    Examples
    --------
    >>> arm = [ArmStat(*map(np.float64, three)) for three in ((10.0, 4.0, 20), (12.0, 9.0, 30))]
    >>> found = welch(*arm)
    >>> round(float(found.standard_error), 6), round(float(found.df), 3)
    (0.707107, 47.997)
    """
    vc, vt = control.variance / control.n, treatment.variance / treatment.n
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (vc + vt) ** 2 / (vc**2 / (control.n - 1.0) + vt**2 / (treatment.n - 1.0))
    difference = treatment.value - control.value
    return Contrast(control.value, treatment.value, difference, np.sqrt(vc + vt), df)


def log_lift(control: ArmStat, treatment: ArmStat) -> Contrast:
    """Logarithm of treatment over control (delta method; Deng, Knoblich & Lu 2018, section 3).

    The difference of logarithms has variance ``vc / xc**2 + vt / xt**2``: an interval that is
    exponentiated cannot fall below -100 %, and needs no certain control. NaN unless both are
    above 0.

    Examples
    --------
    >>> arm = [ArmStat(*map(np.float64, three)) for three in ((10.0, 4.0, 20), (12.0, 9.0, 30))]
    >>> round(float(np.expm1(log_lift(*arm).difference)), 6)
    0.2
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = (control.value > 0.0) & (treatment.value > 0.0)
        scaled = [
            ArmStat(
                np.where(positive, np.log(np.where(positive, arm.value, 1.0)), np.nan),
                arm.variance / arm.value**2,
                arm.n,
            )
            for arm in (control, treatment)
        ]
        return welch(*scaled)


def t_tail(t: Floats, df: Floats) -> Floats:
    """Probability that Student's t exceeds ``t``; the normal law's where df is inf."""
    from scipy.special import ndtr, stdtr

    finite = np.where(np.isinf(df), 1.0, df)
    found: Floats = np.where(np.isinf(df), ndtr(-t), stdtr(finite, -t))
    return found


def t_quantile(probability: float, df: Floats) -> Floats:
    """Quantile of Student's t; the normal law's where df is inf."""
    from scipy.special import ndtri, stdtrit

    finite = np.where(np.isinf(df), 1.0, df)
    found: Floats = np.where(np.isinf(df), ndtri(probability), stdtrit(finite, probability))
    return found
