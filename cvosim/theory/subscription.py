"""Subscriptions: how long subscribers stay, and how many bills they pay by the horizon."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.plan.plan import ChurnKind

Floats = NDArray[np.float64]


def geometric_survival(n: ArrayLike, churn: float) -> Floats:
    """Chance of staying through ``n`` churn decisions, ``(1 - churn) ** n``.

    Parameters
    ----------
    n : array_like of int
        Numbers of decisions, at least 0.
    churn : float
        Probability of leaving at each.

    Examples
    --------
    >>> float(geometric_survival(2, 0.1))
    0.81
    """
    return np.asarray((1.0 - churn) ** np.asarray(n, np.float64))


def sbg_survival(n: ArrayLike, alpha: float, beta: float) -> Floats:
    """Chance of staying through ``n`` churn decisions, ``B(alpha, beta + n) / B(alpha, beta)``.

    The churn probability is the subscriber's own, ``Beta(alpha, beta)`` (shifted
    beta-geometric: Fader & Hardie 2007, *Journal of Interactive Marketing* 21:76-90, eq. 6).

    Examples
    --------
    The paper's "regular" customers, after one year:

    >>> round(float(sbg_survival(1, 0.704, 1.182)), 3)
    0.627
    """
    from scipy.special import betaln

    n = np.asarray(n, np.float64)
    return np.asarray(np.exp(betaln(alpha, beta + n) - betaln(alpha, beta)))


class Billing(NamedTuple):
    """When a subscriber is billed, counted from acceptance, and who is still there.

    Bill 0 falls due at ``trial`` and is paid with probability ``converts``; bill ``n`` falls
    due ``n`` periods later. After every ``contract`` bills there is a churn decision, made
    ``notice`` days before the next bill falls due. After ``max_cycles`` bills the
    subscription ends.
    """

    period: float
    trial: float
    max_cycles: int
    churn_kind: int
    churn_a: float
    churn_b: float
    contract: int = 1
    notice: float = 0.0
    converts: float = 1.0

    def paying(self, bill: ArrayLike) -> Floats:
        """Chance of paying bill ``n``, counted from 0: of staying through ``n // contract``."""
        return self.converts * self.survival(np.asarray(bill) // self.contract)

    def leaving(self, bill: ArrayLike) -> Floats:
        """Chance of leaving at the churn decision just before bill ``n``, n at least 1."""
        before = np.asarray(bill) - 1
        return self.paying(before) - self.paying(before + 1)

    def survival(self, n: ArrayLike) -> Floats:
        """Chance of staying through ``n`` churn decisions."""
        if self.churn_kind == ChurnKind.SBG:
            return sbg_survival(n, self.churn_a, self.churn_b)
        return geometric_survival(n, self.churn_a)

    def due(self, window: float) -> int:
        """How many bills could fall due within a window of this length (one to spare)."""
        if window < self.trial:
            return 1
        return int(min((window - self.trial) / self.period + 2.0, self.max_cycles))

    def due_times(self, start: float, window: float) -> Floats:
        """When, after accepting at ``start``: added up one by one, as the engines do."""
        steps = np.full(self.due(window) + 1, self.period)
        steps[0], steps[1] = start, self.trial
        return np.cumsum(steps)[1:]


def billing_of(subscription: np.void, converts: float = 1.0) -> Billing:
    """Read a row of the plan's ``subscriptions`` table; max_cycles <= 0 means unlimited.

    ``converts`` is the chance that the first bill is paid.
    """
    cycles = int(subscription["max_cycles"])
    return Billing(
        period=float(subscription["period"]),
        trial=float(subscription["trial"]),
        max_cycles=cycles if cycles > 0 else 2**31 - 1,
        churn_kind=int(subscription["churn_kind"]),
        churn_a=float(subscription["churn_a"]),
        churn_b=float(subscription["churn_b"]),
        contract=max(int(subscription["contract"]), 1),
        notice=float(subscription["notice"]),
        converts=converts,
    )


def bills_by(billing: Billing, start: float, horizon: float) -> tuple[float, float]:
    """Compute mean and variance of the bills that a subscriber pays before the horizon.

    Parameters
    ----------
    billing : Billing
        When bills fall due and who stays.
    start, horizon : float
        Days from the scenario's start; a bill due exactly at the horizon is not paid.

    Returns
    -------
    tuple of two floats
        By ``E[N] = sum P(N > n)`` and ``E[N**2] = sum (2 n + 1) P(N > n)``.

    Examples
    --------
    A monthly bill with 10 % churn, for 90 days: bills at 0, 30 and 60.

    >>> monthly = Billing(30.0, 0.0, 1000, ChurnKind.GEOMETRIC, 0.1, 0.0)
    >>> round(bills_by(monthly, 0.0, 90.0)[0], 2)
    2.71
    """
    times = billing.due_times(start, horizon - start)
    n = np.arange(np.count_nonzero(times < horizon))
    paid = billing.paying(n)
    mean = float(paid.sum())
    return mean, float(((2 * n + 1) * paid).sum()) - mean**2
