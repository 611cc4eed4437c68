"""Stickiness: how many new customers of each campaign come back, and how soon."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cvosim.clv.orders.purchase_days import Floats, PurchaseDays
from cvosim.clv.segments.acquisition import Labels
from cvosim.errors import DataError

WITHIN = (30, 60, 90)
"""Days after the first purchase."""


class Stickiness(NamedTuple):
    """New customers of one label who bought again soon enough.

    Attributes
    ----------
    label : str
        Of their first order.
    within : int
        Days: a purchase on day 1 to this one after the first counts.
    customers : int
        Who were observed for that long; the others say nothing yet.
    came_back : int
        Of them, those who bought again in time.
    share, low, high : float or None
        Their share, with Wilson's (1927) interval; None if nobody was observed for long enough.
    """

    label: str
    within: int
    customers: int
    came_back: int
    share: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        return self._asdict()


def stickiness(
    days: PurchaseDays,
    labels: Labels,
    within: tuple[int, ...] = WITHIN,
    level: float = 0.95,
) -> tuple[Stickiness, ...]:
    """Count who comes back in time, by a label of the first order.

    Only customers whose first purchase is at least so many days before the last day seen
    count: of the others it is not known yet. Intervals are Wilson's (1927, *J. American
    Statistical Association* 22, 209-212), which hold for small shares too.

    Parameters
    ----------
    days : PurchaseDays
        The customers and what they bought.
    labels : Labels
        Such as their campaigns; see `cvosim.clv.segments.acquisition.first_labels`.
    within : tuple of int
        Days, each at least 1.
    level : float
        Of the intervals, each by itself.

    Returns
    -------
    tuple of Stickiness
        By label, then by days.

    Raises
    ------
    DataError
        For other days or levels.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.orders.purchase_days import purchase_days
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 33, 7.0), ("cis", 80, 7.0)])
    >>> found = stickiness(purchase_days(log), Labels(np.zeros(3, np.int64), ("all",)), (30, 60))
    >>> [(one.customers, one.came_back) for one in found]
    [(2, 0), (2, 1)]
    """
    if not (within and min(within) >= 1 and 0 < level < 1):
        raise DataError("stickiness: days must be 1 or more, the level between 0 and 1")
    gap = np.full(len(days.begin), np.inf)
    again = days.purchases > 1
    second = days.begin[again] + 1
    gap[again] = days.day[second] - days.day[second - 1]
    return tuple(
        _stickiness(
            (label, span), gap[(labels.codes == code) & (days.end - days.first >= span)], level
        )
        for code, label in enumerate(labels.labels)
        for span in within
    )


def _stickiness(which: tuple[str, int], gap: Floats, level: float) -> Stickiness:
    from statsmodels.stats.proportion import proportion_confint

    count, back = len(gap), int(np.count_nonzero(gap <= which[1]))
    if not count:
        return Stickiness(*which, 0, 0, None, None, None)
    low, high = proportion_confint(back, count, alpha=1.0 - level, method="wilson")
    return Stickiness(*which, count, back, back / count, float(low), float(high))
