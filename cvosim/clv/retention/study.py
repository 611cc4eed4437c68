"""The whole retention of an order log: cohorts, survival, hazard by age, stickiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.purchase_days import purchase_days
from cvosim.clv.retention.cohorts import Cohorts, cohorts
from cvosim.clv.retention.stickiness import Stickiness, stickiness
from cvosim.clv.retention.survival import Survival, survival
from cvosim.clv.segments.acquisition import Labels, first_labels
from cvosim.clv.words import counting
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog

ALL = "all customers"
_MANY = 0.1
"""More than this share of those counted gone coming back makes the definition doubtful."""


@dataclass(frozen=True)
class RetentionSettings:
    """What to look at.

    Attributes
    ----------
    unit : str
        Cohorts by ``week`` or ``month``.
    gap : int, optional
        Days of silence after which a customer counts as gone; found from the orders if left
        out, see `cvosim.clv.retention.survival.usual_gap`.
    campaign : str, optional
        Column whose label on the first order is compared in stickiness.
    until : int, optional
        Last day the log shows, in days since 1970-01-01; the last order's day if left out.
    """

    unit: str = "month"
    gap: int | None = None
    campaign: str | None = None
    until: int | None = None


@dataclass(frozen=True)
class RetentionStudy:
    """Who comes back, for how long.

    Attributes
    ----------
    source : str
        Where the orders came from.
    cohorts : Cohorts
        By the first purchase.
    survival : Survival or None
        None where the log does not show that anybody is gone.
    campaign : str or None
        Column of the labels in `stickiness`.
    stickiness : tuple of Stickiness
        By campaign, or of all customers.
    gap_given : bool
        Whether the gap was given or found from the orders.
    doubts : tuple of str
        What to bear in mind, in plain sentences.
    """

    source: str
    cohorts: Cohorts
    survival: Survival | None
    campaign: str | None
    stickiness: tuple[Stickiness, ...]
    gap_given: bool
    doubts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        return {
            "source": self.source,
            "until": format_day(self.cohorts.end),
            "warnings": list(self.doubts),
            "cohorts": self.cohorts.to_dict(),
            "survival": self.survival and self.survival.to_dict(),
            "campaign": self.campaign,
            "stickiness": [one.to_dict() for one in self.stickiness],
        }


def retention_study(log: OrderLog, settings: RetentionSettings | None = None) -> RetentionStudy:
    """Tell who comes back and for how long.

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    settings : RetentionSettings, optional
        Defaults if left out.

    Returns
    -------
    RetentionStudy

    Raises
    ------
    DataError
        If an option is no good, or a gap was given that nobody was observed for.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 50, 7.0)])
    >>> retention_study(log, RetentionSettings(gap=30)).survival.gone
    2
    """
    settings = settings or RetentionSettings()
    days = purchase_days(log, settings.until)
    labels = Labels(np.zeros(len(days.kept), np.int64), (ALL,))
    if settings.campaign is not None:
        labels = first_labels(log, days, settings.campaign)
    table = cohorts(log, settings.unit, settings.until)
    doubts: list[str] = []
    lasting = None
    try:
        lasting = survival(days, settings.gap)
    except DataError as error:
        if settings.gap is not None:
            raise
        doubts.append(f"No survival curve: {str(error).removeprefix('retention: ')}.")
    if lasting is not None and lasting.gone and lasting.returned > _MANY * lasting.gone:
        doubts.append(
            f"{lasting.returned:,} of the {lasting.gone:,} customers who count as gone after "
            f"{counting(lasting.gap, 'day')} without a purchase bought again later: a longer --gap "
            "would be wrong about fewer."
            if lasting.gone > 1
            else "The one customer who counts as gone after "
            f"{counting(lasting.gap, 'day')} without a purchase bought again later: a longer --gap "
            "would not count it."
        )
    if lasting is not None and not lasting.gone:
        doubts.append(
            f"Nobody was silent for {counting(lasting.gap, 'day')}: nobody counts as gone."
        )
    return RetentionStudy(
        log.source,
        table,
        lasting,
        settings.campaign,
        stickiness(days, labels),
        settings.gap is not None,
        tuple(doubts),
    )
