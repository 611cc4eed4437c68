"""A sample of the factors and what came of it at each point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.result import SweepResult


@dataclass(frozen=True)
class Sample:
    """Points spread over the factors, and one outcome at each.

    Attributes
    ----------
    paths, roles : tuple of str
        Of the factors; a role is ``lever`` or ``uncertainty``.
    points : tuple of tuple
        A value for each factor.
    outcome : str
    unit : str
        Of the outcome.
    values : ndarray of float64, shape (points,)
        Outcome; NaN where a point failed.
    errors : ndarray of float64, shape (points,)
        Its standard errors; NaN where not known.
    seed : int

    Examples
    --------
    >>> drawn = Sample(("a",), ("lever",), ((1,), (2,)), "clv", "USD", np.array([1.0, np.nan]))
    >>> drawn.known().points
    ((1,),)
    """

    paths: tuple[str, ...]
    roles: tuple[str, ...]
    points: tuple[tuple[object, ...], ...]
    outcome: str
    unit: str
    values: Floats = field(repr=False)
    errors: Floats = field(repr=False, default_factory=lambda: np.empty(0))
    seed: int = 1

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def of(cls, result: SweepResult, outcome: str, rows: slice = slice(None)) -> Sample:
        """Take one outcome of a sweep whose points are a sample of its factors.

        Parameters
        ----------
        result : SweepResult
        outcome : str
            One of the sweep's outcomes.
        rows : slice
            Of the points.
        """
        design = result.design
        values, errors = result.outcome(outcome)
        return cls(
            tuple(factor.path for factor in design.factors),
            tuple(factor.role for factor in design.factors),
            tuple(design.points[rows]),
            outcome,
            result.units[design.outcomes.index(outcome)],
            values[rows],
            errors[rows],
            design.seed,
        )

    def known(self) -> Sample:
        """Only the points at which the outcome is a number.

        Raises
        ------
        DataError
            If there is none.
        """
        kept = np.flatnonzero(np.isfinite(self.values))
        if not len(kept):
            raise DataError(f"{self.outcome}: is a number at none of {len(self):,} points")
        return Sample(
            self.paths, self.roles, tuple(self.points[i] for i in kept), self.outcome, self.unit,
            self.values[kept], self.errors[kept] if len(self.errors) else self.errors, self.seed,
        )  # fmt: skip

    def column(self, factor: int) -> Column:
        """Give the values of one factor."""
        return Column.of([point[factor] for point in self.points])


@dataclass(frozen=True)
class Column:
    """The values of one factor at every point: numbers, or words out of a few.

    Attributes
    ----------
    numbers : ndarray of float64, shape (points,)
        The values; of words, their places in ``levels``.
    levels : tuple
        The different values, ascending, if they are few or words; empty for a continuous factor.
    words : bool
        Whether the values are no numbers.

    Examples
    --------
    >>> Column.of(["b", "a", "b"]).levels, Column.of([0.5, 2]).words
    (('a', 'b'), False)
    """

    numbers: Floats = field(repr=False)
    levels: tuple[object, ...]
    words: bool

    @classmethod
    def of(cls, values: Sequence[object]) -> Column:
        """Tell numbers from words, and few values from many."""
        if all(is_number(value) for value in values):
            numbers = np.array(values, np.float64)
            levels = np.unique(numbers)
            few = len(levels) <= max(2, min(12, len(values) // 4))
            return cls(numbers, tuple(levels.tolist()) if few else (), words=False)
        texts = [as_text(value) for value in values]
        brief = {text: as_name(value) for text, value in zip(texts, values, strict=True)}
        if len(set(brief.values())) == len(brief):  # else two would look the same
            texts = [brief[text] for text in texts]
        names = sorted(set(texts))
        return cls(np.array([names.index(one) for one in texts], np.float64), tuple(names), True)

    def at_level(self, level: int) -> NDArray[np.bool_]:
        """Which points have one of the levels."""
        wanted = float(level) if self.words else self.levels[level]
        found: NDArray[np.bool_] = self.numbers == wanted
        return found


def is_number(value: object) -> bool:
    """Whether a value is a number that can be a little larger: true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_name(value: object) -> str:
    """Write a value as short as it can be known by: a section by its name.

    Examples
    --------
    >>> as_name({"name": "stain_guard", "price": 49.0}), as_name(None), as_name(19)
    ('with stain_guard', 'none', '19')
    """
    name = value.get("name") if isinstance(value, Mapping) else None
    return f"with {name}" if isinstance(name, str) and name else as_text(value)


def as_text(value: object) -> str:
    """Write a value of the scenario as its file has it.

    Examples
    --------
    >>> as_text(19.0), as_text(True), as_text(None), as_text("weekly"), as_text(0.0123456)
    ('19', 'true', 'none', 'weekly', '0.01235')
    >>> as_text({"kind": "fixed", "days": 2.0}), as_text([1, 3])
    ('{kind: fixed, days: 2}', '[1, 3]')
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {as_text(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_text, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return str(value) if isinstance(value, int) else f"{value:.4g}"
    return str(value)
