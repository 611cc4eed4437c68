"""What BG/NBD and MBG/NBD have in common: a coin tossed after purchases ends the buying.

They differ in one coin. BG/NBD tosses it after each repeat purchase (Fader, Hardie & Lee, 2005),
MBG/NBD after the first purchase as well (Batislam, Denizel & Filiztekin, 2007; Wagner & Hoppe,
2008); all formulas here are of both, with that coin counted or not.
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
from cvosim.clv.models.purchase_model import DAYS_PER_WEEK, Family, Values
from cvosim.clv.orders.history import Floats, Histories


@dataclass(frozen=True)
class CoinLaw:
    """Purchases at a gamma rate until a coin of beta probability ends them.

    Attributes
    ----------
    r : float
        Shape of the purchase rate over customers.
    alpha_days : float or ndarray of float64
        Rate parameter of that gamma distribution, in days: the mean rate is r/alpha a day.
    a, b : float
        Beta parameters of the probability of leaving; `a` may be an array.
    """

    r: float
    alpha_days: Values
    a: Values
    b: float
    name: ClassVar[str]
    first_coin: ClassVar[int]
    """1 if a coin is tossed after the first purchase, else 0."""

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `frequency` section has them."""
        values = {"r": self.r, "alpha_days": self.alpha_days, "a": self.a, "b": self.b}
        return {"model": self.name, **{name: float(value) for name, value in values.items()}}

    def log_likelihood(self, history: Histories) -> Floats:
        """Log-likelihood of each history, of times in weeks."""
        parameters = (self.r, self.alpha_days, self.a, self.b)
        x = np.asarray(history.repeats, np.float64)
        value, _ = coin_likelihood(self.first_coin, parameters, history)
        return value + x * math.log(DAYS_PER_WEEK)

    def probability_alive(self, history: Histories) -> Floats:
        """Probability that a customer has not left by the end of its age.

        The odds against are a/(b + n − 1) · ((α + T)/(α + t_x))^(r+x) after n coins (Fader,
        Hardie & Lee, 2008, "Computing P(alive) using the BG/NBD model"); 1 before any.
        """
        from scipy.special import expit

        x = np.asarray(history.repeats, np.float64)
        coins = x + self.first_coin
        odds = np.log(self.a) - np.log(self.b + np.maximum(coins, 1.0) - 1.0)
        ages = np.log(self.alpha_days + history.age) - np.log(self.alpha_days + history.last)
        return np.asarray(np.where(coins > 0, expit(-odds - (self.r + x) * ages), 1.0))

    def expected_purchases(self, history: Histories, days: ArrayLike) -> Floats:
        """Mean number of purchases in the days to come.

        Equation 10 of Fader, Hardie & Lee (2005), as an integral over the probability of
        leaving, which also holds at a = 1 and a + b < 1, where the closed form does not.
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
        alive = self.probability_alive(history)
        total = self._leavers(history).discounted(delta, days)
        endless = np.isinf(total)  # also for somebody who all but surely left: never 0·∞
        return np.where(endless, math.inf, alive * np.where(endless, 0.0, total))

    def _leavers(self, history: Histories) -> Leavers:
        """Tell what is known of customers who are still there: all their coins were kind."""
        x = np.asarray(history.repeats, np.float64)
        kind = self.b + x + self.first_coin
        return Leavers(self.r + x, self.alpha_days + history.age, self.a, kind)


def coin_likelihood(
    first_coin: int, parameters: Sequence[Any], history: Histories
) -> tuple[Floats, Floats]:
    """Log-likelihood of each history and its gradient by (r, alpha, a, b), shape (4, n).

    Equation 6 of Fader, Hardie & Lee (2005) for BG/NBD; MBG/NBD (Wagner & Hoppe, 2008) differs only
    in the number of coins, n = x + `first_coin`:
    Γ(r+x)/Γ(r) · α^r · B(a, b+n)/B(a, b) · ((α+T)^−(r+x) + [n > 0] · a/(b+n−1) · (α+t_x)^−(r+x)).

    Parameters
    ----------
    first_coin : int
        1 if a coin is tossed after the first purchase, else 0.
    parameters : sequence
        Of numbers, or arrays with an element for each history.
    history : Histories
        In any unit of time, that of alpha.
    """
    from scipy.special import expit, gammaln, psi

    r, alpha, a, b = parameters
    x = np.asarray(history.repeats, np.float64)
    coins = x + first_coin
    value, slope_r = over_counts(
        x, lambda n: gammaln(r + n) - gammaln(r), lambda n: psi(r + n) - psi(r)
    )
    log_b, slope_b = over_counts(
        coins, lambda n: gammaln(b + n) - gammaln(b), lambda n: psi(b + n) - psi(b)
    )
    log_both, both = _both(a, b, coins)
    before = np.where(coins > 0, b + coins - 1.0, 1.0)
    log_age, log_last = np.log(alpha + history.age), np.log(alpha + history.last)
    alive = -(r + x) * log_age
    left = np.where(coins > 0, np.log(a / before) - (r + x) * log_last, -np.inf)
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


def _both(a: Any, b: float, coins: Floats) -> tuple[Floats, ...]:
    """Logarithm of Γ(a+b)/Γ(a+b+n) and its derivative; `a` may be of each customer."""
    from scipy.special import gammaln, psi

    if np.ndim(a):
        return gammaln(a + b) - gammaln(a + b + coins), psi(a + b) - psi(a + b + coins)
    return over_counts(
        coins,
        lambda n: gammaln(a + b) - gammaln(a + b + n),
        lambda n: psi(a + b) - psi(a + b + n),
    )


_RATE, _LEAVING = "how customers differ in buying rate", "how many customers leave, and when"


def coin_family(law: type[CoinLaw]) -> Family:
    """Tell the search what it needs to know of such a law.

    Examples
    --------
    >>> from cvosim.clv.models.bg_nbd import BgNbd
    >>> coin_family(BgNbd).names
    ('r', 'alpha_days', 'a', 'b')
    """
    return Family(
        law=law,
        likelihood=lambda parameters, history: coin_likelihood(law.first_coin, parameters, history),
        starts=((0.3, 0.1, 0.8, 2.5), (1.0, 0.5, 0.3, 3.0), (2.0, 2.0, 1.0, 1.0)),
        timed=(False, True, False, False),
        meaning={"r": _RATE, "alpha_days": _RATE, "a": _LEAVING, "b": _LEAVING},
        purchase=1,
        dropout=2,
        dropout_sign=1.0,
        leaving="the odds of leaving after a purchase",
    )
