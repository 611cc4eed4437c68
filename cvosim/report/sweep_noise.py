"""What luck leaves certain of the points of a sweep, and of their means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.numbers import Z95, amount, kind_of

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.result import SweepTable

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

MUCH_LUCK = 0.1
"""Part of the variance between points from which on luck is worth an advice."""


class Losses(NamedTuple):
    """Points below 0: those that are so beyond their own error, and those that may be.

    Attributes
    ----------
    surely : int
        Whose 95 % interval lies below 0.
    perhaps : int
        Whose 95 % interval holds 0.
    known : int
        That have the outcome.
    """

    surely: int
    perhaps: int
    known: int

    def words(self) -> str:
        """Say how many points lose; empty where none does, nor may.

        Examples
        --------
        >>> Losses(4, 9, 100).words()
        'it is a loss at 4 of 100 and may be one at 9 more, whose 95 % intervals hold 0'
        >>> Losses(0, 9, 100).words(), Losses(0, 0, 100).words()
        ('it may be a loss at 9 of 100, whose 95 % intervals hold 0', '')
        """
        if not self.surely + self.perhaps:
            return ""
        holds = "whose 95 % intervals hold 0"
        if not self.surely:
            return f"it may be a loss at {self.perhaps:,} of {self.known:,}, {holds}"
        said = f"it is a loss at {self.surely:,} of {self.known:,}"
        return f"{said} and may be one at {self.perhaps:,} more, {holds}" if self.perhaps else said


def losses(values: Values, errors: Values) -> Losses:
    """Count the points that lose.

    Parameters
    ----------
    values, errors : ndarray of float64
        Of the points, with standard errors; a point whose error is not known is not certain.

    Examples
    --------
    >>> losses(np.array([-3.0, -1.0, 1.0, 3.0, np.nan]), np.ones(5))
    Losses(surely=1, perhaps=2, known=4)
    """
    known = np.isfinite(values)
    value, reach = values[known], Z95 * np.nan_to_num(errors[known], nan=math.inf)
    surely = int(np.count_nonzero(value + reach < 0.0))
    clear = int(np.count_nonzero(value - reach >= 0.0))
    return Losses(surely, len(value) - surely - clear, len(value))


class Luck(NamedTuple):
    """How well points are known: half of the typical 95 % interval, and luck's part of the spread.

    NaN where errors are not known, or where there is one point.
    """

    typical: float
    part: float


def luck_of(result: SweepTable) -> Luck:
    """Weigh the errors of the first outcome against its differences between points."""
    values, errors = result.pooled[:, 0], result.standard_errors[:, 0]
    known = np.isfinite(values) & np.isfinite(errors)
    if not known.any():
        return Luck(math.nan, math.nan)
    typical, spread = float(np.median(errors[known])), float(values[known].var(ddof=0))
    part = float(np.mean(errors[known] ** 2)) / spread if spread > 0.0 else math.nan
    return Luck(Z95 * typical, min(part, 1.0))


def luck_words(result: SweepTable) -> str:
    """Say how well a point is known, beside how far points are apart."""
    luck, unit = luck_of(result), result.units[0]
    if math.isnan(luck.typical):
        return ""
    text = f"A typical point is known to ± {amount(luck.typical, kind_of(unit), unit)} (95 %)"
    if math.isnan(luck.part):
        return f"{text}."
    part = f"up to {100 * luck.part:.0f} %" if luck.part >= 0.01 else "less than 1 %"
    advice = ": take more customers" if luck.part > MUCH_LUCK else ""
    return f"{text}; {part} of the variance between points may be luck{advice}."


def mean_error(values: Values, errors: Values, *, together: bool, drawn: bool) -> float:
    """Give the standard error of a mean over points; never too small.

    Parameters
    ----------
    values, errors : ndarray of float64
    together : bool
        Whether all points meet the same customers, whose luck does not average out.
    drawn : bool
        Whether the points of other means stand in other worlds, so that these do not cancel.

    Examples
    --------
    >>> values, errors = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 0.2)
    >>> mean_error(values, errors, together=True, drawn=False)
    0.2
    >>> mean_error(values, errors, together=False, drawn=False)
    0.1
    """
    some = np.nan_to_num(errors, nan=math.inf)
    own = float(some.mean()) if together else math.sqrt(float((some**2).sum())) / len(some)
    if not drawn or len(values) < 2:
        return own
    worlds = float(values.std(ddof=1)) / math.sqrt(len(values))
    return math.hypot(own, worlds) if together else max(own, worlds)


def error_over(result: SweepTable, points: Sequence[int]) -> float:
    """Give the standard error of the mean of the first outcome over some points, in given worlds.

    Parameters
    ----------
    result : SweepTable
    points : sequence of int
    """
    some = [point for point in points if math.isfinite(result.pooled[point, 0])]
    values, errors = result.pooled[some, 0], result.standard_errors[some, 0]
    return mean_error(values, errors, together=result.outline.common_luck, drawn=False)


def apart(difference: float, one: float, other: float, means: int) -> bool:
    """Whether the highest of some means is beyond its error above the lowest.

    Parameters
    ----------
    difference, one, other : float
        Of the two, and their standard errors.
    means : int
        Among how many they are the highest and the lowest, which many are by luck.

    Examples
    --------
    >>> apart(2.9, 1.0, 1.0, 2), apart(2.9, 1.0, 1.0, 8)
    (True, False)
    """
    pairs = max(1, means * (means - 1) // 2)
    return difference > NormalDist().inv_cdf(1.0 - 0.025 / pairs) * math.hypot(one, other)
