"""Money by whole days, which adds up over customers: what cash flows of large runs are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cvosim.metrics.curves import CashCurve, Since, money_by_day, paid_back
from cvosim.metrics.metric import MONEY
from cvosim.tables.columns import EventColumns, Floats


class EventOutcome(NamedTuple):
    """A number that needs the events, not only the customers."""

    name: str
    unit: str
    description: str


LOWEST_CASH = EventOutcome(
    "lowest_cash",
    MONEY,
    "Lowest point of all that has come in less all that has gone out since the scenario's start, "
    "not discounted, at whole days: the least capital that bears the journey is its negative. 0 "
    "if it is never below 0. Without a standard error.",
)
PAYBACK_TIME = EventOutcome(
    "payback_time",
    "days",
    "Age in whole days at which the customers together have earned back their cost: the last day "
    "on which the running total of revenue less refunds and cost, every event at its customer's "
    "age and not discounted, rises from below 0. 0 if it never is below, NaN if it ends below. "
    "Without a standard error.",
)
EVENT_METRICS: Mapping[str, EventOutcome] = {
    outcome.name: outcome for outcome in (PAYBACK_TIME, LOWEST_CASH)
}


@dataclass(frozen=True, eq=False)
class CashSums:
    """Money that came in and went out on each day, of some customers together.

    Row 0 is the day of the scenario's start or of the customer's arrival, row ``d`` the 24 hours
    that end ``d`` days after it.

    Attributes
    ----------
    since_start, since_arrival : float64[2, days]
        Revenue less refunds, and cost, by the calendar and by each customer's own age; from day
        0 to the horizon, rounded up.

    Examples
    --------
    >>> from cvosim.tables.columns import empty_events
    >>> events = empty_events(3)
    >>> events.time[:], events.revenue[:], events.cost[:] = [0, 1.5, 3], [0, 9, 6], [5, 0, 0]
    >>> sums = CashSums.of(events, events.time - 1.0, horizon=3)
    >>> sums.curve("start").balance, sums.lowest_cash()
    (array([-5., -5.,  4., 10.]), -5.0)
    """

    since_start: Floats
    since_arrival: Floats

    @classmethod
    def of(cls, events: EventColumns, ages: Floats, horizon: float) -> CashSums:
        """Add up events by day.

        Parameters
        ----------
        events : EventColumns
            Of any customers.
        ages : float64[n_events]
            Days of each event since its customer's arrival.
        horizon : float
            Days; what happens after it, rounded up, is left out.
        """
        count = math.ceil(horizon) + 1
        times = (events.time, ages)
        return cls(*(np.stack(money_by_day(_day(at, count), events, count)) for at in times))

    def __add__(self, other: CashSums) -> CashSums:
        return CashSums(
            self.since_start + other.since_start, self.since_arrival + other.since_arrival
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CashSums) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in self.__dataclass_fields__
        )

    __hash__ = None  # type: ignore[assignment]  # arrays may change

    def curve(self, since: Since = "start") -> CashCurve:
        """Running totals at whole days, as `cash_curve` gives them."""
        daily = self.since_start if since == "start" else self.since_arrival
        revenue, cost = np.cumsum(daily, axis=1)
        return CashCurve(np.arange(daily.shape[1], dtype=np.float64), revenue, cost)

    def lowest_cash(self) -> float:
        """Lowest balance since the start, at whole days; 0 if it never is below."""
        return float(self.curve().balance.min(initial=0.0))

    def payback_time(self) -> float:
        """Whole days of age at which the balance rises from below 0 for the last time.

        0 if it never is below, NaN if it is below at the end.
        """
        curve = self.curve("arrival")
        return paid_back(curve.days, curve.balance, 0.0)

    def to_lists(self) -> list[list[list[float]]]:
        """Give plain numbers."""
        return [self.since_start.tolist(), self.since_arrival.tolist()]

    @classmethod
    def from_lists(cls, lists: list[list[list[float]]]) -> CashSums:
        """Take what `to_lists` gave."""
        return cls(*(np.array(part, np.float64) for part in lists))


def _day(times: Floats, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The first whole day that is not before each time, ``count`` standing for later ones."""
    return np.clip(np.ceil(times), 0.0, float(count)).astype(np.int64)
