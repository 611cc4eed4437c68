"""Buyers by the time of their first order, and how many of them come back; it adds up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import EventColumns, Floats
from cvosim.tables.schema import EventKind

PAID = (EventKind.BOUGHT, EventKind.RENEWED, EventKind.REORDERED)
"""Events that are paid orders."""


@dataclass(frozen=True)
class Retention:
    """Share of each cohort of buyers that ordered at each age.

    Attributes
    ----------
    period : float
        Days a cohort, and days a step of age.
    size : int64[cohorts]
        Buyers whose first paid order fell into the cohort's period.
    share : float64[cohorts, ages]
        Of them, those with a paid order in that period of their own life as a customer;
        1 at age 0 by definition, NaN where the horizon does not let all of them be seen.
    """

    period: float
    size: NDArray[np.int64]
    share: Floats

    @property
    def churn(self) -> Floats:
        """Share that did not order at that age, float64[cohorts, ages]."""
        return 1.0 - self.share

    def to_dict(self) -> dict[str, Any]:
        """Give plain lists, ready for JSON: what cannot be seen is null."""
        rows = [[None if math.isnan(x) else x for x in row] for row in self.share.tolist()]
        return {"period": self.period, "size": self.size.tolist(), "share": rows}


@dataclass(frozen=True, eq=False)
class CohortCounts:
    """Buyers by cohort, and those with a paid order at each age; counts of customers add up.

    Attributes
    ----------
    period : float
        Days a cohort, and days a step of age.
    horizon : float
        Days; what would happen later is not seen.
    size : int64[cohorts]
        Buyers whose first paid order fell into the cohort's period.
    active : int64[cohorts, ages]
        Of them, those with a paid order in that period after their first.

    Examples
    --------
    >>> from cvosim.tables.columns import EventColumns
    >>> events = EventColumns(*(np.array(values) for values in (
    ...     [0, 1, 0], [1.0, 2.0, 15.0], [0, 0, 1], [EventKind.BOUGHT] * 3,
    ...     [9.0] * 3, [0.0] * 3, [-1] * 3)))
    >>> counts = CohortCounts.of(events, horizon=30, period=10)
    >>> (counts + counts).size, (counts + counts).retention().share[0]
    (array([4, 0, 0]), array([1. , 0.5, nan]))
    """

    period: float
    horizon: float
    size: NDArray[np.int64]
    active: NDArray[np.int64]

    @classmethod
    def of(cls, events: EventColumns, *, horizon: float, period: float) -> CohortCounts:
        """Count the buyers of some events, all of each customer's being among them."""
        paid = np.isin(events.kind, PAID)
        who, times = events.customer_id[paid], events.time[paid]
        buyers, row = np.unique(who, return_inverse=True)
        first = np.full(len(buyers), np.inf)
        np.minimum.at(first, row, times)
        count = max(math.ceil(horizon / period), 1)
        cohort = _period_of(first, period, count)
        age = _period_of(times - first[row], period, count)
        # a buyer counts once a cell, however often it ordered
        seen = np.unique(row.astype(np.int64) * count + age)
        cells = cohort[seen // count] * count + seen % count
        active = np.bincount(cells, minlength=count * count).reshape(count, count)
        return cls(period, horizon, np.bincount(cohort, minlength=count), active)

    def __add__(self, other: CohortCounts) -> CohortCounts:
        if (self.period, self.horizon) != (other.period, other.horizon):
            raise ValueError("cohorts of other periods or horizons do not add up")
        size, active = self.size + other.size, self.active + other.active
        return CohortCounts(self.period, self.horizon, size, active)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CohortCounts) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # arrays may change

    def retention(self) -> Retention:
        """Shares of the cohorts, where all of a cohort can be seen."""
        count = len(self.size)
        # whoever bought on the cohort's last day must have lived through the whole age
        complete = (np.add.outer(np.arange(count), np.arange(count)) + 2) * self.period
        visible = complete <= self.horizon
        visible[:, 0] = True
        share = np.full((count, count), math.nan)
        size = self.size[:, None]
        np.divide(self.active, size, out=share, where=visible & (size > 0))
        return Retention(self.period, self.size, share)

    def to_dict(self) -> dict[str, Any]:
        """Give plain numbers."""
        counts = {"size": self.size.tolist(), "active": self.active.tolist()}
        return {"period": self.period, "horizon": self.horizon, **counts}

    @classmethod
    def from_dict(cls, entries: dict[str, Any]) -> CohortCounts:
        """Take what `to_dict` gave."""
        size, active = (np.array(entries[name], np.int64) for name in ("size", "active"))
        return cls(entries["period"], entries["horizon"], size, active)


def _period_of(days: Floats, period: float, count: int) -> NDArray[np.int64]:
    return np.minimum((days / period).astype(np.int64), count - 1)
