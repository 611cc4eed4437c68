"""What the same customers would do in every arm: the truth that only a simulation has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class Pool:
    """Customers who could be enrolled, each with its outcomes in every arm.

    Attributes
    ----------
    arms : tuple of str
        Control first.
    columns : tuple of str
        Names of the outcomes.
    values : ndarray of float64, shape (arms, N, k)
        What each customer does in each arm; referred people belong to who brought them.
    entry_day : ndarray of float64, shape (N,)
        Day, from the scenario's start, on which each reaches the place of assignment.
    customer : ndarray of int64, shape (N,)
        Row of each in the customer table.
    segment : ndarray of uint8, shape (N,)
        Number of each one's segment.
    segments : tuple of str
        Names of the segments.
    currency : str
        Of the outcomes that are money.

    Examples
    --------
    >>> values = np.array([[[1.0], [2.0]], [[1.5], [2.5]]])
    >>> pool = Pool(("control", "new"), ("contribution",), values, np.zeros(2), np.arange(2),
    ...             np.zeros(2, np.uint8), ("all",))
    >>> pool.effect("contribution").tolist()
    [0.5]
    """

    arms: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats = field(repr=False)
    entry_day: Floats = field(repr=False)
    customer: NDArray[np.int64] = field(repr=False)
    segment: NDArray[np.uint8] = field(repr=False)
    segments: tuple[str, ...] = ("all",)
    currency: str = "USD"

    def __len__(self) -> int:
        return len(self.entry_day)

    def of(self, column: str) -> Floats:
        """One outcome in every arm, float64[arms, N]."""
        return self.values[:, :, self.columns.index(column)]

    def effect(self, column: str) -> Floats:
        """True effect of every arm but control on the mean of an outcome, float64[arms - 1]."""
        means = self.of(column).mean(axis=1)
        found: Floats = means[1:] - means[0]
        return found

    def only(self, columns: Sequence[str]) -> Pool:
        """The same customers with some of the outcomes, in this order."""
        places = [self.columns.index(column) for column in columns]
        return replace(self, columns=tuple(columns), values=self.values[:, :, places])

    def without_effect(self) -> Pool:
        """The A/A twin: every arm shows what control shows."""
        same = np.broadcast_to(self.values[:1], self.values.shape)
        return replace(self, values=same)
