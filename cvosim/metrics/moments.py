"""Sums and products of per-customer columns: all that ratios and totals need, and they add up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from cvosim.metrics.columns import PROSPECTS, Block, Column, blocks
from cvosim.metrics.metric import YES_OR_NO, Metric
from cvosim.tables.columns import CustomerTable, Floats
from cvosim.tables.spans import blocks_of

Weights = tuple[tuple[Column, float], ...]
"""A linear combination of columns."""

LEAST_CARRIERS = 30
"""Customers below which a normal interval of money, orders or days misses too often.

Of what rests on a tail, that many must be expected in the tail.
"""

_COUNTS = YES_OR_NO | {
    "orders", "reorders", "recoveries", "bills", "exposures", "rungs_climbed", "deliveries",
    "tickets", "resolved", "returns", "invited", "net_promoter_points",
}  # fmt: skip
"""Columns of whole numbers."""

_ROUNDING = 1e-13
"""A squared residual that is this small beside its terms is their rounding error."""


@dataclass(frozen=True)
class Moments:
    """Raw moments of some columns over some independent customers.

    Independent are market prospects; people brought by referral are not, and so are added to
    the prospect at the beginning of their chain, the two being one family. Moments of two sets
    of families add up to those of the union, so tables may be measured piece by piece.

    Attributes
    ----------
    count : int
        Families: market prospects.
    sums : mapping
        Sum of each column.
    products : mapping
        Sum over families of the product of each pair of columns that some metric needs.
    """

    count: int
    sums: Mapping[Column, float]
    products: Mapping[tuple[Column, Column], float]

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.count + other.count,
            {key: value + other.sums[key] for key, value in self.sums.items()},
            {key: value + other.products[key] for key, value in self.products.items()},
        )

    def to_dict(self) -> dict[str, Any]:
        """Give plain numbers: columns with their sums, pairs of their places with products."""
        place = {column: i for i, column in enumerate(self.sums)}
        return {
            "count": self.count,
            "columns": [list(column) for column in self.sums],
            "sums": list(self.sums.values()),
            "pairs": [[place[a], place[b]] for a, b in self.products],
            "products": list(self.products.values()),
        }

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Moments:
        """Take what `to_dict` gave."""
        columns = [Column(*fields) for fields in entries["columns"]]
        pairs = [(columns[a], columns[b]) for a, b in entries["pairs"]]
        return cls(
            entries["count"],
            dict(zip(columns, entries["sums"], strict=True)),
            dict(zip(pairs, entries["products"], strict=True)),
        )


def collect(table: CustomerTable, metrics: Iterable[Metric]) -> Moments:
    """Moments of every column of these metrics, in one pass over the table.

    Examples
    --------
    >>> from cvosim.metrics import catalogue
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> columns = empty_customers(3, names)
    >>> columns.orders[:] = 0, 1, 4
    >>> orders = [metric for metric in catalogue(names) if metric.name == "orders"]
    >>> collect(CustomerTable(columns, names), orders).sums[Column("orders")]
    5.0
    """
    need = _needed(tuple(metrics))
    sums, products = np.zeros(len(need.columns)), np.zeros(len(need.pairs))
    for first, count in blocks_of(0, table.n_market):
        within = [0.0] * len(need.columns), [0.0] * len(need.pairs)
        for rows in blocks(table, first, first + count):
            _add(rows, need, *within)
        sums += within[0]
        products += within[1]
    return Moments(
        table.n_market,
        dict(zip(need.columns, sums.tolist(), strict=True)),
        dict(zip(need.pairs, products.tolist(), strict=True)),
    )


class _Partner(NamedTuple):
    """A product of a column: its place, the other column, and what is known of the two."""

    place: int
    column: Column
    by_one: bool
    squared: bool
    whole: bool


class _Needed(NamedTuple):
    """Columns and pairs in order, and the products that each column is part of."""

    columns: list[Column]
    pairs: list[tuple[Column, Column]]
    steps: list[tuple[Column, list[_Partner]]]
    """Of each column, the products in which it comes first."""


@lru_cache(maxsize=64)
def _needed(metrics: tuple[Metric, ...]) -> _Needed:
    pairs = _pairs(metrics)
    columns = sorted({column for pair in pairs for column in pair} | {PROSPECTS})
    of: dict[Column, list[_Partner]] = {column: [] for column in columns}
    for i, (a, b) in enumerate(pairs):
        whole = a.name in _COUNTS and b.name in _COUNTS
        of[a].append(_Partner(i, b, b == PROSPECTS, a == b, whole))
    return _Needed(columns, pairs, list(of.items()))


def _add(rows: Block, need: _Needed, sums: list[float], products: list[float]) -> None:
    """Add a block's sums and products to those so far, a column after the other.

    NumPy adds a column up in an order that depends on its length alone (by halves, Higham 1993,
    *SIAM Journal on Scientific Computing* 14, 783-799). A dot product of the linear algebra
    library is faster, but its order depends on the processor: it is for whole numbers, whose
    sums are exact. What is yes or no is counted.
    """
    product: Floats | None = None
    for place, (column, partners) in enumerate(need.steps):
        mask = rows.mask(column)
        total = _total(rows[column]) if mask is None else np.count_nonzero(mask)
        sums[place] += total
        for i, other, by_one, squared, whole in partners:
            if by_one or (squared and mask is not None):
                products[i] += total  # times 1, or the square of 0 or 1
            elif mask is not None and (also := rows.mask(other)) is not None:
                products[i] += np.count_nonzero(mask & also)
            else:
                ours = rows[column]
                theirs = ours if squared else rows[other]
                if whole:
                    products[i] += np.dot(ours, theirs)
                else:
                    product = np.multiply(ours, theirs, out=product)
                    products[i] += _total(product)


_total = np.add.reduce


def _pairs(metrics: Iterable[Metric]) -> list[tuple[Column, Column]]:
    pairs = set()
    for metric in metrics:
        over, under = metric.numerator, metric.denominator
        pairs.add((over, over))
        if under is not None:
            pairs |= {(over, under), (under, under)}
    return sorted(pairs)


def estimate(metric: Metric, moments: Moments) -> tuple[float, float]:
    """Value and standard error of a ratio or total.

    The standard error is that of the linearised value (delta method): for a ratio
    ``R = sum(x) / sum(y)`` of independent customers, ``var(R) = n / (n - 1) *
    sum((x - R y)**2) / sum(y)**2`` (Cochran 1977, *Sampling Techniques*, section 2.11,
    without the finite-population factor); for a total, ``n`` times the variance of a customer.
    Where people were brought by referral, ``x`` and ``y`` are the sums over each family, which
    makes the error robust to whatever its members have in common (Liang & Zeger 1986,
    *Biometrika* 73, 13-22; Cameron & Miller 2015, *Journal of Human Resources* 50, 317-372).

    A proportion of exactly 0 or 1 gets the error that it has after two successes and two
    failures more (Agresti & Coull 1998, *The American Statistician* 52, 119-126), unless the
    metric is `certain`: that none of 30 people accepted does not prove that none ever will.

    Returns
    -------
    value, standard_error : float
        NaN where the denominator is 0; the error also where `too_few` customers carry it.

    Examples
    --------
    >>> from cvosim.metrics import catalogue
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> columns = empty_customers(30, names)
    >>> columns.orders[:] = 1
    >>> rate = next(metric for metric in catalogue(names) if metric.name == "repeat_rate")
    >>> value, error = estimate(rate, collect(CustomerTable(columns, names), [rate]))
    >>> value, round(error, 3)
    (0.0, 0.04)
    """
    x, n = metric.numerator, moments.count
    if metric.denominator is None:
        value = moments.sums[x]
        if too_few(metric, carriers(metric, moments)):
            return value, math.nan
        squares = moments.products[x, x]
        spread = n * _clean(squares - value * value / n, squares) if n else 0.0
        return value, _root(spread, n)
    y = metric.denominator
    below = moments.sums[y]
    if below == 0.0:
        return math.nan, math.nan
    value = moments.sums[x] / below
    if too_few(metric, carriers(metric, moments)):
        return value, math.nan
    if metric.proportion and value in (0.0, 1.0) and not metric.certain:
        return value, _error_of_none(carriers(metric, moments))
    xx, xy, yy = (moments.products[key] for key in ((x, x), (x, y), (y, y)))
    squares = _clean(xx - 2.0 * value * xy + value * value * yy, xx + value * value * yy)
    return value, _root(n * squares / (below * below), n)


def linearisation(metric: Metric, moments: Moments) -> Weights:
    """Columns and weights that add up to each customer's influence on a ratio or total.

    The influence of customer ``i``, with those who came through it, on ``T`` is such that
    ``T_hat - T`` is about the mean of the influences, whose mean over the table is 0. NaN where
    the denominator is 0 or `too_few` customers carry it.
    """
    x, n = metric.numerator, moments.count
    if too_few(metric, carriers(metric, moments)):
        return ((x, math.nan),)
    if metric.denominator is None:
        return ((x, float(n)), (PROSPECTS, -moments.sums[x]))
    below = moments.sums[metric.denominator]
    ratio = moments.sums[x] / below
    return ((x, n / below), (metric.denominator, -ratio * n / below))


def too_few(metric: Metric, count: float) -> bool:
    """Tell whether no interval can be given because so few customers carry a metric.

    The one rule: `LEAST_CARRIERS` must stand where the metric rests, in its tail if it has one.
    Only what counts people needs no more than two: its law is known however few they are.

    Examples
    --------
    >>> from cvosim.metrics import catalogue
    >>> from cvosim.tables.columns import Names
    >>> metrics = {metric.name: metric for metric in catalogue(Names((), (), (), (), ()))}
    >>> [too_few(metrics["cac"], count) for count in (29, 30)]
    [True, False]
    >>> [too_few(metrics["clv_quantile.p99"], count) for count in (2999, 3000)]
    [True, False]
    >>> too_few(metrics["repeat_rate"], 2)
    False
    """
    least = 2 if metric.counts_people else LEAST_CARRIERS
    return count * metric.tail < least * (1.0 - _ROUNDING)


def carriers(metric: Metric, moments: Moments) -> float:
    """Count the customers who carry the denominator of a ratio; of a total, all of them.

    Kish's effective number, ``sum(y)**2 / sum(y**2)`` (Kish 1965, *Survey Sampling*, section
    11.7): the plain number where all carry alike, fewer where some carry more than others. A
    market prospect and those who came through it count as one.
    """
    y = metric.denominator
    return float(moments.count) if y is None else effective(moments.sums[y], moments.products[y, y])


def effective(total: float, squares: float) -> float:
    """Kish's effective number of those whose values have this sum and sum of squares."""
    return total * total / squares if squares > 0.0 else 0.0


def combine(rows: Block, weights: Weights) -> Floats:
    """Give the linear combination for a block of families, a new array."""
    (column, weight), *rest = weights
    total: Floats = rows[column] * weight
    for column, weight in rest:
        total += rows[column] * weight
    return total


def _error_of_none(count: float) -> float:
    """Error of a proportion of 0, or likewise of 1, among so many (Agresti & Coull 1998)."""
    total = count + 4.0
    share = 2.0 / total
    return math.sqrt(share * (1.0 - share) / total)


def _clean(residual: float, scale: float) -> float:
    return residual if residual > _ROUNDING * scale else 0.0


def _root(spread: float, count: int) -> float:
    return math.sqrt(spread / (count - 1)) if count > 1 else math.nan
