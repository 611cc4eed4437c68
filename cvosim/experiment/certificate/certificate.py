"""The certificate itself: what a procedure did in thousands of experiments whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.experiment.certificate.scores import Check, Figure, Rate, Verdict, plain

if TYPE_CHECKING:
    from cvosim.experiment.certificate.design import Design
    from cvosim.experiment.certificate.procedures import Procedure


class Truth(NamedTuple):
    """What nobody knows but the pool.

    Attributes
    ----------
    control, treatment : float
        The metric in either arm, of all customers.
    effect : float
        On the scale of the procedure; 0 where there is no effect.
    """

    control: float
    treatment: float
    effect: float

    @property
    def lift(self) -> float:
        """Relative to control; 0 where that is 0."""
        return (self.treatment - self.control) / abs(self.control) if self.control else 0.0


class Scores(NamedTuple):
    """What happened in the runs with an effect; where there is none, in those without.

    Attributes
    ----------
    power : Rate
        Share of replications that find an effect of the right sign.
    bias : Figure
        Mean of the estimate less the truth.
    coverage : Rate
        Share of intervals that hold the truth.
    type_s : Rate
        Share of wrong signs among the effects found (Gelman & Carlin 2014).
    type_m : Figure
        Mean size of the effects found over the true one (the same).
    units : Figure
        Customers enrolled when it ended.
    """

    power: Rate
    bias: Figure
    coverage: Rate
    type_s: Rate
    type_m: Figure
    units: Figure


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Whether a procedure keeps its promises.

    Attributes
    ----------
    procedure : Procedure
    metric : Mean, Ratio, Quantile or Survival
    design : Design
    replications, seed : int
    world, arm, currency : str
        Names of the control and of the treatment, and the money of both.
    truth : Truth
    above, below, alarms : Rate
        Effects above 0, below it and of either sign that were found where there is none.
    silent : Rate
        Tests, with and without an effect, of which the procedure has nothing to say.
    scores : Scores
        In the runs with an effect.
    checks : tuple of Check
        Of the promised error rates: of each tail, and of both together.
    interval : Check or None
        Of the coverage; None for a procedure without an interval.
    verdict : Verdict
        Of the error rates: the worst of the checks; that nobody can tell, where there is no
        failure but more than 1 % of the tests have no answer.
    is_share : bool
        Whether the outcome is 1 or 0, so that effects are in points.
    """

    procedure: Procedure
    metric: Any
    design: Design
    replications: int
    seed: int
    world: str
    arm: str
    currency: str
    truth: Truth
    above: Rate
    below: Rate
    alarms: Rate
    silent: Rate
    scores: Scores
    checks: tuple[Check, ...]
    interval: Check | None
    verdict: Verdict
    is_share: bool = False

    @property
    def has_effect(self) -> bool:
        """Whether there were runs with an effect that can be told from none."""
        return self.scores.power.n > 0

    @property
    def column(self) -> str:
        """What is measured, in a word."""
        from cvosim.experiment.certificate.worlds import without_covariate

        return "/".join(without_covariate(self.metric).columns)

    def lines(self) -> Iterator[str]:
        """Say it in plain English, verdict first."""
        from cvosim.experiment.certificate.certificate_text import certificate_lines

        return certificate_lines(self)

    def summary(self) -> str:
        """Give the lines as one text."""
        return "\n".join(self.lines())

    def to_dict(self) -> dict[str, Any]:
        """Give everything as numbers, texts and lists; what is not known is None."""
        return {
            "procedure": self.procedure.name,
            "metric": self.column,
            "covariate": getattr(self.metric, "covariate", None),
            "control": self.world,
            "treatment": self.arm,
            "design": self.design.to_dict(),
            "replications": self.replications,
            "seed": self.seed,
            "verdict": str(self.verdict),
            "passed": self.verdict.passed,
            "truth": {**plain(self.truth), "scale": self.procedure.scale},
            "false_alarms": {
                "above": plain(self.above),
                "below": plain(self.below),
                "all": plain(self.alarms),
            },
            "silent": plain(self.silent),
            **plain(self.scores),
            "checks": [plain(check) for check in self.checks],
            "interval_check": None if self.interval is None else plain(self.interval),
            "estimates": self.procedure.estimates,
        }
