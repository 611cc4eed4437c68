"""MBG/NBD: as BG/NBD, but the coin is tossed after the first purchase too.

So a customer who never came back may have left at once, which in BG/NBD nobody can (Batislam,
Denizel & Filiztekin, 2007; Wagner & Hoppe, 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.bg_nbd import BgNbd
from cvosim.clv.models.coin_law import CoinLaw, coin_family
from cvosim.clv.models.purchase_model import Family, PurchaseModel, Values
from cvosim.clv.orders.history import Floats


@dataclass(frozen=True)
class MbgNbd(CoinLaw):
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

    name: ClassVar[str] = "mbg_nbd"
    first_coin: ClassVar[int] = 1

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


@dataclass(frozen=True)
class ModifiedBetaGeometricNBD(PurchaseModel):
    """Estimator of MBG/NBD: buying at any time, leaving after any purchase.

    Parameters
    ----------
    purchase_covariates, dropout_covariates : tuple of str
        Covariates of the data that may change buying and leaving.
    season : tuple of float
        Twelve known multipliers of the purchase rate, January first; none if empty.

    Examples
    --------
    >>> from cvosim.clv import ModifiedBetaGeometricNBD, Summary
    >>> x, t_x, age = [0, 1, 3, 0, 2, 8], [0, 9, 30, 0, 12, 60], [70, 69, 66, 64, 63, 61]
    >>> fitted = ModifiedBetaGeometricNBD().fit(Summary.of(x, t_x, age))
    >>> bool((fitted.probability_alive() <= 1).all())
    True
    """

    family: ClassVar[Family] = coin_family(MbgNbd)
