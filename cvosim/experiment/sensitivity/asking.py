"""Answers by differences: points on the same customers, these cut into sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.decided import COUNTED, decided
from cvosim.experiment.sensitivity.jackknife import kept, needs_jackknife, pseudo_values
from cvosim.experiment.sensitivity.question import (
    Question,
    Running,
    check_outcomes,
    known_outcomes,
)
from cvosim.experiment.sensitivity.sections import Interval, adds_up, sectioned
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from pathlib import Path

    from cvosim.experiment.sweeps.design import Factor
    from cvosim.experiment.sweeps.result import SweepResult


@dataclass(frozen=True)
class Answer:
    """What was asked, for the reader of a result.

    Attributes
    ----------
    scenario : str
        Its name.
    outcome, unit : str
    base : Interval
        Outcome of the scenario as written.
    customers, replicates : int
        Customers at a point, and sections that they are cut into.
    points : int
        Scenarios that were run.
    seed : int
    """

    scenario: str
    outcome: str
    unit: str
    base: Interval
    customers: int
    replicates: int
    points: int
    seed: int

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "scenario": self.scenario,
            "outcome": self.outcome,
            "unit": self.unit,
            "base": self.base.to_dict(),
            "customers": self.customers,
            "replicates": self.replicates,
            "points": self.points,
            "seed": self.seed,
        }


_NO_COUNTS = np.empty((0, 0, 0))


class Found(NamedTuple):
    """One outcome at some points, in sections; the first point is the scenario as written.

    Attributes
    ----------
    answer : Answer
    values : ndarray of float64, shape (points,)
    sections : ndarray of float64, shape (points, replicates)
        By section; jackknife's pseudo-values of lowest_cash and payback_time.
    total : bool
        Whether the outcome is a sum over customers.
    errors : mapping of int to str
        Why points failed.
    counts : ndarray of float64, shape (points, replicates, kinds)
        Orders, leads and buyers by section, as far as the scenario has them.
    """

    answer: Answer
    values: Floats
    sections: Floats
    total: bool
    errors: Mapping[int, str]
    counts: Floats = _NO_COUNTS

    def decided(self, one: int, other: int) -> int | None:
        """Count decisions that differ between two points, at least about; None if not counted."""
        if not self.counts.shape[2]:
            return None
        return decided(self.counts[one] - self.counts[other])

    def difference(self, one: int, other: int, *, chosen_of: int = 1) -> Interval:
        """Outcome at a point less that at another, on the same customers.

        Of how many such differences it was chosen for its value, the interval allows for.
        """
        value = float(self.values[one] - self.values[other])
        sections = self.sections[one] - self.sections[other]
        return sectioned(value, sections, total=self.total, chosen_of=chosen_of)

    def swing(self, points: Sequence[int]) -> Interval:
        """Highest outcome of some points less the lowest, whichever these were by luck."""
        high, low = self.extremes(points)
        pairs = len(points) * (len(points) - 1) // 2
        return self.difference(high, low, chosen_of=pairs)

    def extremes(self, points: Sequence[int]) -> tuple[int, int]:
        """Those of some points with the highest and with the lowest outcome."""
        ordered = sorted(points, key=lambda point: self.values[point])
        return ordered[-1], ordered[0]


def ask(
    question: Question,
    points: Sequence[tuple[object, ...]],
    outcome: str | None,
    replicates: int,
    running: Running,
) -> Found:
    """Run points, the scenario as written first, each on the same customers in sections.

    Sections are parts of the one market that all customers make up. A value is that of all
    customers together; its interval is from the sections' own values, or by the jackknife over
    sections for what is no mean (see `jackknife`).
    """
    name = question.chosen(outcome)
    each = question.customers // max(1, replicates)
    if replicates < 2 or each < 1:
        raise DataError(
            f"sensitivity: {question.customers:,} customers do not make {replicates} sections; "
            "take at least 2 sections of at least 1 customer"
        )
    run = _parted(question, points, name, (each, replicates), running)
    values, sections = run.values, run.sections
    total = not needs_jackknife(name) and adds_up(values, sections)
    base = sectioned(float(values[0]), sections[0], total=total)
    scenario = question.template.scenario
    answer = Answer(
        scenario.name, name, run.unit, base, each * replicates, replicates, len(points),
        scenario.seed,
    )  # fmt: skip
    if 0 in run.errors:
        raise DataError(f"{scenario.name}: cannot be run as written: {run.errors[0]}")
    return Found(answer, values, sections, total, run.errors, run.counts)


class _Run(NamedTuple):
    """One outcome at some points, put together from all sweeps that it took."""

    values: Floats
    sections: Floats
    counts: Floats
    errors: dict[int, str]
    unit: str


def _parted(
    question: Question,
    points: Sequence[tuple[object, ...]],
    name: str,
    size: tuple[int, int],
    running: Running,
) -> _Run:
    """Run the points in as many sweeps as it takes to leave out what the scenario leaves out.

    A sweep sets every factor at every point; what is not in the scenario as written cannot be set
    to what it is there, and so is no factor of the points at which it stands.
    """
    absent = [value is None for value in question.base]
    groups: dict[tuple[int, ...], list[int]] = {}
    for row, point in enumerate(points):
        key = tuple(i for i, value in enumerate(point) if value is not None or not absent[i])
        groups.setdefault(key, []).append(row)
    known = known_outcomes(question)
    counted = [kind for kind in COUNTED if kind in known]
    measured = tuple(dict.fromkeys((*question.outcomes, *counted)))
    shape = (len(points), size[1])
    run = _Run(np.empty(len(points)), np.empty(shape), np.empty((*shape, len(counted))), {}, "")
    for number, (used, rows) in enumerate(groups.items()):
        factors = tuple(question.factors[i] for i in used)
        part = replace(question, factors=factors, outcomes=measured)
        listed = [tuple(points[row][i] for i in used) for row in rows]
        where = running.of(str(number)) if len(groups) > 1 else running
        with kept(where, name) as there:
            result = run_points(part, listed, there, customers=size[0], replicates=size[1])
            run.sections[rows] = _sections(result, there.store, name)
        place = result.column(name)
        run.values[rows] = result.pooled[:, place]
        run.counts[rows] = result.values[:, :, [result.column(kind) for kind in counted]]
        run.errors.update({rows[one]: why for one, why in result.errors.items()})
        run = run._replace(unit=run.unit or result.units[place])
    return run


def _sections(result: SweepResult, store: Path | None, name: str) -> Floats:
    """One outcome by section, or what stands for it where sections alone say little."""
    if store is not None and needs_jackknife(name):
        return pseudo_values(result, store, name)
    own: Floats = result.values[:, :, result.column(name)]
    return own


def run_points(
    question: Question,
    points: Sequence[tuple[object, ...]],
    running: Running,
    *,
    customers: int | None = None,
    replicates: int = 1,
) -> SweepResult:
    """Run a list of points as a sweep, all on the same customers."""
    from cvosim.experiment.sweeps.design import SweepDesign
    from cvosim.experiment.sweeps.run import run_sweep

    check_outcomes(question)
    each = question.customers if customers is None else customers
    design = SweepDesign(
        template=question.template,
        factors=question.factors,
        points=tuple(points),
        outcomes=question.outcomes,
        customers=each,
        replicates=replicates,
        market=each * replicates,  # which the hash of the design tells, the remainder it does not
    )
    return run_sweep(
        design,
        executor=running.executor,
        store=running.store,
        fresh=running.fresh,
        retry_failed=running.retry_failed,
        progress=running.progress,
    )


def values_tried(factor: Factor, quantiles: tuple[float, float]) -> list[object]:
    """Values that stand for a factor: all that are listed, else its two ends or quantiles."""
    from cvosim.experiment.sweeps.laws import Choice, Range

    if factor.values:
        return list(factor.values)
    if isinstance(factor.law, Choice):
        weights = factor.law.weights or (1.0,) * len(factor.law.values)
        return [one for one, weight in zip(factor.law.values, weights, strict=True) if weight > 0.0]
    low, high = (0.0, 1.0 - 2.0**-53) if isinstance(factor.law, Range) else quantiles
    return [factor.at(low), factor.at(high)]
