"""An estimate made narrower by what is known of its customers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cvosim.experiment.precision.controls import MONEY_COLUMNS, Control
from cvosim.experiment.precision.sums import ProductSums
from cvosim.stats.paired import z_of
from cvosim.tables.columns import Floats

LEAST_GAIN = 1.01
"""Controls that save fewer than one customer in a hundred are left aside."""

_SAME = 1e-9
"""Eigenvalue of a correlation matrix below which controls say the same."""


class Controlled(NamedTuple):
    """A value with its uncertainty, with and without control variates.

    Attributes
    ----------
    value, standard_error : float
        With the controls that pay.
    plain_value, plain_error : float
        Without.
    gain : float
        Ratio of the squared errors, ``1 / (1 - R**2)`` with the squared multiple correlation of
        value and controls: how many times as many customers it would take without. 1 where no
        controls pay.
    controls : int
        How many are used.
    from_theory : bool
        Whether any of them has its mean from `cvosim.theory`.

    Examples
    --------
    >>> one = Controlled(6.3, 0.01, 6.4, 0.02, 4.0, 2, False)
    >>> [round(end, 2) for end in one.interval()]
    [6.28, 6.32]
    >>> one.saved(1000, wanted=0.01), one.saved(1000, wanted=0.03)
    (3000, 707)
    """

    value: float
    standard_error: float
    plain_value: float
    plain_error: float
    gain: float = 1.0
    controls: int = 0
    from_theory: bool = False

    @property
    def half_width(self) -> float:
        """Of the 95 % interval."""
        return z_of(0.95) * self.standard_error

    def interval(self) -> tuple[float, float]:
        """Give the ends of the 95 % interval."""
        return self.value - self.half_width, self.value + self.half_width

    def saved(self, customers: int, wanted: float) -> int:
        """How many more than these it would take without controls.

        Parameters
        ----------
        customers : int
            That this is of.
        wanted : float
            Half the width of the interval that was asked for; narrower ones save nothing more.
        """
        without = z_of(0.95) * self.plain_error / max(wanted, self.half_width)
        return max(round(customers * (without**2 - 1.0)), 0) if math.isfinite(without) else 0


def controlled(
    value: float, influence: Floats, sums: ProductSums, controls: dict[int, Control]
) -> Controlled:
    """Correct an estimate by how far the means of its controls are off what they should be.

    With influences of mean 0 and covariance ``c`` with the controls, whose covariance is ``S``,
    the estimate is ``value - b (mean - known)`` with ``b = S^-1 c``; its variance is that of
    ``influence - b control`` (Lavenberg & Welch 1981, equations 4 to 8), with as many degrees of
    freedom fewer as there are controls.

    A mean from theory may be wrong by a little, its slack. The most by which the slacks can move
    the estimate, ``s``, goes into the standard error: an estimate that is off by ``s`` and has the
    error ``e`` is within ``1.96 sqrt(e**2 + s**2)`` in 95 % of cases or more, whatever ``s``. Of
    all controls, those that count, and those that the scenario says, the narrowest are taken.

    Parameters
    ----------
    value : float
        A ratio, a total, or a difference of two.
    influence : float64[k]
        Weights of the columns of ``sums`` that add up to a prospect's influence on it.
    sums : ProductSums
    controls : dict of int to Control
        By place of their column.

    Examples
    --------
    >>> from cvosim.metrics.columns import Column
    >>> share = Control(Column("in_channel", "ads"), 0.5, 0.0)
    >>> products = np.array([[1000.0, 300.0], [300.0, 120.0]])
    >>> sums = ProductSums(200, np.zeros(1), np.array([400.0, 120.0]), products)
    >>> found = controlled(2.0, np.array([1.0, 0.0]), sums, {1: share})
    >>> round(found.value, 3), round(found.gain, 3)  # too many came from where they are worth more
    (1.875, 1.592)
    """
    return _chosen(value, influence, sums, controls)[0]


def residual(influence: Floats, sums: ProductSums, controls: dict[int, Control]) -> Floats:
    """Weights of the columns that add up to what is left of an influence by its controls.

    Examples
    --------
    >>> from cvosim.metrics.columns import Column
    >>> share = Control(Column("in_channel", "ads"), 0.5, 0.0)
    >>> products = np.array([[1000.0, 300.0], [300.0, 120.0]])
    >>> sums = ProductSums(200, np.zeros(1), np.array([400.0, 120.0]), products)
    >>> residual(np.array([1.0, 0.0]), sums, {1: share}).tolist()
    [1.0, -1.25]
    """
    return _chosen(0.0, influence, sums, controls)[1]


def _chosen(
    value: float, influence: Floats, sums: ProductSums, controls: dict[int, Control]
) -> tuple[Controlled, Floats]:
    """The estimate with the controls that pay, and the weights of what they leave."""
    covariance = sums.covariances()
    variance = float(influence @ covariance @ influence)
    error = _error(variance, sums.prospects, 0)
    plain = Controlled(value, error, value, error), influence
    if not controls or not variance > 0.0:
        return plain
    with_all = influence, sums, covariance
    known = {place: one for place, one in controls.items() if one.slack == 0.0}
    counts = {place: one for place, one in controls.items() if one.column.name not in MONEY_COLUMNS}
    choices = [_corrected(plain[0], with_all, some) for some in (controls, counts, known) if some]
    found = min([plain, *choices], key=lambda one: one[0].standard_error)
    return found if found[0].gain >= LEAST_GAIN else plain


def _corrected(
    plain: Controlled,
    sample: tuple[Floats, ProductSums, Floats],
    controls: dict[int, Control],
) -> tuple[Controlled, Floats]:
    """Correct by these controls; see `_chosen`."""
    (influence, sums, covariance), places = sample, list(controls)
    with_value = covariance[places] @ influence
    weights, used = _solved(covariance[np.ix_(places, places)], with_value)
    rest = float(influence @ covariance @ influence) - float(weights @ with_value)
    slack = float(np.abs(weights) @ np.array([one.slack for one in controls.values()]))
    error = math.hypot(_error(rest, sums.prospects, used), slack)
    if not error > 0.0:  # the metric is made of its controls, or there are too few customers
        return plain, influence
    off = sums.means()[places] - np.array([one.mean for one in controls.values()])
    left = influence.copy()
    left[places] -= weights
    corrected = Controlled(
        plain.value - float(weights @ off),
        error,
        plain.plain_value,
        plain.plain_error,
        (plain.plain_error / error) ** 2,
        used,
        any(one.slack > 0.0 for one in controls.values()),
    )
    return corrected, left


def _solved(covariance: Floats, with_value: Floats) -> tuple[Floats, int]:
    """Regression weights of controls, some of which may say the same; how many do not."""
    spread = np.sqrt(covariance.diagonal())
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
    roots, axes = np.linalg.eigh(covariance * np.outer(scale, scale))
    kept = roots > _SAME
    along = axes[:, kept]
    weights: Floats = scale * (along @ ((along.T @ (scale * with_value)) / roots[kept]))
    return weights, int(np.count_nonzero(kept))


def _error(variance: float, count: int, controls: int) -> float:
    freedom = count - controls - 1
    if freedom < 1:
        return math.nan
    return math.sqrt(max(variance, 0.0) * (count - 1.0) / freedom / count)
