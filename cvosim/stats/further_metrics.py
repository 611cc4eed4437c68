"""Metrics that are more than a mean: proportions, quantiles, retention, value, survival."""

from __future__ import annotations

from dataclasses import dataclass

from cvosim.errors import CvosimError
from cvosim.stats.metric import Adjustment, Arms, Mean
from cvosim.stats.moments import Moments


@dataclass(frozen=True)
class Proportion:
    """Share of the units whose column is 1; every value must be 0 or 1.

    The interval is Newcombe's (1998, method 10), the test exact where few are 1.

    Attributes
    ----------
    value : str
        Column of zeros and ones.

    Examples
    --------
    >>> Proportion("visit").columns
    ('visit',)
    """

    value: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose means and products it needs."""
        return (self.value,)

    def arms(self, control: Moments, treatment: Moments) -> Arms:
        """Value and variance in either arm."""
        return Mean(self.value).arms(control, treatment)


@dataclass(frozen=True)
class CLV:
    """Mean value a unit within a horizon after its assignment, of units observed that long.

    Attributes
    ----------
    horizon : float
        Days; units observed for less are left out and counted.
    value : str
        Column of what each unit was worth within the horizon.
    covariate : str, optional
        Column known before the assignment, as in `Mean`.
    adjustment : {"pooled", "interacted"}
        As in `Mean`.

    Examples
    --------
    >>> CLV(365).columns, CLV(365).window
    (('contribution',), 365)
    """

    horizon: float
    value: str = "contribution"
    covariate: str | None = None
    adjustment: Adjustment = "pooled"

    def __post_init__(self) -> None:
        if not self.horizon > 0.0:
            raise CvosimError(f"horizon: must be above 0 days (got {self.horizon})")

    @property
    def window(self) -> float:
        """Days a unit must have been observed."""
        return self.horizon

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose means and products it needs."""
        return Mean(self.value, self.covariate).columns

    def arms(self, control: Moments, treatment: Moments) -> Arms:
        """Value and variance in either arm."""
        return Mean(self.value, self.covariate, self.adjustment).arms(control, treatment)


@dataclass(frozen=True)
class Retention:
    """Share of the units still active some days after their assignment.

    A unit is retained at day d if it was last seen on day d after its assignment or later
    (unbounded retention). Units observed for less than d days are left out and counted: who is
    not old enough can be neither retained nor lost.

    Attributes
    ----------
    day : float
        Days after the assignment.
    last_seen : str
        Column of the days between a unit's assignment and when it was last seen.

    Examples
    --------
    >>> Retention(30).columns
    ('last_seen',)
    """

    day: float
    last_seen: str = "last_seen"

    def __post_init__(self) -> None:
        if not self.day > 0.0:
            raise CvosimError(f"day: must be above 0 (got {self.day})")

    @property
    def window(self) -> float:
        """Days a unit must have been observed."""
        return self.day

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns it is made of."""
        return (self.last_seen,)


@dataclass(frozen=True)
class Quantile:
    """A quantile of a column, such as what the median buyer spends.

    Attributes
    ----------
    value : str
        Column.
    q : float
        Between 0 and 1.

    Examples
    --------
    >>> Quantile("spend", 0.9).columns
    ('spend',)
    """

    value: str
    q: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.q < 1.0:
            raise CvosimError(f"q: must be between 0 and 1 (got {self.q}); the median is 0.5")

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns it is made of."""
        return (self.value,)


@dataclass(frozen=True)
class Survival:
    """Mean time before units leave, up to a last day, of units of which some have not left yet.

    The restricted mean survival time is the area under the survival curve up to ``until``
    (Royston & Parmar 2013); the test that curves are equal is the log-rank test (Mantel 1966),
    and a hazard ratio comes from Cox (1972) where hazards are proportional.

    Attributes
    ----------
    days : str
        Column of the days each unit was followed.
    ended : str
        Column that is 1 where the unit left then, 0 where it had not (censored).
    until : float, optional
        Last day; the last at which every arm still has units at risk, if left out.

    Examples
    --------
    >>> Survival("days", "churned").columns
    ('days', 'churned')
    """

    days: str
    ended: str
    until: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns it is made of."""
        return (self.days, self.ended)


__all__ = ["CLV", "Proportion", "Quantile", "Retention", "Survival"]
