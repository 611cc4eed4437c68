"""BG/NBD: purchases at a customer's own rate, until a coin tossed after each ends them.

The rate is Gamma(r) with mean r/alpha a day over customers; after each purchase the customer
leaves with its own probability, Beta(a, b) over customers (Fader, Hardie & Lee, 2005).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.beta_leavers import Leavers
from cvosim.clv.models.fit import over_counts
from cvosim.clv.models.purchase_model import DAYS_PER_WEEK, Family, PurchaseModel, Values
from cvosim.clv.orders.history import Floats, Histories


@dataclass(frozen=True)
class BgNbd:
    """A BG/NBD model with its parameters.

    Attributes
    ----------
    r : float
        Shape of the purchase rate over customers.
    alpha_days : float
        Rate parameter of that gamma distribution, in days: the mean rate is r/alpha a day.
    a, b : float
        Beta parameters of the probability of leaving after a purchase.

    Notes
    -----
    `alpha_days` and `a` may be arrays with one element for each history.

    Examples
    --------
    The published CDNOW estimates (Fader, Hardie & Lee, 2005, in weeks):

    >>> cdnow = BgNbd(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
    >>> round(float(cdnow.expected_purchases_new_customer(39 * 7)), 4)
    1.1967
    """

    r: float
    alpha_days: Values
    a: Values
    b: float
    name: ClassVar[str] = "bg_nbd"

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `frequency` section has them."""
        values = {"r": self.r, "alpha_days": self.alpha_days, "a": self.a, "b": self.b}
        return {"model": self.name, **{name: float(value) for name, value in values.items()}}

    def log_likelihood(self, history: Histories) -> Floats:
        """Log-likelihood of each history, of times in weeks: equation 6 of the paper."""
        parameters = (self.r, self.alpha_days, self.a, self.b)
        x = np.asarray(history.repeats, np.float64)
        return _likelihood(parameters, history)[0] + x * math.log(DAYS_PER_WEEK)

    def probability_alive(self, history: Histories) -> Floats:
        """Probability that a customer has not left by the end of its age.

        1 without repeats: the model lets nobody leave before a repeat purchase (Fader, Hardie
        & Lee, 2008, "Computing P(alive) using the BG/NBD model").
        """
        from scipy.special import expit

        x = np.asarray(history.repeats, np.float64)
        odds = np.log(self.a) - np.log(self.b + np.maximum(x, 1.0) - 1.0)
        ages = np.log(self.alpha_days + history.age) - np.log(self.alpha_days + history.last)
        return np.asarray(np.where(x > 0, expit(-odds - (self.r + x) * ages), 1.0))

    def expected_purchases(self, history: Histories, days: ArrayLike) -> Floats:
        """Mean number of purchases in the days to come.

        Equation 10 of the paper, as an integral over the probability of leaving, which also
        holds at a = 1 and a + b < 1, where the closed form does not.
        """
        return self.probability_alive(history) * self._leavers(history).purchases(days)

    def conditional_moments(self, history: Histories, days: ArrayLike) -> tuple[Floats, Floats]:
        """Mean and variance of the purchases in the days to come.

        The variance is from E[X(X−1)] = 2(1−p)/p² · (1 − (1+λpt)·exp(−λpt)) of a customer who
        is there, at rate λ and probability p of leaving.
        """
        leavers, alive = self._leavers(history), self.probability_alive(history)
        mean = alive * leavers.purchases(days)
        return mean, alive * leavers.pairs(days) + mean - mean**2

    def expected_purchases_new_customer(self, days: ArrayLike) -> Floats:
        """Mean number of repeat purchases since the first: equation 9 of the paper."""
        return Leavers(self.r, self.alpha_days, self.a, self.b).purchases(days)

    def probability_of(self, n: ArrayLike, days: ArrayLike) -> Floats:
        """Probability of n repeat purchases in so many days since the first.

        Equation 8 of the paper; its sum of negative binomial terms is an incomplete beta.
        """
        from scipy.special import betainc, betaln, gammaln

        count, days = np.asarray(n, np.float64), np.asarray(days, np.float64)
        early = days / (self.alpha_days + days)
        log_there = gammaln(self.r + count) - gammaln(self.r) - gammaln(count + 1.0)
        log_there += self.r * np.log1p(-early) + np.where(count > 0, count * _log(early), 0.0)
        log_there += betaln(self.a, self.b + count) - betaln(self.a, self.b)
        some = np.maximum(count, 1.0)
        log_left = betaln(self.a + 1.0, self.b + some - 1.0) - betaln(self.a, self.b)
        left = np.exp(log_left) * betainc(some, self.r, early)
        return np.asarray(np.exp(log_there) + np.where(count > 0, left, 0.0))

    def discounted_purchases(
        self, history: Histories, delta: float, days: float = math.inf
    ) -> Floats:
        """Mean discounted number of purchases in the days to come (DERT).

        Parameters
        ----------
        history : Histories
        delta : float
            Continuous discount rate a day.
        days : float
            How far ahead; without end if left out.

        Returns
        -------
        ndarray of float64
            The mean of λ / (λp + δ) over λ and p of those who are there, times the
            probability of being there; infinite without discounting where a ≤ 1.
        """
        alive, total = (
            self.probability_alive(history),
            self._leavers(history).discounted(delta, days),
        )
        endless = np.isinf(total)  # also for somebody who all but surely left: never 0·∞
        return np.where(endless, math.inf, alive * np.where(endless, 0.0, total))

    def discounted_purchases_new_customer(self, delta: float, days: float = math.inf) -> Floats:
        """Mean discounted number of repeat purchases since the first."""
        return Leavers(self.r, self.alpha_days, self.a, self.b).discounted(delta, days)

    def _leavers(self, history: Histories) -> Leavers:
        """Tell what is known of customers who are still there."""
        x = np.asarray(history.repeats, np.float64)
        return Leavers(self.r + x, self.alpha_days + history.age, self.a, self.b + x)


def _log(value: Floats) -> Floats:
    """Logarithm that is minus infinity at 0 without complaint."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(value))


def _likelihood(parameters: Sequence[Any], history: Histories) -> tuple[Floats, Floats]:
    """Log-likelihood of each history and its gradient by (r, alpha, a, b), shape (4, n)."""
    from scipy.special import expit, gammaln, psi

    r, alpha, a, b = parameters
    x = np.asarray(history.repeats, np.float64)
    value, slope_r = over_counts(
        x, lambda n: gammaln(r + n) - gammaln(r), lambda n: psi(r + n) - psi(r)
    )
    log_b, slope_b = over_counts(
        x, lambda n: gammaln(b + n) - gammaln(b), lambda n: psi(b + n) - psi(b)
    )
    if np.ndim(a) == 0:
        log_both, both = over_counts(
            x, lambda n: gammaln(a + b) - gammaln(a + b + n), lambda n: psi(a + b) - psi(a + b + n)
        )
    else:
        log_both, both = gammaln(a + b) - gammaln(a + b + x), psi(a + b) - psi(a + b + x)
    before = np.where(x > 0, b + x - 1.0, 1.0)
    log_age, log_last = np.log(alpha + history.age), np.log(alpha + history.last)
    alive = -(r + x) * log_age
    left = np.where(x > 0, np.log(a / before) - (r + x) * log_last, -np.inf)
    share = expit(left - alive)
    # log(e^alive + e^left), the smaller one through its share of the sum
    value = value + log_b + log_both + r * np.log(alpha) + np.maximum(alive, left)
    value -= np.log(np.maximum(share, 1.0 - share))
    gradient = np.empty((4, len(x)))
    gradient[0] = slope_r + np.log(alpha) - log_age + share * (log_age - log_last)
    gradient[1] = r / alpha - (r + x) * (
        (1.0 - share) / (alpha + history.age) + share / (alpha + history.last)
    )
    gradient[2] = both + share / a
    gradient[3] = both + slope_b - share / before
    return value, gradient


_RATE, _LEAVING = "how customers differ in buying rate", "how many customers leave, and when"

FAMILY = Family(
    law=BgNbd,
    likelihood=_likelihood,
    starts=((0.3, 0.1, 0.8, 2.5), (1.0, 0.5, 0.3, 3.0), (2.0, 2.0, 1.0, 1.0)),
    timed=(False, True, False, False),
    meaning={"r": _RATE, "alpha_days": _RATE, "a": _LEAVING, "b": _LEAVING},
    purchase=1,
    dropout=2,
    dropout_sign=1.0,
)


@dataclass(frozen=True)
class BetaGeometricNBD(PurchaseModel):
    """Estimator of BG/NBD; see `PurchaseModel` for its settings."""

    family: ClassVar[Family] = FAMILY
