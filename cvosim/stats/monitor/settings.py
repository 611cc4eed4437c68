"""How an experiment is monitored: all of it decided before the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from cvosim.errors import DataError

MISSING = ("refuse", "zero")
LONGEST = 4.0
"""Periods of the window of an activity log, if nobody says."""


@dataclass(frozen=True)
class MonitorSettings:
    """What to hold to, whatever the data show.

    Attributes
    ----------
    level : float
        Of confidence: of the verdict, over all looks and treatments together.
    period : float
        Days of a cohort and between looks.
    window : float, optional
        Days after its assignment within which a unit's value counts; units count once their
        cohort was observed for so long. If left out, 4 periods in an activity log; 0 where a row
        is a unit, whose value then counts as known at once.
    looks : int, optional
        Planned number of looks, one a period; with it the test is group-sequential, without it
        an always-valid confidence sequence.
    planned_units : float, optional
        Units, all arms together, at which a planned test ends; if left out, it ends when
        ``looks`` cohorts are complete.
    spending, futility : str, optional
        Spending functions of a planned test.
    tuned_units : float
        Where the always-valid interval of a pair of arms is narrowest.
    worth : float, optional
        Smallest effect that would pay: if the interval rules it out, the test is futile.
    lower_is_better : bool
    shares : tuple of float, optional
        Designed shares of the arms, control first; equal if left out.
    missing : {"refuse", "zero"}
        What a missing value means.
    ages : int
        Periods of a unit's life to follow.

    Raises
    ------
    DataError
        If something is out of range or does not go together.

    Examples
    --------
    >>> MonitorSettings(looks=8).planned
    True
    """

    level: float = 0.95
    period: float = 7.0
    window: float | None = None
    looks: int | None = None
    planned_units: float | None = None
    spending: str = "obrien_fleming"
    futility: str | None = None
    tuned_units: float = 5000.0
    worth: float | None = None
    lower_is_better: bool = False
    shares: tuple[float, ...] | None = None
    missing: Literal["refuse", "zero"] = "refuse"
    ages: int = 12

    def __post_init__(self) -> None:
        if not 0.5 <= self.level < 1.0:
            raise DataError(
                f"level: must be from 0.5 to below 1 (got {self.level:g}); 95 % is 0.95"
            )
        if self.missing not in MISSING:
            raise DataError(f"missing: must be one of {', '.join(MISSING)} (got {self.missing})")
        if self.ages < 1:
            raise DataError(f"ages: must be at least 1 (got {self.ages})")
        if self.looks is None and self.planned_units is not None:
            raise DataError("planned units: go with a planned number of looks; give both")
        if self.looks is None and self.futility is not None:
            raise DataError("futility: goes with a planned number of looks; give both")
        for name, value in (
            ("planned units", self.planned_units),
            ("tuned units", self.tuned_units),
        ):
            if value is not None and not (math.isfinite(value) and value > 0.0):
                raise DataError(f"{name}: must be above 0 (got {value:g})")
        if self.worth is not None and not (math.isfinite(self.worth) and self.worth > 0.0):
            raise DataError(f"worth: must be above 0 (got {self.worth:g})")
        if self.shares is not None and not all(
            math.isfinite(share) and share > 0.0 for share in self.shares
        ):
            raise DataError(f"shares: must be above 0 (got {self.shares})")

    @property
    def planned(self) -> bool:
        """Whether the test has a planned end."""
        return self.looks is not None

    @property
    def alpha(self) -> float:
        """Error rate of the verdict."""
        return 1.0 - self.level

    def days_of_window(self, *, log: bool) -> float:
        """Days of the window, decided."""
        if self.window is not None:
            return self.window
        return LONGEST * self.period if log else 0.0
