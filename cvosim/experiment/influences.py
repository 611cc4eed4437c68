"""What each market prospect adds to every metric, held ready for one comparison after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from cvosim.metrics.columns import BLOCK, PROSPECTS, Block, family_block
from cvosim.metrics.measure import by_distribution, distribution_influences
from cvosim.metrics.moments import Weights
from cvosim.metrics.registry import catalogue
from cvosim.tables.columns import CustomerTable, Floats

WeightsOf = Mapping[str, Weights]

ROOM = 96 * 2**20
"""Bytes that may be kept for one side."""


class Influences:
    """Influences of the market prospects of a table, and of whom they brought, on its metrics.

    Parameters
    ----------
    table : CustomerTable
        Shared, not copied.
    weights : mapping
        Of its ratios and totals: from `linear_weights`.
    room : int
        Bytes to keep what was asked for, for the next time; 0 for nothing. Keeping changes no
        number. Several threads may ask at a time.
    """

    def __init__(self, table: CustomerTable, weights: WeightsOf, room: int = 0) -> None:
        self.table = table
        self.weights = weights
        self._most = room // max(8 * table.n_market, 1)
        self._kept: dict[str, Floats] = {}

    def whole(self, names: Collection[str]) -> dict[str, Floats]:
        """Influences that are kept, or as many more as there is room for; ratios and totals.

        Returns
        -------
        dict of str to float64[prospects]
            By name of the metric; of those that there is no room for, nothing.
        """
        kept = self._kept
        missing = [name for name in names if name not in kept][: max(self._most - len(kept), 0)]
        if missing:
            kept = kept | self._computed(missing)
            self._kept = kept
        return {name: kept[name] for name in names if name in kept}

    def _computed(self, names: Iterable[str]) -> dict[str, Floats]:
        count, spare = self.table.n_market, np.empty(BLOCK)
        found = {name: np.empty(count) for name in names}
        for start in range(0, count, BLOCK):
            stop = min(start + BLOCK, count)
            rows = family_block(self.table, start, stop)
            for name, values in found.items():
                combine_into(values[start:stop], rows, self.weights[name], spare)
        return found

    def distributions(self, names: Collection[str] | None = None) -> dict[str, Floats]:
        """Influences on statistics of distributions, or on those of these names.

        Returns
        -------
        dict of str to float64[prospects]
            By name of the metric.
        """
        kept = self._kept
        found: dict[str, Floats] = {}
        for group in by_distribution(catalogue(self.table.names)):
            metrics = [metric for metric in group if names is None or metric.name in names]
            if all(metric.name in kept for metric in metrics):
                found |= {metric.name: kept[metric.name] for metric in metrics}
            else:
                found |= distribution_influences(self.table, tuple(metrics))
        if len(kept) + len(found) <= self._most:
            self._kept = kept | found
        return found


def combine_into(out: Floats, rows: Block, weights: Weights, spare: Floats) -> Floats:
    """Do what `metrics.moments.combine` does, to the same bit, into memory that is there.

    Parameters
    ----------
    out : float64[n]
        Receives the linear combination.
    rows : Block
        Of market prospects.
    weights : Weights
        Columns and weights.
    spare : float64
        Room for ``n`` numbers or more.
    """
    (column, weight), *rest = weights
    if column == PROSPECTS:  # 1 for everybody
        out.fill(weight)
    else:
        np.multiply(rows[column], weight, out=out)
    for column, weight in rest:
        if column == PROSPECTS:
            out += weight
        else:
            out += np.multiply(rows[column], weight, out=spare[: len(out)])
    return out
