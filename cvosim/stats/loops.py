"""The compiled loops of the statistics layer: sums by group, and sums of drawn groups.

Chance has addresses here as everywhere: the seed, the replication, a site and the number of the
draw. Neither threads nor chunks change a number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.sites import site_id
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

Codes = NDArray[np.int32]
Whole = NDArray[np.int64]
Progress = Callable[[int], None]

CHUNK = 16384
"""Rows that are summed at a time: their columns stay in the processor's cache."""
_REPLICATIONS = 64
"""Replications that a thread does between two reports of progress."""


class Sums(NamedTuple):
    """Counts and sums of first, second and third powers about a shift, by group."""

    size: Floats
    first: Floats
    second: Floats
    third: Floats

    @classmethod
    def room(cls, groups: tuple[int, ...], k: int) -> Sums:
        """Zeros for these leading axes and k columns."""
        return cls(
            np.zeros(groups), np.zeros((*groups, k)), np.zeros((*groups, k, k)),
            np.zeros((*groups, k)),
        )  # fmt: skip

    def moments(self, columns: tuple[str, ...], shift: Floats) -> Moments:
        """Moments, of sums whose products fill the lower triangle only."""
        lower = np.tril(self.second)
        whole = lower + np.swapaxes(np.tril(self.second, -1), -1, -2)
        return Moments.of_sums(columns, shift, (self.size, self.first, whole, self.third))

    def summed(self, axis: int) -> Sums:
        """Running sums along an axis."""
        return Sums(*(np.cumsum(part, axis=axis) for part in self))


def group_moments(
    columns: dict[str, Any], groups: Codes, n_groups: int, threads: int | None = None
) -> Moments:
    """Moments of every group in one pass over the rows.

    Parameters
    ----------
    columns : dict of str to array
        Numbers of any kind, n each, none missing.
    groups : ndarray of int32, shape (n,)
        Which group a row belongs to; below 0 for none.
    n_groups : int
    threads : int, optional
        All cores by default; never changes a number.

    Returns
    -------
    Moments
        With one leading axis of length ``n_groups``.

    Examples
    --------
    >>> found = group_moments({"spend": [1, 2, 6]}, np.array([0, 0, 1], np.int32), 2)
    >>> found.count.tolist(), found.mean_of("spend").tolist()
    ([2.0, 1.0], [1.5, 6.0])
    """
    compiled = _machine()
    values = [np.asarray(column) for column in columns.values()]
    n, k = len(groups), len(values)
    shift = _near_means(values, groups, n_groups)
    starts = range(0, n, CHUNK)
    parts = Sums.room((max(1, len(starts)), n_groups), k)

    def work(numbers: Sequence[int]) -> None:
        buffer = np.empty((k, CHUNK))
        for number in numbers:
            rows = slice(number * CHUNK, min((number + 1) * CHUNK, n))
            for j, column in enumerate(values):
                buffer[j, : rows.stop - rows.start] = column[rows]
            compiled.add_rows(buffer, groups[rows], shift, Sums(*(part[number] for part in parts)))

    _in_threads(work, len(starts), threads)
    return Sums(*(part.sum(axis=0) for part in parts)).moments(tuple(columns), shift)


def _machine() -> Any:
    """Load the compiled loops, none of them stale."""
    from cvosim.randomness.compiled import discard_stale
    from cvosim.stats import compiled

    discard_stale(compiled.replicate)
    return compiled


def _near_means(values: Sequence[Any], groups: Codes, n_groups: int) -> Floats:
    """Give a number near each group's mean of each column, from some of its rows.

    Sums about it lose no digits, wherever the other groups lie: float64[groups, k].
    """
    step = max(1, len(groups) // 4096)
    some = groups[::step]
    counted = some >= 0
    sizes = np.maximum(np.bincount(some[counted], minlength=n_groups), 1)
    found = [
        np.bincount(some[counted], np.asarray(v[::step], np.float64)[counted], n_groups) / sizes
        for v in values
    ]
    return np.array(found).reshape(len(values), n_groups).T.copy()


class Draw(NamedTuple):
    """How replications of an experiment are drawn.

    Attributes
    ----------
    shares : tuple of float
        Part of the units that each arm gets; they sum to 1.
    looks : tuple of int
        Units enrolled at each look, ascending; the last is the sample size.
    replications : int
    seed : int
    site : str
        Name of the luck: other names, other draws.
    first : int
        Number of the first replication.
    """

    shares: tuple[float, ...]
    looks: tuple[int, ...]
    replications: int
    seed: int = 1
    site: str = "experiment/replication"
    first: int = 0


def replicated_moments(
    columns: tuple[str, ...],
    pool: Floats,
    draw: Draw,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Moments:
    """Moments of the arms in replications of an experiment on a pool of units.

    Each replication draws its units from the pool, with replacement, and assigns each to an arm
    by itself; a unit in arm ``a`` shows row ``a`` of the pool. With equal rows that is an A/A
    test; with rows that are the same customers' values under either treatment it is an A/B test
    whose true effect is the difference of the rows' means.

    Parameters
    ----------
    columns : tuple of str
        Names of the k columns.
    pool : ndarray of float64, shape (arms, N, k)
        What each of N units shows in each arm.
    draw : Draw
    threads : int, optional
        All cores by default; never changes a number.
    progress : callable, optional
        Called with the number of replications done since the last call.

    Returns
    -------
    Moments
        With leading axes (replications, looks, arms).

    Examples
    --------
    >>> pool = np.arange(2000.0).reshape(1, 1000, 2).repeat(2, axis=0)
    >>> found = replicated_moments(("a", "b"), pool, Draw((0.9, 0.1), (50, 100), 5))
    >>> found.count.shape, float(found.count[0, 1].sum())
    ((5, 2, 2), 100.0)
    """
    compiled = _machine()
    pool = pool[:1] if pool.strides[0] == 0 else pool  # every arm shows the same: kept once
    shift = pool.reshape(-1, pool.shape[2]).mean(axis=0)
    apart = np.ascontiguousarray(pool - shift)
    room = Sums.room((draw.replications, len(draw.looks), len(draw.shares)), len(columns))
    edges = np.floor(np.cumsum(draw.shares)[:-1] * 2.0**32).astype(np.uint64)
    looks = np.array(draw.looks, np.int64)
    luck = np.uint64(draw.seed), np.uint64(site_id(draw.site))
    k = len(columns)

    def work(numbers: Sequence[int]) -> None:
        sums = np.zeros((len(draw.shares), 1 + 2 * k + k * (k + 1) // 2))
        for number in numbers:
            start = number * _REPLICATIONS
            stop = min(start + _REPLICATIONS, draw.replications)
            compiled.replicate((start, stop, draw.first), luck, apart, edges, looks, (sums, room))
            if progress is not None:
                progress(stop - start)

    _in_threads(work, -(-draw.replications // _REPLICATIONS), threads)
    return room.summed(axis=1).moments(columns, shift)


def drawn_units(n_pool: int, draw: Draw, replication: int) -> tuple[Whole, Codes]:
    """Which units of the pool a replication draws, and the arm of each, as `replicated_moments`.

    Returns
    -------
    units : ndarray of int64, shape (n,)
    arms : ndarray of int32, shape (n,)
    """
    compiled = _machine()
    n = draw.looks[-1]
    units, arms = np.empty(n, np.int64), np.empty(n, np.int32)
    edges = np.floor(np.cumsum(draw.shares)[:-1] * 2.0**32).astype(np.uint64)
    luck = np.uint64(draw.seed), np.uint64(site_id(draw.site))
    compiled.units(draw.first + replication, luck, n_pool, edges, units, arms)
    return units, arms


def permuted_moments(
    columns: dict[str, Any], n_treated: int, replications: int, *, seed: int = 1,
    threads: int | None = None, progress: Progress | None = None,
) -> tuple[Moments, Moments]:  # fmt: skip
    """Moments of control and treatment when the labels are shuffled among the units.

    Parameters
    ----------
    columns : dict of str to array
        Of all units, n each.
    n_treated : int
        How many units get treatment in each replication.
    replications : int
    seed : int

    Returns
    -------
    control, treatment : Moments
        With one leading axis of length ``replications``.

    Examples
    --------
    >>> one, other = permuted_moments({"x": np.arange(10.0)}, 3, 100)
    >>> float(one.count[0]), float(other.count[0])
    (7.0, 3.0)
    >>> bool(np.allclose((one + other).mean, 4.5))
    True
    """
    compiled = _machine()
    table = np.array([np.asarray(column, np.float64) for column in columns.values()]).T
    shift = table.mean(axis=0)
    apart = np.ascontiguousarray(table - shift)
    n = len(apart)
    fewer = min(n_treated, n - n_treated)
    part = _drawn(compiled.permute, (apart, fewer, replications, seed), threads, progress)
    whole = Sums(np.float64(n), apart.sum(axis=0), apart.T @ apart, (apart**3).sum(axis=0))  # type: ignore[arg-type]
    rest = Sums(*(total - some for total, some in zip(whole, part, strict=True)))
    names = tuple(columns)
    few, many = part.moments(names, shift), rest.moments(names, shift)
    return (many, few) if n_treated == fewer else (few, many)


def resampled_moments(
    columns: dict[str, Any], replications: int, *, seed: int = 1, threads: int | None = None,
    progress: Progress | None = None,
) -> Moments:  # fmt: skip
    """Moments of bootstrap samples: as many units as there are, drawn with replacement.

    Examples
    --------
    >>> found = resampled_moments({"x": np.arange(10.0)}, 50)
    >>> found.count.shape, float(found.count[0])
    ((50,), 10.0)
    """
    compiled = _machine()
    table = np.array([np.asarray(column, np.float64) for column in columns.values()]).T
    shift = table.mean(axis=0)
    apart = np.ascontiguousarray(table - shift)
    sums = _drawn(compiled.resample, (apart, len(apart), replications, seed), threads, progress)
    return sums.moments(tuple(columns), shift)


def _drawn(
    loop: Any, what: tuple[Floats, int, int, int], threads: int | None, progress: Progress | None
) -> Sums:
    """Let threads fill the sums of drawn samples."""
    apart, size, replications, seed = what
    room = Sums.room((replications,), apart.shape[1])
    luck = np.uint64(seed), np.uint64(site_id(f"experiment/{loop.__name__.strip('_')}"))

    def work(numbers: Sequence[int]) -> None:
        order = np.empty(len(apart), np.int64)
        for number in numbers:
            start = number * _REPLICATIONS
            stop = min(start + _REPLICATIONS, replications)
            loop((start, stop), luck, apart, (size, order), room)
            if progress is not None:
                progress(stop - start)

    _in_threads(work, -(-replications // _REPLICATIONS), threads)
    return room


def _in_threads(work: Callable[[Sequence[int]], None], count: int, threads: int | None) -> None:
    """Share numbered pieces of work among threads; each writes to a place of its own."""
    crew = min(threads or os.cpu_count() or 1, count)
    if crew <= 1:
        work(range(count))
        return
    with ThreadPoolExecutor(crew) as pool:
        list(pool.map(work, [range(i, count, crew) for i in range(crew)]))
