"""Who stays: buyers by cohort and age, subscribers by cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.cohorts import CohortCounts, Retention
from cvosim.metrics.columns import has_referred
from cvosim.tables.columns import CustomerTable, EventTable, Floats

__all__ = ["Retention", "Survival", "retention", "subscriber_survival"]


def retention(events: EventTable, *, horizon: float, period: float = 30.0) -> Retention:
    """Retention of buyers by cohort and age.

    Parameters
    ----------
    events : EventTable
        All events of a run.
    horizon : float
        Days; what would happen later is not seen.
    period : float
        Days.

    Returns
    -------
    Retention
        Cohorts and ages up to the horizon.

    Examples
    --------
    >>> from cvosim.tables.columns import EventColumns, Names
    >>> from cvosim.tables.schema import EventKind
    >>> columns = EventColumns(*(np.array(values) for values in (
    ...     [0, 1, 0], [1.0, 2.0, 15.0], [0, 0, 1], [EventKind.BOUGHT] * 3,
    ...     [9.0] * 3, [0.0] * 3, [-1] * 3)))
    >>> table = EventTable(columns, Names(("all",), ("ads",), ("tripwire",), (), ()))
    >>> retention(table, horizon=30, period=10).share[0]
    array([1. , 0.5, nan])
    """
    return CohortCounts.of(events.columns, horizon=horizon, period=period).retention()


@dataclass(frozen=True)
class Survival:
    """How long subscribers stay, in bills.

    Attributes
    ----------
    cycle : int64[n]
        Paid bills, from 0.
    at_risk : int64[n]
        Subscribers who faced the decision that follows that many bills; at 0, where a trial
        ends without a decision, those who got a first bill.
    churned : int64[n]
        Of them, those who cancelled.
    survival : float64[n]
        Probability of staying past that decision (Kaplan & Meier 1958).
    standard_error : float64[n]
        Of the survival (Greenwood 1926; where people were brought by referral, with the sums
        over those who came through one market prospect, Williams 1995).
    """

    cycle: NDArray[np.int64]
    at_risk: NDArray[np.int64]
    churned: NDArray[np.int64]
    survival: Floats
    standard_error: Floats

    def to_dict(self) -> dict[str, list[float]]:
        """Give plain lists, ready for JSON."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}


def subscriber_survival(customers: CustomerTable, subscription: str) -> Survival:
    """Survival of subscribers by cycle, those still subscribed at the horizon censored.

    In the notation of Greenwood's formula, ``d`` of ``n`` who face a decision leave. Where all
    are independent, the variance of ``log S`` is the sum of ``d / (n (n - d))``. Families are
    not, so their members' influences, ``(left - d / n) / (n - d)`` for each decision faced, are
    added up before they are squared (Williams 1995, *Lifetime Data Analysis* 1, 171-186), which
    comes to the same where every family has one member.

    Parameters
    ----------
    customers : CustomerTable
        Of a run.
    subscription : str
        One of ``customers.names.subscriptions``.

    Returns
    -------
    Survival
        Up to the last cycle after which anybody had to decide.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), ("club",), (), ("club",))
    >>> columns = empty_customers(4, names)
    >>> columns.stage_time[:] = 0.0
    >>> columns.bills[0], columns.cancelled[0] = [1, 2, 2, 3], [1, 0, 1, 0]
    >>> subscriber_survival(CustomerTable(columns, names), "club").survival
    array([1.   , 0.75 , 0.375])
    """
    row = customers.names.subscriptions.index(subscription)
    stage = customers.names.stages.index(subscription)
    subscribed = ~np.isnan(customers.columns.stage_time[stage])
    bills = customers.columns.bills[row][subscribed].astype(np.int64)
    left = customers.columns.cancelled[row][subscribed] > 0
    last = int(bills.max(initial=0))
    churned = np.bincount(bills[left], minlength=last + 1)
    stayed = np.bincount(bills[~left], minlength=last + 1)
    # those with as many bills who did not cancel have not faced the next decision yet
    at_risk = np.cumsum((churned + stayed)[::-1])[::-1] - stayed
    faced = np.flatnonzero(at_risk)
    end = int(faced[-1]) + 1 if len(faced) else 0
    at_risk, churned = at_risk[:end], churned[:end]
    stays: Floats = 1.0 - churned / at_risk
    survival: Floats = np.cumprod(stays, dtype=np.float64)
    if has_referred(customers):
        variance = _clustered(bills, left, customers.root[subscribed], np.stack([at_risk, churned]))
        return Survival(np.arange(end), at_risk, churned, survival, survival * np.sqrt(variance))
    variance = np.zeros(end)
    np.divide(churned, at_risk * (at_risk - churned), out=variance, where=at_risk > churned)
    error: Floats = survival * np.sqrt(np.cumsum(variance))
    return Survival(np.arange(end), at_risk, churned, survival, error)


def _clustered(
    bills: NDArray[np.int64],
    left: NDArray[np.bool_],
    families: NDArray[np.int64],
    faced: NDArray[np.int64],
) -> Floats:
    """Variance of the logarithm of survival by cycle, families being independent."""
    _, place = np.unique(families, return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    influence, variance = np.zeros(count), np.zeros(faced.shape[1])
    for cycle, (at_risk, churned) in enumerate(faced.T.tolist()):
        if at_risk > churned:
            decided = (bills > cycle) | ((bills == cycle) & left)
            gone = bills[decided] == cycle
            change = (gone - churned / at_risk) / (at_risk - churned)
            influence += np.bincount(place[decided], change, count)
        variance[cycle] = float(np.square(influence).sum())
    return variance
