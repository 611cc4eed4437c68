"""What the figures of one run are drawn from, beyond its metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.carried import Carried
from cvosim.metrics.cohorts import Retention
from cvosim.metrics.columns import Column, whole_column
from cvosim.metrics.curves import paid_back
from cvosim.metrics.moments import LEAST_CARRIERS, effective
from cvosim.metrics.portrait_sums import REPEAT, EventSums, Terms, part_names
from cvosim.metrics.retention import Survival, subscriber_survival
from cvosim.metrics.rfm import rfm_scores
from cvosim.tables.columns import CustomerTable, EventTable, Floats, Names


@dataclass(frozen=True, eq=False)
class ValueSpread:
    """How customer value differs between people: its quantiles.

    Attributes
    ----------
    level : float64[n]
        Shares of people, ascending: 0.005, 0.01, ... 0.995.
    prospects : float64[n]
        Smallest CLV that at least this share of the market prospects does not exceed.
    buyers : float64[n]
        The same of those who bought, referred or not, before acquisition cost; NaN where nobody
        bought.
    """

    level: Floats
    prospects: Floats
    buyers: Floats


@dataclass(frozen=True, eq=False)
class CashBand:
    """Contribution that prospects have brought by their age, with its 95 % interval.

    Attributes
    ----------
    days : float64[n]
        Age: whole days since a customer's own arrival, from 0 to the horizon.
    mean, low, high : float64[n]
        Running total of revenue less refunds and every cost, a market prospect, undiscounted;
        people brought by referral count for the prospect at the beginning of their chain, at
        their own age. Who arrives late is seen for less long, and counts from then on with what
        it had brought by the horizon: where `seen` is below 1, the curve is too flat. The
        interval is pointwise and normal, prospects being independent; NaN where too few buyers
        carry the money (`cvosim.metrics.carried.Carried`).
    seen : float64[n]
        Share of the market prospects who arrive who can be seen to that age, because the horizon
        does not end before; NaN where nobody arrives.
    payback : float
        Age in days at which the mean rises from below 0 for the last time; 0 if it never is below,
        NaN if it is below at the end.
    payback_low, payback_high : float
        The same of the upper and of the lower limit; infinite where that is below 0 at the end,
        NaN where there is no interval.
    """

    days: Floats
    mean: Floats
    low: Floats
    high: Floats
    seen: Floats
    payback: float
    payback_low: float
    payback_high: float


@dataclass(frozen=True, eq=False)
class RfmMap:
    """Buyers by recency and frequency score.

    Attributes
    ----------
    buyers : int64[5, 5]
        By recency score (row 0: score 1, longest ago) and frequency score (column 0: score 1).
    monetary : float64[5, 5]
        Their revenue less refunds over their paid orders; NaN where nobody is.
    """

    buyers: NDArray[np.int64]
    monetary: Floats


@dataclass(frozen=True, eq=False)
class StageWorth:
    """CLV by where in the journey the money moved; the parts add up to it.

    An event that is due to a program counts for that program alone: what reaching out costs, and
    the price and the goods of the order that it won. Every other event counts for its stage:
    later bills, refunds and loyalty rewards too, whoever won the order.

    Attributes
    ----------
    names : tuple of str
        ``acquisition`` (the cost of channels and of the content of ``engage``), the other stages
        in journey order, ``repeat_purchases`` where there are any, each return-path or retention
        program, and ``word_of_mouth`` (all that people brought by referral earn and cost, the
        rewards for bringing them included) where there is referral. A program that is called what
        a stage is called has ``(program)`` behind its name.
    value, standard_error : float64[n]
        Revenue less refunds and cost, discounted to the customer's arrival, a market prospect.
        They add up to ``clv_with_referrals``, without referral to ``clv_per_prospect``. The error
        is that of families; NaN of fewer than 30 prospects.
    """

    names: tuple[str, ...]
    value: Floats
    standard_error: Floats


@dataclass(frozen=True, eq=False)
class Portrait:
    """What the figures of one run are drawn from, beyond its metrics.

    Attributes
    ----------
    value : ValueSpread
    cash : CashBand
    retention : Retention
        At most 13 cohorts: of 7, 14, 30, 60, 90, 180 or 365 days, or years doubled.
    survival : mapping of str to Survival
        By subscription.
    rfm : RfmMap or None
        None where nobody bought.
    stages : StageWorth
    """

    value: ValueSpread
    cash: CashBand
    retention: Retention
    survival: Mapping[str, Survival]
    rfm: RfmMap | None
    stages: StageWorth


def portrait(
    customers: CustomerTable, events: EventTable, *, horizon: float, discount_rate: float
) -> Portrait:
    """Draw a run's portrait from its tables.

    Parameters
    ----------
    customers : CustomerTable
        Of a run.
    events : EventTable
        All of the same run, in any order in which each customer's stand by time.
    horizon : float
        Days.
    discount_rate : float
        A year, as the run discounted.

    Returns
    -------
    Portrait

    Examples
    --------
    >>> from cvosim import load_scenario, simulate
    >>> run = simulate(load_scenario("cdnow"), customers=1000, events=True)
    >>> found = portrait(run.customers, run.events, horizon=546, discount_rate=0.15)
    >>> found.stages.names, found.retention.period, int(found.rfm.buyers.sum())
    (('acquisition', 'core_offer', 'repeat_purchases'), 60.0, 1000)
    """
    terms = terms_of(horizon, discount_rate)
    sums = EventSums.of(customers, events.columns, terms)
    return portrait_of(table_portrait(customers, horizon), sums, customers.names)


def terms_of(horizon: float, discount_rate: float) -> Terms:
    """How the events of a run are read."""
    return Terms(horizon, math.log1p(discount_rate) / 365.0, cohort_period(horizon))


class TablePortrait(NamedTuple):
    """What of a portrait needs the customers alone."""

    value: ValueSpread
    survival: Mapping[str, Survival]
    rfm: RfmMap | None
    seen: Floats
    carried: Carried


def table_portrait(customers: CustomerTable, horizon: float) -> TablePortrait:
    """Draw what needs the customers alone."""
    names = customers.names.subscriptions
    survival = {name: subscriber_survival(customers, name) for name in names}
    return TablePortrait(
        value_spread(customers),
        MappingProxyType(survival),
        rfm_map(customers, horizon),
        seen_to(customers, horizon),
        _carried(customers),
    )


def portrait_of(drawn: TablePortrait, sums: EventSums, names: Names) -> Portrait:
    """Add to it what the events add up to."""
    return Portrait(
        value=drawn.value,
        cash=cash_band(sums, drawn.seen, drawn.carried),
        retention=sums.cohorts.retention(),
        survival=drawn.survival,
        rfm=drawn.rfm,
        stages=stage_worth(sums.worth, names),
    )


def cohort_period(horizon: float) -> float:
    """Days a cohort, so that there are at most 13.

    Examples
    --------
    >>> [cohort_period(days) for days in (60, 365, 730, 36500)]
    [7.0, 30.0, 60.0, 2920.0]
    """
    period = next((days for days in _PERIODS if _MOST * days >= horizon), _PERIODS[-1])
    while _MOST * period < horizon:
        period *= 2.0
    return period


_Z = NormalDist().inv_cdf(0.975)
_MOST = 13
_PERIODS = (7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)


def value_spread(customers: CustomerTable) -> ValueSpread:
    """Quantiles of what people are worth."""
    own = whole_column(customers, Column("clv"), customers.n_market)
    gross = whole_column(customers, Column("clv_before_acquisition"))
    bought = gross[customers.columns.orders > 0]
    return ValueSpread(_LEVELS, _quantiles(own), _quantiles(bought))


_LEVELS: Floats = np.arange(1, 200) / 200.0


def _quantiles(values: Floats) -> Floats:
    """Smallest values that these shares do not exceed."""
    count = len(values)
    if count == 0:
        return np.full(len(_LEVELS), math.nan)
    ranks = np.ceil(_LEVELS * count * (1.0 - 1e-12)).astype(np.int64)
    found: Floats = np.sort(values)[np.clip(ranks, 1, count) - 1]
    return found


def seen_to(customers: CustomerTable, horizon: float) -> Floats:
    """Share of the prospects who arrive who can be seen to each whole day of age."""
    arrival = customers.columns.arrival_time[: customers.n_market]
    left = np.sort(horizon - arrival[arrival < horizon])  # who does not arrive has no time
    days = np.arange(math.ceil(horizon) + 1, dtype=np.float64)
    if len(left) == 0:
        return np.full(len(days), math.nan)
    # the last day of age ends with the horizon, whole or not
    found: Floats = 1.0 - np.searchsorted(left, np.minimum(days, horizon)) / len(left)
    return found


def _carried(customers: CustomerTable) -> Carried:
    """Count the buyers, and those who carry the revenue, families being one."""
    columns, count = customers.columns, customers.n_market
    revenue = whole_column(customers, Column("revenue"))
    if len(revenue) > count:
        revenue = np.bincount(customers.root, revenue, count).astype(np.float64, copy=False)
    buyers = float(np.count_nonzero(columns.orders > 0))
    return Carried(count, buyers, effective(float(revenue.sum()), float((revenue**2).sum())))


def cash_band(sums: EventSums, seen: Floats, rests_on: Carried) -> CashBand:
    """Running mean of prospects with its interval."""
    count = sums.worth.shape[1]
    mean = np.cumsum(sums.money) / count
    reach = _Z * _errors(mean, np.cumsum(sums.squares), count)
    if rests_on.too_few:
        reach = np.full(len(mean), math.nan)
    low, high, days = mean - reach, mean + reach, np.arange(len(mean), dtype=np.float64)
    early, late = (_end_of_debt(days, limit) for limit in (high, low))
    return CashBand(days, mean, low, high, seen, paid_back(days, mean, 0.0), early, late)


def _errors(mean: Floats, squares: Floats, count: int) -> Floats:
    """Standard errors of means; NaN where a normal interval would miss too often."""
    if count < LEAST_CARRIERS:
        return np.full(len(mean), math.nan)
    spread = np.maximum(squares - count * mean * mean, 0.0)
    found: Floats = np.sqrt(spread / (count * (count - 1.0)))
    return found


def _end_of_debt(days: Floats, limit: Floats) -> float:
    if np.isnan(limit).any():
        return math.nan
    found = paid_back(days, limit, 0.0)
    return math.inf if math.isnan(found) else found


def rfm_map(customers: CustomerTable, until: float) -> RfmMap | None:
    """Buyers by recency and frequency on a day; None where nobody bought."""
    found = rfm_scores(customers, until=until)
    if len(found.recency) == 0:
        return None
    cell = (found.scores[0] - 1) * 5 + found.scores[1] - 1
    buyers = np.bincount(cell, minlength=25).reshape(5, 5)
    orders = np.bincount(cell, found.frequency, 25).reshape(5, 5)
    money = np.bincount(cell, found.monetary * found.frequency, 25).reshape(5, 5)
    monetary = np.full((5, 5), math.nan)
    np.divide(money, orders, out=monetary, where=orders > 0)
    return RfmMap(buyers, monetary)


def stage_worth(worth: Floats, names: Names) -> StageWorth:
    """Mean of every part over prospects, with its standard error."""
    kept = kept_parts(worth, names)
    every = part_names(names)
    mean, error = mean_and_error(worth[kept])
    return StageWorth(tuple(every[row] for row in kept), mean, error)


def kept_parts(worth: Floats, names: Names) -> list[int]:
    """Rows of `EventSums.worth` that the scenario has: repeat purchases may not be there."""
    return [row for row, name in enumerate(part_names(names)) if name != REPEAT or worth[row].any()]


def mean_and_error(rows: Floats) -> tuple[Floats, Floats]:
    """Mean of each row, and its standard error."""
    count = rows.shape[1]
    mean: Floats = rows.mean(axis=1)
    squares = np.einsum("ij,ij->i", rows, rows)
    return mean, _errors(mean, squares, count)
