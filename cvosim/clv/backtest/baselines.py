"""Forecasts without a model: what a purchase model has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cvosim.clv.orders.history import Histories

Floats = NDArray[np.float64]

BASELINES = ("last_period", "own_rate", "population_mean", "hiatus")
"""Names of the baselines, in the order of tables."""

MEANING = {
    "last_period": "as many purchases as in the period of the same length before",
    "own_rate": "everybody goes on at its own rate so far",
    "population_mean": "everybody buys at the average rate so far",
    "hiatus": "who has not bought for long is gone, the others go on at their own rate",
}

USUAL_GAPS = 0.9
"""Share of all gaps between two purchases that the hiatus is longer than, if not given."""


class Past(NamedTuple):
    """What baselines know of the calibration period.

    Attributes
    ----------
    history : Histories
        x, t_x and T of every customer, days.
    owner : ndarray of int64
        Customer (row of `history`) of every repeat purchase of the calibration period.
    before_end : ndarray of float64
        Days between that purchase and the period's end.
    """

    history: Histories
    owner: NDArray[np.int64]
    before_end: Floats


def usual_hiatus(past: Past, share: float = USUAL_GAPS) -> float:
    """Time without a purchase after which a customer is rather gone, from the data.

    Parameters
    ----------
    past : Past
    share : float
        Of the gaps between two purchases of one customer that are shorter.

    Returns
    -------
    float
        Days; 0 if nobody bought twice. Gaps that are still open are not counted, so it is
        rather too short, as a manager's guess from past orders would be.

    Examples
    --------
    >>> from cvosim.clv.orders.history import History
    >>> history = History(np.array([2.0]), np.array([30.0]), np.array([40.0]))
    >>> usual_hiatus(Past(history, np.array([0, 0]), np.array([20.0, 10.0])), 0.5)
    15.0
    """
    if len(past.owner) == 0:
        return 0.0
    order = np.lexsort((-past.before_end, past.owner))
    owner, when = past.owner[order], -past.before_end[order]
    begin = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    before = np.roll(when, 1)
    before[begin] = -np.asarray(past.history.age, np.float64)[owner[begin]]
    return float(np.quantile(when - before, share))


def baseline_forecasts(past: Past, days: float, hiatus_days: float) -> dict[str, Floats]:
    """Forecast each customer's purchases by rules of thumb.

    Parameters
    ----------
    past : Past
    days : float
        How far ahead.
    hiatus_days : float
        Who has not bought for longer is gone by the rule `hiatus`, which managers use and
        which Wübben & Wangenheim (2008) found hard to beat.

    Returns
    -------
    dict of str to ndarray of float64
        By the names of `BASELINES`, one element a customer.

    Examples
    --------
    >>> from cvosim.clv.orders.history import History
    >>> history = History(np.array([2.0, 0.0]), np.array([30.0, 0.0]), np.array([40.0, 40.0]))
    >>> past = Past(history, np.array([0, 0]), np.array([20.0, 10.0]))
    >>> {name: f.tolist() for name, f in baseline_forecasts(past, 20.0, hiatus_days=15).items()}
    {'last_period': [1.0, 0.0], 'own_rate': [1.0, 0.0],
     'population_mean': [0.5, 0.5], 'hiatus': [1.0, 0.0]}
    """
    x, last, age = (
        np.asarray(value, np.float64)
        for value in (past.history.repeats, past.history.last, past.history.age)
    )
    recent = past.owner[past.before_end < days]
    # Who became a customer on the period's last day has an age of 0 and no rate yet.
    own = np.divide(x, age, out=np.zeros_like(x), where=age > 0) * days
    everybody = float(x.sum()) / max(float(age.sum()), 1e-300) * days
    return {
        "last_period": np.bincount(recent, minlength=len(x)).astype(np.float64),
        "own_rate": own,
        "population_mean": np.full(len(x), everybody),
        "hiatus": np.where(age - last <= hiatus_days, own, 0.0),
    }
