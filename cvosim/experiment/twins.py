"""Two customer tables of the same market prospects, walked through side by side."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from cvosim.experiment.influences import Influences, WeightsOf, combine_into
from cvosim.metrics.columns import BLOCK, PROSPECTS, Block, Column, family_block
from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.metrics.moments import (
    LEAST_CARRIERS,
    Moments,
    Weights,
    effective,
    linearisation,
)
from cvosim.metrics.registry import catalogue
from cvosim.stats.decomposition import WORD_OF_MOUTH, ValueSplit, split_value
from cvosim.stats.paired import PairedSums
from cvosim.tables.columns import CustomerTable, Floats

Found = TypeVar("Found")

_VALUE = tuple(
    Column(name, market=True)
    for name in ("customer_days", "orders", "discounted_revenue", "discounted_cost")
)


def linear_weights(table: CustomerTable, moments: Moments) -> WeightsOf:
    """Take every ratio and total of a table apart into columns and weights."""
    metrics = catalogue(table.names)
    return {
        metric.name: linearisation(metric, moments)
        for metric in metrics
        if metric.statistic is None
    }


def with_referrals(found: Mapping[str, Found]) -> dict[str, Found]:
    """Add what prospects are worth with all who came through them, where it is not there.

    Without referral nobody comes through them, so ``clv_with_referrals`` is ``clv_per_prospect``:
    the same value, and the same influence of every prospect.

    Parameters
    ----------
    found : mapping of str to anything
        Something of every metric, by its name.

    Returns
    -------
    dict
        In the same order.

    Examples
    --------
    >>> with_referrals({"clv_per_prospect": 5.0, "cac": 41.5})
    {'clv_per_prospect': 5.0, 'cac': 41.5, 'clv_with_referrals': 5.0}
    >>> with_referrals({"clv_per_prospect": 5.0, "clv_with_referrals": 5.4})
    {'clv_per_prospect': 5.0, 'clv_with_referrals': 5.4}
    """
    return {**found, WITH_REFERRALS: found.get(WITH_REFERRALS, found[VALUE])}


def with_word_of_mouth(weights: WeightsOf) -> dict[str, Weights]:
    """Add what people brought by referral are worth, per market prospect.

    It is ``clv_with_referrals`` less ``clv_per_prospect``, and so is its influence, prospect by
    prospect: most of the noise of the two is the same and cancels.

    Examples
    --------
    >>> whole, own = Column("clv"), Column("clv", market=True)
    >>> found = with_word_of_mouth(
    ...     {"clv_per_prospect": ((own, 1.0),), "clv_with_referrals": ((whole, 1.0),)})
    >>> found["word_of_mouth"] == ((whole, 1.0), (own, -1.0))
    True
    """
    found = with_referrals(weights)
    # by column, so that what is in both cancels exactly
    merged: dict[Column, float] = {}
    for name, sign in ((WITH_REFERRALS, 1.0), (VALUE, -1.0)):
        for column, weight in found[name]:
            merged[column] = merged.get(column, 0.0) + sign * weight
    kept = tuple((column, weight) for column, weight in merged.items() if weight != 0.0)
    return {**found, WORD_OF_MOUTH: kept or ((PROSPECTS, 0.0),)}


def paired_sums(
    ours: Influences, theirs: Influences, wanted: Collection[str] | None = None
) -> dict[str, PairedSums]:
    """Compare the influences of every market prospect on every metric that both tables have.

    What people brought by referral do is part of the influence of the prospect at the beginning
    of their chain, however many came in either table. Statistics of distributions, which take
    sorting, are seen to beside the others.

    Parameters
    ----------
    ours, theirs : Influences
        Of the baseline and the variant, tables of the same market prospects.
    wanted : collection of str, optional
        Metrics to compare; all by default. No sum depends on what else is wanted.

    Returns
    -------
    dict of str to PairedSums
        By name of the metric.
    """
    _check_same(ours.table, theirs.table)
    with ThreadPoolExecutor(1) as beside:
        sorting = beside.submit(_distribution_sums, ours, theirs, wanted)
        shared = [
            name
            for name in ours.weights
            if name in theirs.weights and (wanted is None or name in wanted)
        ]
        return _linear_sums(ours, theirs, shared) | sorting.result()


def _linear_sums(
    ours: Influences, theirs: Influences, names: Sequence[str]
) -> dict[str, PairedSums]:
    known = ours.whole(names)
    sums = {name: [0.0, 0.0, 0.0] for name in names}
    room = np.empty((4, BLOCK))
    for start, stop in spans(ours.table, theirs.table):
        one, other, change, spare = room[:, : stop - start]
        mine = None if len(known) == len(names) else family_block(ours.table, start, stop)
        yours = family_block(theirs.table, start, stop)
        for name, total in sums.items():
            if name in known:
                one = known[name][start:stop]
            elif mine is not None:
                one = combine_into(room[0, : stop - start], mine, ours.weights[name], spare)
            combine_into(other, yours, theirs.weights[name], spare)
            np.subtract(other, one, out=change)
            total[0] += np.dot(one, one)
            total[1] += np.dot(other, other)
            total[2] += np.dot(change, change)
    return {
        name: PairedSums(ours.table.n_market, *map(float, total)) for name, total in sums.items()
    }


def value_split(baseline: CustomerTable, variant: CustomerTable) -> ValueSplit:
    """Split the difference of CLV per prospect, of prospects alone; see `stats.split_value`.

    Time, frequency and monetary value have no standard error where too few customers carry the
    days or the orders of either side, unless nothing differs.
    """
    sums, products, n = np.zeros(8), np.zeros((8, 8)), baseline.n_market
    for ours, theirs in side_by_side(baseline, variant):
        first = [ours[column] for column in _VALUE]
        change = [theirs[column] - ours[column] for column in _VALUE]
        both = np.stack([*first, *change])
        sums += both.sum(axis=1)
        products += both @ both.T
    means = sums / n
    scatter = products - n * np.outer(means, means)
    covariance = scatter / (n * (n - 1.0)) if n > 1 else np.full((8, 8), math.nan)
    split = split_value(means[:4].tolist(), (means[:4] + means[4:]).tolist(), covariance)
    if min(_carriers(sums, products)) >= LEAST_CARRIERS or not products[4:, 4:].any():
        return split
    withheld = dict.fromkeys(("time", "frequency", "monetary_value"), math.nan)
    return replace(split, standard_errors=MappingProxyType({**split.standard_errors, **withheld}))


def _carriers(sums: Floats, products: Floats) -> list[float]:
    """How many customers carry the days and the orders, of the baseline and of the variant."""
    squares = products.diagonal()
    both = sums[:4] + sums[4:], squares[:4] + 2.0 * products[:4, 4:].diagonal() + squares[4:]
    return [effective(s[i], q[i]) for s, q in ((sums, squares), both) for i in (0, 1)]


def side_by_side(baseline: CustomerTable, variant: CustomerTable) -> Iterator[tuple[Block, Block]]:
    """Walk through two tables of the same prospects with their families, a block at a time."""
    for start, stop in spans(baseline, variant):
        yield family_block(baseline, start, stop), family_block(variant, start, stop)


def spans(baseline: CustomerTable, variant: CustomerTable) -> Iterator[tuple[int, int]]:
    """Where the blocks of market prospects begin and end, in both tables."""
    _check_same(baseline, variant)
    count = baseline.n_market
    for start in range(0, count, BLOCK):
        yield start, min(start + BLOCK, count)


def _check_same(baseline: CustomerTable, variant: CustomerTable) -> None:
    ours, theirs = ((table.n_market, table.first_customer) for table in (baseline, variant))
    if ours != theirs:
        raise ValueError("the two tables must be of the same customers")


def _distribution_sums(
    ours: Influences, theirs: Influences, wanted: Collection[str] | None
) -> dict[str, PairedSums]:
    # the same metrics in both tables: distributions are not about stages or programs
    names = [
        metric.name
        for metric in catalogue(ours.table.names)
        if metric.statistic is not None and (wanted is None or metric.name in wanted)
    ]
    if not names:
        return {}
    first, second = ours.distributions(names), theirs.distributions(names)
    return {name: _sums(first[name], second[name]) for name in names}


def _sums(one: Floats, other: Floats) -> PairedSums:
    parts = (slice(start, start + BLOCK) for start in range(0, len(one), BLOCK))
    return sum((PairedSums.of(one[part], other[part]) for part in parts), PairedSums())
