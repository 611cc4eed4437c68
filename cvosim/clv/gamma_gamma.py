"""Gamma-Gamma: what customers spend per purchase, each around a level of its own.

A purchase is Gamma(p) at the customer's rate, and that rate is Gamma(q, v) over customers, so
that spend does not depend on how often somebody buys (Colombo & Jiang, 1999; Fader, Hardie &
Lee, 2005; Fader & Hardie, 2013, note 025).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.fit import Fit, maximise, patterns, report
from cvosim.clv.summary import Summary
from cvosim.errors import DataError

Floats = NDArray[np.float64]

_STARTS = ((6.0, 4.0, 0.5), (1.0, 2.0, 1.0), (20.0, 10.0, 0.5))
_SAME = 1e-9
"""Relative difference below which amounts are the same and sums of them merely rounded."""

_MEANING = {
    "p": "how one customer's purchases differ in amount",
    "q": "how customers differ in what they spend",
}


@dataclass(frozen=True)
class GammaGamma:
    """A Gamma-Gamma model with its parameters.

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
    >>> round(GammaGamma(p=6.25, q=3.74, v=15.44).mean, 2)
    35.22
    """

    p: float
    q: float
    v: float

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `spend` section has them."""
        return {"model": "gamma_gamma", "p": self.p, "q": self.q, "v": self.v}

    @property
    def mean(self) -> float:
        """Mean amount over customers, p·v / (q − 1); infinite up to q = 1."""
        return self.p * self.v / (self.q - 1.0) if self.q > 1.0 else math.inf

    def expected_spend(self, repeats: ArrayLike, spend: ArrayLike) -> Floats:
        """Mean amount of each customer's purchases to come.

        Parameters
        ----------
        repeats, spend : array_like
            How many purchases were seen, and their mean amount.

        Returns
        -------
        ndarray of float64
            p(v + xz) / (px + q − 1), equation 5 of Fader & Hardie (2013); the population's
            mean for those without repeats.
        """
        x, z = np.asarray(repeats, np.float64), np.asarray(spend, np.float64)
        shapes = self.p * x + self.q - 1.0
        safe = np.where(shapes > 0, shapes, 1.0)
        return np.asarray(np.where(shapes > 0, self.p * (self.v + x * z) / safe, math.inf))

    def log_likelihood(self, repeats: ArrayLike, spend: ArrayLike) -> Floats:
        """Log-density of each customer's mean amount, both arguments above 0."""
        x, z = np.asarray(repeats, np.float64), np.asarray(spend, np.float64)
        return _likelihood((self.p, self.q, self.v), x, z)[0]


def same_amount(summary: Summary) -> float | None:
    """Tell the amount that every repeat purchase has, if it is one and the same.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    float or None
        None if amounts differ or nobody bought twice.
    """
    spend = summary.spend[summary.repeats > 0]
    if len(spend) == 0 or np.ptp(spend) > _SAME * float(spend.max()):
        return None
    return float(np.median(spend))


def fit_gamma_gamma(summary: Summary) -> Fit[GammaGamma]:
    """Fit a Gamma-Gamma model by maximum likelihood.

    Parameters
    ----------
    summary : Summary
        Customers without repeats, or who paid nothing for them, are left out.

    Returns
    -------
    Fit of GammaGamma
        Its log-likelihood is of amounts in the file's currency.

    Raises
    ------
    DataError
        If fewer than two customers are left or all of them spend the same.

    Examples
    --------
    >>> fit_gamma_gamma(summary).model  # doctest: +SKIP
    GammaGamma(p=6.2496, q=3.7442, v=15.4435)
    """
    paid = (summary.repeats > 0) & (summary.spend > 0)
    n = int(np.count_nonzero(paid))
    if n < 2:
        raise DataError(
            f"{n or 'no'} customer{'s' * (n != 1)} paid for a repeat purchase: "
            "spend cannot be fitted to fewer than two"
        )
    amount = same_amount(summary)
    if amount is not None:
        raise DataError(
            f"every repeat purchase has the same amount, {amount:g}: Gamma-Gamma needs spend "
            f"that varies; write spend: {{model: fixed, amount: {amount:g}}}"
        )
    (x, z), weights, _ = patterns(summary.repeats[paid], summary.spend[paid])
    scale = float(z @ weights) / n

    def objective(parameters: Floats) -> tuple[float, Floats]:
        values, gradient = _likelihood(tuple(parameters), x, z / scale)
        return float((values * weights).sum()), (gradient * weights).sum(axis=1)

    optimum = maximise(objective, _STARTS, n)
    p, q, v = (float(value) for value in optimum.parameters)
    value = optimum.log_likelihood - n * math.log(scale)
    return report(GammaGamma(p, q, v * scale), optimum, value, (n, len(x)), _MEANING)


def _likelihood(parameters: tuple[float, ...], x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Log-density of each mean amount and its gradient by (p, q, v), shape (3, n)."""
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
