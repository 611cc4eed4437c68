"""How far estimates of an effect scatter: what planning must know of a metric."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from cvosim.errors import CvosimError
from cvosim.tables.columns import Floats


class Spread(Protocol):
    """Variance of one unit's part in the estimate of an effect, in either arm.

    With ``n`` units in control and ``ratio * n`` in treatment, the estimate's variance is
    ``(control + treatment / ratio) / n``.
    """

    @property
    def reach(self) -> tuple[Floats, Floats]:
        """Smallest and largest effect that can exist."""

    def arms(self, effect: Floats) -> tuple[Floats, Floats]:
        """Variance of a unit in control and in treatment, where the effect is this."""

    def assumed(self, effect: Floats, ratio: float) -> tuple[Floats, Floats]:
        """The two that the test takes, when it asks whether there is no effect."""


@dataclass(frozen=True)
class Means:
    """Difference of two means.

    Attributes
    ----------
    sd : float or array_like
        Standard deviation of a unit in control; for a ratio metric, of its linearised value.
    sd_treatment : float or array_like, optional
        The same in treatment; as in control if left out.

    Raises
    ------
    CvosimError
        Unless both are above 0.

    Examples
    --------
    >>> Means(3.0).arms(np.zeros(1))[0].tolist()
    9.0
    """

    sd: ArrayLike
    sd_treatment: ArrayLike | None = None

    def __post_init__(self) -> None:
        above_zero("sd", self.sd)
        if self.sd_treatment is not None:
            above_zero("sd_treatment", self.sd_treatment)

    @property
    def reach(self) -> tuple[Floats, Floats]:
        """Any effect can exist."""
        return np.asarray(-math.inf), np.asarray(math.inf)

    def arms(self, effect: Floats) -> tuple[Floats, Floats]:
        """Variance of a unit in control and in treatment: no effect changes it."""
        control = np.asarray(self.sd, np.float64) ** 2
        if self.sd_treatment is None:
            return control, control
        return control, np.asarray(self.sd_treatment, np.float64) ** 2

    def assumed(self, effect: Floats, ratio: float) -> tuple[Floats, Floats]:
        """Welch's test assumes nothing: it takes the variances there are."""
        return self.arms(effect)


@dataclass(frozen=True)
class Proportions:
    """Difference of two proportions.

    Attributes
    ----------
    rate : float or array_like
        In control, between 0 and 1.
    pooled : bool
        Test with the variance of both arms together, as without an effect (R's
        ``power.prop.test``; Fleiss, Levin & Paik 2003, chapter 4). If not, with the variance of
        each arm, as an interval does.

    Raises
    ------
    CvosimError
        Unless the rate is between 0 and 1.

    Examples
    --------
    >>> [round(float(one), 6) for one in Proportions(0.05).arms(np.asarray(0.01))]
    [0.0475, 0.0564]
    """

    rate: ArrayLike
    pooled: bool = True

    def __post_init__(self) -> None:
        rate = np.asarray(self.rate, np.float64)
        if not np.all((rate > 0.0) & (rate < 1.0)):
            raise CvosimError(f"rate: must be between 0 and 1 (got {rate}); 5 % is 0.05")

    @property
    def reach(self) -> tuple[Floats, Floats]:
        """From nobody to everybody."""
        rate = np.asarray(self.rate, np.float64)
        return -rate, 1.0 - rate

    def arms(self, effect: Floats) -> tuple[Floats, Floats]:
        """Variance p (1 - p) of a unit in control and in treatment."""
        control = np.asarray(self.rate, np.float64)
        treatment = control + effect
        return control * (1.0 - control), np.maximum(treatment * (1.0 - treatment), 0.0)

    def assumed(self, effect: Floats, ratio: float) -> tuple[Floats, Floats]:
        """Both at the rate of both arms together, if pooled."""
        if not self.pooled:
            return self.arms(effect)
        rate = np.asarray(self.rate, np.float64) + effect * ratio / (1.0 + ratio)
        return rate * (1.0 - rate), rate * (1.0 - rate)


@dataclass(frozen=True)
class Hazards:
    """Logarithm of the ratio of two hazards: log-rank test or Cox regression, for churn.

    ``Var = 1 / (events p (1 - p))`` with p the treated share (Schoenfeld 1981, Biometrika
    68:316-319; 1983, Biometrics 39:499-503).

    Attributes
    ----------
    event_share : float
        Share of the units whose event is seen. With 1, what is counted are events.

    Raises
    ------
    CvosimError
        Unless it is above 0 and at most 1.

    Examples
    --------
    >>> [float(one) for one in Hazards(0.25).arms(np.zeros(()))]
    [4.0, 4.0]
    """

    event_share: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.event_share <= 1.0:
            raise CvosimError(
                f"event_share: must be above 0 and at most 1 (got {self.event_share:g})"
            )

    @property
    def reach(self) -> tuple[Floats, Floats]:
        """Any logarithm can exist."""
        return np.asarray(-math.inf), np.asarray(math.inf)

    def arms(self, effect: Floats) -> tuple[Floats, Floats]:
        """One over the share of units whose event is seen."""
        one = np.asarray(1.0 / self.event_share)
        return one, one

    def assumed(self, effect: Floats, ratio: float) -> tuple[Floats, Floats]:
        """The same: the formula is for small effects."""
        return self.arms(effect)


@dataclass(frozen=True)
class Scaled:
    """A spread whose variances are multiplied; made by `with_covariate` and `in_clusters`."""

    of: Spread
    factor: float

    @property
    def reach(self) -> tuple[Floats, Floats]:
        """As before."""
        return self.of.reach

    def arms(self, effect: Floats) -> tuple[Floats, Floats]:
        """Variance of a unit in control and in treatment."""
        control, treatment = self.of.arms(effect)
        return control * self.factor, treatment * self.factor

    def assumed(self, effect: Floats, ratio: float) -> tuple[Floats, Floats]:
        """The two that the test takes."""
        control, treatment = self.of.assumed(effect, ratio)
        return control * self.factor, treatment * self.factor


def with_covariate(spread: Spread, correlation: float) -> Scaled:
    """Take out what a covariate from before the experiment explains (CUPED).

    The *variance*, and so the sample, shrinks by ``1 - correlation**2`` (Deng, Xu, Kohavi &
    Walker 2013, section 3), not by its square root.

    Raises
    ------
    CvosimError
        Unless the correlation is above -1 and below 1.

    Examples
    --------
    >>> with_covariate(Means(1.0), 0.6).factor
    0.64
    """
    if not -1.0 < correlation < 1.0:
        raise CvosimError(f"correlation: must be above -1 and below 1 (got {correlation:g})")
    return Scaled(spread, 1.0 - correlation**2)


def in_clusters(spread: Spread, size: float, icc: float, variation: float = 0.0) -> Scaled:
    """Assign whole clusters (shops, households) in place of units.

    The design effect ``1 + ((1 + variation**2) size - 1) icc`` (Kish 1965; for clusters of
    unequal size Eldridge, Ashby & Kerry 2006).

    Parameters
    ----------
    spread : Spread
        Of units.
    size : float
        Units in a cluster, on average.
    icc : float
        Intracluster correlation, from 0 to 1.
    variation : float
        Coefficient of variation of the clusters' sizes.

    Raises
    ------
    CvosimError
        For a size below 1, or a correlation or variation that is none.

    Examples
    --------
    >>> round(in_clusters(Means(1.0), size=20, icc=0.05).factor, 6)
    1.95
    """
    if size < 1.0:
        raise CvosimError(f"size: a cluster has at least 1 unit (got {size:g})")
    if not 0.0 <= icc <= 1.0:
        raise CvosimError(f"icc: must be from 0 to 1 (got {icc:g})")
    if variation < 0.0:
        raise CvosimError(f"variation: must be at least 0 (got {variation:g})")
    return Scaled(spread, 1.0 + ((1.0 + variation**2) * size - 1.0) * icc)


def ratio_spread(
    means: tuple[float, float], sds: tuple[float, float], correlation: float
) -> tuple[float, Means]:
    """Give a ratio of two means, such as revenue per order, and the spread of its value.

    The variance of ``(y - R x) / mean of x`` is ``(var_y - 2 R cov + R**2 var_x) / mean_x**2``
    (Deng, Knoblich & Lu 2018, section 3).

    Parameters
    ----------
    means, sds : pair of float
        Mean and standard deviation of numerator and denominator, a unit.
    correlation : float
        Between them.

    Returns
    -------
    ratio : float
    spread : Means

    Raises
    ------
    CvosimError
        If the denominator's mean is 0.

    Examples
    --------
    >>> ratio, spread = ratio_spread((12.0, 1.5), (40.0, 1.2), 0.6)
    >>> ratio, round(float(spread.sd), 4)
    (8.0, 23.3938)
    """
    if means[1] == 0.0:
        raise CvosimError("means: the denominator's mean must not be 0")
    ratio = means[0] / means[1]
    mixed = correlation * sds[0] * sds[1]
    variance = (sds[0] ** 2 - 2.0 * ratio * mixed + (ratio * sds[1]) ** 2) / means[1] ** 2
    return ratio, Means(math.sqrt(max(variance, 0.0)))


def above_zero(name: str, values: ArrayLike) -> None:
    """Refuse numbers that are not above 0; NaN stands for what is not known.

    Raises
    ------
    CvosimError
        With the name.
    """
    array = np.asarray(values, np.float64)
    if np.any(array <= 0.0) or np.any(np.isinf(array)) or (array.ndim == 0 and np.isnan(array)):
        raise CvosimError(f"{name}: must be above 0 (got {array})")
