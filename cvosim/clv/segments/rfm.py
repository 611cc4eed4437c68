"""Recency, frequency and monetary value of customers, and a score for each (Hughes 1994)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.orders.purchase_days import Floats, Ints, purchase_days
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog

MEASURES = ("recency", "frequency", "monetary")


class Scale(NamedTuple):
    """How one measure became scores.

    Attributes
    ----------
    levels : int
        Scores go from 1, worst, to this, best.
    cuts : tuple of float
        The limits used, ascending, of which a score counts those that a value reaches: 1 and
        as many for frequency and monetary value, `levels` less as many for recency. Of quantile
        groups they are customers' own values; one that stands twice is of a score that nobody
        has, one that is missing at the end of a score that nobody reached. None where `flat`.
    given : bool
        Whether the limits were given; else they are the customers' own quantiles.
    flat : bool
        All customers had one value, which says nothing: everybody got the middle score.

    Examples
    --------
    >>> Scale(5, (3.0, 3.0, 4.0, 6.0), given=False, flat=False).reached_by([2.0, 3.0, 5.0])
    array([1, 3, 4])
    """

    levels: int
    cuts: tuple[float, ...]
    given: bool
    flat: bool

    def reached_by(self, values: ArrayLike, *, fewest_best: bool = False) -> Ints:
        """Score values by these limits; where the fewest are best (recency), the other way."""
        reached = np.searchsorted(self.cuts, np.asarray(values, np.float64), "right")
        if self.flat:
            return np.full_like(reached, (self.levels + 1) // 2)
        return self.levels - reached if fewest_best else 1 + reached


@dataclass(frozen=True)
class Scoring:
    """How to score.

    Attributes
    ----------
    levels : int
        Groups by quantile, 2 to 9; quintiles by default.
    cuts : mapping of str to sequence of float
        Fixed cuts for some of ``recency`` (days), ``frequency`` (purchase days) and
        ``monetary`` (the currency), ascending; k cuts make k + 1 scores. A value on a cut
        belongs to the higher values: 30 days to those of 30 and more.

    Raises
    ------
    DataError
        For other numbers of groups, unknown measures, or cuts that do not ascend.

    Examples
    --------
    >>> Scoring(cuts={"recency": [30, 90, 180, 365]}).levels
    5
    """

    levels: int = 5
    cuts: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 9:
            raise DataError(f"scores: {self.levels} groups; ask for 2 to 9")
        for measure, cuts in self.cuts.items():
            if measure not in MEASURES:
                raise DataError(f"cuts: {measure!r} is none of {', '.join(MEASURES)}")
            rising = np.isfinite(cuts).all() and (np.diff(cuts) > 0).all()
            if not (1 <= len(cuts) <= 8 and rising):
                given = ",".join(f"{cut:g}" for cut in cuts)
                raise DataError(f"cuts: {measure}: {given}: give 1 to 8 numbers, each larger")


@dataclass(frozen=True, eq=False)
class Rfm:
    """Customers with their recency, frequency and monetary value, and a score for each.

    Attributes
    ----------
    source : str
        Where the orders came from.
    day : int
        Day of scoring, in days since 1970-01-01.
    names : tuple of str
        The customers' own names.
    customer : ndarray of int64
        Index into the log's `customers`, ascending.
    recency : ndarray of float64
        Days from the last purchase to the day of scoring.
    frequency : ndarray of int64
        Days with a purchase, the first included.
    monetary : ndarray of float64
        Mean amount of a purchase day that has one above 0; 0 without any.
    revenue : ndarray of float64
        What the customer paid in all.
    age : ndarray of float64
        Days from the first purchase to the day of scoring.
    scores : ndarray of int64, shape (3, customers)
        Of recency, frequency and monetary value; the highest is best, 1 is worst.
    scales : tuple of Scale
        How each measure became its score.
    """

    source: str
    day: int
    names: tuple[str, ...]
    customer: Ints
    recency: Floats
    frequency: Ints
    monetary: Floats
    revenue: Floats
    age: Floats
    scores: Ints
    scales: tuple[Scale, Scale, Scale]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def n_customers(self) -> int:
        """Customers who had bought by the day of scoring."""
        return len(self.customer)

    @property
    def cell(self) -> Ints:
        """The three scores as one number such as 543."""
        return np.array([100, 10, 1]) @ self.scores

    @property
    def fifths(self) -> Ints:
        """The scores on a scale of 1 to 5, whatever the number of groups: what segments go by.

        The middle of each group's share of the scale decides: of three groups, 1, 3 and 5.
        """
        levels = np.array([scale.levels for scale in self.scales])[:, None]
        fifths: Ints = 1 + (10 * self.scores - 5) // (2 * levels)
        return fifths


def rfm(log: OrderLog, until: int | None = None, scoring: Scoring | None = None) -> Rfm:
    """Score the customers of an order log by recency, frequency and monetary value.

    Quantile groups are ``1 + floor(levels * share of customers who are worse)``, as Hughes
    (1994), *Strategic Database Marketing*, sorts each measure into fifths. Equal values get
    equal scores, so groups may differ in size: where more than half of the customers have
    bought once, nobody scores 2 in frequency. Purchases of one day count once.

    The monetary value is the mean of a purchase and not the total. The total is that mean
    times the frequency, so it would score the frequency twice (Fader, Hardie & Lee 2005,
    "RFM and CLV", *J. Marketing Research* 42, 415-430, split it the same way).

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    until : int, optional
        Day of scoring, in days since 1970-01-01; the last order's day if left out. Later
        orders do not count.
    scoring : Scoring, optional
        Quintiles if left out.

    Returns
    -------
    Rfm

    Raises
    ------
    DataError
        If nobody had bought by then.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> rfm(log, scoring=Scoring(levels=2)).cell.tolist()
    [221, 112]
    """
    scoring = scoring or Scoring()
    days = purchase_days(log, until)
    recency = (days.end - days.last).astype(np.float64)
    parts = [
        _scored(values, scoring, measure)
        for measure, values in zip(
            MEASURES, (recency, days.purchases.astype(np.float64), days.paid_mean), strict=True
        )
    ]
    scores, (first, second, third) = np.stack([part[0] for part in parts]), [p[1] for p in parts]
    return Rfm(
        source=log.source,
        day=days.end,
        names=tuple(log.customers[index] for index in days.kept.tolist()),
        customer=days.kept,
        recency=recency,
        frequency=days.purchases,
        monetary=days.paid_mean,
        revenue=days.total,
        age=(days.end - days.first).astype(np.float64),
        scores=scores,
        scales=(first, second, third),
    )


def _scored(values: Floats, scoring: Scoring, measure: str) -> tuple[Ints, Scale]:
    """Scores of one measure, the best highest; of recency the fewest days are best."""
    fewest_best = measure == "recency"
    cuts = scoring.cuts.get(measure)
    if cuts is not None:
        scale = Scale(len(cuts) + 1, tuple(map(float, cuts)), given=True, flat=False)
        return scale.reached_by(values, fewest_best=fewest_best), scale
    levels = scoring.levels
    if values.min() == values.max():
        scale = Scale(levels, (), given=False, flat=True)
        return scale.reached_by(values), scale
    better = -values if fewest_best else values
    worse = np.searchsorted(np.sort(better), better, "left")
    scores = 1 + worse * levels // len(values)
    limits = _limits(values, levels - scores if fewest_best else scores - 1, levels)
    return scores, Scale(levels, limits, given=False, flat=False)


def _limits(values: Floats, group: Ints, levels: int) -> tuple[float, ...]:
    """Smallest value of each group from 1 on, or of the next that somebody is in."""
    inside = (values[group >= one] for one in range(1, levels))
    return tuple(float(one.min()) for one in inside if len(one))
