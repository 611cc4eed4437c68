"""Who renewed how often: what a model of contracts is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.errors import DataError
from cvosim.tables.columns import CustomerTable

Floats = NDArray[np.float64]


class Observed(NamedTuple):
    """Subscribers by the renewals they made, from 0 renewals up.

    Attributes
    ----------
    churned : ndarray of float64
        Left at the renewal after so many.
    stayed : ndarray of float64
        Still there when last seen, after so many; their next renewal is not known.
    """

    churned: Floats
    stayed: Floats


@dataclass(frozen=True, eq=False)
class CohortCounts:
    """Subscribers counted by the renewals they made and whether they then left.

    Attributes
    ----------
    churned, stayed : ndarray of float64
        As in `Observed`: element k counts those who made k renewals and left at the next, and
        those who were still there when last seen.

    Examples
    --------
    1,000 subscribers, of whom 631 renewed once and 468 of them twice:

    >>> counts = CohortCounts.of_survivors([1000, 631, 468])
    >>> counts.churned.tolist(), counts.stayed.tolist()
    ([369.0, 163.0, 0.0], [0.0, 0.0, 468.0])
    >>> counts.n_customers, counts.retention.round(3).tolist()
    (1000.0, [0.631, 0.742])
    """

    churned: Floats
    stayed: Floats

    def __post_init__(self) -> None:
        for counts in (self.churned, self.stayed):
            counts.setflags(write=False)

    @classmethod
    def of_survivors(cls, survivors: Sequence[float] | Sequence[Sequence[float]]) -> CohortCounts:
        """Make counts of how many of a cohort, or of several, were left after each renewal.

        Parameters
        ----------
        survivors : sequence of int, or sequence of such sequences
            The cohort's size, then who was left after the first renewal, the second … Cohorts
            may be of different ages, the newest without a renewal. Shares times the size will
            do: numbers need not be whole.

        Raises
        ------
        DataError
            If a cohort grows, or there is no renewal to show.

        Examples
        --------
        >>> CohortCounts.of_survivors([[100, 60, 45], [80, 50]]).stayed.tolist()
        [0.0, 50.0, 45.0]
        """
        if len(survivors) == 0:
            raise DataError("there are no cohorts: give [1000, 631, 468] or a list of such lists")
        many = [_cohort(row) for row in (survivors if _nested(survivors) else [survivors])]
        longest = max(len(row) for row in many)
        if longest < 2:
            raise DataError(
                f"survivors: {survivors!r} shows no renewal; give a cohort's size and who was "
                "left after each renewal, as in [1000, 631, 468]"
            )
        churned, stayed = np.zeros(longest), np.zeros(longest)
        for row in many:
            churned[: len(row) - 1] -= np.diff(row)
            stayed[len(row) - 1] += row[-1]
        return cls(churned, stayed)

    @classmethod
    def of_individuals(cls, renewals: ArrayLike, churned: ArrayLike) -> CohortCounts:
        """Make counts of one element a subscriber.

        Parameters
        ----------
        renewals : array_like of int
            Renewals made.
        churned : array_like of bool
            Whether the subscriber then left at the next renewal; if not, it was still there
            when last seen and may renew often (censored).

        Raises
        ------
        DataError
            If there are none, the lengths differ or a number is no count.

        Examples
        --------
        >>> counts = CohortCounts.of_individuals([0, 2, 1], [True, False, True])
        >>> counts.churned.tolist(), counts.stayed.tolist()
        ([1.0, 1.0, 0.0], [0.0, 0.0, 1.0])
        """
        made, left = _numbers(renewals, "renewals"), _numbers(churned, "churned")
        if made.ndim != 1 or made.shape != left.shape:
            raise DataError(
                "renewals and churned must be two lists of the same length, one element a "
                f"subscriber (got shapes {made.shape} and {left.shape})"
            )
        if len(made) == 0:
            raise DataError("there are no subscribers")
        bad = np.flatnonzero((made < 0) | (made != np.floor(made)))
        if len(bad):
            raise DataError(f"renewals: {made[bad[0]]:g} is no count; write 0, 1, 2 …")
        odd = np.flatnonzero((left != 0) & (left != 1))
        if len(odd):
            raise DataError(f"churned: {left[odd[0]]:g} is neither true nor false (1 or 0)")
        count, gone = made.astype(np.int64), left > 0
        size = int(count.max()) + 1
        return cls(
            np.bincount(count[gone], minlength=size).astype(np.float64),
            np.bincount(count[~gone], minlength=size).astype(np.float64),
        )

    @classmethod
    def of_customer_table(
        cls, customers: CustomerTable, subscription: str, bills_per_renewal: int = 1
    ) -> CohortCounts:
        """Make counts of a simulated run's subscribers, those still there censored.

        Parameters
        ----------
        customers : CustomerTable
            Of a run.
        subscription : str
            One of ``customers.names.subscriptions``.
        bills_per_renewal : int
            Bills that a contract binds for: a chance to leave comes after each such number.

        Returns
        -------
        CohortCounts
            Of those who paid a bill: a trial that ends without one is not a renewal but a
            conversion, which the law does not describe.

        Raises
        ------
        DataError
            If there is no such subscription or nobody paid for it.

        Examples
        --------
        >>> from cvosim.tables.blocks import empty_customers
        >>> from cvosim.tables.columns import Names
        >>> names = Names((), (), ("club",), (), ("club",))
        >>> columns = empty_customers(4, names)
        >>> columns.bills[0], columns.cancelled[0] = [1, 2, 0, 3], [1, 0, 1, 0]
        >>> CohortCounts.of_customer_table(CustomerTable(columns, names), "club").stayed.tolist()
        [0.0, 1.0, 1.0]
        """
        known = customers.names.subscriptions
        if subscription not in known:
            listed = ", ".join(known) or "there are none"
            raise DataError(f'there is no subscription "{subscription}"; choose from: {listed}')
        row = known.index(subscription)
        bills = customers.columns.bills[row].astype(np.int64)
        paying = bills > 0
        if not paying.any():
            raise DataError(f'nobody paid a bill of "{subscription}": there is no churn to fit')
        renewals = (bills[paying] - 1) // bills_per_renewal
        return cls.of_individuals(renewals, customers.columns.cancelled[row][paying] > 0)

    @property
    def n_customers(self) -> float:
        """Subscribers in all."""
        return float(self.churned.sum() + self.stayed.sum())

    @property
    def facing(self) -> Floats:
        """How many subscribers faced the first renewal, the second …"""
        at_least = np.cumsum((self.churned + self.stayed)[::-1])[::-1]
        faced = at_least - self.stayed
        return np.asarray(faced[: len(np.trim_zeros(faced, "b"))])

    @property
    def retention(self) -> Floats:
        """Share of those facing the first renewal, the second … who renewed."""
        faced = self.facing
        return np.asarray(1.0 - self.churned[: len(faced)] / np.where(faced > 0, faced, 1.0))


def _nested(survivors: Sequence[Any]) -> bool:
    """Tell several cohorts from one."""
    return any(np.ndim(row) > 0 for row in survivors)


def _numbers(values: ArrayLike, what: str) -> Floats:
    """Turn values into finite numbers."""
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{what}: these are not all numbers: {values!r}") from None
    if not np.isfinite(numbers).all():
        raise DataError(f"{what}: a number is missing or infinite")
    return numbers


def _cohort(row: Any) -> Floats:
    """Check one cohort's survivors."""
    counts = _numbers(row, "survivors")
    if counts.ndim != 1 or len(counts) == 0:
        raise DataError(f"survivors: {row!r} is no cohort; write it as [1000, 631, 468]")
    if counts[0] <= 0 or counts.min() < 0:
        raise DataError(
            f"survivors: {row!r}: a cohort begins with at least one subscriber, and numbers of "
            "them are never below 0"
        )
    grows = np.flatnonzero(np.diff(counts) > 0)
    if len(grows):
        k = int(grows[0])
        raise DataError(
            f"survivors: {counts[k + 1]:g} after renewal {k + 1} are more than the "
            f"{counts[k]:g} before it; a cohort cannot grow"
        )
    return counts
