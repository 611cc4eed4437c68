"""From a customer table to every metric with its standard error."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.columns import (
    BLOCK,
    PROSPECTS,
    Column,
    blocks,
    has_referred,
    whole_column,
)
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.metrics.moments import (
    Moments,
    Weights,
    collect,
    combine,
    effective,
    estimate,
    linearisation,
    too_few,
)
from cvosim.metrics.registry import MONEY, Metric, catalogue
from cvosim.tables.columns import CustomerTable, Floats


def measure(
    customers: CustomerTable, *, currency: str = MONEY, moments: Moments | None = None
) -> Metrics:
    """Every metric of a customer table.

    One pass adds up sums and products for all ratios and totals; distributions are sorted.
    Takes about 40 bytes a customer while it works.

    Parameters
    ----------
    customers : CustomerTable
        Simulated, or built from anybody's data.
    currency : str
        The unit of money in the results.
    moments : Moments, optional
        Of the same table, from `moments_of`, if they are there already.

    Returns
    -------
    Metrics
        In the order of `catalogue`; what cannot be said is NaN.

    Notes
    -----
    Standard errors are those of linearised values (delta method; Cochran 1977, section 2.11),
    of quantiles those of Woodruff (1952). The independent unit is the market prospect: people
    brought by referral depend on who brought them, so what they add to a number is added to
    what the prospect at the beginning of their chain does, and errors come from the sums of
    these families (cluster-robust; Liang & Zeger 1986, *Biometrika* 73, 13-22; Cameron & Miller
    2015, *Journal of Human Resources* 50, 317-372). Below, a family counts as one customer.

    Normal intervals miss too often when few customers carry a number, so of everything but
    counts of people the standard error is NaN where fewer than 30 carry the denominator (all
    customers, of a total; Kish's effective number, where some carry more than others), or
    where fewer than 30 are expected in the tail that the metric rests on: beyond a percentile
    on its thin side (3,000 for the percentile 99), in the worst 5 % (600) or the best 20 %
    (150). Counts of people and shares of people among people need two only. A share of
    exactly 0 or 1 gets the error of Agresti & Coull (1998) instead of 0, but for the reach of
    the first stage, which is put to everybody, and for who of a channel arrived, which the
    scenario says. Counts and money of exactly nothing keep a standard error of 0: a table
    cannot tell the rare from the impossible.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> columns = empty_customers(100, names)
    >>> columns = columns._make(np.zeros_like(column) for column in columns)
    >>> columns.orders[:50] = 1
    >>> columns.revenue[:25], columns.revenue[25:50] = 29, 31
    >>> measure(CustomerTable(columns, names), currency="USD")["aov"]
    Estimate(value=30.0, standard_error=0.142..., unit='USD')
    """
    metrics = catalogue(customers.names)
    sums = moments_of(customers) if moments is None else moments
    return _named(metrics, sums, _distributions(customers, metrics), currency)


def measure_with_moments(
    customers: CustomerTable, *, currency: str = MONEY
) -> tuple[Metrics, Moments]:
    """Every metric of a customer table, and the moments that ratios and totals came from.

    The same as `measure` and `moments_of`, to the bit; distributions are sorted in a thread of
    their own.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> columns = empty_customers(2, names)
    >>> columns = columns._make(np.zeros_like(column) for column in columns)
    >>> metrics, moments = measure_with_moments(CustomerTable(columns, names))
    >>> metrics["prospects"].value, moments.count
    (2.0, 2)
    """
    metrics = catalogue(customers.names)
    with ThreadPoolExecutor(1) as beside:
        distributions = beside.submit(_distributions, customers, metrics)
        sums = moments_of(customers)
    return _named(metrics, sums, distributions.result(), currency), sums


def _named(
    metrics: tuple[Metric, ...],
    sums: Moments,
    distributions: dict[str, tuple[float, float]],
    currency: str,
) -> Metrics:
    found = {metric.name: estimate(metric, sums) for metric in metrics if metric.statistic is None}
    found |= distributions
    return Metrics(
        {
            metric.name: Estimate(
                *found[metric.name], currency if metric.unit == MONEY else metric.unit
            )
            for metric in metrics
        }
    )


def moments_of(customers: CustomerTable) -> Moments:
    """Add up all that the ratios and totals of a table need; parts of a table add up."""
    metrics = catalogue(customers.names)
    return collect(customers, [metric for metric in metrics if metric.statistic is None])


def influence(metric: Metric, table: CustomerTable) -> Floats:
    """Take a metric apart into what each market prospect adds to it: linearised values.

    For ``T_hat`` of ``n`` prospects, ``T_hat - T`` is about ``mean(influence)``, so
    ``std(influence, ddof=1) / sqrt(n)`` is its standard error, and the standard error of a
    difference on the same prospects is that of the difference of influences. People brought by
    referral are part of what the prospect at the beginning of their chain adds.

    Parameters
    ----------
    metric : Metric
        Of the table's `catalogue`.
    table : CustomerTable
        Of ``n`` market prospects and whom they brought.

    Returns
    -------
    float64[n]
        With mean 0; all NaN where the metric is not defined or too few customers carry it.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> columns = empty_customers(30, names)
    >>> columns.revenue[:15], columns.revenue[15:], columns.orders[:] = 20, 40, 1
    >>> aov = next(metric for metric in catalogue(names) if metric.name == "aov")
    >>> influence(aov, CustomerTable(columns, names))[[0, 29]]
    array([-10.,  10.])
    """
    if metric.statistic is not None:
        return next(iter(distribution_influences(table, (metric,)).values()))
    return _combined(table, linearisation(metric, collect(table, (metric,))))


def distribution_influences(table: CustomerTable, metrics: tuple[Metric, ...]) -> dict[str, Floats]:
    """Influence of every market prospect on statistics of one distribution, sorted once.

    Parameters
    ----------
    table : CustomerTable
        Of ``n`` market prospects and whom they brought.
    metrics : tuple of Metric
        With the same values and population.

    Returns
    -------
    dict of str to float64[n]
        By name of the metric; 0 for those who are not in the population, all NaN where that
        is too few customers.
    """
    values, members = _population(table, metrics[0])
    order = np.argsort(values)  # equal values have equal influences, so any order of them does
    ordered = values[order]
    clustered = members is not None and has_referred(table)
    places = order if members is None else _prospects(table, members)[order]
    count = _effective_families(places) if clustered else len(ordered)
    found, n = {}, table.n_market
    for metric in metrics:
        assert metric.statistic is not None
        value, of_value = metric.statistic(ordered)
        unknown = math.isnan(value) or too_few(metric, count)
        spread = np.full(n, math.nan if unknown else 0.0)
        if not unknown:
            of_value *= n / len(ordered)
            if clustered:
                spread += np.bincount(places, of_value, n)
            else:
                spread[places] = of_value
        found[metric.name] = spread
    return found


def by_distribution(metrics: tuple[Metric, ...]) -> list[tuple[Metric, ...]]:
    """Group the metrics that are statistics of the same distribution."""
    groups: dict[tuple[Column, Column | None], list[Metric]] = {}
    for metric in metrics:
        if metric.statistic is not None:
            groups.setdefault((metric.numerator, metric.denominator), []).append(metric)
    return [tuple(group) for group in groups.values()]


def _combined(table: CustomerTable, weights: Weights) -> Floats:
    parts = [combine(rows, weights) for rows in blocks(table)]
    return np.concatenate([np.zeros(0), *parts])


def _distributions(
    table: CustomerTable, metrics: tuple[Metric, ...]
) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for group in by_distribution(metrics):
        values, members = _population(table, group[0])
        if members is not None and has_referred(table):
            found |= _clustered(values, _prospects(table, members), group)
            continue
        values.sort()
        for metric in group:
            assert metric.statistic is not None
            value, of_value = metric.statistic(values)
            few = too_few(metric, len(values))
            found[metric.name] = value, math.nan if few else _standard_error(of_value)
    return found


def _population(table: CustomerTable, metric: Metric) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Values of those who count, a new array, and who they are (None: all prospects)."""
    if metric.denominator is None or metric.denominator == PROSPECTS:
        return whole_column(table, metric.numerator, table.n_market), None
    values = whole_column(table, metric.numerator)
    members = whole_column(table, metric.denominator) > 0.0
    return values[members], members


def _prospects(table: CustomerTable, members: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows of the market prospects through whom the members came; their own are theirs."""
    return table.root[members] if has_referred(table) else np.flatnonzero(members)


def _effective_families(places: NDArray[np.int64]) -> float:
    """Kish's effective number of families, some of which have more members than others."""
    sizes = np.bincount(places)
    return effective(float(sizes.sum()), float(np.dot(sizes, sizes)))


def _clustered(
    values: Floats, places: NDArray[np.int64], metrics: tuple[Metric, ...]
) -> dict[str, tuple[float, float]]:
    """Statistics of one distribution, with errors from the sums of families' influences."""
    order = np.argsort(values)
    ordered, places = values[order], places[order]
    found: dict[str, tuple[float, float]] = {}
    carriers = _effective_families(places)
    families = int(np.count_nonzero(np.bincount(places)))
    for metric in metrics:
        assert metric.statistic is not None
        value, of_value = metric.statistic(ordered)
        error = math.nan
        if not too_few(metric, carriers):
            squares = float(np.square(np.bincount(places, of_value)).sum())
            error = math.sqrt(squares * families / (families - 1.0)) / len(ordered)
        found[metric.name] = value, error
    return found


def _standard_error(influences: Floats) -> float:
    count = len(influences)
    # by blocks, whose squares stay in the processor's cache
    parts = (influences[start : start + BLOCK] for start in range(0, count, BLOCK))
    squares = sum(float((part * part).sum()) for part in parts)
    return math.sqrt(squares / (count * (count - 1.0)))
