"""The chance that a customer buys at all in the days to come: what real data can check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cvosim.clv.orders.history import Histories

Floats = NDArray[np.float64]

_NODES = 64
_LATEST = 45.0


class BuysUntilGone(Protocol):
    """A law of purchases at a gamma rate: BG/NBD, MBG/NBD or Pareto/NBD."""

    r: float
    alpha_days: float

    def probability_alive(self, history: Histories) -> Floats:
        """Probability that a customer has not left by the end of its age."""


def chance_of_purchase(law: BuysUntilGone, history: Histories, days: float) -> Floats:
    """Probability of at least one purchase in the days to come.

    That somebody is "alive" is never seen in data, that somebody buys is: this chance is what a
    model's P(alive) can be checked by.

    Parameters
    ----------
    law : BgNbd, MbgNbd or ParetoNbd
        Without covariates.
    history : Histories
        x, t_x and T of every customer, days.
    days : float
        How far ahead.

    Returns
    -------
    ndarray of float64, one element a customer
        P(alive) times the chance that somebody who is there buys. Its rate is Gamma(r + x,
        α + T), so that is 1 − ((α+T)/(α+T+t))^(r+x) for BG/NBD and MBG/NBD, whose customers
        cannot leave before their next purchase (Fader, Hardie & Lee, 2005, section 4). In
        Pareto/NBD the purchase must come before death at a hazard of Gamma(s, β + T)
        (Schmittlein, Morrison & Colombo, 1987): an integral, by Gauss–Legendre quadrature.

    Examples
    --------
    >>> from cvosim.clv.models.bg_nbd import BgNbd
    >>> from cvosim.clv.orders.history import History
    >>> cdnow = BgNbd(r=0.243, alpha_days=30.9, a=0.793, b=2.426)
    >>> history = History(np.array([2.0]), np.array([213.0]), np.array([272.0]))
    >>> cdnow.probability_alive(history).round(3), chance_of_purchase(cdnow, history, 273).round(3)
    (array([0.727]), array([0.55...]))
    """
    x = np.asarray(history.repeats, np.float64)
    age = np.asarray(history.age, np.float64)
    shape, rate = law.r + x, law.alpha_days + age
    due = shape * np.log1p(days / rate)
    s, beta = getattr(law, "s", None), getattr(law, "beta_days", None)
    if s is None or beta is None:
        buys = -np.expm1(-due)
    else:
        buys = _before_death((shape, rate), (s, beta + age), due)
    return np.asarray(law.probability_alive(history) * buys)


def _before_death(
    purchase: tuple[Floats, Floats], death: tuple[float, Floats], due: Floats
) -> Floats:
    """Integrate the chance of still being there over the moment of the next purchase.

    On the clock e = k log(1 + u/A), by which a purchase at a Gamma(k, A) rate is exponential,
    the integrand exp(−e) · (B/(B + u))^s is smooth, and nothing past 45 counts.
    """
    (shape, rate), (s, beta) = purchase, death
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    top = np.minimum(due, _LATEST)
    total = np.zeros_like(top)
    for node, weight in zip((nodes + 1.0) / 2.0, weights / 2.0, strict=True):
        clock = node * top
        moment = rate * np.expm1(clock / shape)
        total += weight * np.exp(-clock - s * np.log1p(moment / beta))
    return np.asarray(total * top)
