"""BG/NBD: purchases at a customer's own rate, until a coin tossed after each ends them.

The rate is Gamma(r) with mean r/alpha a day over customers; after each purchase the customer
leaves with its own probability, Beta(a, b) over customers (Fader, Hardie & Lee, 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.arguments import checked_counts, checked_days
from cvosim.clv.models.beta_leavers import Leavers
from cvosim.clv.models.coin_law import CoinLaw, coin_family
from cvosim.clv.models.purchase_model import Family, PurchaseModel
from cvosim.clv.orders.history import Floats


@dataclass(frozen=True)
class BgNbd(CoinLaw):
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

    name: ClassVar[str] = "bg_nbd"
    first_coin: ClassVar[int] = 0

    def expected_purchases_new_customer(self, days: ArrayLike) -> Floats:
        """Mean number of repeat purchases since the first: equation 9 of the paper."""
        return Leavers(self.r, self.alpha_days, self.a, self.b).purchases(days)

    def probability_of(self, n: ArrayLike, days: ArrayLike) -> Floats:
        """Probability of n repeat purchases in so many days since the first.

        Equation 8 of the paper; its sum of negative binomial terms is an incomplete beta.
        """
        from scipy.special import betainc, betaln, gammaln

        count, days = checked_counts(n), checked_days(days)
        early = days / (self.alpha_days + days)
        log_there = gammaln(self.r + count) - gammaln(self.r) - gammaln(count + 1.0)
        log_there += self.r * np.log1p(-early) + count * _log(np.where(count > 0, early, 1.0))
        log_there += betaln(self.a, self.b + count) - betaln(self.a, self.b)
        some = np.maximum(count, 1.0)
        log_left = betaln(self.a + 1.0, self.b + some - 1.0) - betaln(self.a, self.b)
        left = np.exp(log_left) * betainc(some, self.r, early)
        return np.asarray(np.exp(log_there) + np.where(count > 0, left, 0.0))

    def discounted_purchases_new_customer(self, delta: float, days: float = math.inf) -> Floats:
        """Mean discounted number of repeat purchases since the first."""
        return Leavers(self.r, self.alpha_days, self.a, self.b).discounted(delta, days)


def _log(value: Floats) -> Floats:
    """Logarithm that is minus infinity at 0 without complaint."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(value))


@dataclass(frozen=True)
class BetaGeometricNBD(PurchaseModel):
    """Estimator of BG/NBD: buying at any time, leaving after a repeat purchase.

    Parameters
    ----------
    purchase_covariates, dropout_covariates : tuple of str
        Covariates of the data that may change buying and leaving.
    season : tuple of float
        Twelve known multipliers of the purchase rate, January first; none if empty.

    Examples
    --------
    >>> from cvosim.clv import BetaGeometricNBD, Summary
    >>> x, t_x, age = [0, 1, 3, 0, 2, 8], [0, 9, 30, 0, 12, 60], [70, 69, 66, 64, 63, 61]
    >>> fitted = BetaGeometricNBD().fit(Summary.of(x, t_x, age))
    >>> bool((fitted.probability_alive() <= 1).all())
    True
    """

    family: ClassVar[Family] = coin_family(BgNbd)
