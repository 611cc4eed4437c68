"""Metrics of an experiment: each says which columns it needs and how arms are compared by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

from cvosim.stats.contrast import ArmStat
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

Adjustment = Literal["pooled", "interacted"]


class Arms(NamedTuple):
    """Control and treatment as a metric sees them, and what was done to them."""

    control: ArmStat
    treatment: ArmStat
    adjustments: tuple[str, ...] = ()


class MomentMetric(Protocol):
    """A metric whose sufficient statistics are means and products of columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose means and products it needs."""

    def arms(self, control: Moments, treatment: Moments) -> Arms:
        """Value and variance in either arm; arrays, if the moments have leading axes."""


@dataclass(frozen=True)
class Mean:
    """Mean of a column a unit, adjusted by a covariate from before the experiment if there is one.

    Attributes
    ----------
    value : str
        Column.
    covariate : str, optional
        Column known before assignment (CUPED; Deng, Xu, Kohavi & Walker 2013): the mean becomes
        ``y - theta (x - mean of x)`` with ``theta = cov(y, x) / var(x)``.
    adjustment : {"pooled", "interacted"}
        One theta for both arms, or one for each (Lin 2013), which is at least as precise in large
        samples where arms are of unequal size and the effect depends on the covariate. In a small
        arm with a long tail its slope chases the outliers and intervals are too narrow.

    Examples
    --------
    >>> one, other = (Moments.of({"y": y, "x": [0.0, 1.0, 2.0]}) for y in ([1, 2, 3], [2, 3, 5]))
    >>> found = Mean("y", covariate="x").arms(one, other)
    >>> round(float(found.treatment.value - found.control.value), 6)
    1.333333
    """

    value: str
    covariate: str | None = None
    adjustment: Adjustment = "pooled"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose means and products it needs."""
        return (self.value,) if self.covariate is None else (self.value, self.covariate)

    def arms(self, control: Moments, treatment: Moments) -> Arms:
        """Value and variance in either arm."""
        y = Part(self.value)
        x = None if self.covariate is None else Part(self.covariate)
        return adjusted((control, treatment), y, x, self.adjustment)


@dataclass(frozen=True)
class Ratio:
    """Ratio of two means, such as revenue per order, in experiments that assign users.

    Its variance is that of the linearised value ``(y - R z) / mean of z`` (delta method; Deng,
    Knoblich & Lu 2018, section 3).

    Attributes
    ----------
    numerator, denominator : str
        Columns.
    covariate : pair of str, optional
        Numerator and denominator of a ratio known before assignment (CUPED on linearised
        values; Deng et al. 2013, appendix B).
    adjustment : {"pooled", "interacted"}
        As in `Mean`.

    Examples
    --------
    >>> one = Moments.of({"revenue": [0, 9, 20], "orders": [0, 1, 2]})
    >>> found = Ratio("revenue", "orders").arms(one, one)
    >>> round(float(found.control.value), 6)
    9.666667
    """

    numerator: str
    denominator: str
    covariate: tuple[str, str] | None = None
    adjustment: Adjustment = "pooled"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose means and products it needs."""
        return tuple(dict.fromkeys((self.numerator, self.denominator, *(self.covariate or ()))))

    def arms(self, control: Moments, treatment: Moments) -> Arms:
        """Value and variance in either arm."""
        y = Part(self.numerator, self.denominator)
        x = None if self.covariate is None else Part(*self.covariate)
        return adjusted((control, treatment), y, x, self.adjustment)


class Part(NamedTuple):
    """A column, or the ratio of two, linearised."""

    numerator: str
    denominator: str | None = None

    def value(self, of: Moments) -> Floats:
        """The mean, or the ratio of means; NaN over a mean of 0."""
        mean = of.mean_of(self.numerator)
        if self.denominator is None:
            return mean
        below = of.mean_of(self.denominator)
        with np.errstate(divide="ignore", invalid="ignore"):
            return mean / np.where(below == 0.0, np.nan, below)


def covariance(of: Moments, one: Part, other: Part) -> Floats:
    """Covariance of two linearised values, each at the group's own ratio and means."""

    def terms(part: Part) -> list[tuple[str, Floats]]:
        if part.denominator is None:
            return [(part.numerator, np.ones_like(of.count))]
        below = of.mean_of(part.denominator)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1.0 / np.where(below == 0.0, np.nan, below)
        return [(part.numerator, scale), (part.denominator, -part.value(of) * scale)]

    found: Floats = sum(
        (a * b * of.covariance(p, q) for p, a in terms(one) for q, b in terms(other)),
        np.zeros_like(of.count),
    )
    return np.maximum(found, 0.0) if one == other else found  # rounding may pass below 0


def adjusted(
    groups: tuple[Moments, Moments], y: Part, x: Part | None, adjustment: Adjustment
) -> Arms:
    """Compare two arms in ``y``, with the part that ``x`` explains taken out."""
    if x is None:
        one, other = (ArmStat(y.value(g), covariance(g, y, y), g.count) for g in groups)
        return Arms(one, other)
    total = groups[0] + groups[1]
    centre = x.value(total)
    pooled = _theta(total, y, x)
    slopes = [pooled, pooled] if adjustment == "pooled" else [_theta(g, y, x) for g in groups]
    # arms with slopes of their own share the error of the covariate's pooled mean (Lin 2013)
    shared = (slopes[1] - slopes[0]) ** 2 * covariance(total, x, x) / total.count
    found = []
    for g, theta in zip(groups, slopes, strict=True):
        rest = covariance(g, y, y) - 2 * theta * covariance(g, y, x)
        variance = np.maximum(rest + theta**2 * covariance(g, x, x), 0.0)
        if adjustment == "interacted":  # a slope of its own takes a degree of freedom
            variance = variance * (g.count - 1.0) / np.maximum(g.count - 2.0, 1.0)
        variance = variance + shared * g.count / 2.0
        found.append(ArmStat(y.value(g) - theta * (x.value(g) - centre), variance, g.count))
    return Arms(found[0], found[1], (_words(total, y, x, adjustment),))


def _theta(of: Moments, y: Part, x: Part) -> Floats:
    """Slope of y on x; 0 where x is constant."""
    spread = covariance(of, x, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(spread > 0.0, covariance(of, y, x) / spread, 0.0)
    return found


def _words(total: Moments, y: Part, x: Part, adjustment: Adjustment) -> str:
    """Say what a covariate did, of a single test."""
    name = x.numerator if x.denominator is None else f"{x.numerator}/{x.denominator}"
    method = "CUPED" if adjustment == "pooled" else "CUPED with a slope for each arm"
    if np.ndim(total.count):
        return f"{method} by {name}"
    spread = covariance(total, y, y) * covariance(total, x, x)
    explained = covariance(total, y, x) ** 2 / spread if spread > 0.0 else 0.0
    return f"{method} by {name}: variance {-100 * explained:+.1f} %"
