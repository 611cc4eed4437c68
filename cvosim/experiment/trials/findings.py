"""What an experiment estimates, beside the truth that only a simulation knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from cvosim.experiment.pool import Pool
from cvosim.stats.abtest.compare import Between, Names, effect_of
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.contrast import Contrast, log_lift, welch
from cvosim.stats.effect import Effect
from cvosim.stats.metric import Adjustment, Mean
from cvosim.stats.moments import Moments
from cvosim.stats.paired import paired_difference
from cvosim.tables.columns import Floats

Judgement = Literal["right", "missed", "false alarm", "wrong sign", "no effect to find"]


@dataclass(frozen=True)
class Truth:
    """The true effect on those enrolled, from twins.

    Attributes
    ----------
    value : float
        Mean, over these customers, of what each does in one arm less what it does in the other.
    standard_error, low, high : float
        With what it would be among endlessly many such customers, at 95 %.
    better, worse : float
        Share of the customers of whom the outcome is higher in the treatment, and lower.
    """

    value: float
    standard_error: float
    low: float
    high: float
    better: float
    worse: float


@dataclass(frozen=True)
class Finding:
    """An estimate and the truth.

    Attributes
    ----------
    effect : Effect
    truth : Truth
    factor : str
        Of a factorial experiment: the factor, or two joined by ``x``; empty otherwise.
    """

    effect: Effect
    truth: Truth
    factor: str = ""

    @property
    def covered(self) -> bool:
        """Whether the truth lies in the interval."""
        return self.effect.low <= self.truth.value <= self.effect.high

    @property
    def judgement(self) -> Judgement:
        """Whether the verdict was right."""
        true, found = self.truth, self.effect
        if not found.significant:
            return "missed" if true.low > 0.0 or true.high < 0.0 else "no effect to find"
        if true.value == 0.0:
            return "false alarm"
        return "right" if (true.value > 0.0) == (found.difference > 0.0) else "wrong sign"

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        more = {"covered": self.covered, "judgement": self.judgement}
        head = {"factor": self.factor} if self.factor else {}
        return {**head, **self.effect.to_dict(), "truth": plain(asdict(self.truth)), **more}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Turn numbers that are not finite into None."""
    return {
        key: None if isinstance(x, float) and not math.isfinite(x) else x
        for key, x in values.items()
    }


class Question(NamedTuple):
    """Two arms, a metric, how sure to be, and what is known from before."""

    metric: str
    control: str
    treatment: str
    level: float = 0.95
    covariate: str | None = None
    adjustment: Adjustment = "pooled"


class Reach(NamedTuple):
    """How far an interval reaches at one look of several, in standard errors, and why."""

    bound: float
    words: str


class Contrasted(NamedTuple):
    """What weights over the arms compare: those above 0 with those below."""

    name: str
    control: str
    treatment: str
    weights: tuple[float, ...]


def truth_of(pool: Pool, metric: str, weights: Sequence[float]) -> Truth:
    """The true effect of arms weighted above 0 over those weighted below."""
    values, sides = pool.of(metric), np.asarray(weights, np.float64)
    plus, minus = np.maximum(sides, 0.0) @ values, np.maximum(-sides, 0.0) @ values
    interval = paired_difference(minus, plus)
    better, worse = (float(np.mean(part)) for part in (plus > minus, plus < minus))
    return Truth(
        interval.difference, interval.standard_error, interval.low, interval.high, better, worse
    )


def pair_weights(treatment: int, count: int) -> tuple[float, ...]:
    """Weights that compare one arm with control."""
    return (-1.0, *(1.0 if arm == treatment else 0.0 for arm in range(1, count)))


def compared(
    arms: tuple[Moments, Moments], question: Question, reach: Reach | None = None
) -> Effect:
    """Compare two arms in a mean by Welch's t, adjusted by a covariate if there is one.

    With a `Reach` the intervals are those of one look of several (repeated confidence intervals;
    Jennison & Turnbull 1989), and the adjusted p-value is below the error rate exactly where 0
    is outside.
    """
    metric = Mean(question.metric, question.covariate, question.adjustment)
    found = metric.arms(*arms)
    lift = log_lift(found.control, found.treatment)
    effect = effect_from(
        welch(found.control, found.treatment),
        lift,
        question,
        (int(found.control.n), int(found.treatment.n)),
        found.adjustments,
    )
    return effect if reach is None else _repeated(effect, lift, reach)


def _repeated(effect: Effect, lift: Contrast, reach: Reach) -> Effect:
    """Widen intervals so that they hold at all looks together."""
    low, high = _around(effect.difference, effect.standard_error, reach.bound)
    logs = _around(float(lift.difference), float(lift.standard_error), reach.bound)
    with np.errstate(over="ignore"):  # growth beyond all numbers is infinite
        lift_low, lift_high = (float(np.expm1(end)) for end in logs)
    return replace(
        effect,
        low=low,
        high=high,
        lift_low=lift_low,
        lift_high=lift_high,
        # at a bound the p-value of the look is not to be held against alpha: say which side it is
        p_adjusted=_against(effect, reach.bound),
        adjustments=(*effect.adjustments, reach.words),
    )


def _around(middle: float, error: float, bound: float) -> tuple[float, float]:
    half = bound * error if error > 0.0 else 0.0
    return middle - half, middle + half


def _against(effect: Effect, bound: float) -> float:
    """A p-value that is below alpha exactly where the bound is reached."""
    from scipy.stats import norm

    alpha = 1.0 - effect.level
    nominal = 2.0 * float(norm.sf(bound))
    p = 2.0 * float(norm.sf(abs(effect.statistic)))
    return min(1.0, p * alpha / nominal) if p > nominal else p * alpha / nominal * (1.0 - 1e-12)


def effect_from(
    contrast: Contrast,
    lift: Contrast | None,
    question: Question,
    sizes: tuple[int, int],
    adjustments: tuple[str, ...] = (),
) -> Effect:
    """Put a contrast of two arms into the one form of result."""
    names = Names(question.metric, question.control, question.treatment)
    unknown = Contrast(*(np.full_like(contrast.difference, np.nan) for _ in contrast))
    between = Between(contrast, unknown if lift is None else lift, "Welch's t", adjustments, 0)
    found = effect_of(names, between, sizes, Settings(level=question.level))
    if found.standard_error > 0.0:
        return found
    # nobody differs from anybody: nothing is left to chance
    certain = float(contrast.difference)
    return replace(found, low=certain, high=certain, p_value=0.0 if certain else 1.0)


def weighted(by_arm: Moments, what: Contrasted, question: Question) -> Effect:
    """Compare weighted means of arms with each other.

    The variance is the sum over arms of ``w**2 s**2 / n``, its degrees of freedom those of
    Satterthwaite (1946, eq. 17).
    """
    value, n = by_arm.mean_of(question.metric), by_arm.count
    w = np.asarray(what.weights)
    parts: Floats = w**2 * by_arm.variance(question.metric) / n
    used = w != 0.0
    variance = float(parts[used].sum())
    df = variance**2 / float((parts[used] ** 2 / (n[used] - 1.0)).sum()) if variance else math.inf
    below, above = (float(np.maximum(side * w, 0.0) @ value) for side in (-1, 1))
    scalars = (below, above, above - below, math.sqrt(variance), df)
    contrast = Contrast(*(np.float64(x) for x in scalars))  # type: ignore[arg-type]
    sizes = int(n[w < 0].sum()), int(n[w > 0].sum())
    named = question._replace(control=what.control, treatment=what.treatment)
    return effect_from(contrast, None, named, sizes)
