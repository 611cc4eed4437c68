"""Sums and products of a few columns of one table or of several of the same customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvosim.metrics.columns import Column, blocks
from cvosim.metrics.moments import Moments
from cvosim.tables.columns import CustomerTable, Floats

Columns = tuple[Column, ...]


class ProductSums(NamedTuple):
    """All that ratios, totals, their differences and control variates need; sums add up.

    The columns of the first table come first, then those of the second, and so on.

    Attributes
    ----------
    prospects : int
        Market prospects, each with those whom it brought.
    differing : int64[tables]
        Of them, those for whom a column that is watched differs from the first table's.
    sums : float64[k]
    products : float64[k, k]
        Raw: not less the means.
    tails : float64[q, 5]
        Powers of what is estimated, see `cvosim.experiment.precision.tails`; none by default.
    """

    prospects: int
    differing: Floats
    sums: Floats
    products: Floats
    tails: Floats = np.zeros((0, 5))

    def plus(self, other: ProductSums) -> ProductSums:
        """Sums over both sets of prospects."""
        return ProductSums(
            self.prospects + other.prospects,
            self.differing + other.differing,
            self.sums + other.sums,
            self.products + other.products,
            self.tails + other.tails,
        )

    def means(self) -> Floats:
        """Mean of each column over prospects."""
        return self.sums / self.prospects

    def covariances(self) -> Floats:
        """Of the columns, over prospects; NaN with a single one."""
        means = self.means()
        scatter = self.products - self.prospects * np.outer(means, means)
        squares = self.products.diagonal()
        # what is this small beside its terms is their rounding: a constant has no spread
        still = scatter.diagonal() <= 1e-13 * squares
        scatter[still, :] = 0.0
        scatter[:, still] = 0.0
        return (
            scatter / (self.prospects - 1.0)
            if self.prospects > 1
            else np.full_like(scatter, np.nan)
        )

    def moments(self, columns: Columns, start: int) -> Moments:
        """Moments of the columns of one table, which begin at ``start``."""
        places = {column: start + place for place, column in enumerate(columns)}
        return Moments(
            self.prospects,
            {column: float(self.sums[place]) for column, place in places.items()},
            {
                (one, other): float(self.products[a, b])
                for one, a in places.items()
                for other, b in places.items()
            },
        )


def product_sums(
    tables: Sequence[CustomerTable], columns: Sequence[Columns], watched: Sequence[Columns]
) -> ProductSums:
    """Add up over tables of the same market prospects.

    Parameters
    ----------
    tables : sequence of CustomerTable
        One or more.
    columns : sequence of tuples of Column
        Of each table, those to add up.
    watched : sequence of tuples of Column
        Of each table, as many as of the first: those that tell whether anything differs.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> one, other = empty_customers(3, names), empty_customers(3, names)
    >>> one.orders[:], other.orders[:] = [0, 1, 4], [0, 2, 4]
    >>> tables = CustomerTable(one, names), CustomerTable(other, names)
    >>> orders = ((Column("orders"),),) * 2
    >>> found = product_sums(tables, orders, orders)
    >>> found.sums.tolist(), found.products.tolist(), found.differing.tolist()
    ([5.0, 6.0], [[17.0, 18.0], [18.0, 20.0]], [0.0, 1.0])
    """
    size = sum(map(len, columns))
    count, differing = 0, np.zeros(len(tables))
    sums, products = np.zeros(size), np.zeros((size, size))
    for sides in zip(*map(blocks, tables), strict=True):
        values = [
            side[column] for side, those in zip(sides, columns, strict=True) for column in those
        ]
        count += len(values[0])
        sums += [float(column.sum()) for column in values]
        # vector by vector: a product of matrices would wake up the threads of the linear algebra
        # library in every worker
        for row, one in enumerate(values):
            products[row, : row + 1] += [float(np.dot(one, other)) for other in values[: row + 1]]
        for place in range(1, len(tables)):
            pairs = zip(watched[0], watched[place], strict=True)
            changed = [sides[0][one] != sides[place][other] for one, other in pairs]
            differing[place] += np.count_nonzero(np.logical_or.reduce(changed))
    below = np.tril(products, -1)
    return ProductSums(count, differing, sums, products + below.T)
