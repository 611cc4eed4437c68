"""Pareto/NBD: purchases at a customer's own rate, until an unseen death at its own hazard.

The rate is Gamma(r) with mean r/alpha a day over customers, the hazard Gamma(s) with mean
s/beta a day (Schmittlein, Morrison & Colombo, 1987).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.arguments import checked_counts, checked_days, checked_discount
from cvosim.clv.models.decay import decay, decay_of_pairs, discounted_decay
from cvosim.clv.models.pareto_counts import pareto_counts
from cvosim.clv.models.pareto_likelihood import likelihood_parts, pareto_likelihood
from cvosim.clv.models.purchase_model import DAYS_PER_WEEK, Family, PurchaseModel, Values
from cvosim.clv.orders.history import Floats, Histories


@dataclass(frozen=True)
class ParetoNbd:
    """A Pareto/NBD model with its parameters.

    Attributes
    ----------
    r : float
        Shape of the purchase rate over customers.
    alpha_days : float
        Rate parameter of that gamma distribution, in days: the mean rate is r/alpha a day.
    s : float
        Shape of the hazard of leaving over customers.
    beta_days : float
        Rate parameter of that gamma distribution, in days: the mean hazard is s/beta a day.

    Notes
    -----
    `alpha_days` and `beta_days` may be arrays with one element for each history. Of a customer
    who is alive at T the rate is Gamma(r + x, α + T) and the hazard Gamma(s, β + T): all that
    is expected of it follows from those two.

    Examples
    --------
    The CDNOW estimates (Fader, Hardie & Lee, 2005, in weeks):

    >>> cdnow = ParetoNbd(r=0.553, alpha_days=10.578 * 7, s=0.606, beta_days=11.669 * 7)
    >>> round(float(cdnow.expected_purchases_new_customer(52 * 7)), 3)
    1.473
    """

    r: float
    alpha_days: Values
    s: float
    beta_days: Values
    name: ClassVar[str] = "pareto_nbd"

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `frequency` section has them."""
        names = ("r", "alpha_days", "s", "beta_days")
        values = dict(zip(names, self._parameters(), strict=True))
        return {"model": self.name, **{name: float(value) for name, value in values.items()}}

    def log_likelihood(self, history: Histories) -> Floats:
        """Log-likelihood of each history, of times in weeks; see `pareto_likelihood`."""
        x = np.asarray(history.repeats, np.float64)
        return pareto_likelihood(self._parameters(), history)[0] + x * math.log(DAYS_PER_WEEK)

    def probability_alive(self, history: Histories) -> Floats:
        """Probability that a customer has not left by the end of its age.

        The likelihood's part of those who live over the whole (Schmittlein, Morrison & Colombo,
        1987, equations 11 to 13).
        """
        from scipy.special import expit

        parts = likelihood_parts(self._parameters(), history)
        return np.asarray(expit(parts.alive - parts.dead))

    def expected_purchases(self, history: Histories, days: ArrayLike) -> Floats:
        """Mean number of purchases in the days to come.

        Schmittlein, Morrison & Colombo (1987), equation 22, and its limit at s = 1.
        """
        return self.probability_alive(history) * self._living(history).purchases(days)

    def conditional_moments(self, history: Histories, days: ArrayLike) -> tuple[Floats, Floats]:
        """Mean and variance of the purchases in the days to come.

        The variance is from E[X(X−1)] = 2λ² ∫ u·exp(−μu) du over the days to come, of a
        customer who is alive, at rate λ and hazard μ: two purchases take the later one's
        survival.
        """
        living, alive = self._living(history), self.probability_alive(history)
        mean = alive * living.purchases(days)
        return mean, alive * living.pairs(days) + mean - mean**2

    def expected_purchases_new_customer(self, days: ArrayLike) -> Floats:
        """Mean number of repeat purchases since the first.

        rβ / (α(s−1)) · (1 − (β/(β+t))^(s−1)) (Schmittlein, Morrison & Colombo, 1987, equation
        17), and its limit rβ/α · ln(1 + t/β) at s = 1.
        """
        return self._new().purchases(days)

    def probability_of(self, n: ArrayLike, days: ArrayLike) -> Floats:
        """Probability of n repeat purchases in so many days since the first."""
        return pareto_counts(self._parameters(), checked_counts(n), checked_days(days))

    def discounted_purchases(
        self, history: Histories, delta: float, days: ArrayLike = math.inf
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
            The mean of λ / (μ + δ) over λ and μ of those who are alive (Fader, Hardie & Lee,
            2005, "RFM and CLV"), times the probability of being alive; infinite
            without discounting where s ≤ 1.
        """
        alive, total = (
            self.probability_alive(history),
            self._living(history).discounted(delta, days),
        )
        endless = np.isinf(total)  # also for somebody all but surely dead: never 0·∞
        return np.where(endless, math.inf, alive * np.where(endless, 0.0, total))

    def discounted_purchases_new_customer(self, delta: float, days: ArrayLike = math.inf) -> Floats:
        """Mean discounted number of repeat purchases since the first."""
        return self._new().discounted(delta, days)

    def _parameters(self) -> tuple[Values, ...]:
        return self.r, self.alpha_days, self.s, self.beta_days

    def _new(self) -> _Living:
        """Tell what is known of new customers."""
        return _Living(self.r, self.alpha_days, self.s, self.beta_days)

    def _living(self, history: Histories) -> _Living:
        """Tell what is known of customers who are still alive."""
        x = np.asarray(history.repeats, np.float64)
        age = np.asarray(history.age, np.float64)
        return _Living(self.r + x, self.alpha_days + age, self.s, self.beta_days + age)


@dataclass(frozen=True)
class _Living:
    """Customers who are alive: gamma distributions of rate (r, α) and hazard (s, β)."""

    r: Values
    alpha: Values
    s: Values
    beta: Values

    def purchases(self, days: ArrayLike) -> Floats:
        """∫ λ·exp(−μu) du; over the gammas, r/α · ∫ (1 + u/β)^−s du."""
        span = checked_days(days) / self.beta
        return np.asarray(self.r / self.alpha * self.beta * decay(self.s, span))

    def pairs(self, days: ArrayLike) -> Floats:
        """E[X(X−1)] = 2λ² ∫ u·exp(−μu) du, over the gammas."""
        span = checked_days(days) / self.beta
        squared = 2.0 * self.r * (self.r + 1.0) * (self.beta / self.alpha) ** 2
        return np.asarray(squared * decay_of_pairs(self.s, span))

    def discounted(self, delta: float, days: ArrayLike) -> Floats:
        """∫ λ·exp(−(μ + δ)u) du, over the gammas."""
        span = checked_days(days, endless=True) / self.beta
        total = discounted_decay(
            self.s, checked_discount(delta, "delta") * np.asarray(self.beta), span
        )
        return np.asarray(self.r / self.alpha * self.beta * total)


_RATE, _LEAVING = "how customers differ in buying rate", "how many customers leave, and when"

FAMILY = Family(
    law=ParetoNbd,
    likelihood=pareto_likelihood,
    starts=((0.6, 0.3, 0.6, 0.3), (1.0, 0.5, 2.0, 3.0), (2.0, 2.0, 0.5, 1.0)),
    timed=(False, True, False, True),
    meaning={"r": _RATE, "alpha_days": _RATE, "s": _LEAVING, "beta_days": _LEAVING},
    purchase=1,
    dropout=3,
    dropout_sign=-1.0,
    leaving="the hazard of leaving",
)


@dataclass(frozen=True)
class ParetoNBD(PurchaseModel):
    """Estimator of Pareto/NBD: buying at any time, leaving at any time.

    Parameters
    ----------
    purchase_covariates, dropout_covariates : tuple of str
        Covariates of the data that may change buying and leaving.
    season : tuple of float
        Twelve known multipliers of the purchase rate, January first; none if empty.

    Examples
    --------
    >>> from cvosim.clv import ParetoNBD, Summary
    >>> x, t_x, age = [0, 1, 3, 0, 2, 8], [0, 9, 30, 0, 12, 60], [70, 69, 66, 64, 63, 61]
    >>> fitted = ParetoNBD().fit(Summary.of(x, t_x, age))
    >>> bool((fitted.probability_alive() <= 1).all())
    True
    """

    family: ClassVar[Family] = FAMILY
