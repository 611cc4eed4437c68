"""MBG/NBD: as BG/NBD, but the coin is tossed after the first purchase too.

So a customer who never came back may have left at once, which in BG/NBD nobody can (Batislam,
Denizel & Filiztekin, 2007; Wagner & Hoppe, 2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.beta_leavers import Leavers
from cvosim.clv.models.bg_nbd import BgNbd
from cvosim.clv.models.fit import over_counts
from cvosim.clv.models.purchase_model import DAYS_PER_WEEK, Family, PurchaseModel, Values
from cvosim.clv.orders.history import Floats, Histories


@dataclass(frozen=True)
class MbgNbd:
    """A MBG/NBD model with its parameters.

    Attributes
    ----------
    r : float
        Shape of the purchase rate over customers.
    alpha_days : float
        Rate parameter of that gamma distribution, in days: the mean rate is r/alpha a day.
    a, b : float
        Beta parameters of the probability of leaving after a purchase, the first included.

    Notes
    -----
    `alpha_days` and `a` may be arrays with one element for each history. Those who stay after
    the first purchase, b/(a+b) of all, are a BG/NBD with b + 1 in place of b.

    Examples
    --------
    The CDNOW estimates of the R package BTYDplus (in weeks):

    >>> cdnow = MbgNbd(r=0.525, alpha_days=6.183 * 7, a=0.891, b=1.614)
    >>> round(float(cdnow.expected_purchases_new_customer(39 * 7)), 3)
    1.183
    """

    r: float
    alpha_days: Values
    a: Values
    b: float
    name: ClassVar[str] = "mbg_nbd"

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `frequency` section has them."""
        values = {"r": self.r, "alpha_days": self.alpha_days, "a": self.a, "b": self.b}
        return {"model": self.name, **{name: float(value) for name, value in values.items()}}

    def log_likelihood(self, history: Histories) -> Floats:
        """Log-likelihood of each history, of times in weeks (Wagner & Hoppe, 2008)."""
        parameters = (self.r, self.alpha_days, self.a, self.b)
        x = np.asarray(history.repeats, np.float64)
        return _likelihood(parameters, history)[0] + x * math.log(DAYS_PER_WEEK)

    def probability_alive(self, history: Histories) -> Floats:
        """Probability that a customer has not left by the end of its age.

        The odds against are a/(b + x) · ((α + T)/(α + t_x))^(r+x), also without repeats
        (Batislam, Denizel & Filiztekin, 2007).
        """
        from scipy.special import expit

        x = np.asarray(history.repeats, np.float64)
        odds = np.log(self.a) - np.log(self.b + x)
        ages = np.log(self.alpha_days + history.age) - np.log(self.alpha_days + history.last)
        return np.asarray(expit(-odds - (self.r + x) * ages))

    def expected_purchases(self, history: Histories, days: ArrayLike) -> Floats:
        """Mean number of purchases in the days to come.

        As an integral over the probability of leaving, which also holds at a = 1 and
        a + b < 1, where the closed form of Batislam, Denizel & Filiztekin (2007) does not.
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
        """Mean number of repeat purchases since the first.

        b/(a−1) · (1 − (α/(α+t))^r · 2F1(r, b+1; a+b; t/(α+t))) (Batislam, Denizel &
        Filiztekin, 2007), by quadrature.
        """
        return np.asarray(self._stays() * self._stayed().expected_purchases_new_customer(days))

    def probability_of(self, n: ArrayLike, days: ArrayLike) -> Floats:
        """Probability of n repeat purchases in so many days since the first.

        Those who left at once make none; the others follow equation 8 of Fader, Hardie & Lee
        (2005).
        """
        at_once = np.where(np.asarray(n) == 0, 1.0 - self._stays(), 0.0)
        return np.asarray(at_once + self._stays() * self._stayed().probability_of(n, days))

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
        stayed = self._stayed().discounted_purchases_new_customer(delta, days)
        return np.asarray(self._stays() * stayed)

    def _stays(self) -> Values:
        """Probability of staying after the first purchase."""
        return self.b / (self.a + self.b)

    def _stayed(self) -> BgNbd:
        """Tell how those go on who stay: a coin that was kind once has b + 1."""
        return BgNbd(self.r, self.alpha_days, self.a, self.b + 1.0)

    def _leavers(self, history: Histories) -> Leavers:
        """Tell what is known of customers who are still there: x + 1 coins were kind."""
        x = np.asarray(history.repeats, np.float64)
        return Leavers(self.r + x, self.alpha_days + history.age, self.a, self.b + x + 1.0)


def _likelihood(parameters: Sequence[Any], history: Histories) -> tuple[Floats, Floats]:
    """Log-likelihood of each history and its gradient by (r, alpha, a, b), shape (4, n)."""
    from scipy.special import expit, gammaln, psi

    r, alpha, a, b = parameters
    x = np.asarray(history.repeats, np.float64)
    value, slope_r = over_counts(
        x, lambda n: gammaln(r + n) - gammaln(r), lambda n: psi(r + n) - psi(r)
    )
    # B(a, b + x + 1) / B(a, b), in two parts
    log_b, slope_b = over_counts(
        x, lambda n: gammaln(b + n + 1.0) - gammaln(b), lambda n: psi(b + n + 1.0) - psi(b)
    )
    if np.ndim(a) == 0:
        log_both, both = over_counts(
            x,
            lambda n: gammaln(a + b) - gammaln(a + b + n + 1.0),
            lambda n: psi(a + b) - psi(a + b + n + 1.0),
        )
    else:
        log_both = gammaln(a + b) - gammaln(a + b + x + 1.0)
        both = psi(a + b) - psi(a + b + x + 1.0)
    log_age, log_last = np.log(alpha + history.age), np.log(alpha + history.last)
    alive = -(r + x) * log_age
    left = np.log(a / (b + x)) - (r + x) * log_last
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
    gradient[3] = both + slope_b - share / (b + x)
    return value, gradient


_RATE, _LEAVING = "how customers differ in buying rate", "how many customers leave, and when"

FAMILY = Family(
    law=MbgNbd,
    likelihood=_likelihood,
    starts=((0.5, 0.15, 0.9, 1.6), (1.0, 0.5, 0.3, 3.0), (2.0, 2.0, 1.0, 1.0)),
    timed=(False, True, False, False),
    meaning={"r": _RATE, "alpha_days": _RATE, "a": _LEAVING, "b": _LEAVING},
    purchase=1,
    dropout=2,
    dropout_sign=1.0,
)


@dataclass(frozen=True)
class ModifiedBetaGeometricNBD(PurchaseModel):
    """Estimator of MBG/NBD; see `PurchaseModel` for its settings."""

    family: ClassVar[Family] = FAMILY
