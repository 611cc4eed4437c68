"""Durations that may not have ended yet, counted; the tables add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cvosim.errors import DataError
from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class LifeTable:
    """How many durations ended, and how many were cut off, at each time.

    Attributes
    ----------
    times : ndarray of float64, shape (m,)
        Different durations, ascending; days or any other unit.
    events : ndarray of float64, shape (..., m)
        Durations that ended then, such as by cancellation; leading axes are arms, strata or
        replications that share the times.
    censored : ndarray of float64, shape (..., m)
        Durations that were still going on when observation stopped; they count as at risk at
        that very time.

    Examples
    --------
    >>> one = LifeTable.of([2, 5, 5], [True, True, False])
    >>> both = one + LifeTable.of([3], [True])
    >>> both.times.tolist(), both.events.tolist(), both.at_risk.tolist()
    ([2.0, 3.0, 5.0], [1.0, 1.0, 1.0], [4.0, 3.0, 2.0])
    """

    times: Floats
    events: Floats
    censored: Floats

    @classmethod
    def of(cls, duration: Any, event: Any) -> LifeTable:
        """Count the durations of one group.

        Parameters
        ----------
        duration : array_like, shape (n,)
            From the start to the event or to the end of observation.
        event : array_like of bool, shape (n,)
            Whether the event was seen.

        Raises
        ------
        DataError
            If a duration is missing or below 0.
        """
        return cls.by_group(duration, event, np.zeros(np.size(duration), np.int64), 1)[0]

    @classmethod
    def by_group(cls, duration: Any, event: Any, group: Any, n_groups: int) -> LifeTable:
        """Count the durations of several groups, on one list of times.

        Parameters
        ----------
        duration, event : array_like, shape (n,)
        group : array_like of int, shape (n,)
            From 0 to n_groups - 1.
        n_groups : int

        Returns
        -------
        LifeTable
            With one leading axis of length ``n_groups``.

        Raises
        ------
        DataError
            If a duration is missing or below 0, or lengths differ.
        """
        rows, seen = np.asarray(duration, np.float64), np.asarray(event, bool)
        whose = np.asarray(group, np.int64)
        if not len(rows) == len(seen) == len(whose):
            lengths = f"{len(rows)}, {len(seen)} and {len(whose)}"
            raise DataError(f"durations, events and groups have different lengths: {lengths}")
        bad = int(np.sum(~(rows >= 0.0)))
        if bad:
            raise DataError(f"{bad} of {len(rows)} durations are missing or below 0")
        times, place = np.unique(rows, return_inverse=True)
        cell, room = whose * len(times) + place, n_groups * len(times)
        events, censored = (
            np.bincount(cell, weights=part, minlength=room).astype(np.float64)
            for part in (seen, ~seen)
        )
        shape = n_groups, len(times)
        return cls(times, events.reshape(shape), censored.reshape(shape))

    def __getitem__(self, group: Any) -> LifeTable:
        """Some of the groups, by index of the leading axes."""
        return LifeTable(self.times, self.events[group], self.censored[group])

    def __add__(self, other: LifeTable) -> LifeTable:
        """Table of the union; leading axes are broadcast."""
        times = np.union1d(self.times, other.times)
        mine, theirs = self.on(times), other.on(times)
        return LifeTable(times, mine.events + theirs.events, mine.censored + theirs.censored)

    @property
    def n(self) -> Floats:
        """Durations counted, shape (...)."""
        return np.asarray(self.events.sum(axis=-1) + self.censored.sum(axis=-1))

    @property
    def at_risk(self) -> Floats:
        """Durations that lasted at least to each time, shape (..., m)."""
        gone = self.events + self.censored
        found: Floats = np.cumsum(gone[..., ::-1], axis=-1)[..., ::-1]
        return found

    def on(self, times: Floats) -> LifeTable:
        """The same on a longer list of times that holds all of this one's."""
        place = np.searchsorted(times, self.times)
        found = [np.zeros((*self.events.shape[:-1], len(times))) for _ in range(2)]
        for room, part in zip(found, (self.events, self.censored), strict=True):
            room[..., place] = part
        return LifeTable(times, *found)


def aligned(*tables: LifeTable) -> list[LifeTable]:
    """Put tables on one list of times.

    Examples
    --------
    >>> one, other = aligned(LifeTable.of([1], [True]), LifeTable.of([2], [True]))
    >>> one.events.tolist(), other.events.tolist()
    ([1.0, 0.0], [0.0, 1.0])
    """
    first = tables[0].times
    if all(np.array_equal(first, table.times) for table in tables[1:]):
        return list(tables)
    times = np.unique(np.concatenate([table.times for table in tables]))
    return [table.on(times) for table in tables]
