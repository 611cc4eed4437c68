"""Gamma-Gamma: what customers spend per purchase, each around a level of its own.

A purchase is Gamma(p) at the customer's rate, and that rate is Gamma(q, v) over customers, so
that spend does not depend on how often somebody buys (Colombo & Jiang, 1999; Fader, Hardie &
Lee, 2005; Fader & Hardie, 2013, note 025).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.models.fit import Problem, maximise, patterns
from cvosim.clv.models.fitted import Finding, Fitted, report
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

Floats = NDArray[np.float64]

_STARTS = ((6.0, 4.0, 0.5), (1.0, 2.0, 1.0), (20.0, 10.0, 0.5))
_SAME = 1e-9
"""Relative difference below which amounts are the same and sums of them merely rounded."""
_RELATED = 0.3
"""Correlation of spend and frequency from which the law's assumption is in doubt."""

_MEANING = {
    "p": "how one customer's purchases differ in amount",
    "q": "how customers differ in what they spend",
}


@dataclass(frozen=True)
class Gg:
    """A Gamma-Gamma law with its parameters.

    Attributes
    ----------
    p : float
        Shape of one customer's amounts: their coefficient of variation is 1/sqrt(p).
    q : float
        Shape of the customers' rates; the mean over customers exists only above 1.
    v : float
        Scale, in money.

    Examples
    --------
    >>> round(Gg(p=6.25, q=3.74, v=15.44).mean, 2)
    35.22
    """

    p: float
    q: float
    v: float
    name: ClassVar[str] = "gamma_gamma"

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `spend` section has them."""
        return {"model": self.name, "p": self.p, "q": self.q, "v": self.v}

    @property
    def mean(self) -> float:
        """Mean amount over customers, p·v / (q − 1); infinite up to q = 1."""
        return self.p * self.v / (self.q - 1.0) if self.q > 1.0 else math.inf

    @property
    def variance(self) -> float:
        """Variance over customers of their own mean amounts; infinite up to q = 2.

        That of p/ν with ν from Gamma(q, v): p²v² / ((q − 1)²(q − 2)).
        """
        if self.q <= 2.0:
            return math.inf
        return self.mean**2 / (self.q - 2.0)

    def expected_spend(self, paid: ArrayLike, spend: ArrayLike) -> Floats:
        """Mean amount of each customer's purchases to come.

        Parameters
        ----------
        paid, spend : array_like
            How many paid purchases were seen, and their mean amount; 0 and anything for a
            customer of whom none was.

        Returns
        -------
        ndarray of float64
            p(v + xz) / (px + q − 1), equation 5 of Fader & Hardie (2013); the population's
            mean for those without any. Infinite where px + q is 1 or less.
        """
        x, z = np.asarray(paid, np.float64), np.asarray(spend, np.float64)
        shapes = self.p * x + self.q - 1.0
        safe = np.where(shapes > 0, shapes, 1.0)
        return np.asarray(np.where(shapes > 0, self.p * (self.v + x * z) / safe, math.inf))

    def purchase_variance(self, paid: ArrayLike, spend: ArrayLike) -> Floats:
        """Variance of the amount of a customer's next purchase.

        Parameters
        ----------
        paid, spend : array_like
            As in `expected_spend`.

        Returns
        -------
        ndarray of float64
            Around the expected spend m, with k = px + q (the rate is Gamma(k, v + xz) given
            what was seen): m²·(p + k − 1) / (p(k − 2)); infinite up to k = 2.

        Examples
        --------
        >>> float(Gg(p=1.0, q=3.0, v=2.0).purchase_variance(0, 0.0))
        3.0
        """
        shapes = self.p * np.asarray(paid, np.float64) + self.q
        mean = self.expected_spend(paid, spend)
        safe = np.where(shapes > 2, shapes - 2.0, 1.0)
        spread = (self.p + shapes - 1.0) / (self.p * safe)
        return np.asarray(np.where(shapes > 2, np.square(mean) * spread, math.inf))

    def log_likelihood(self, paid: ArrayLike, spend: ArrayLike) -> Floats:
        """Log-density of each customer's mean amount, both arguments above 0."""
        x, z = np.asarray(paid, np.float64), np.asarray(spend, np.float64)
        return likelihood((self.p, self.q, self.v), x, z)[0]


@dataclass(frozen=True)
class GammaGamma:
    """The estimator of `Gg`; it has no settings."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name, as scikit-learn's estimators do; there are none."""
        return {}

    def fit(self, data: Summary) -> Fitted[Gg]:
        """Fit by maximum likelihood.

        Parameters
        ----------
        data : Summary
            Customers who paid nothing for any repeat purchase are left out.

        Returns
        -------
        Fitted of Gg
            Its log-likelihood is of amounts in the file's currency. Its message says so where
            the mean spend over customers is infinite (q ≤ 1).

        Raises
        ------
        DataError
            If fewer than two customers are left or all of them spend the same.

        Examples
        --------
        >>> x, spend = [1, 4, 2, 3, 0, 6], [9.0, 31.0, 14.0, 22.0, 0.0, 12.0]
        >>> summary = Summary.of(x, [5, 20, 9, 30, 0, 40], [60] * 6, spend=spend)
        >>> fitted = GammaGamma().fit(summary)
        >>> fitted.n_customers_, round(fitted.law.mean, 1)
        (5, 18.2)
        """
        some = (data.paid > 0) & (data.spend > 0)
        _require_variety(data, int(np.count_nonzero(some)))
        return _fitted(data.paid[some], data.spend[some])


def same_amount(summary: Summary) -> float | None:
    """Tell the amount that every paid repeat purchase has, if it is one and the same.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    float or None
        None if amounts differ or nobody paid for a repeat purchase.

    Examples
    --------
    >>> same_amount(Summary.of([1, 2], [3, 9], [20, 20], spend=[19.9, 19.9]))
    19.9
    """
    spend = summary.spend[(summary.paid > 0) & (summary.spend > 0)]
    if len(spend) == 0 or np.ptp(spend) > _SAME * float(spend.max()):
        return None
    return float(np.median(spend))


def spend_depends_on_frequency(summary: Summary) -> str | None:
    """Say that spend depends on frequency, which Gamma-Gamma rules out.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    str or None
        A sentence where the correlation of paid repeat purchases and their mean amount, over
        customers with any, is 0.3 or more either way (0.11 in CDNOW, where Fader, Hardie & Lee
        (2005) take the assumption to hold); None otherwise, or where there is none to compute.

    Examples
    --------
    >>> summary = Summary.of([1, 2, 3], [9, 9, 9], [20, 20, 20], spend=[10.0, 20.0, 31.0])
    >>> print(spend_depends_on_frequency(summary))
    Frequent customers spend more per purchase (correlation 1.00); Gamma-Gamma takes the two to \
be independent.
    """
    some = (summary.paid > 0) & (summary.spend > 0)
    paid, spend = summary.paid[some], summary.spend[some]
    if len(paid) < 3 or np.ptp(paid) == 0 or np.ptp(spend) == 0:
        return None
    correlation = float(np.corrcoef(paid, spend)[0, 1])
    if abs(correlation) < _RELATED:
        return None
    more = "more" if correlation > 0 else "less"
    return (
        f"Frequent customers spend {more} per purchase (correlation {correlation:.2f}); "
        "Gamma-Gamma takes the two to be independent."
    )


def likelihood(parameters: Sequence[float], x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Log-density of each mean amount and its gradient.

    Parameters
    ----------
    parameters : sequence of float
        p, q and v.
    x, z : ndarray of float64
        Paid purchases and their mean amount, both above 0.

    Returns
    -------
    value, gradient : ndarray of float64, shapes (n,) and (3, n)
        Equation 1a of Fader & Hardie (2013).

    Examples
    --------
    >>> value, gradient = likelihood((6.0, 4.0, 15.0), np.array([2.0]), np.array([30.0]))
    >>> value.shape, gradient.shape
    ((1,), (3, 1))
    """
    from scipy.special import gammaln, psi

    p, q, v = parameters
    shape = p * x
    log_sum, log_total = np.log(v + x * z), np.log(x * z)
    value = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * math.log(v)
    value += shape * log_total - np.log(z) - (shape + q) * log_sum
    gradient = np.stack(
        [
            x * (psi(shape + q) - psi(shape) + log_total - log_sum),
            psi(shape + q) - psi(q) + math.log(v) - log_sum,
            q / v - (shape + q) / (v + x * z),
        ]
    )
    return value, gradient


def _require_variety(data: Summary, n: int) -> None:
    """Raise unless there is something to fit to."""
    if n < 2:
        raise DataError(
            f"{n or 'no'} customer{'s' * (n != 1)} paid for a repeat purchase: "
            "spend cannot be fitted to fewer than two"
        )
    amount = same_amount(data)
    if amount is not None:
        raise DataError(
            f"every repeat purchase has the same amount, {amount:g}: Gamma-Gamma needs spend "
            f"that varies; write spend: {{model: fixed, amount: {amount:g}}}"
        )


def _fitted(paid: NDArray[np.int64], spend: Floats) -> Fitted[Gg]:
    """Search and report."""
    n = len(paid)
    (x, z), weights, _ = patterns(paid, spend)
    scale = float(z @ weights) / n

    def objective(parameters: Floats) -> tuple[float, Floats]:
        values, gradient = likelihood(parameters.tolist(), x, z / scale)
        return float(values @ weights), gradient @ weights

    optimum = maximise(Problem(objective, n), _STARTS)
    p, q, v = optimum.parameters.tolist()
    law = Gg(p, q, v * scale)
    value = optimum.log_likelihood - n * math.log(scale)
    values = {"p": law.p, "q": law.q, "v": law.v}
    fitted = report(law, Finding(values, optimum, value, (n, len(x)), _MEANING))
    if q > 1.0 or not fitted.converged_:
        return fitted
    words = (
        f"but the mean spend over customers is infinite, for q = {q:.3g} is not above 1: "
        "a few customers spend so much that no mean can be told"
    )
    return replace(fitted, message_=f"{fitted.message_}, {words}")
