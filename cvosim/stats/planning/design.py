"""Design of a test of one treatment, or several, against control: power, effect and sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvosim.errors import CvosimError
from cvosim.stats.contrast import ALTERNATIVES, Alternative
from cvosim.stats.planning.allocation import dunnett_level
from cvosim.stats.planning.laws import (
    Looks,
    critical_value,
    critical_value_of,
    each,
    normal_power,
    sequential,
    t_power,
)
from cvosim.stats.planning.roots import rising_root
from cvosim.stats.planning.spread import Spread
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.stats.sequential.design import GroupSequential

Correction = Literal["bonferroni", "dunnett", "none"]
CORRECTIONS: tuple[Correction, ...] = ("bonferroni", "dunnett", "none")
Law = Literal["normal", "t"]
NOTHING = 1e-100
"""A variance that is none, but may be divided by."""


class SampleSize(NamedTuple):
    """Units of control, of each treatment and of all arms: not rounded, so that inverses fit."""

    control: Floats
    treatment: Floats
    total: Floats


@dataclass(frozen=True)
class Design:
    """How a test is made; what it can find follows.

    ``power``, ``mde`` and ``sample_size`` are inverses of each other and take arrays.

    Attributes
    ----------
    spread : Spread
        Of the metric: `Means`, `Proportions`, `Hazards`, with a covariate or in clusters.
    alpha : float
        Chance of a false alarm, over all sides and all treatments.
    alternative : {"two-sided", "greater", "less"}
        Which effects are looked for.
    ratio : float
        Units of each treatment for one of control.
    treatments : int
        Against one control.
    correction : {"bonferroni", "dunnett", "none"}
        How ``alpha`` is shared among several treatments. Power is that of each comparison.
    margin : float
        With ``greater``: show that treatment is not worse than control by this much
        (non-inferiority); with ``less``, not higher. At least 0.
    law : {"normal", "t"}
        Of the statistic; ``t`` is Welch's, with the noncentral t under an effect.
    looks : int or tuple of float
        Looks of a group-sequential test, equally spaced, or their information fractions; power
        is that of all looks, and the sample the largest one.
    spending : str
        How the error rate is spent over the looks.
    either_sign : bool
        Count findings of the wrong sign as power, too, as R's ``strict=TRUE`` and statsmodels.

    Raises
    ------
    CvosimError
        For what is out of range or does not go together; it says what to write.

    Examples
    --------
    >>> from cvosim.stats.planning import Design, Means, Proportions
    >>> design = Design(Means(1.0), law="t", either_sign=True)
    >>> round(float(design.sample_size(0.1).control), 3)
    1570.733
    >>> design = Design(Proportions(0.05))
    >>> round(float(design.sample_size(0.01).control), 3)
    8157.731
    >>> round(float(design.power(design.mde(8000), 8000)), 12)
    0.8
    """

    spread: Spread
    alpha: float = 0.05
    alternative: Alternative = "two-sided"
    ratio: float = 1.0
    treatments: int = 1
    correction: Correction = "bonferroni"
    margin: float = 0.0
    law: Law = "normal"
    looks: Looks = 1
    spending: str = "obrien_fleming"
    either_sign: bool = False

    def __post_init__(self) -> None:
        if not 0.0 < self.alpha < 1.0:
            raise CvosimError(f"alpha: must be between 0 and 1 (got {self.alpha:g}); 5 % is 0.05")
        _one_of("alternative", self.alternative, ALTERNATIVES)
        _one_of("correction", self.correction, CORRECTIONS)
        _one_of("law", self.law, ("normal", "t"))
        if not (self.ratio > 0.0 and math.isfinite(self.ratio)):
            raise CvosimError(f"ratio: must be above 0 (got {self.ratio:g})")
        if self.treatments < 1:
            raise CvosimError(f"treatments: must be at least 1 (got {self.treatments})")
        if not self.margin >= 0.0 or (self.margin and self.alternative == "two-sided"):
            raise CvosimError(
                f"margin: must be at least 0, and goes with a one-sided question, "
                f"greater or less (got {self.margin:g}, {self.alternative})"
            )
        if self.looks != 1 and (self.law == "t" or self.either_sign):
            raise CvosimError("looks: go with the normal law and findings of the right sign")
        if self.looks != 1:
            self._sequential(0.8)  # refuses looks and spending that are none

    # ------------------------------------------------------------------------ the three
    def power(self, effect: ArrayLike, n: ArrayLike) -> Floats:
        """Probability to find an effect.

        Parameters
        ----------
        effect : array_like
            True effect: treatment less control, or the logarithm of a hazard ratio, as the
            spread says. One relative to control is that share of control's value: what decides
            is the test of the difference, and an interval of the lift comes beside it.
        n : array_like
            Units in control, at most.

        Returns
        -------
        ndarray of float64
            Of the shape that both broadcast to.

        Examples
        --------
        >>> from cvosim.stats.planning import Means
        >>> round(float(Design(Means(1.0), law="t").power(1.0, 20)), 7)
        0.8689528
        """
        effects = self._possible(effect)
        units = _units(n)
        return self._power(effects, units, self._signs(effects))

    def mde(self, n: ArrayLike, power: ArrayLike = 0.8, *, down: bool = False) -> Floats:
        """Smallest true effect that is found with a probability.

        Parameters
        ----------
        n : array_like
            Units in control, at most.
        power : array_like
            Probability.
        down : bool
            Of a two-sided test, give the effect below 0.

        Returns
        -------
        ndarray of float64
            NaN where no effect that can exist is large enough. With a margin it may be on the
            wrong side of 0.

        Raises
        ------
        CvosimError
            If a power is not above what the test has without an effect.

        Examples
        --------
        >>> from cvosim.stats.planning import Proportions
        >>> rate = Design(Proportions(0.1))
        >>> [round(float(rate.mde(500, down=down)), 4) for down in (False, True)]
        [0.0595, -0.047]
        """
        units, powers = _units(n), self._asked(power)
        sign = {"two-sided": -1.0 if down else 1.0, "greater": 1.0, "less": -1.0}[self.alternative]
        low, high = self.spread.reach
        room = high - self._null if sign > 0.0 else self._null - low
        at_null = np.add(*self._parts(self._null))
        shape = np.broadcast_shapes(units.shape, powers.shape, at_null.shape, room.shape)
        units, powers, limit = (np.broadcast_to(one, shape) for one in (units, powers, room))

        def gap(distance: Floats) -> Floats:
            return self._gap(self._null + sign * distance, units, powers, np.asarray(sign))

        guess = self._needed(powers) * np.sqrt(at_null / units)
        return np.asarray(self._null + sign * rising_root(gap, np.asarray(guess), limit))

    def sample_size(self, effect: ArrayLike, power: ArrayLike = 0.8) -> SampleSize:
        """Units that find an effect with a probability.

        Parameters
        ----------
        effect : array_like
            True effect, as in `power`.
        power : array_like
            Probability.

        Returns
        -------
        SampleSize
            Not rounded; of a group-sequential test, the largest sample.

        Raises
        ------
        CvosimError
            If the test does not look for such an effect, or a power is not above what it has
            without one.

        Examples
        --------
        >>> from cvosim.stats.planning import Hazards
        >>> round(float(Design(Hazards()).sample_size(np.log(0.8)).total), 4)
        630.5202
        """
        effects, powers = self._possible(effect), self._asked(power)
        sign = self._signs(effects)
        distance = sign * (effects - self._null)
        if np.any(distance <= 0.0):
            raise CvosimError(self._never())
        control, treatment = self._parts(effects)
        drawn = self._drawn(effects) * self._critical()
        reach = self._needed(powers) - self._critical()
        units = ((drawn + reach * np.sqrt(control + treatment)) / distance) ** 2
        if self.law == "t" or self.either_sign:
            shape = np.broadcast_shapes(units.shape, powers.shape)
            least = 2.0 / min(1.0, self.ratio)  # no variance from a single unit

            def gap(more: Floats) -> Floats:
                return self._gap(effects, least + more, powers, sign)

            guess = np.broadcast_to(units, shape)
            units = least + rising_root(gap, guess, np.full(shape, math.inf))
        return self.arms(units)

    def arms(self, n: ArrayLike) -> SampleSize:
        """Units of all arms, from those of control."""
        control = np.asarray(n, np.float64)
        each_ = control * self.ratio
        return SampleSize(control, each_, control + self.treatments * each_)

    def control_of(self, total: ArrayLike) -> Floats:
        """Units of control, from those of all arms."""
        return np.asarray(total, np.float64) / (1.0 + self.treatments * self.ratio)

    @property
    def sides(self) -> int:
        """2 for a two-sided question, 1 for the others."""
        return 2 if self.alternative == "two-sided" else 1

    @property
    def alpha_each(self) -> float:
        """Chance of a false alarm of each comparison, over all sides."""
        if self.treatments == 1 or self.correction == "none":
            return self.alpha
        if self.correction == "dunnett":
            return dunnett_level(self.treatments, self.alpha, self.sides, self.ratio)
        return self.alpha / self.treatments

    def inflation(self, power: float = 0.8) -> float:
        """Largest sample of the group-sequential test, in samples of a test with one look.

        Examples
        --------
        >>> from cvosim.stats.planning import Means
        >>> round(Design(Means(1.0), looks=5).inflation(), 6)
        1.02472
        """
        return 1.0 if self.looks == 1 else self._sequential(power).inflation

    # ------------------------------------------------------------------------ how
    @property
    def _null(self) -> Floats:
        sign = {"two-sided": 0.0, "greater": -1.0, "less": 1.0}[self.alternative]
        return np.asarray(sign * self.margin + 0.0)  # no 0 with a sign

    def _signs(self, effects: Floats) -> Floats:
        """Where the test looks: for a two-sided one, towards the effect."""
        if self.alternative == "two-sided":
            return np.where(effects < 0.0, -1.0, 1.0)
        return np.asarray(1.0 if self.alternative == "greater" else -1.0)

    def _parts(self, effects: Floats) -> tuple[Floats, Floats]:
        """Variance of the estimate by arm, times the units in control."""
        control, treatment = self.spread.arms(effects)
        return control, treatment / self.ratio

    def _drawn(self, effects: Floats) -> Floats:
        """Standard error that the test takes, times the root of the units in control.

        A test against a margin takes the variances there are: with its arms apart, there is no
        common rate to pool.
        """
        known = self.spread.assumed(effects, self.ratio) if not self.margin else None
        control, treatment = known or self.spread.arms(effects)
        return np.asarray(np.sqrt(control + treatment / self.ratio))

    def _critical(self, df: Floats | None = None) -> Floats:
        return critical_value(self.alpha_each / self.sides, df)

    def _sequential(self, power: float) -> GroupSequential:
        return sequential(self.looks, self.alpha_each, self.sides, self.spending, power)

    def _needed(self, powers: Floats) -> Floats:
        """Mean of z at which the test has its power; of the largest sample, if it has looks."""
        if self.looks == 1:
            return np.asarray(self._critical() + critical_value_of(powers))
        return each(lambda power: self._sequential(power).drift, powers)

    def _lead(self, effects: Floats, units: Floats, sign: Floats) -> Floats:
        """How far the mean of z lies beyond the critical value of one look."""
        spread = np.sqrt(np.add(*self._parts(effects)))
        ahead = sign * (effects - self._null) * np.sqrt(units)
        with np.errstate(divide="ignore"):
            return np.asarray((ahead - self._critical() * self._drawn(effects)) / spread)

    def _power(self, effects: Floats, units: Floats, sign: Floats) -> Floats:
        """Power towards one side."""
        if self.law == "t":
            control, treatment = self._parts(effects)
            treatment = np.maximum(treatment, NOTHING)  # a rate of 0 leaves no variance
            drift = sign * (effects - self._null) * np.sqrt(units / (control + treatment))
            df = welch_df(control, treatment, units, self.ratio)
            return t_power(drift, self._critical(df), df, both=self.either_sign)
        lead = self._lead(effects, units, sign)
        if self.looks != 1:
            # The bounds of all looks are taken to rest on the same variance; where the test's
            # own differs (pooled rates), the last look, at which most is decided, is exact.
            design, critical = self._sequential(0.8), float(self._critical())
            return each(lambda x: design.power(x + critical), lead)
        back = self._lead(effects, units, -sign) if self.either_sign else None
        return normal_power(lead, back)

    def _gap(self, effects: Floats, units: Floats, powers: Floats, sign: Floats) -> Floats:
        """Rises with the effect and with the units, and is 0 where the power is as asked."""
        if self.law == "t" or self.either_sign:
            return self._power(effects, units, sign) - powers
        return self._lead(effects, units, sign) - (self._needed(powers) - self._critical())

    # ------------------------------------------------------------------------ what is refused
    def _possible(self, effect: ArrayLike) -> Floats:
        effects = np.asarray(effect, np.float64)
        low, high = self.spread.reach
        if np.any((effects < low) | (effects > high)):
            raise CvosimError(
                f"effect: must be from {np.max(low):g} to {np.min(high):g} (got {effects})"
            )
        return effects

    def _asked(self, power: ArrayLike) -> Floats:
        powers = np.asarray(power, np.float64)
        if not np.all((powers > self.alpha_each) & (powers < 1.0)):
            raise CvosimError(
                f"power: must be above the error rate, {self.alpha_each:g}, and below 1 "
                f"(got {powers})"
            )
        return powers

    def _never(self) -> str:
        if self.alternative == "two-sided":
            return "effect: must not be 0; no test finds what is not there"
        side = "above" if self.alternative == "greater" else "below"
        return (
            f"effect: must be {side} {float(self._null):g} for a test that looks for "
            f'"{self.alternative}"'
        )


def welch_df(control: Floats, treatment: Floats, n: Floats, ratio: float) -> Floats:
    """Degrees of freedom of Welch's test (Satterthwaite 1946, eq. 17), of parts of a variance."""
    return np.asarray(
        (control + treatment) ** 2 / (control**2 / (n - 1.0) + treatment**2 / (ratio * n - 1.0))
    )


def _units(n: ArrayLike) -> Floats:
    units = np.asarray(n, np.float64)
    if np.any(units <= 0.0):
        raise CvosimError(f"n: must be above 0 (got {units})")
    return units


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CvosimError(f'{name}: must be one of {", ".join(allowed)} (got "{value}")')
