"""What a block of customers comes to: small, it adds up, and every metric follows from it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.metrics.cash import EVENT_METRICS, CashSums
from cvosim.metrics.cohorts import CohortCounts
from cvosim.metrics.columns import PROSPECTS, REFERRAL, Rows
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.metrics.moments import Moments, collect, estimate, too_few
from cvosim.metrics.registry import MONEY, Metric, catalogue
from cvosim.metrics.sketch import Sketch
from cvosim.metrics.sketch_error import Z, reach
from cvosim.tables.columns import CustomerTable, EventColumns, EventTable, Floats, Names
from cvosim.tables.spans import STREAM_BLOCK

_NONE_OF_OURS = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What comes of reading a text that holds something else."""
EVENT_OUTCOMES = tuple(EVENT_METRICS)
"""Names of the numbers that need the events."""


class Wanted(NamedTuple):
    """What shall be measured of customers that are not kept.

    Attributes
    ----------
    outcomes : tuple of str or None
        Names of `outcome_names`, of any journey: what a journey lacks is left out. None for
        every metric of the catalogue.
    cohort_days : float or None
        Width of the cohorts whose retention is wanted; None for no cohorts.

    Examples
    --------
    >>> Wanted().needs_events, Wanted(("cac", "lowest_cash")).needs_events
    (False, True)
    """

    outcomes: tuple[str, ...] | None = None
    cohort_days: float | None = None

    @property
    def needs_events(self) -> bool:
        """Whether customers alone are not enough."""
        return self.cohort_days is not None or self.needs_cash

    @property
    def needs_cash(self) -> bool:
        """Whether anything rests on the cash of each day."""
        return not set(EVENT_OUTCOMES).isdisjoint(self.outcomes or ())

    def metrics(self, names: Names) -> tuple[Metric, ...]:
        """Those of the catalogue, in its order."""
        every = catalogue(names)
        if self.outcomes is None:
            return every
        chosen = frozenset(self.outcomes)
        return tuple(metric for metric in every if metric.name in chosen)


def outcome_names(names: Names) -> tuple[str, ...]:
    """All that can be wanted of a journey: its catalogue, and what needs events.

    Examples
    --------
    >>> outcome_names(Names((), (), (), (), ()))[-2:]
    ('payback_time', 'lowest_cash')
    """
    return (*(metric.name for metric in catalogue(names)), *EVENT_OUTCOMES)


@dataclass(frozen=True)
class Aggregate:
    """All that some metrics need to know of some customers; it adds up over customers.

    Attributes
    ----------
    names : Names
        Of the tables.
    horizon : float
        Days.
    moments : Moments
        Of what ratios and totals are made of.
    sketches : mapping of str to Sketch
        Distributions, by ``numerator|denominator``.
    cash : CashSums or None
        Money by day, if anything wanted rests on it.
    cohorts : CohortCounts or None
        If they were wanted.

    Examples
    --------
    >>> from cvosim import load_scenario, simulate
    >>> run = simulate(load_scenario("carpet_cleaning"), customers=2000)
    >>> wanted = Wanted(("cac", "repeat_rate"))
    >>> summed = aggregate(run.customers, None, wanted, 365.0)
    >>> summed.measure(wanted)["repeat_rate"] == run.metrics()["repeat_rate"]
    True
    >>> Aggregate.from_json(summed.to_json()) == summed
    True
    """

    names: Names
    horizon: float
    moments: Moments
    sketches: Mapping[str, Sketch]
    cash: CashSums | None = None
    cohorts: CohortCounts | None = None

    def __add__(self, other: Aggregate) -> Aggregate:
        if (self.names, self.horizon) != (other.names, other.horizon):
            raise ValueError("aggregates of other journeys or horizons do not add up")
        if self._kinds() != other._kinds():
            raise ValueError("aggregates of other outcomes do not add up")
        return Aggregate(
            self.names,
            self.horizon,
            self.moments + other.moments,
            {key: sketch + other.sketches[key] for key, sketch in self.sketches.items()},
            None if self.cash is None or other.cash is None else self.cash + other.cash,
            None if self.cohorts is None or other.cohorts is None else self.cohorts + other.cohorts,
        )

    def _kinds(self) -> tuple[object, ...]:
        sums, products = self.moments.sums.keys(), self.moments.products.keys()
        return sums, products, self.sketches.keys(), self.cash is None, self.cohorts is None

    def measure(self, wanted: Wanted, currency: str = MONEY) -> Metrics:
        """Every wanted metric, as `cvosim.metrics.measure` gives it for the table.

        Ratios and totals, with their errors, are the same to the bit. Statistics of a
        distribution come from its sketch: quantiles within ``sketch.ACCURACY`` of the exact
        ones, tail means within that share of the mean size of the values, shares as
        `cvosim.metrics.sketch_error.reach` says. Their standard errors are larger by that bound
        over 1.96: the 95 % interval reaches as much farther either way as the sketch can be off,
        and always holds what the table would have given. Where people can be brought by
        referral, errors of distributions that they are part of are NaN: sketches do not know who
        came through whom. ``payback_time`` and ``lowest_cash`` are at whole days and have no
        standard error (NaN).

        Parameters
        ----------
        wanted : Wanted
            At most what the aggregate was made for.
        currency : str
            The unit of money in the results.

        Returns
        -------
        Metrics
            In the order of the catalogue, those of events last.

        Raises
        ------
        ValueError
            When the aggregate was made without what a wanted outcome needs.
        """
        found = {
            metric.name: Estimate(*self._estimate(metric), _unit(metric.unit, currency))
            for metric in wanted.metrics(self.names)
        }
        if wanted.needs_cash:
            if self.cash is None:
                raise ValueError("the aggregate was made without events")
            for name in EVENT_OUTCOMES:
                if name in (wanted.outcomes or ()):
                    value = float(getattr(self.cash, name)())
                    unit = _unit(EVENT_METRICS[name].unit, currency)
                    found[name] = Estimate(value, math.nan, unit)
        return Metrics(found)

    def _estimate(self, metric: Metric) -> tuple[float, float]:
        try:
            if metric.statistic is None:
                return estimate(metric, self.moments)
            sketch = self.sketches[_key(metric)]
        except KeyError:
            raise ValueError(f"the aggregate was made without {metric.name}") from None
        values, weights = sketch.values_and_weights()
        value, influences = metric.statistic(values, weights)
        clustered = REFERRAL in self.names.channels and not _of_prospects(metric)
        if clustered or too_few(metric, sketch.count):
            return value, math.nan
        squares = float((influences * influences * weights).sum())
        error = math.sqrt(squares / (sketch.count * (sketch.count - 1.0)))
        return value, error + reach(metric, values, weights) / Z

    def to_json(self) -> str:
        """Give canonical text, from which `from_json` makes the same to the bit."""
        entries = {
            "names": self.names._asdict(),
            "horizon": self.horizon,
            "moments": self.moments.to_dict(),
            "sketches": {key: sketch.to_lists() for key, sketch in self.sketches.items()},
            "cash": None if self.cash is None else self.cash.to_lists(),
            "cohorts": None if self.cohorts is None else self.cohorts.to_dict(),
        }
        return json.dumps(entries, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Aggregate:
        """Take what `to_json` gave.

        Raises
        ------
        DataError
            For a text that it cannot have given.
        """
        try:
            return cls._of(json.loads(text))
        except _NONE_OF_OURS:
            raise DataError("is no aggregate that cvosim wrote") from None

    @classmethod
    def _of(cls, entries: dict[str, Any]) -> Aggregate:
        names, cash, cohorts = (entries[part] for part in ("names", "cash", "cohorts"))
        lists = {key: tuple(value) for key, value in names.items() if isinstance(value, list)}
        return cls(
            Names(**(names | lists)),
            entries["horizon"],
            Moments.from_dict(entries["moments"]),
            {key: Sketch.from_lists(lists) for key, lists in entries["sketches"].items()},
            None if cash is None else CashSums.from_lists(cash),
            None if cohorts is None else CohortCounts.from_dict(cohorts),
        )


def aggregate(
    customers: CustomerTable, events: EventTable | None, wanted: Wanted, horizon: float
) -> Aggregate:
    """Add up all that the wanted outcomes need to know of some customers.

    A table of any length comes to the same bits as the sum, from the left, of the aggregates of
    its blocks of ``STREAM_BLOCK`` market prospects, each with all whom they brought.

    Parameters
    ----------
    customers : CustomerTable
        Of a run.
    events : EventTable or None
        Of the same run; needed where ``wanted.needs_events``.
    wanted : Wanted
        What shall be measured.
    horizon : float
        Days.

    Returns
    -------
    Aggregate

    Raises
    ------
    ValueError
        When events are needed and there are none.
    """
    if events is None and wanted.needs_events:
        raise ValueError("payback_time, lowest_cash and cohorts need the table of events")
    horizon, period = float(horizon), wanted.cohort_days
    metrics = wanted.metrics(customers.names)
    plain = [metric for metric in metrics if metric.statistic is None]
    return Aggregate(
        customers.names,
        horizon,
        collect(customers, plain),
        _sketches(customers, [metric for metric in metrics if metric.statistic is not None]),
        _cash(customers, events.columns, horizon) if events and wanted.needs_cash else None,
        CohortCounts.of(events.columns, horizon=horizon, period=float(period))
        if events and period is not None
        else None,
    )


def _unit(unit: str, currency: str) -> str:
    return currency if unit == MONEY else unit


def _key(metric: Metric) -> str:
    """The distribution that a metric is a statistic of, in words."""
    return f"{metric.numerator}|{metric.denominator}"


def _of_prospects(metric: Metric) -> bool:
    return metric.denominator is None or metric.denominator == PROSPECTS


def _sketches(customers: CustomerTable, metrics: list[Metric]) -> dict[str, Sketch]:
    """A sketch of each distribution, a block of rows at a time."""
    distributions = {_key(metric): metric for metric in metrics}
    found = dict.fromkeys(distributions, Sketch.of(np.zeros(0)))
    for start in range(0, len(customers), STREAM_BLOCK):
        rows = Rows(customers, start, min(start + STREAM_BLOCK, len(customers)))
        prospects = max(customers.n_market - start, 0)
        for key, metric in distributions.items():
            found[key] += Sketch.of(_population(rows, metric, prospects))
    return found


def _population(rows: Rows, metric: Metric, prospects: int) -> Floats:
    """Values of those who count, the first so many rows being prospects."""
    values = rows[metric.numerator]
    if metric.denominator is None or _of_prospects(metric):
        return values[:prospects]
    mask = rows.mask(metric.denominator)
    return values[rows[metric.denominator] > 0.0 if mask is None else mask]


def _cash(customers: CustomerTable, events: EventColumns, horizon: float) -> CashSums:
    """Money by day, added up within the blocks of prospects and then over them."""
    row = _rows(customers, events.customer_id)
    ages = events.time - customers.columns.arrival_time[row]
    if customers.n_market <= STREAM_BLOCK:
        return CashSums.of(events, ages, horizon)
    block = customers.root[row] // STREAM_BLOCK
    total: CashSums | None = None
    for which in range(-(-customers.n_market // STREAM_BLOCK)):
        mine = np.flatnonzero(block == which)
        theirs = EventColumns._make(column[mine] for column in events)
        part = CashSums.of(theirs, ages[mine], horizon)
        total = part if total is None else total + part
    assert total is not None
    return total


def _rows(customers: CustomerTable, ids: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Rows of the customers with these ids."""
    row = (ids - np.uint64(customers.first_customer)).astype(np.int64)
    brought = np.flatnonzero((row < 0) | (row >= customers.n_market))
    if len(brought):
        theirs = customers.referred.customer_id
        order = np.argsort(theirs)
        row[brought] = customers.n_market + order[np.searchsorted(theirs[order], ids[brought])]
    return row


__all__ = [
    "EVENT_OUTCOMES",
    "Aggregate",
    "Wanted",
    "aggregate",
    "outcome_names",
]
