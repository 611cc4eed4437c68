"""From rows to numbers: aggregates are added up in the order of the line, whoever comes first.

Only what has come too early is kept, so memory does not grow with the number of points.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
from cvosim.experiment.sweeps.result import SweepTable
from cvosim.experiment.sweeps.tasks import Row
from cvosim.metrics.aggregate import Aggregate, Wanted
from cvosim.metrics.estimate import Estimate


class _Point:
    """What is known of a point while its rows come in."""

    def __init__(self) -> None:
        self.next = 0
        self.early: dict[int, Row] = {}
        self.replicate: Aggregate | None = None
        self.pooled: Aggregate | None = None
        self.replicate_failed = False
        self.error = ""


class Folding:
    """Add rows in any order; the numbers are those of their order in the line.

    Parameters
    ----------
    outline : Outline
        Of the sweep.
    """

    def __init__(self, outline: Outline) -> None:
        line, outcomes = outline.line, outline.outcomes
        self.outline = outline
        self.line = line
        self.wanted = Wanted(outcomes)
        self._values = np.full((line.points, line.replicates, len(outcomes)), math.nan)
        self._pooled = np.full((line.points, len(outcomes)), math.nan)
        self._errors = np.full((line.points, len(outcomes)), math.nan)
        self._units = [""] * len(outcomes)
        self._failed: dict[int, str] = {}
        self._open: dict[int, _Point] = {}
        self._digests = np.zeros((len(line), 32), np.uint8)
        self._seen = np.zeros(len(line), np.bool_)
        self._lost = False

    @property
    def failed(self) -> int:
        """Points that are known to have failed."""
        return len(self._failed)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which tasks have come, but for those that were lost."""
        return self._seen

    def add(self, row: Row) -> None:
        """Take a row; every task comes once."""
        place, number = row.task.place, row.task.point
        if row.lost:
            self._lost = True
        else:
            self._digests[place] = np.frombuffer(row.digest(), np.uint8)
            self._seen[place] = True
        if row.error:
            self._failed.setdefault(number, row.error)
        point = self._open.setdefault(number, _Point())
        point.early[place - number * self.line.a_point] = row
        while point.next in point.early:
            self._fold(number, point, point.early.pop(point.next))
        if point.next == self.line.a_point:
            del self._open[number]

    def table(self, manifest: SweepManifest) -> SweepTable:
        """Say what the rows that have come say, all there will be.

        Parameters
        ----------
        manifest : SweepManifest
            Of the sweep, or the shard, before anything was done.
        """
        units = tuple(self._units)
        errors = dict(sorted(self._failed.items()))
        return SweepTable(
            outline=self.outline,
            values=self._values,
            pooled=self._pooled,
            standard_errors=self._errors,
            units=units,
            errors=errors,
            manifest=replace(
                manifest,
                done=int(np.count_nonzero(self._seen)),
                failed_points=len(errors),
                finished=not self._lost,
                hash="" if self._lost else self._hash(),
                units=units,
            ),
        )

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for place in np.flatnonzero(self._seen):
            task = self.line.task(int(place))
            digest.update(f"{task.point},{task.replicate},{task.block}:".encode())
            digest.update(self._digests[place].tobytes())
        return digest.hexdigest()

    def _fold(self, number: int, point: _Point, row: Row) -> None:
        if row.error:
            point.replicate_failed = True
            point.error = point.error or row.error
        else:
            found = Aggregate.from_json(row.aggregate)
            point.replicate = found if point.replicate is None else point.replicate + found
            if self.line.replicates > 1 and not point.error:
                point.pooled = found if point.pooled is None else point.pooled + found
        point.next += 1
        if point.next % self.line.blocks == 0:
            self._end_replicate(number, point, row.task.replicate)
        if point.next == self.line.a_point:
            self._end_point(number, point)

    def _end_replicate(self, number: int, point: _Point, replicate: int) -> None:
        if point.replicate is not None and not point.replicate_failed:
            for column, estimate in self._measured(point.replicate):
                self._values[number, replicate, column] = estimate.value
                if self.line.replicates == 1:
                    self._pool(number, column, estimate)
        point.replicate, point.replicate_failed = None, False

    def _end_point(self, number: int, point: _Point) -> None:
        if point.error:
            self._failed[number] = point.error
        elif point.pooled is not None:
            for column, estimate in self._measured(point.pooled):
                self._pool(number, column, estimate)

    def _pool(self, number: int, column: int, estimate: Estimate) -> None:
        self._pooled[number, column] = estimate.value
        self._errors[number, column] = estimate.standard_error

    def _measured(self, found: Aggregate) -> list[tuple[int, Estimate]]:
        measured = found.measure(self.wanted, self.outline.currency)
        pairs = [
            (i, measured[name]) for i, name in enumerate(self.outline.outcomes) if name in measured
        ]
        for column, estimate in pairs:
            self._units[column] = estimate.unit
        return pairs
