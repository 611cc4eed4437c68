"""Confidence sequences: intervals that hold at all times at once, so that anyone may look anytime.

The asymptotic ones of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024, Annals of Statistics
52:2613-2640; arXiv 2103.06476v7), by mixing over normal effects, as A/B testing platforms use them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cvosim.errors import CvosimError
from cvosim.stats.sequential.peeking import check_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cvosim.tables.columns import Floats


def tuned_rho(observations: float, *, alpha: float = 0.05, sides: int = 2) -> float:
    """Mixing parameter that makes an interval narrowest near a number of observations.

    Parameters
    ----------
    observations : float
        Where it shall be narrowest. Must be chosen before the data.
    alpha : float
        Error rate over all sides.
    sides : int
        1 or 2.

    Returns
    -------
    float
        √((−2 ln α + ln(−2 ln α + 1)) / n*), with 2α for α on one side (the paper's appendix).

    Raises
    ------
    CvosimError
        If a rate is none, or the number is not above 0.

    Examples
    --------
    >>> round(tuned_rho(5000), 9)
    0.039840067
    """
    check_level(alpha, sides)
    if not (math.isfinite(observations) and observations > 0):
        raise CvosimError(f"observations: must be above 0 (got {observations:g})")
    spread = -2.0 * math.log(alpha if sides == 2 else 2.0 * alpha)
    return math.sqrt((spread + math.log(spread + 1.0)) / observations)


@dataclass(frozen=True)
class ConfidenceSequence:
    """Intervals, e-values and p-values valid at any time, of an estimate that is about normal.

    They hold as samples grow: skewed data need some to begin with. Arrays go through at once:
    the last axis is time, any others are replications.

    Attributes
    ----------
    rho : float
        Mixing parameter, from `tuned_rho`; chosen before the data.
    alpha : float
        Error rate over all sides and all times.
    sides : int
        2, or 1: then only an effect above 0 counts.

    Raises
    ------
    CvosimError
        If a rate is none, or rho is not above 0.

    Examples
    --------
    >>> sequence = ConfidenceSequence.tuned(5000)
    >>> sequence.multiplier([500, 5000, 50_000]).round(3)  # 1.96 would be for one look
    array([3.855, 3.035, 3.242])
    """

    rho: float
    alpha: float = 0.05
    sides: int = 2

    def __post_init__(self) -> None:
        check_level(self.alpha, self.sides)
        if not (math.isfinite(self.rho) and self.rho > 0.0):
            raise CvosimError(f"rho: must be above 0 (got {self.rho:g})")

    @classmethod
    def tuned(
        cls, observations: float = 5000, *, alpha: float = 0.05, sides: int = 2
    ) -> ConfidenceSequence:
        """Make one that is narrowest near a number of observations, all arms together.

        Raises
        ------
        CvosimError
            If a rate is none, or the number is not above 0.
        """
        return cls(tuned_rho(observations, alpha=alpha, sides=sides), alpha, sides)

    def multiplier(self, observations: ArrayLike) -> Floats:
        """Half-width of the interval in standard errors of the estimate.

        Parameters
        ----------
        observations : array_like of float
            Behind the estimate, all arms together.

        Returns
        -------
        ndarray of float64
            √(2 (nρ² + 1)/(nρ²) · ln(√(nρ² + 1)/α)), theorem 2.2 of the paper; on one side
            with ln(1 + √(nρ² + 1)/(2α)), from its appendix.
        """
        information = self._information(observations)
        root = np.sqrt(information + 1.0)
        if self.sides == 2:
            height = np.log(root / self.alpha)
        else:
            height = np.log1p(root / (2.0 * self.alpha))
        return np.sqrt(2.0 * (information + 1.0) / information * height)

    def interval(
        self, estimate: ArrayLike, standard_error: ArrayLike, observations: ArrayLike
    ) -> tuple[Floats, Floats]:
        """Give the ends of the interval at some times.

        Parameters
        ----------
        estimate, standard_error : array_like of float
            Of the effect, of shape (..., looks).
        observations : array_like of float
            Behind them, all arms together.

        Returns
        -------
        low, high : ndarray of float64
            Of shape (..., looks); the upper end is infinite on one side.

        Examples
        --------
        >>> low, high = ConfidenceSequence.tuned(1000).interval(0.5, 0.1, 1000)
        >>> round(float(low), 4), round(float(high), 4)
        (0.1965, 0.8035)
        """
        centre = np.asarray(estimate, np.float64)
        reach = self.multiplier(observations) * np.asarray(standard_error, np.float64)
        low = np.asarray(centre - reach)
        return low, np.asarray(centre + reach) if self.sides == 2 else np.full_like(low, np.inf)

    def log_e_value(self, z: ArrayLike, observations: ArrayLike) -> Floats:
        """Logarithm of the e-value, which no evidence is too strong for."""
        information, value = self._information(observations), np.asarray(z, np.float64)
        power = 0.5 * information / (information + 1.0) * value * value
        shrunk = 0.5 * np.log1p(information)
        if self.sides == 2:
            return np.asarray(power - shrunk)
        with np.errstate(divide="ignore"):  # no evidence at z = 0: the logarithm of 0
            grown = power + np.log(-np.expm1(-power)) + math.log(2.0)
        return np.where(value > 0.0, grown - shrunk, np.where(np.isnan(value), np.nan, -np.inf))

    def e_value(self, z: ArrayLike, observations: ArrayLike) -> Floats:
        """Evidence against no effect: without one, it ever reaches 1/α with probability α at most.

        Parameters
        ----------
        z : array_like of float
            Estimate in its standard errors, of shape (..., looks).
        observations : array_like of float
            Behind them, all arms together.

        Returns
        -------
        ndarray of float64
            (nρ² + 1)^(−1/2) exp(nρ² z² / (2 (nρ² + 1))); on one side
            2 (nρ² + 1)^(−1/2) (exp(the same) − 1), and 0 for z below 0, which is what the closed
            form of the interval inverts. At z = `multiplier` it is 1/α.

        Examples
        --------
        >>> ConfidenceSequence.tuned(5000).e_value([2.0, 3.0, 4.0], 5000).round(3)
        array([  1.976,  18.199, 407.364])
        """
        with np.errstate(over="ignore"):
            return np.exp(self.log_e_value(z, observations))

    def p_value(self, z: ArrayLike, observations: ArrayLike) -> Floats:
        """Always-valid p-value: the smallest 1/e so far along the last axis, at most 1.

        Examples
        --------
        >>> ConfidenceSequence.tuned(5000).p_value([3.5, 1.0], [5000, 6000]).round(4)
        array([0.013, 0.013])
        """
        return running_p(self.log_e_value(z, observations))

    def _information(self, observations: ArrayLike) -> Floats:
        return np.asarray(np.asarray(observations, np.float64) * self.rho**2)


def running_p(log_e_value: Floats) -> Floats:
    """Smallest 1/e so far along the last axis, at most 1; not a number from there on if e is none.

    Examples
    --------
    >>> running_p(np.log([0.5, 40.0, 2.0]))
    array([1.   , 0.025, 0.025])
    """
    p = np.exp(-np.maximum(log_e_value, 0.0))
    return np.asarray(np.minimum.accumulate(p, axis=-1)) if p.ndim else np.asarray(p)
