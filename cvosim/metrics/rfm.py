"""Recency, frequency and monetary value of buyers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import CustomerTable, Floats


@dataclass(frozen=True)
class Rfm:
    """Buyers with their recency, frequency and monetary value, and a score for each.

    Attributes
    ----------
    customer_id : uint64[buyers]
        Who.
    recency : float64[buyers]
        Days since the last paid order.
    frequency : int32[buyers]
        Paid orders.
    monetary : float64[buyers]
        Revenue less refunds, a paid order.
    scores : int64[3, buyers]
        Of recency, frequency and monetary value; the highest is best, 1 is worst.
    """

    customer_id: NDArray[np.uint64]
    recency: Floats
    frequency: NDArray[np.int32]
    monetary: Floats
    scores: NDArray[np.int64]

    @property
    def cell(self) -> NDArray[np.int64]:
        """The three scores as one number such as 543, int64[buyers]."""
        cells: NDArray[np.int64] = np.array([100, 10, 1]) @ self.scores
        return cells


def rfm_scores(customers: CustomerTable, *, until: float, groups: int = 5) -> Rfm:
    """Score buyers by recency, frequency and monetary value (Hughes 1994).

    Scores are quantile groups: ``1 + floor(groups * share of buyers who are worse)``. Equal
    values get equal scores, so groups may differ in size.

    Parameters
    ----------
    customers : CustomerTable
        Of a run.
    until : float
        The day of scoring, usually the horizon; not before the last order.
    groups : int
        How many, 2 to 9; quintiles by default.

    Returns
    -------
    Rfm
        Customers with at least one paid order, in the table's order.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names((), (), (), (), ())
    >>> columns = empty_customers(3, names)
    >>> columns.orders[:], columns.revenue[:] = [0, 1, 4], [0, 29, 400]
    >>> columns.last_order_time[:] = [np.nan, 10, 90]
    >>> rfm_scores(CustomerTable(columns, names), until=100, groups=2).cell
    array([111, 222])
    """
    columns = customers.columns
    buyers = np.flatnonzero(columns.orders > 0)
    frequency = columns.orders[buyers]
    recency = until - columns.last_order_time[buyers]
    monetary = (columns.revenue[buyers] - columns.refunds[buyers]) / frequency
    scores = np.stack([_score(values, groups) for values in (-recency, frequency, monetary)])
    return Rfm(customers.customer_id[buyers], recency, frequency, monetary, scores)


def _score(values: NDArray[np.float64] | NDArray[np.int32], groups: int) -> NDArray[np.int64]:
    worse = np.searchsorted(np.sort(values), values, "left")
    return 1 + worse * groups // max(len(values), 1)
