"""Customers in a few large sections, so that what is said of all of them has an error.

A ratio, the lowest point of a cash curve or the day on which it pays back is not the mean of what
small batches have: their denominators are few and their curves rough. It is taken of all customers
together, and its error from leaving one section out at a time (the jackknife: Quenouille 1956,
"Notes on bias in estimation"; Tukey 1958; in groups, Shao & Tu 1995, "The jackknife and
bootstrap", section 2.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign
    from cvosim.metrics.aggregate import Aggregate

SECTIONS = 20
"""Into so many parts of equal size the customers of a plan are divided."""


class Sections(NamedTuple):
    """What the customers of one plan in one world came to; empty where it is impossible."""

    parts: tuple[Aggregate, ...] = ()

    def __add__(self, other: object) -> Sections:
        """Add further customers to each section."""
        if not isinstance(other, Sections):
            return NotImplemented
        if not self.parts or not other.parts:
            return self if self.parts else other
        pairs = zip(self.parts, other.parts, strict=True)
        return Sections(tuple(a + b for a, b in pairs))

    def all_and_without(self) -> Iterator[Aggregate]:
        """Give all customers, and then all but those of each section."""
        before = list(accumulate(self.parts))
        after = list(accumulate(reversed(self.parts)))[::-1]
        yield before[-1]
        last = len(self.parts) - 1
        for place in range(len(self.parts)):
            if place == 0:
                yield after[1]
            elif place == last:
                yield before[last - 1]
            else:
                yield before[place - 1] + after[place + 1]


NOBODY = Sections()


def sections_of(design: SweepDesign, store: Path) -> Iterator[Sections]:
    """Read what a sweep kept, and add it up to sections, point by point.

    Parameters
    ----------
    design : SweepDesign
        That was run; its replicates are shared out among the sections in turn.
    store : Path
        Where it is kept.
    """
    from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
    from cvosim.experiment.sweeps.parts import Parts
    from cvosim.experiment.sweeps.store import PARTS
    from cvosim.metrics.aggregate import Aggregate

    outline = Outline.of(design)
    line = outline.line
    kept = Parts(store / PARTS, SweepManifest.of(outline, None).design_hash, line)
    where = kept.search().where
    for point in range(line.points):
        own = np.full(len(where), -1)
        places = slice(point * line.a_point, (point + 1) * line.a_point)
        own[places] = where[places]
        found: dict[int, Aggregate] = {}
        for row in sorted(kept.rows(own), key=lambda row: row.task.place):
            if not row.error:
                block = Aggregate.from_json(row.aggregate)
                section = row.task.replicate % SECTIONS
                found[section] = found[section] + block if section in found else block
        yield Sections(tuple(found[section] for section in sorted(found)))


def measured(
    worlds: Sequence[Sections], outcomes: Sequence[str], totals: frozenset[str], market: int
) -> NDArray[np.float64]:
    """Measure a plan: of all its customers, of all but those of each section, of each section.

    Parameters
    ----------
    worlds : sequence of Sections
        One a world, all with as many sections.
    outcomes : sequence of str
    totals : frozenset of str
        Outcomes that grow with the number of customers, and are stated for the market's.
    market : int

    Returns
    -------
    ndarray, shape (1 + 2 sections, worlds, outcomes)
        NaN where there is nobody to measure.
    """
    from cvosim.metrics.aggregate import Wanted

    wanted = Wanted(tuple(outcomes))
    columns = []
    for sections in worlds:
        rows = []
        for found in (*sections.all_and_without(), *sections.parts):
            metrics = found.measure(wanted)
            share = market / found.moments.count
            rows.append(
                [
                    (metrics[name].value if name in metrics else np.nan)
                    * (share if name in totals else 1.0)
                    for name in outcomes
                ]
            )
        columns.append(rows)
    return np.array(columns, np.float64).transpose(1, 0, 2)
