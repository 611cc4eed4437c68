"""Elasticities: by how many percent does an outcome move when a number moves by one percent?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.allowed import towards
from cvosim.experiment.sensitivity.asking import Answer, Found, ask
from cvosim.experiment.sensitivity.decided import few_decided
from cvosim.experiment.sensitivity.question import Question, Running
from cvosim.experiment.sensitivity.sample import is_number
from cvosim.experiment.sensitivity.sections import REPLICATES, UNKNOWN, Interval, student

STEP = 0.05
"""Part by which a number is moved to either side."""


@dataclass(frozen=True)
class Elasticity:
    """What one number does.

    Attributes
    ----------
    path, role : str
    base : object
        What stands there.
    low, high : float
        Values between which the difference was taken; NaN for none.
    elasticity : Interval
    reason : str
        Why there is none; empty if there is one.
    decided : int or None
        About how many decisions differ between the two values; None if that was not counted.
    few : bool
        Whether these are so few that the difference may be the money alone (see `decided`).
    """

    path: str
    role: str
    base: object
    low: float
    high: float
    elasticity: Interval
    reason: str = ""
    decided: int | None = None
    few: bool = False

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "path": self.path,
            "role": self.role,
            "base": self.base,
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "elasticity": self.elasticity.to_dict(),
            "reason": self.reason or None,
            "decided_otherwise": self.decided,
            "few_decided": self.few,
        }


@dataclass(frozen=True)
class Elasticities:
    """Elasticities of an outcome, the largest first, whatever their sign.

    Attributes
    ----------
    answer : Answer
    step : float
        Part by which each number was moved to either side, where that was allowed.
    rows : tuple of Elasticity
    """

    answer: Answer
    step: float
    rows: tuple[Elasticity, ...]

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        rows = [row.to_dict() for row in self.rows]
        return {**self.answer.to_dict(), "step": self.step, "factors": rows}


class _Move(NamedTuple):
    """A number's two values; equal where it cannot move."""

    low: float
    high: float
    reason: str = ""


def elasticities(
    question: Question,
    outcome: str | None = None,
    *,
    step: float = STEP,
    replicates: int = REPLICATES,
    running: Running | None = None,
) -> Elasticities:
    """Measure the percent that an outcome moves for each percent of each number.

    The central difference between ``step`` below and above what stands there, as far as the
    scenario allows; all three points meet the same customers. The interval is Student's t on
    the sections of the customers, by linearisation: the section's difference less the elasticity
    times its own outcome (Cochran 1977, *Sampling Techniques*, eq. 6.12, the variance of a ratio).

    Parameters
    ----------
    question : Question
        The factors need no range: only what stands there counts.
    outcome : str, optional
        The question's first if left out.
    step : float
        Above 0, below 1.
    replicates : int
        Sections of the customers.
    running : Running, optional
        Where and how.

    Raises
    ------
    DataError
        If the outcome is none of the question's, or the step no share.

    Examples
    --------
    >>> question = Question.of("carpet_cleaning", paths=["horizon_days"], outcomes=["prospects"],
    ...                        customers=2000)
    >>> elasticities(question).rows[0].elasticity.value
    0.0
    """
    if not 0.0 < step < 1.0:
        raise DataError(f"step: must be above 0 and below 1 (got {step:g})")
    moves = [
        _move(question, path, base, step)
        for path, base in zip(question.paths, question.base, strict=True)
    ]
    points = [question.base]
    for place, move in enumerate(moves):
        if not move.reason:
            points += [question.with_value(place, end) for end in move[:2]]
    found = ask(question, points, outcome, replicates, (running or Running()).of("elasticity"))
    rows = []
    at = 1
    for factor, base, move in zip(question.factors, question.base, moves, strict=True):
        value, reason, count = UNKNOWN, move.reason, None
        if not reason:
            value, reason = _between(found, at, move, base)
            count = None if reason else found.decided(at + 1, at)
            at += 2
        few = few_decided(question.template, factor.path, count)
        rows.append(
            Elasticity(factor.path, factor.role, base, *move[:2], value, reason, count, few)
        )
    rows.sort(key=lambda row: -abs(np.nan_to_num(row.elasticity.value, nan=-1e-300)))
    return Elasticities(found.answer, step, tuple(rows))


def _move(question: Question, path: str, base: object, step: float) -> _Move:
    if not isinstance(base, int | float) or not is_number(base):
        return _Move(math.nan, math.nan, "is no number")
    if base == 0:
        return _Move(math.nan, math.nan, "stands at 0, of which there is no percent")
    ends = sorted(
        towards(question.template, path, base, base * (1.0 + side * step)) for side in (-1.0, 1.0)
    )
    if ends[1] - ends[0] < 0.01 * step * abs(base):
        return _Move(math.nan, math.nan, "cannot move by itself: the scenario refuses")
    return _Move(ends[0], ends[1])


def _between(found: Found, at: int, move: _Move, base: object) -> tuple[Interval, str]:
    """Elasticity between the points ``at`` and ``at + 1``, or why there is none."""
    for row in (at, at + 1):
        if row in found.errors:
            return UNKNOWN, found.errors[row]
    assert isinstance(base, int | float)
    own = found.answer.base
    if not own.certain:
        return UNKNOWN, f"{found.answer.outcome} cannot be told from 0"
    scale = base / (move.high - move.low)
    value = scale * float(found.values[at + 1] - found.values[at]) / own.value
    rest = scale * (found.sections[at + 1] - found.sections[at]) - value * found.sections[0]
    count = len(rest)
    mean = abs(own.value) / (count if found.total else 1)
    half = student(count - 1) * float(np.std(rest, ddof=1)) / math.sqrt(count) / mean
    return Interval(value, value - half, value + half), ""
