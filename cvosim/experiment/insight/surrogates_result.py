"""What the laboratory of surrogates holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from cvosim.experiment.insight.attribution_result import finite, numbers

Verdict = Literal["safe", "understates", "exaggerates", "blind", "misleading", "unclear"]


class Plan(NamedTuple):
    """What is measured and tested.

    Attributes
    ----------
    days : float
        Days after arrival at which the truth is known.
    early : tuple of float
        Days after which one would like to decide.
    units : int
        Customers of each simulated split test, half of them with the lever.
    replications : int
        Split tests for each lever.
    level : float
        Of confidence.
    """

    days: float = 365.0
    early: tuple[float, ...] = (14.0, 28.0, 56.0)
    units: int = 20_000
    replications: int = 200
    level: float = 0.95


class Score(NamedTuple):
    """What one surrogate says of one lever at one size, beside the truth.

    Attributes
    ----------
    lever, mechanism : str
    size : float
    surrogate : str
        An early metric, or ``index@DAYS`` for all metrics of these days together.
    days : float
        After which it is known.
    true, true_error : float
        Effect on the late metric per customer, and the paired error of the simulation.
    predicted, predicted_error : float
        Effect that the surrogate predicts.
    bias, bias_error : float
        Predicted less true: what more customers do not cure.
    sampling_error : float
        Standard error of the prediction in one split test, which more customers do cure.
    power : float
        Share of split tests that find the effect in the late metric itself; NaN for none.
    recall : float
        Share of them that find it in the surrogate: significant, with the true sign.
    wrong : float
        Share of them in which the surrogate is significant with the wrong sign.
    agreement : float
        Share of them in which both say the same: better, worse or nothing.
    regret, regret_late : float
        Money per customer lost on average by shipping if and only if the surrogate, or the late
        metric, is significantly better.
    verdict : str
        ``safe`` (right sign, off by a quarter at most), ``understates``, ``exaggerates``,
        ``blind`` (sees less than a quarter of the effect), ``misleading`` (wrong sign) or
        ``unclear`` (too few customers simulated to tell).
    """

    lever: str
    mechanism: str
    size: float
    surrogate: str
    days: float
    true: float
    true_error: float
    predicted: float
    predicted_error: float
    bias: float
    bias_error: float
    sampling_error: float
    power: float
    recall: float
    wrong: float
    agreement: float
    regret: float
    regret_late: float
    verdict: Verdict


@dataclass(frozen=True)
class SurrogateLab:
    """Surrogates against the truth.

    Attributes
    ----------
    scenario, currency : str
    plan : Plan
    customers, seed : int
        Simulated.
    enrolled : int
        Of these, followed for all days.
    scores : tuple of Score
        By lever, size and surrogate.
    r_squared : dict of str to float
        By surrogate: share of the variance of the late metric that it explains in the baseline.
    """

    scenario: str
    currency: str
    plan: Plan
    customers: int
    seed: int
    enrolled: int
    scores: tuple[Score, ...] = field(repr=False)
    r_squared: dict[str, float] = field(repr=False)

    @property
    def surrogates(self) -> tuple[str, ...]:
        """Their names, by days."""
        return tuple(dict.fromkeys(score.surrogate for score in self.scores))

    def of(self, surrogate: str) -> list[Score]:
        """All scores of one surrogate."""
        return [score for score in self.scores if score.surrogate == surrogate]

    def regret(self, surrogate: str) -> float:
        """Money per customer lost on average over all levers by deciding on a surrogate."""
        return float(np.mean([score.regret for score in self.of(surrogate)]))

    @property
    def levers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(dict.fromkeys(score.lever for score in self.scores))

    @property
    def best(self) -> str:
        """The surrogate that is safe for most levers; of several, the one that costs least."""
        return max(self.surrogates, key=lambda name: (self._safe(name), -self.regret(name)))

    def recommended(self, lever: str) -> Score | None:
        """The surrogate that finds a lever most often, of those safe for it; None for none.

        It is judged at the lever's largest size; of equally good ones the earliest is taken.
        """
        size = max(score.size for score in self.scores if score.lever == lever)
        able = [
            one
            for one in self.scores
            if (one.lever, one.size) == (lever, size)
            and self.verdict(lever, one.surrogate) == "safe"
        ]
        return max(able, key=lambda one: (one.recall, -one.days), default=None)

    def _safe(self, surrogate: str) -> int:
        return sum(self.verdict(lever, surrogate) == "safe" for lever in self.levers)

    def verdict(self, lever: str, surrogate: str) -> Verdict:
        """Worst verdict over the sizes of a lever; sizes that show nothing do not count."""
        found = [one.verdict for one in self.of(surrogate) if one.lever == lever]
        return max(found, key=_SEVERITY.__getitem__, default="unclear")

    def summary(self) -> str:
        """Say in words what was found."""
        from cvosim.experiment.insight.surrogates_text import lines

        return "\n".join(lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON: what is not a number is null."""
        return {
            "verdict": self.summary().splitlines(),
            "scenario": self.scenario,
            "currency": self.currency,
            "customers": self.customers,
            "enrolled": self.enrolled,
            "seed": self.seed,
            **self.plan._asdict(),
            "early": list(self.plan.early),
            "best": self.best,
            "r_squared": {name: finite(value) for name, value in self.r_squared.items()},
            "regret": {name: finite(self.regret(name)) for name in self.surrogates},
            "scores": [numbers(score) for score in self.scores],
        }


_SEVERITY: dict[str, int] = {
    name: place
    for place, name in enumerate(
        ("unclear", "safe", "understates", "exaggerates", "blind", "misleading")
    )
}
