"""How many customers come by which day, and when so many have come."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvosim.errors import CvosimError
from cvosim.tables.columns import Floats

KNOTS = 730
"""Days at which simulated arrivals are kept, at most."""


class Arrivals(NamedTuple):
    """Customers who have come by each day: straight lines between knots, and what comes beyond.

    Attributes
    ----------
    days : ndarray of float64, shape (knots,)
        Since the start, rising from 0.
    customers : ndarray of float64, shape (knots,)
        Who have come by then, rising from 0.
    beyond : float
        Customers a day after the last knot; 0 where all have come by then.
    place : str
        Key of the stage that they come to; ``arrival`` for the market itself.

    Examples
    --------
    >>> steady = Arrivals.steady(40.0)
    >>> float(steady.by(30.0)), float(steady.day_of(2000.0))
    (1200.0, 50.0)
    """

    days: Floats
    customers: Floats
    beyond: float = 0.0
    place: str = "arrival"

    @classmethod
    def steady(cls, per_day: float, place: str = "arrival") -> Arrivals:
        """As many every day.

        Raises
        ------
        CvosimError
            If that is not above 0.
        """
        if not 0.0 < per_day < math.inf:
            raise CvosimError(f"per_day: must be above 0 (got {per_day:g})")
        return cls(np.array([0.0, 1.0]), np.array([0.0, per_day]), per_day, place)

    @classmethod
    def of(
        cls,
        entry_day: Floats,
        start_day: float = 0.0,
        scale: float = 1.0,
        *,
        place: str = "arrival",
    ) -> Arrivals:
        """As simulated customers came: after the last of them nobody does.

        Parameters
        ----------
        entry_day : ndarray of float64, shape (N,)
        start_day : float
            When the experiment starts.
        scale : float
            Customers that each of them stands for.
        place : str
            Where they came to.

        Raises
        ------
        CvosimError
            If all of them come at once, so that no day follows from a number.
        """
        last = float(entry_day.max()) - start_day
        if not last > 0.0 or np.ptp(entry_day) == 0.0:
            raise CvosimError(
                "arrivals: all customers come on one day, so nobody can tell how long a test of "
                "some of them takes; say how many come in a day (per_day)"
            )
        days: Floats = np.linspace(0.0, last, min(KNOTS, max(2, math.ceil(last) + 1)))
        come = np.searchsorted(np.sort(entry_day) - start_day, days, side="right")
        customers: Floats = come.astype(np.float64) * scale
        customers[0] = 0.0  # who comes at the very start comes during the first day
        return cls(days, customers, place=place)

    @property
    def ends(self) -> float:
        """Day on which the last one comes; infinite where they keep coming."""
        return math.inf if self.beyond > 0.0 else float(self.days[-1])

    def by(self, day: ArrayLike) -> Floats:
        """Customers who have come by a day."""
        asked = np.asarray(day, np.float64)
        inside = np.interp(asked, self.days, self.customers)
        beyond = np.maximum(asked - self.days[-1], 0.0) * self.beyond
        return np.asarray(inside + beyond)

    def day_of(self, customers: ArrayLike) -> Floats:
        """Day on which so many have come; infinite where so many never do."""
        asked = np.asarray(customers, np.float64)
        # days on which nobody comes: the first of them counts
        count, first = np.unique(self.customers, return_index=True)
        inside = np.interp(asked, count, self.days[first])
        more = np.maximum(asked - self.customers[-1], 0.0)
        after = more / self.beyond if self.beyond > 0.0 else np.where(more > 0.0, np.inf, 0.0)
        return np.asarray(np.where(more > 0.0, self.days[-1], inside) + after)

    def told(self, days: float) -> str:
        """Say how many come within these days, where to, and from when on nobody does.

        Examples
        --------
        >>> Arrivals.of(np.linspace(0.0, 200.0, 500), place="tripwire").told(365.0)
        '500 customers reach tripwire within 365 days, the last of them on day 200'
        """
        verb = {"arrival": "arrive", "order": "order"}.get(self.place, f"reach {self.place}")
        end = f", the last of them on day {self.ends:.0f}" if self.ends <= days - 1.0 else ""
        return f"{float(self.by(days)):,.0f} customers {verb} within {days:g} days{end}"
