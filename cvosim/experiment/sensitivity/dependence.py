"""Partial dependence: the mean outcome over all other factors, along each factor.

Friedman (2001), "Greedy function approximation: a gradient boosting machine", Annals of Statistics
29, 1189-1232, section 8.2. The factors of a sample are independent, so the mean of the points at
which a factor is about so large estimates it without a model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cvosim.experiment.sensitivity.sample import Sample
from cvosim.experiment.sensitivity.sections import Interval, student

BINS = 10
_LEAST = 8
"""Points of a bin below which its interval says little."""


class Step(NamedTuple):
    """The points at which a factor is about so large.

    Attributes
    ----------
    value : object
        Mean of the factor among them, or the value that they share.
    points : int
    mean : Interval
        Mean outcome with Student's 95 % interval.
    """

    value: object
    points: int
    mean: Interval

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {"value": self.value, "points": self.points, "mean": self.mean.to_dict()}


@dataclass(frozen=True)
class Curve:
    """The outcome along one factor.

    Attributes
    ----------
    path, role : str
    numeric : bool
        Whether the values are numbers.
    steps : tuple of Step
        Ascending.
    listed : bool
        Whether they are at the few values that the factor takes, and not at means of many.
    """

    path: str
    role: str
    numeric: bool
    steps: tuple[Step, ...]
    listed: bool = False

    @property
    def spread(self) -> float:
        """Highest mean less lowest."""
        means = [step.mean.value for step in self.steps]
        return max(means) - min(means)

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        steps = [step.to_dict() for step in self.steps]
        return {"path": self.path, "role": self.role, "steps": steps}


@dataclass(frozen=True)
class Dependence:
    """The outcome along every factor.

    Attributes
    ----------
    sample : Sample
        Points at which the outcome is known.
    missing : int
        Points at which it is not.
    curves : tuple of Curve
        The one that rises or falls most first.
    """

    sample: Sample = field(repr=False)
    missing: int
    curves: tuple[Curve, ...]

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "outcome": self.sample.outcome,
            "unit": self.sample.unit,
            "points": len(self.sample),
            "missing": self.missing,
            "mean": float(self.sample.values.mean()),
            "factors": [curve.to_dict() for curve in self.curves],
        }


def partial_dependence(sample: Sample, *, bins: int = BINS) -> Dependence:
    """Average the outcome over all other factors, along each.

    A factor of few values, or of words, is averaged at each value; any other in bins that hold
    equally many points. The intervals hold the luck of the sample: they are wide where other
    factors matter more than this one. They take points as drawn one by one; those of `draw` are
    spread more evenly, so theirs err on the wide side (they held the truth at 98 to 100 of 100
    bins, of five functions with 512 points). The mean is that over the bin, not at its middle.

    Parameters
    ----------
    sample : Sample
        Points spread over the factors, such as `draw` gives.
    bins : int
        At most; fewer where the points are few.

    Raises
    ------
    DataError
        If no point has the outcome.

    Examples
    --------
    >>> x = np.arange(80.0)
    >>> drawn = Sample(("price",), ("lever",), tuple((v,) for v in x.tolist()), "clv", "USD", 2 * x)
    >>> [curve] = partial_dependence(drawn, bins=2).curves
    >>> [(step.value, step.mean.value) for step in curve.steps]
    [(19.5, 39.0), (59.5, 119.0)]
    """
    known = sample.known()
    curves = [
        _curve(known, factor, max(1, min(bins, len(known) // _LEAST)))
        for factor in range(len(sample.paths))
    ]
    curves.sort(key=lambda curve: -curve.spread)
    return Dependence(known, len(sample) - len(known), tuple(curves))


def _curve(sample: Sample, factor: int, bins: int) -> Curve:
    column = sample.column(factor)
    if column.levels:
        steps = [
            _step(level, sample, np.flatnonzero(column.at_level(i)))
            for i, level in enumerate(column.levels)
        ]
    else:
        order = np.argsort(column.numbers, kind="stable")
        steps = [
            _step(float(column.numbers[rows].mean()), sample, rows)
            for rows in np.array_split(order, bins)
        ]
    path, role, listed = sample.paths[factor], sample.roles[factor], bool(column.levels)
    return Curve(path, role, not column.words, tuple(steps), listed)


def _step(value: object, sample: Sample, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Step:
    values = sample.values[rows]
    mean, half = float(values.mean()), math.nan
    if len(rows) > 1:
        half = student(len(rows) - 1) * float(values.std(ddof=1)) / math.sqrt(len(rows))
    return Step(value, len(rows), Interval(mean, mean - half, mean + half))
