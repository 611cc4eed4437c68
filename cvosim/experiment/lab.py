"""The identifiability lab: simulate, hide the truth, fit every model, score against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, Unpack

import numpy as np

from cvosim.clv.backtest.scores import mean_difference
from cvosim.clv.models.by_name import MODELS, TITLES, fit_all
from cvosim.errors import DataError
from cvosim.experiment.lab_scores import CONTESTS, LEVEL, Losses, ModelScore, Round, score_round
from cvosim.experiment.lab_truth import closed_form_doubts, repeat_section, split_day, world_of

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

ENOUGH_ROUNDS = 5
"""From so many logs on, models are compared log by log, else customer by customer."""
Z95 = 1.959963984540054


class Settings(TypedDict, total=False):
    """How the lab simulates and scores, besides the scenario."""

    customers: int | None
    """Prospects of each log; the scenario's own number by default."""
    seed: int | None
    """Of the first log, the scenario's own by default; the next has the next seed."""
    threads: int | None
    """Of the simulation."""
    refits: int
    """Bootstrap refits behind the intervals of value, 100 by default; 0 for none of these."""
    progress: Callable[[int], None] | None
    """Called after each log with 1."""


class Recovery(NamedTuple):
    """How well a parameter with a true value was found, over all logs.

    Attributes
    ----------
    name : str
    truth, mean : float
        True value and mean estimate.
    bias, standard_error : float
        Mean estimate less truth, and its standard error; NaN from a single log.
    covered : int
        Logs whose 90 % interval held the truth.
    known : int
        Logs that gave an interval.
    low, high : float
        Wilson interval (95 %) of the coverage.
    """

    name: str
    truth: float
    mean: float
    bias: float
    standard_error: float
    covered: int
    known: int
    low: float
    high: float


class Contest(NamedTuple):
    """Which model did best at one thing.

    Attributes
    ----------
    name, title : str
    losses : tuple of float
        Mean loss of each model, the smaller the better; in the order of the models.
    winner : str
    tied : tuple of str
        Models whose loss is larger by no more than luck explains (95 %).
    """

    name: str
    title: str
    losses: tuple[float, ...]
    winner: str
    tied: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LabResult:
    """Models against a truth that only a simulation knows.

    Attributes
    ----------
    scenario : Scenario
        The world.
    until, horizon : int
        Days at which the log and the hold-out end.
    models : tuple of str
        Fitted to every log.
    rounds : tuple of Round
        One a simulated log.

    Examples
    --------
    >>> from cvosim.experiment.lab import clv_lab
    >>> lab = clv_lab("cdnow", models=["bg_nbd", "pareto_nbd"], refits=0)
    >>> [round(score.alive, 1) for score in lab.rounds[0].scores]
    [0.8, 0.5]
    >>> lab.contest("alive").winner, round(lab.rounds[0].truth.alive, 1)
    ('bg_nbd', 0.8)
    """

    scenario: Scenario
    until: int
    horizon: int
    models: tuple[str, ...]
    rounds: tuple[Round, ...]

    @property
    def world(self) -> str:
        """The scenario's own model of repeat buying."""
        return str(repeat_section(self.scenario).frequency.model)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What makes a customer's future more than the world's model says."""
        return closed_form_doubts(self.scenario)

    def scores(self, model: str) -> tuple[ModelScore, ...]:
        """Give one model's scores, log by log."""
        place = self.models.index(model)
        return tuple(one.scores[place] for one in self.rounds)

    def mean(self, model: str, what: str) -> float:
        """Mean of one of a model's scores over the logs that have it; NaN without any."""
        found = [getattr(score, what) for score in self.scores(model)]
        return _mean(found)

    def true_mean(self, what: str) -> float:
        """Mean of something true over the logs that have it; NaN without any."""
        return _mean([getattr(one.truth, what) for one in self.rounds])

    def covered(self, model: str, low: str, high: str, came: str) -> tuple[int, int]:
        """Logs whose interval held what came, and those that had an interval."""
        pairs = zip(self.scores(model), self.rounds, strict=True)
        held = [
            getattr(score, low) <= getattr(one.truth, came) <= getattr(score, high)
            for score, one in pairs
            if not math.isnan(getattr(score, low))
        ]
        return sum(held), len(held)

    def contest(self, name: str) -> Contest:
        """Compare the models at one of `CONTESTS`, customer by customer or log by log.

        For ``fit`` this is the test of Vuong (1989) for models of which none contains another.
        """
        losses = reduce(Losses.added, (one.losses[name] for one in self.rounds))
        means = losses.sums / losses.customers
        best = int(np.argmin(means))
        tied = tuple(
            model
            for place, model in enumerate(self.models)
            if place != best and not self._worse(name, losses, (place, best))
        )
        return Contest(name, CONTESTS[name], tuple(means.tolist()), self.models[best], tied)

    def _worse(self, name: str, losses: Losses, places: tuple[int, int]) -> bool:
        """Whether one model's loss is larger than another's beyond luck."""
        if len(self.rounds) >= ENOUGH_ROUNDS:
            each = [one.losses[name].sums / one.losses[name].customers for one in self.rounds]
            first, second = ([float(sums[place]) for sums in each] for place in places)
            return mean_difference(first, second).low > 0
        return _beyond_luck(losses, places)

    def misled(self, apart: float) -> tuple[tuple[str, ...], ...]:
        """Models that each log alone cannot refute although they are wrong about who is alive.

        Parameters
        ----------
        apart : float
            From which difference in the share alive a model is wrong.

        Returns
        -------
        tuple of tuple of str
            For each log the models that explain it as well as the best but for luck (Vuong,
            1989) and whose mean P(alive) is further than that from its truth.
        """
        return tuple(
            tuple(
                score.name
                for place, score in enumerate(one.scores)
                if not _refuted(one.losses["fit"], place)
                and abs(score.alive - one.truth.alive) > apart
            )
            for one in self.rounds
        )

    @property
    def contests(self) -> tuple[Contest, ...]:
        """All contests, in the order of `CONTESTS`."""
        return tuple(self.contest(name) for name in CONTESTS)

    @property
    def recoveries(self) -> tuple[Recovery, ...]:
        """True parameters against estimates; empty where the world's model was not fitted.

        Also where the world is more than its model: no parameter has a true value then.
        """
        if self.world not in self.models or self.doubts:
            return ()
        truth = repeat_section(self.scenario).frequency.model_dump(exclude={"model"})
        scores = self.scores(self.world)
        return tuple(_recovery(name, float(truth[name]), scores) for name in truth)

    def summary(self) -> str:
        """Say in plain English what was found and which model to believe; doubts first."""
        from cvosim.experiment.lab_text import summary_lines

        return "\n".join(summary_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give the results as plain values, for JSON."""
        from cvosim.experiment.lab_text import doubts
        from cvosim.experiment.lab_verdict import verdict

        return {
            "scenario": self.scenario.name,
            "world": repeat_section(self.scenario).frequency.model_dump(),
            "warnings": list(doubts(self)),
            "until": self.until,
            "horizon": self.horizon,
            "models": list(self.models),
            "verdict": list(verdict(self)),
            "contests": [_finite(one._asdict()) for one in self.contests],
            "parameters": [_finite(one._asdict()) for one in self.recoveries],
            "rounds": [one.to_dict() for one in self.rounds],
        }


def clv_lab(
    scenario: Scenario | str | Path,
    *,
    until: int | None = None,
    models: Sequence[str] = MODELS,
    replications: int = 1,
    **settings: Unpack[Settings],
) -> LabResult:
    """Simulate a scenario's repeat buyers, hide the truth, fit every model, and score them.

    Parameters
    ----------
    scenario : Scenario, str or Path
        With `repeat_purchases`; a name of the library or a file is loaded.
    until : int, optional
        Day at which the log ends that models are fitted to; half the horizon if left out. The
        rest is held out.
    models : sequence of str
        Of `cvosim.clv.models.by_name.MODELS`.
    replications : int
        Logs to simulate, each with the next seed.
    **settings
        See `Settings`.

    Returns
    -------
    LabResult

    Raises
    ------
    ScenarioError
        If the scenario is no good.
    DataError
        If it has no repeat purchases, `until` lies outside of it, or its customers cannot be
        fitted to.

    Examples
    --------
    >>> lab = clv_lab("cdnow", models=["bg_nbd"], customers=500, refits=0)
    >>> lab.until, lab.world, [one.name for one in lab.recoveries]
    (273, 'bg_nbd', ['r', 'alpha_days', 'a', 'b'])
    """
    from cvosim.experiment.simulate import simulate
    from cvosim.scenario import load_scenario

    if replications < 1:
        raise DataError(f"replications: must be at least 1 (got {replications})")
    loaded = load_scenario(scenario) if isinstance(scenario, (str, Path)) else scenario
    repeat_section(loaded)
    day = split_day(loaded, until)
    given = settings.get("seed")
    first = loaded.seed if given is None else given
    progress = settings.get("progress")
    rounds = []
    for number in range(replications):
        run = simulate(
            loaded,
            customers=settings.get("customers"),
            seed=(first + number) % 2**64,
            threads=settings.get("threads"),
            events=True,
        )
        world = world_of(run, day)
        fits = fit_all(tuple(models), world.cohort.summary)
        rounds.append(score_round(world, fits, settings.get("refits", 100)))
        if progress is not None:
            progress(1)
    return LabResult(loaded, day, math.floor(loaded.horizon_days), tuple(models), tuple(rounds))


def title_of(model: str) -> str:
    """A model, or a world's, as people write it."""
    return {**TITLES, "poisson": "Poisson"}[model]


def _beyond_luck(losses: Losses, places: tuple[int, int]) -> bool:
    """Whether the first model's losses are larger than the second's, customer by customer."""
    difference, error = losses.difference(*places)
    return difference > Z95 * error


def _refuted(losses: Losses, place: int) -> bool:
    """Whether a model explains a log worse than the best beyond luck."""
    return _beyond_luck(losses, (place, int(np.argmin(losses.sums))))


def _recovery(name: str, truth: float, scores: Sequence[ModelScore]) -> Recovery:
    """Sum up the estimates of one parameter."""
    from statsmodels.stats.proportion import proportion_confint

    found = [score.parameters[name] for score in scores]
    values = np.array([one.value for one in found])
    known = [one for one in found if not math.isnan(one.low)]
    covered = sum(one.covers(truth) for one in known)
    low, high = math.nan, math.nan
    if known:
        low, high = proportion_confint(covered, len(known), alpha=0.05, method="wilson")
    error = math.nan
    if len(values) > 1:
        error = float(values.std(ddof=1)) / math.sqrt(len(values))
    mean = float(values.mean())
    return Recovery(
        name, truth, mean, mean - truth, error, covered, len(known), float(low), float(high)
    )


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what is not known into None."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


__all__ = ["LEVEL", "Contest", "LabResult", "Recovery", "Settings", "clv_lab", "title_of"]
