"""The mixture sequential probability ratio test, which gives p-values that are always valid.

Robbins (1970, Annals of Mathematical Statistics 41:1397-1409), for A/B tests Johari, Koomen,
Pekelis & Walsh (2017, KDD '17:1517-1525; 2022, Operations Research 70:1806-1821).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cvosim.errors import CvosimError
from cvosim.stats.sequential.confidence_sequence import running_p

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class MixtureTest:
    """Likelihood of normal effects N(0, τ²) over that of none, of an estimate that is normal.

    Arrays go through at once: the last axis is time, any others are replications.

    Attributes
    ----------
    tau : float
        Spread of the effects expected, in the units of the effect. Chosen before the data.

    Raises
    ------
    CvosimError
        If tau is not above 0.

    Examples
    --------
    >>> test = MixtureTest(tau=0.1)
    >>> test.p_value([0.15, 0.20, 0.10], np.sqrt(2 / np.array([200, 400, 600]))).round(4)
    array([0.8058, 0.1203, 0.1203])
    """

    tau: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tau) and self.tau > 0.0):
            raise CvosimError(f"tau: must be above 0 (got {self.tau:g})")

    def log_likelihood_ratio(self, difference: ArrayLike, standard_error: ArrayLike) -> Floats:
        """Logarithm of `likelihood_ratio`; 0 while there is no standard error above 0."""
        variance = np.asarray(standard_error, np.float64) ** 2
        known = variance > 0.0
        own = np.where(known, variance, 1.0)
        both, square = own + self.tau**2, np.asarray(difference, np.float64) ** 2
        value = 0.5 * np.log(own / both) + 0.5 * self.tau**2 * square / (own * both)
        return np.where(known, value, 0.0)

    def likelihood_ratio(self, difference: ArrayLike, standard_error: ArrayLike) -> Floats:
        """Evidence against no effect: without one, it ever reaches 1/α with probability α at most.

        Parameters
        ----------
        difference, standard_error : array_like of float
            Of the effect, of shape (..., looks); of n pairs, σ √(2/n), or for shares x and y
            √((x (1 − x) + y (1 − y)) / n) (Johari et al., 2017).

        Returns
        -------
        ndarray of float64
            √(V/(V + nτ²)) exp(n²τ² d² / (2 V (V + nτ²))) (Johari et al., 2017), with V/n the
            squared standard error.
        """
        with np.errstate(over="ignore"):
            return np.exp(self.log_likelihood_ratio(difference, standard_error))

    def p_value(self, difference: ArrayLike, standard_error: ArrayLike) -> Floats:
        """Always-valid p-value: the smallest 1/ratio so far along the last axis, at most 1."""
        return running_p(self.log_likelihood_ratio(difference, standard_error))

    def interval(
        self, difference: ArrayLike, standard_error: ArrayLike, *, alpha: float = 0.05
    ) -> tuple[Floats, Floats]:
        """Ends of an interval that holds at all times at once with probability 1 − α.

        The effects that the test would not reject now; all while there is no standard error.

        Examples
        --------
        >>> low, high = MixtureTest(tau=0.1).interval(0.2, 0.05)
        >>> round(float(low), 4), round(float(high), 4)
        (0.0459, 0.3541)
        """
        centre, error = np.asarray(difference, np.float64), np.asarray(standard_error, np.float64)
        known = error > 0.0
        own = np.where(known, error, 1.0)
        both = own**2 + self.tau**2
        height = np.log(both / own**2) - 2.0 * np.log(alpha)
        reach = np.where(known, own * np.sqrt(both * height) / self.tau, np.inf)
        return np.asarray(centre - reach), np.asarray(centre + reach)
