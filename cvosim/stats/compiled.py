"""The compiled loops of the statistics layer; `stats.loops` says what they are for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.compiled import compiled, inlined
from cvosim.randomness.philox import addressed_block
from cvosim.stats.loops import Codes, Sums, Whole
from cvosim.tables.columns import Floats

_HALF = np.uint64(32)


@compiled
def add_rows(values: Floats, groups: Codes, shift: Floats, out: Sums) -> None:
    """Add rows (columns of ``values``) to the sums of their groups."""
    k = values.shape[0]
    for i in range(len(groups)):
        group = groups[i]
        if group < 0:
            continue
        out.size[group] += 1.0
        for a in range(k):
            x = values[a, i] - shift[group, a]
            values[a, i] = x
            out.first[group, a] += x
            out.third[group, a] += x * x * x
            for b in range(a + 1):
                out.second[group, a, b] += x * values[b, i]


@inlined
def _add_one(x: float, arm: int, sums: Floats) -> None:
    """`_add_unit` of one column: unrolled, it takes half the time."""
    sums[arm, 0] += 1.0
    sums[arm, 1] += x
    sums[arm, 2] += x * x * x
    sums[arm, 3] += x * x


@inlined
def _add_two(x: float, y: float, arm: int, sums: Floats) -> None:
    """`_add_unit` of two columns."""
    sums[arm, 0] += 1.0
    sums[arm, 1] += x
    sums[arm, 2] += y
    sums[arm, 3] += x * x * x
    sums[arm, 4] += y * y * y
    sums[arm, 5] += x * x
    sums[arm, 6] += y * x
    sums[arm, 7] += y * y


@inlined
def _add_unit(row: Floats, arm: int, sums: Floats) -> None:
    """Add one unit to its arm's row of sums: size, then first, third and second powers."""
    k = len(row)
    sums[arm, 0] += 1.0
    at = 1 + 2 * k
    for a in range(k):
        x = row[a]
        sums[arm, 1 + a] += x
        sums[arm, 1 + k + a] += x * x * x
        for b in range(a + 1):
            sums[arm, at] += x * row[b]
            at += 1


@inlined
def _hand_over(sums: Floats, r: int, look: int, out: Sums) -> None:
    """Put the rows of sums where they belong, and empty them."""
    k = out.first.shape[3]
    for arm in range(len(sums)):
        out.size[r, look, arm] = sums[arm, 0]
        at = 1 + 2 * k
        for a in range(k):
            out.first[r, look, arm, a] = sums[arm, 1 + a]
            out.third[r, look, arm, a] = sums[arm, 1 + k + a]
            for b in range(a + 1):
                out.second[r, look, arm, a, b] = sums[arm, at]
                at += 1
        sums[arm] = 0.0


@compiled
def replicate(
    span: tuple[int, int, int],
    luck: tuple[np.uint64, np.uint64],
    pool: Floats,
    edges: NDArray[np.uint64],
    looks: Whole,
    room: tuple[Floats, Sums],
) -> None:
    """Draw the units of some replications; what was enrolled since the last look is summed."""
    start, stop, first = span
    seed, site = luck
    sums, out = room
    rows, size, k = len(pool), np.uint64(pool.shape[1]), pool.shape[2]
    for r in range(start, stop):
        done = 0
        for look in range(len(looks)):
            for half in range(done >> 1, (looks[look] + 1) >> 1):
                block = addressed_block(seed, r + first, site, half)
                for i in range(max(done, 2 * half), min(looks[look], 2 * half + 2)):
                    x, y = (block[2], block[3]) if i & 1 else (block[0], block[1])
                    arm = 0
                    for edge in range(len(edges)):
                        if y >= edges[edge]:
                            arm += 1
                    unit = (x * size) >> _HALF
                    # one row of the pool stands for all arms
                    shown = min(arm, rows - 1)
                    if k == 1:
                        _add_one(pool[shown, unit, 0], arm, sums)
                    elif k == 2:
                        _add_two(pool[shown, unit, 0], pool[shown, unit, 1], arm, sums)
                    else:
                        _add_unit(pool[shown, unit], arm, sums)
            done = looks[look]
            _hand_over(sums, r, look, out)


@compiled
def units(
    replication: int,
    luck: tuple[np.uint64, np.uint64],
    n_pool: int,
    edges: NDArray[np.uint64],
    units: Whole,
    arms: Codes,
) -> None:
    """Write down what `replicate` draws."""
    seed, site = luck
    for i in range(len(units)):
        x0, x1, x2, x3 = addressed_block(seed, replication, site, i >> 1)
        if i & 1:
            x0, x1 = x2, x3
        arm = 0
        while arm < len(edges) and x1 >= edges[arm]:
            arm += 1
        units[i] = np.int64((x0 * np.uint64(n_pool)) >> _HALF)
        arms[i] = arm


@compiled
def permute(
    span: tuple[int, int],
    luck: tuple[np.uint64, np.uint64],
    rows: Floats,
    draw: tuple[int, Whole],
    out: Sums,
) -> None:
    """Draw `size` different units, the first steps of a Fisher-Yates shuffle."""
    n, (size, order) = len(rows), draw
    for r in range(span[0], span[1]):
        for i in range(n):
            order[i] = i
        for i in range(size):
            x0, x1, _, _ = addressed_block(luck[0], r, luck[1], i)
            word = (x0 << _HALF | x1) >> _HALF
            j = i + np.int64((word * np.uint64(n - i)) >> _HALF)
            order[i], order[j] = order[j], order[i]
            _add_drawn(rows[order[i]], r, out)


@compiled
def resample(
    span: tuple[int, int],
    luck: tuple[np.uint64, np.uint64],
    rows: Floats,
    draw: tuple[int, Whole],
    out: Sums,
) -> None:
    """Draw `size` units with replacement."""
    n = len(rows)
    for r in range(span[0], span[1]):
        for i in range(draw[0]):
            x0, x1, x2, x3 = addressed_block(luck[0], r, luck[1], i >> 2)
            word = x0
            if i & 3 == 1:
                word = x1
            elif i & 3 == 2:
                word = x2
            elif i & 3 == 3:
                word = x3
            _add_drawn(rows[np.int64((word * np.uint64(n)) >> _HALF)], r, out)


@compiled
def _add_drawn(row: Floats, r: int, out: Sums) -> None:
    """Add one unit to the sums of one replication."""
    out.size[r] += 1.0
    for a in range(len(row)):
        x = row[a]
        out.first[r, a] += x
        out.third[r, a] += x * x * x
        for b in range(a + 1):
            out.second[r, a, b] += x * row[b]
