"""What is wanted of the levers, under which conditions, and at what expense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.optimisation.constraints import BUDGET, Constraint, unknown_outcome

DEFAULT_OUTCOME = "contribution_per_prospect"
MOST_CANDIDATES = 12


@dataclass(frozen=True)
class Goal:
    """An outcome that should be as great, or as small, as can be.

    Examples
    --------
    >>> Goal("cac", maximise=False).sign
    -1.0
    """

    outcome: str
    maximise: bool = True

    @property
    def sign(self) -> float:
        """By which values are multiplied so that more is better."""
        return 1.0 if self.maximise else -1.0


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    goals : tuple of Goal
        One, or two for a Pareto front.
    constraints : tuple of Constraint
        All to be met.
    robust : int
        Number of sampled worlds that every plan meets; 0: the scenario's own values.
    quantile : float or None
        Which quantile over the worlds counts, such as 0.1 for a bad world; None: their mean.

    Raises
    ------
    DataError
        In words.

    Examples
    --------
    >>> Question((Goal("cac", maximise=False),)).outcomes
    ('cac',)
    """

    goals: tuple[Goal, ...] = (Goal(DEFAULT_OUTCOME),)
    constraints: tuple[Constraint, ...] = ()
    robust: int = 0
    quantile: float | None = None

    def __post_init__(self) -> None:
        if len(self.goals) not in {1, 2}:
            raise DataError("one outcome can be optimised, or two can be weighed up (Pareto front)")
        if len({goal.outcome for goal in self.goals}) < len(self.goals):
            raise DataError(f"{self.goals[0].outcome}: weigh up two different outcomes")
        if self.quantile is not None and not self.robust:
            raise DataError("quantile: is over sampled worlds; say how many (--robust)")
        if self.quantile is not None and not 0.0 <= self.quantile <= 1.0:
            raise DataError(f"quantile: must be between 0 and 1 (got {self.quantile})")
        if self.robust < 0:
            raise DataError(f"robust: must be at least 1 world (got {self.robust})")

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that must be simulated, each once."""
        wanted = [goal.outcome for goal in self.goals]
        wanted += [one.outcome for one in self.constraints if one.outcome != BUDGET]
        return tuple(dict.fromkeys(wanted))

    def check(self, known: Sequence[str]) -> None:
        """Refuse outcomes that the journey does not have.

        Raises
        ------
        DataError
            With the nearest name.
        """
        for goal in self.goals:
            if goal.outcome not in known:
                raise DataError(unknown_outcome(goal.outcome, known))

    def over_worlds(
        self, values: NDArray[np.float64], *, more_is_better: bool
    ) -> NDArray[np.float64]:
        """Condense the last axis, the worlds, to their mean, or to a quantile from the bad end.

        Examples
        --------
        >>> values = np.array([1.0, 2.0, 6.0])
        >>> float(Question().over_worlds(values, more_is_better=True))
        3.0
        >>> worst = Question(robust=3, quantile=0.0)
        >>> float(worst.over_worlds(values, more_is_better=False))
        6.0
        """
        if self.quantile is None:
            return np.asarray(values.mean(axis=-1))
        level = self.quantile if more_is_better else 1.0 - self.quantile
        return np.asarray(np.quantile(values, level, axis=-1))


@dataclass(frozen=True)
class Effort:
    """At what expense.

    Attributes
    ----------
    customers : int or None
        Prospects that each plan meets in the search, and again in the first stage of whatever
        follows; None: what the sweep, or else the scenario, says.
    trials : int
        Plans to search among, where there are too many to try all.
    candidates : int
        Plans at most that the search hands on, the scenario as written not counted.
    confidence : float
        Probability of each promise: that the best candidate is chosen, that all that are said
        to meet the constraints do, that intervals hold.
    indifference : float or None
        Differences of the objective smaller than this do not matter; None: 1 % of what the
        scenario as written has.
    patience : int
        So many times ``customers`` are spent on a candidate in ranking before giving up.
    """

    customers: int | None = None
    trials: int = 64
    candidates: int = MOST_CANDIDATES
    confidence: float = 0.95
    indifference: float | None = None
    patience: int = 50

    def __post_init__(self) -> None:
        if self.customers is not None and self.customers < 1:
            raise DataError(f"customers: must be at least 1 (got {self.customers})")
        if self.trials < 1:
            raise DataError(f"trials: must be at least 1 (got {self.trials})")
        if not 1 <= self.candidates <= MOST_CANDIDATES:
            raise DataError(
                f"candidates: must be from 1 to {MOST_CANDIDATES} (got {self.candidates})"
            )
        if not 0.5 <= self.confidence < 1.0:
            raise DataError(
                f"confidence: must be from 0.5 to below 1 (got {self.confidence}); 95 % is 0.95"
            )
        if self.indifference is not None and not self.indifference > 0.0:
            raise DataError(f"indifference: must be above 0 (got {self.indifference})")
