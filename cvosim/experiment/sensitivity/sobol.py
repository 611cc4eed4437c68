"""Sobol indices of a scenario: which part of the outcome's variance does each factor carry?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.asking import Answer, run_points
from cvosim.experiment.sensitivity.question import Question, Running
from cvosim.experiment.sensitivity.saltelli import Indices, indices_of, saltelli_points
from cvosim.experiment.sensitivity.sample import Sample
from cvosim.experiment.sensitivity.sections import Interval
from cvosim.metrics.estimate import number_or_none

POINTS = 256
"""Rows of the design unless asked for others."""


class Part(NamedTuple):
    """The variance that one factor carries, as a part of the whole.

    Attributes
    ----------
    path, role : str
    first : Interval
        By itself: what would go if it were known, on average.
    total : Interval
        With every interaction it has a part in: what would stay if all else were known.
    """

    path: str
    role: str
    first: Interval
    total: Interval

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "path": self.path,
            "role": self.role,
            "first": self.first.to_dict(),
            "total": self.total.to_dict(),
        }


@dataclass(frozen=True)
class SobolIndices:
    """What parts of an outcome's variance the factors carry.

    Attributes
    ----------
    answer : Answer
        Its base is the mean over the factors, without an interval.
    parts : tuple of Part
        The largest total first.
    mean, variance : float
        Of the outcome over the factors.
    rows, lost : int
        Rows of the design that were used, and those with a point that failed.
    noise : float
        Part of the variance that would be simulated luck if points met different customers: the
        mean squared standard error over the variance. They meet the same, so it is the most that
        luck can do.
    sample : Sample
        The independent points among those that were run.
    """

    answer: Answer
    parts: tuple[Part, ...]
    mean: float
    variance: float
    rows: int
    lost: int
    noise: float
    sample: Sample = field(repr=False)

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            **self.answer.to_dict(),
            "mean": self.mean,
            "variance": self.variance,
            "rows": self.rows,
            "lost": self.lost,
            "noise": number_or_none(self.noise),
            "factors": [part.to_dict() for part in self.parts],
        }


def sobol_indices(
    question: Question,
    outcome: str | None = None,
    *,
    points: int = POINTS,
    running: Running | None = None,
) -> SobolIndices:
    """Estimate first-order and total Sobol indices over the laws of all factors.

    The factors are taken as independent, each by the quantile function of its law: a list of
    values are equally likely, a range is uniform. ``points`` rows of Saltelli's design take
    ``points (d + 2)`` scenarios (see `saltelli`).

    All points meet the same customers, so the simulated outcome is a deterministic function of
    the factors, and these are its exact kind of indices: luck that all points share moves every
    outcome alike and drops out of the variance. What is left of luck is roughness: near a
    threshold one customer decides otherwise. Roughness has the look of an interaction of all
    factors. It takes from every first-order index, by the part of the variance that is luck, and
    adds as much to every total, also of a factor that does nothing; ``noise`` bounds that part.
    More customers make it smaller, more points do not. Bootstrap intervals of fewer than 128 rows
    are too narrow where few points carry most of the variance.

    Parameters
    ----------
    question : Question
    outcome : str, optional
        The question's first if left out.
    points : int
        Rows of the design, a power of two.
    running : Running, optional
        Where and how.

    Raises
    ------
    DataError
        If the outcome is none of the question's, or hardly any point has it.

    Examples
    --------
    >>> paths = ["journey.core_offer.price", "journey.tripwire.unit_cost"]
    >>> question = Question.of("carpet_cleaning", paths=paths, customers=500)
    >>> found = sobol_indices(question, points=32)
    >>> [part.path for part in found.parts], found.answer.points
    (['journey.core_offer.price', 'journey.tripwire.unit_cost'], 128)
    """
    name = question.chosen(outcome)
    units = _units(question, points)
    design = tuple(
        tuple(factor.at(u) for factor, u in zip(question.factors, row, strict=True))
        for row in saltelli_points(units).tolist()
    )
    result = run_points(question, design, (running or Running()).of("sobol"))
    values, errors = result.outcome(name)
    if not np.isfinite(values).any():
        why = next(iter(result.errors.values()), "it has no value anywhere")
        raise DataError(f"{name}: is a number at no point: {why}")
    found = indices_of(values, len(question.factors), seed=result.design.seed)
    known = errors[np.isfinite(errors)]
    luck = float(np.mean(known**2)) if len(known) else np.nan
    noise = luck / found.variance if found.variance else 0.0
    answer = Answer(
        question.template.scenario.name, name, result.units[result.design.outcomes.index(name)],
        Interval(found.mean, np.nan, np.nan), question.customers, 1, len(design),
        result.design.seed,
    )  # fmt: skip
    sample = Sample.of(result, name, slice(0, 2 * points))
    parts = tuple(sorted(_parts(question, found), key=lambda part: -part.total.value))
    return SobolIndices(
        answer, parts, found.mean, found.variance, found.rows, points - found.rows, noise, sample
    )


def _units(question: Question, points: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Sobol's points of twice as many dimensions as there are factors."""
    from cvosim.experiment.sweeps.design import sobol

    twice = (*question.factors, *question.factors)
    return sobol(twice, points, question.template.scenario.seed)[1]


def _parts(question: Question, found: Indices) -> list[Part]:
    return [
        Part(
            factor.path, factor.role,
            Interval(float(found.first[i]), *found.first_ends[:, i].tolist()),
            Interval(float(found.total[i]), *found.total_ends[:, i].tolist()),
        )
        for i, factor in enumerate(question.factors)
    ]  # fmt: skip
