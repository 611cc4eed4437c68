"""Sections of what is no mean: pseudo-values, each from all customers but those of one section.

The lowest cash and the payback time of a section say little about those of all: the minimum of a
small crowd lies lower for its size, and many a section never pays back. Leaving each section out
in turn, of ``R``, gives R values that are each nearly those of all. The pseudo-values
``R * all - (R - 1) * without one`` stand for the sections: Student's interval on them is the
jackknife's (Tukey 1958; Miller 1974, "The jackknife - a review", Biometrika 61, 1-15).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from itertools import accumulate, groupby
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from cvosim.experiment.sensitivity.question import Running
from cvosim.metrics.aggregate import Aggregate, Wanted
from cvosim.metrics.cash import EVENT_METRICS, LOWEST_CASH
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.result import SweepResult
    from cvosim.experiment.sweeps.tasks import Row


def needs_jackknife(outcome: str) -> bool:
    """Whether sections' own values do not tell how uncertain the outcome of all is.

    Examples
    --------
    >>> needs_jackknife("lowest_cash"), needs_jackknife("cac")
    (True, False)
    """
    return outcome in EVENT_METRICS


@contextmanager
def kept(running: Running, outcome: str) -> Iterator[Running]:
    """Give a place for the sections' sums, where the outcome needs them, until they are used."""
    if running.store is not None or not needs_jackknife(outcome):
        yield running
        return
    with TemporaryDirectory(prefix="cvosim-") as folder:
        yield running._replace(store=Path(folder) / "sections")


def pseudo_values(result: SweepResult, store: Path, outcome: str) -> Floats:
    """Read a sweep's sections again and leave each out in turn.

    Parameters
    ----------
    result : SweepResult
        Of the sweep.
    store : Path
        Where its rows are.
    outcome : str

    Returns
    -------
    ndarray of float64, shape (points, R)
        Of the size of the outcome of all customers; NaN where a point failed.
    """
    from cvosim.experiment.sweeps.manifest import SweepManifest
    from cvosim.experiment.sweeps.parts import Parts
    from cvosim.experiment.sweeps.store import PARTS

    outline = result.outline
    parts = Parts(store / PARTS, SweepManifest.of(outline, None).design_hash, outline.line)
    rows = sorted(parts.rows(parts.search().where), key=lambda row: row.task.place)
    count = outline.replicates
    scale = count / (count - 1) if outcome == LOWEST_CASH.name else 1.0
    found = np.full((len(result), count), np.nan)
    for point, own in groupby(rows, key=lambda row: row.task.point):
        sections = _sections(own) if point not in result.errors else []
        for section, others in enumerate(_without_each(sections)):
            measured = others.measure(Wanted((outcome,)), outline.currency)
            if outcome in measured:
                found[point, section] = scale * measured[outcome].value
    pooled, _ = result.outcome(outcome)
    values: Floats = count * pooled[:, None] - (count - 1) * found
    return values


def _sections(rows: Iterator[Row]) -> list[Aggregate]:
    by_section = groupby(rows, key=lambda row: row.task.replicate)
    return [
        reduce(add, (Aggregate.from_json(row.aggregate) for row in own)) for _, own in by_section
    ]


def _without_each(sections: Sequence[Aggregate]) -> Iterator[Aggregate]:
    """Add up all but one, for each, by sums from either end."""
    before = list(accumulate(sections, add))
    after = list(accumulate(reversed(sections), add))[::-1]
    for i in range(len(sections)):
        sides = before[max(0, i - 1) : i] + after[i + 1 : i + 2]
        yield reduce(add, sides)
