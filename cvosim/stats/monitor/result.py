"""What a monitor finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cvosim.stats.methods.sample_ratio import THRESHOLD
from cvosim.stats.monitor.rules import Ruled, Verdict
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.trends import Heterogeneity, Trend
from cvosim.stats.monitor.weeks import Weeks
from cvosim.tables.columns import Floats


class Group(NamedTuple):
    """The effect in one cohort, at one age, or in one cohort at one age.

    Attributes
    ----------
    number : int
        Of the cohort or the age, from 0.
    units : tuple of float
        In control and treatment.
    control, treatment, effect, standard_error : float
        NaN where it is not known yet.
    """

    number: int
    units: tuple[float, float]
    control: float
    treatment: float
    effect: float
    standard_error: float


class Fading(NamedTuple):
    """What becomes of an effect with age.

    Attributes
    ----------
    trend : Trend
    first, last : Group
        The effect at the first age at which enough happened, and at the oldest of these that is
        well known: of the same units.
    """

    trend: Trend
    first: Group
    last: Group


class Drift(NamedTuple):
    """Whether later cohorts respond like earlier ones.

    Attributes
    ----------
    trend : Trend
    differing : Heterogeneity
    first, last : float
        The effect that the trend gives for the first and the last complete cohort.
    """

    trend: Trend
    differing: Heterogeneity
    first: float
    last: float


class Evenness(NamedTuple):
    """Whether the normal law, which all intervals rest on, holds for a difference.

    Attributes
    ----------
    enough : bool
        Whether it was even enough for a look before the data end; if not, there is no look but the
        last one of a plan, and its error rate may be more than planned.
    now : float
        Skewness of the difference as of the last complete cohort, if both arms follow one law.
    customers : float
        About how many must be complete, in both arms, before it is even enough; NaN if unknown.
    at_look : float
        Skewness, from the values of each arm, at the look that decided, or the last one; NaN
        without a look.
    arm : str
        The arm whose long tail and small size make most of that; empty without a look.
    """

    enough: bool
    now: float
    customers: float
    at_look: float
    arm: str


@dataclass(frozen=True)
class Watched:
    """One treatment against control.

    Attributes
    ----------
    treatment : str
    ruled : Ruled
        Looks and verdict.
    cohorts, ages : tuple of Group
        The effect by cohort, complete or not, and by age.
    triangle : tuple of tuple of Group
        By cohort, then age: as far as each has lived.
    fading : Fading, optional
        None without ages, or before enough happened at two of them.
    drift : Drift, optional
        None before two cohorts are complete.
    naive_rate : float
        Probability that a fixed-sample test at the same level, made at each of these looks, ever
        finds an effect that is not there; NaN without a look.
    evenness : Evenness
    """

    treatment: str
    ruled: Ruled
    cohorts: tuple[Group, ...] = field(repr=False)
    ages: tuple[Group, ...] = field(repr=False)
    triangle: tuple[tuple[Group, ...], ...] = field(repr=False)
    fading: Fading | None
    drift: Drift | None
    naive_rate: float
    evenness: Evenness

    @property
    def verdict(self) -> Verdict:
        """As of the stop, or of the last look."""
        looks = self.ruled.looks
        return looks[-1].verdict if looks else Verdict.WAIT


@dataclass(frozen=True)
class Monitor:
    """An experiment that runs, as of the end of the data.

    Attributes
    ----------
    metric : str
    arms : tuple of str
        Control first.
    weeks : Weeks
    settings : MonitorSettings
    watched : tuple of Watched
        One a treatment.
    units : ndarray of float64, shape (cohorts, arms)
        Assigned.
    ratio_p : float
        Always-valid p-value of the sample ratio.
    notes : tuple of str
        What was done to the data; what begins with a warning is to be read before the verdict.
    """

    metric: str
    arms: tuple[str, ...]
    weeks: Weeks
    settings: MonitorSettings
    watched: tuple[Watched, ...]
    units: Floats = field(repr=False)
    ratio_p: float
    notes: tuple[str, ...] = ()

    @property
    def mismatch(self) -> bool:
        """Whether the arms are not as large as designed."""
        return self.ratio_p < THRESHOLD

    @property
    def waiting(self) -> float:
        """Units that do not count yet."""
        return float(self.units[self.weeks.matured :].sum())

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON; what is not a finite number is None."""
        from cvosim.stats.monitor.plain import monitor_values

        return monitor_values(self)
