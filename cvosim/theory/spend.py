"""What a repeat order is worth: its mean, its square, and how alike a customer's orders are."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cvosim.randomness.distributions import Distribution
from cvosim.theory.errors import NoClosedForm


class Spend(NamedTuple):
    """Moments of a repeat order ``z`` whose customer has the level ``zeta``.

    ``square`` is ``E[z**2]``; ``level_square`` is ``E[zeta**2] = E[z z']`` for two orders of
    one customer. Both are infinite for a gamma-gamma with ``q <= 2``.
    """

    mean: float
    square: float
    level_square: float

    def total(self, orders: float, pairs: float) -> float:
        """Compute ``E[S**2]`` of the sum ``S`` of all orders of a customer.

        ``orders`` is the expected number ``E[N]``, ``pairs`` is ``E[N (N - 1)]``.
        """
        return orders * self.square + pairs * self.level_square


def spend_of(repeat: np.void) -> Spend:
    """Read the spend model in a row of the plan's ``repeat`` table.

    Raises
    ------
    NoClosedForm
        If the mean is infinite (gamma-gamma with ``q <= 1``).

    Notes
    -----
    Gamma-gamma (Colombo & Jiang 1999; Fader & Hardie 2013, note 025): ``z ~ Gamma(p, rate
    nu)``, ``nu ~ Gamma(q, rate v)``, so ``E[nu**-1] = v / (q - 1)`` and ``E[nu**-2] =
    v**2 / ((q - 1) (q - 2))``.

    Examples
    --------
    >>> from cvosim.plan.plan import REPEAT, rows
    >>> spend_of(rows(REPEAT, [{"spend_kind": Distribution.FIXED, "spend_p": 20.0}])[0]).mean
    20.0
    """
    p, q, v = (float(repeat[name]) for name in ("spend_p", "spend_q", "spend_v"))
    match Distribution(int(repeat["spend_kind"])):
        case Distribution.LOGNORMAL:
            mean = p * math.exp(q * q / 2.0)
            return Spend(mean, p * p * math.exp(2.0 * q * q), mean * mean)
        case Distribution.GAMMA:
            return _gamma_gamma(p, q, v)
        case _:
            return Spend(p, p * p, p * p)


def _gamma_gamma(p: float, q: float, v: float) -> Spend:
    if q <= 1.0:
        raise NoClosedForm(
            f"a repeat order has no finite mean: gamma-gamma spend with q = {q:g}, needs q > 1"
        )
    if q <= 2.0:
        return Spend(p * v / (q - 1.0), math.inf, math.inf)
    square = v * v / ((q - 1.0) * (q - 2.0))
    return Spend(p * v / (q - 1.0), p * (p + 1.0) * square, p * p * square)
