"""From scenarios to customers whose outcomes are known, and to the days on which they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.scenario import Scenario
from cvosim.scenario.outcome_names import Outcome, outcome_of

MONEY = "contribution"
"""Outcome that gains and losses are counted in."""

USUAL_DAYS = 90.0
"""Days that a customer is followed, where nobody says how many and the scenario is long enough."""


@dataclass(frozen=True)
class Study:
    """Who enters the experiment, and how long each is followed.

    Attributes
    ----------
    metric : tuple of str
        Outcomes the test decides on; ``NAME@DAYS`` is known DAYS after assignment.
    assign_at : str, optional
        Key of a stage, ``arrival`` or ``order``.
    start_day : float
        First day of enrolment.
    enrol_days : float, optional
        Whose outcomes are taken; all that can be followed in the scenario, if left out.
    follow_days : float, optional
        Days after its assignment in which a customer's contribution counts; 90 if left out, or
        half the scenario's horizon if that is shorter.
    per_day : float, optional
        Customers a day, without end, in place of the scenario's own arrivals.
    """

    metric: tuple[str, ...] = (MONEY,)
    assign_at: str | None = None
    start_day: float = 0.0
    enrol_days: float | None = None
    follow_days: float | None = None
    per_day: float | None = None

    @property
    def own_pace(self) -> bool:
        """Whether customers come as the scenario says, which one more pass over them shows."""
        return self.per_day is None

    def followed(self, scenario: Scenario) -> float:
        """Days that a customer is followed."""
        if self.follow_days is not None:
            return self.follow_days
        return min(USUAL_DAYS, 0.5 * (scenario.horizon_days - self.start_day))

    def delay(self, scenario: Scenario) -> float:
        """Days from a customer's assignment until its metric is known.

        Examples
        --------
        >>> from cvosim import load_scenario
        >>> base = load_scenario("carpet_cleaning")
        >>> Study(("contribution@14",)).delay(base), Study(follow_days=60.0).delay(base)
        (14.0, 60.0)
        """
        days = 0.0
        for name in self.metric:
            found = outcome_of(name)
            if not isinstance(found, Outcome):
                raise CvosimError(f"metric: {found}")
            if found.kind == "clv":
                raise CvosimError(
                    "metric: clv is only known at the horizon; test on contribution, or on an "
                    "early metric such as contribution@28"
                )
            known = 0.0 if found.kind == "before" else found.within or self.followed(scenario)
            days = max(days, known)
        return days


def simulated(
    scenarios: Sequence[Scenario],
    study: Study,
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Pool, Arrivals]:
    """Let the same customers live in every arm, and see when they come.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Control first.
    study : Study
    customers, seed : int, optional
        Prospects to simulate and their luck; control's by default. Arrivals are always as many
        as the scenario's own customers make, from the first day to its horizon.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called with the number of customers done since the last call: of every arm, and of
        control once more for its arrivals, unless ``per_day`` tells them.

    Returns
    -------
    pool : Pool
        With the metric's outcomes and ``contribution``.
    arrivals : Arrivals

    Raises
    ------
    ScenarioError, CvosimError
        As `cvosim.experiment.trials.outcomes.outcomes`.
    """
    first = scenarios[0]
    study.delay(first)  # refuses a metric that is never known in time
    place = study.assign_at or "arrival"
    steady = None if study.per_day is None else Arrivals.steady(study.per_day, place)
    pool = outcomes(
        scenarios, tuple(dict.fromkeys((*study.metric, MONEY))), assign_at=study.assign_at,
        enrol_days=study.enrol_days, follow_days=study.followed(first),
        start_day=study.start_day, customers=customers, seed=seed, threads=threads,
        progress=progress,
    )  # fmt: skip
    if steady is not None:
        return pool, steady
    # the market goes on after the enrolment, to the end of what the scenario tells
    everybody = outcomes(
        [first], ("orders",), assign_at=study.assign_at, start_day=study.start_day,
        customers=customers, seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    scale = 1.0 if customers is None else first.customers / customers
    return pool, Arrivals.of(everybody.entry_day, study.start_day, scale, place=place)
