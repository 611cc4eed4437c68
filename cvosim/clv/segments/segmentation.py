"""The whole segmentation of an order log: scores, segments, concentration, what marks value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.purchase_days import Floats, purchase_days
from cvosim.clv.segments.acquisition import Labels, first_labels, numbers_in_groups, with_pairs
from cvosim.clv.segments.anomalies import Anomalies, Anomaly, AnomalySettings, anomalies
from cvosim.clv.segments.concentration import Concentration, concentration
from cvosim.clv.segments.ideal_customer import Profile, ideal_customer
from cvosim.clv.segments.means import LabelMean, means_by_label
from cvosim.clv.segments.named import Segment, segments
from cvosim.clv.segments.rfm import MEASURES, Rfm, Scoring, rfm
from cvosim.clv.words import counting
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog

CELLS = "RFM cell"
FEW = 50
"""Fewer customers make fifths of a handful."""
_OLDER = 1.2
"""A label's customers who are so many times older, or younger, had another time to spend."""


@dataclass(frozen=True)
class SegmentationSettings:
    """What to look at.

    Attributes
    ----------
    until : int, optional
        Day of scoring, in days since 1970-01-01; the last order's day if left out.
    attributes : sequence of str
        Columns of the log that may mark valuable customers, as their first order has them.
    scoring : Scoring
        Quantile groups or fixed cuts.
    looking : AnomalySettings
        How anomalies are looked for.
    """

    until: int | None = None
    attributes: Sequence[str] = ()
    scoring: Scoring = field(default_factory=Scoring)
    looking: AnomalySettings = field(default_factory=AnomalySettings)


@dataclass(frozen=True)
class Segmentation:
    """What an order log says about who its customers are.

    Attributes
    ----------
    scored : Rfm
        Every customer's scores.
    segments : tuple of Segment
        The named segments.
    concentration : Concentration or None
        Of revenue; None where nobody paid anything, or one customer all.
    anomalies : Anomalies or None
        Labels, and after a hold-out RFM cells, that are worth more or less than the rest; None
        where there was nothing to look at.
    profile : Profile or None
        What marks the most valuable tenth; None without attributes, or such a tenth.
    labels : mapping of str to Labels
        Each customer's own label of each attribute.
    means : tuple of LabelMean
        Mean value of the customers of each label, numbers in groups; without attributes empty.
    later : bool
        Whether a customer's value is what it paid after the day of scoring; else so far.
    doubts : tuple of str
        What to bear in mind, in plain sentences.
    """

    scored: Rfm
    segments: tuple[Segment, ...]
    concentration: Concentration | None
    anomalies: Anomalies | None
    profile: Profile | None
    labels: Mapping[str, Labels]
    means: tuple[LabelMean, ...]
    later: bool
    doubts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        scales = zip(MEASURES, self.scored.scales, strict=True)
        parts = {name: getattr(self, name) for name in ("concentration", "anomalies", "profile")}
        return {
            "source": self.scored.source,
            "day": format_day(self.scored.day),
            "customers": self.scored.n_customers,
            "warnings": list(self.doubts),
            "scales": {name: scale._asdict() for name, scale in scales},
            "segments": [one.to_dict() for one in self.segments],
            "value": "paid after the day" if self.later else "paid so far",
            "means": [one._asdict() for one in self.means],
            **{name: part and part.to_dict() for name, part in parts.items()},
        }


def segmentation(log: OrderLog, settings: SegmentationSettings | None = None) -> Segmentation:
    """Segment the customers of an order log.

    Where orders come after the day of scoring, a customer's value is what it paid after that
    day, and the RFM cells are held against one another by it. Without such orders it is what
    the customer paid so far; RFM cells would differ in that by their making, so only the
    attributes, and their pairs, are looked at.

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    settings : SegmentationSettings, optional
        Defaults if left out.

    Returns
    -------
    Segmentation

    Raises
    ------
    DataError
        If an attribute is not known, or nobody had bought by the day of scoring.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> found = segmentation(log)
    >>> found.concentration.customers, found.doubts[0]
    (2, 'Only 2 customers: scores by quantile rest on a handful of them.')
    """
    settings = settings or SegmentationSettings()
    scored = rfm(log, settings.until, settings.scoring)
    days = purchase_days(log, settings.until)
    own = {name: first_labels(log, days, name) for name in settings.attributes}
    attributes = {name: numbers_in_groups(labels) for name, labels in own.items()}
    doubts = _doubts_of_scores(scored)
    after = np.maximum(log.amount, 0.0) * (log.day > scored.day)
    later = bool(after.any())
    values = scored.revenue
    if later:
        paid = np.bincount(log.customer, after, log.n_customers)
        values = paid[scored.customer].astype(np.float64)
    cells = {CELLS: _cells(scored)} if later else {}
    looked_at = {**cells, **with_pairs(attributes)}
    found = anomalies(values, looked_at, settings.looking) if looked_at else None
    if found is not None and not later:
        doubts += _doubts_of_age(found, looked_at, scored.age)
    profile = None
    if attributes:
        try:
            profile = ideal_customer(values, attributes)
        except DataError as error:
            doubts.append(
                f"No {error}.".replace("No ideal customer:", "No ideal customer profile:")
            )
    shared = scored.n_customers > 1 and bool(scored.revenue.any())
    return Segmentation(
        scored=scored,
        segments=segments(scored),
        concentration=concentration(scored.revenue) if shared else None,
        anomalies=found,
        profile=profile,
        labels=own,
        means=means_by_label(values, attributes, settings.looking.level),
        later=later,
        doubts=tuple(doubts),
    )


def _cells(scored: Rfm) -> Labels:
    cells, codes = np.unique(scored.cell, return_inverse=True)
    return Labels(codes.astype(np.int64), tuple(map(str, cells.tolist())))


def _doubts_of_scores(scored: Rfm) -> list[str]:
    doubts = []
    if scored.n_customers < FEW:
        count = counting(scored.n_customers, "customer")
        doubts.append(f"Only {count}: scores by quantile rest on a handful of them.")
    for name, scale in zip(MEASURES, scored.scales, strict=True):
        if scale.flat:
            value = float(getattr(scored, name)[0])
            doubts.append(
                f"All customers have the same {name}, {value:,.10g}: it tells nobody apart, and "
                "everybody has the middle score in it."
            )
    if not scored.revenue.any():
        doubts.append("No order has an amount above 0: there is no revenue to share out.")
    return doubts


def _doubts_of_age(found: Anomalies, looked_at: dict[str, Labels], age: Floats) -> list[str]:
    """Say of whom it may be the time they had that differs, and not the customers."""
    return [
        doubt
        for one in found.found
        if (doubt := _doubt_of_age(one, looked_at[one.attribute], age)) is not None
    ]


def _doubt_of_age(one: Anomaly, labels: Labels, age: Floats) -> str | None:
    has = labels.codes == labels.labels.index(one.label)
    mine, rest = float(age[has].mean()), float(age[~has].mean())
    longer = one.difference > 0
    if not (mine > _OLDER * rest if longer else rest > _OLDER * mine):
        return None
    return (
        f"{one.attribute} {one.label}: first bought {mine:,.0f} days ago in the mean, the rest "
        f"{rest:,.0f}; {'more' if longer else 'less'} time to buy may be why its value differs."
    )
