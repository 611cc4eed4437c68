"""What is asked of the length of a test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cvosim.errors import CvosimError
from cvosim.scenario import Scenario
from cvosim.scenario.arms import planned_arms
from cvosim.stats.contrast import Alternative
from cvosim.stats.planning.allocation import share_to_ratio
from cvosim.stats.planning.design import Design
from cvosim.stats.planning.laws import Looks
from cvosim.stats.planning.spread import Means, Spread

FOLLOW_DAYS = 30.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which test is planned, and what is asked of it.

    Attributes
    ----------
    effect : float, optional
        To be found: relative to control (0.05 is +5 %), unless ``relative`` is False.
    relative : bool
    days : float, optional
        That there are for the test, from its start to the last customer's follow-up.
    power : float
        Probability of finding the effect.
    alpha : float
        Chance of a false alarm.
    alternative : {"two-sided", "greater", "less"}
    share : float
        Of the customers, for each treatment.
    treatments : int
        Against one control; they share ``alpha`` by Bonferroni.
    looks : int or tuple of float
        Of a group-sequential test, as in `cvosim.stats.planning.Design`.
    spending : str
    assign_at : str, optional
        As in `cvosim.experiment.trials.outcomes.outcomes`: a stage, ``arrival`` or ``order``.
    follow_days : float
        Each customer counts with what happens in so many days after its assignment.
    start_day : float
        Day of the scenario on which the test starts.
    market : int, optional
        Prospects that the market really brings; the scenario's number if left out. However
        many are simulated, units are counted for these.

    Examples
    --------
    >>> Question(effect=0.05, share=0.1).design(Means(1.0)).ratio
    0.11111111111111112
    """

    effect: float | None = None
    relative: bool = True
    days: float | None = None
    power: float = 0.8
    alpha: float = 0.05
    alternative: Alternative = "two-sided"
    share: float = 0.5
    treatments: int = 1
    looks: Looks = 1
    spending: str = "obrien_fleming"
    assign_at: str | None = None
    follow_days: float = FOLLOW_DAYS
    start_day: float = 0.0
    market: int | None = None

    def design(self, spread: Spread) -> Design:
        """Design of the test on a metric.

        Raises
        ------
        CvosimError
            For what is out of range; it says what to write.
        """
        return Design(
            spread,
            alpha=self.alpha,
            alternative=self.alternative,
            ratio=share_to_ratio(self.share, self.treatments),
            treatments=self.treatments,
            looks=self.looks,
            spending=self.spending,
        )

    def checked(self) -> Question:
        """Refuse what cannot be planned before anything is simulated.

        Raises
        ------
        CvosimError
            With what to write.
        """
        self.design(Means(1.0)).sample_size(-1.0 if self.alternative == "less" else 1.0, self.power)
        if self.effect is not None and (self.effect == 0.0 or not math.isfinite(self.effect)):
            raise CvosimError("effect: must not be 0; no test finds what is not there")
        for name in ("days", "follow_days", "market"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < math.inf:
                raise CvosimError(f"{name}: must be above 0 (got {value:g})")
        if self.days is not None and self.days <= self.follow_days:
            raise CvosimError(
                f"days: must be more than follow_days, {self.follow_days:g}, or nobody has been "
                f"followed to the end by then (got {self.days:g}); follow customers for a "
                "shorter time"
            )
        return self


def experiment_defaults(scenario: Scenario) -> tuple[str, dict[str, Any]]:
    """Give the metric and the fields of a `Question` that the scenario's own experiment states.

    Where treatments have unequal shares, the smallest one is planned for.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    metric : str
        The experiment's first; ``contribution`` without an experiment.
    fields : dict
        Empty without an experiment.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> experiment_defaults(load_scenario("carpet_cleaning"))
    ('contribution', {})
    """
    section = scenario.experiment
    if section is None:
        return "contribution", {}
    control, *treatments = (arm.share for arm in planned_arms(section))
    ratio = min(treatments) / control
    found: dict[str, Any] = {
        "assign_at": section.assign_at,
        "follow_days": section.follow_days,
        "start_day": section.start_day,
        "days": section.enrol_days + section.follow_days,
        "alpha": section.alpha,
        "treatments": len(treatments),
        "share": ratio / (1.0 + ratio * len(treatments)),
    }
    if section.looks.kind == "weekly":
        found["looks"] = max(1, math.ceil(section.enrol_days / 7.0))
    elif section.looks.kind == "fractions":
        found["looks"] = section.looks.at if len(section.looks.at) > 1 else 1
    if section.looks.kind != "none":
        found["spending"] = section.looks.spending
    return section.metrics[0], found
