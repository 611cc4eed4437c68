"""How many days a test must run, from simulated arrivals and what customers do by then."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError
from cvosim.experiment.duration_question import Question
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.scenario import Scenario
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments
from cvosim.stats.planning.allocation import share_to_ratio
from cvosim.stats.planning.skewness import difference_skewness
from cvosim.stats.planning.spread import Means, Proportions, Spread
from cvosim.tables.columns import Floats

Progress = Callable[[int], None]

FEWEST = 100
"""Simulated customers below which nobody should believe a variance."""

POINTS = 730
"""Days of a curve, at most; longer ones go in larger steps."""


class Curve(NamedTuple):
    """What a test knows by its duration; every field is float64[days].

    Attributes
    ----------
    days
        Since the test's start.
    enrolled, matured
        Different customers who entered, and those followed to the end of their time.
    value, sd, skewness
        Of the metric among the matured; a ratio metric's of its linearised value.
    mde, relative_mde
        Smallest effect that is found with the power asked for, and the same over ``value``.
    power
        For the effect asked for.
    """

    days: Floats
    enrolled: Floats
    matured: Floats
    value: Floats
    sd: Floats
    skewness: Floats
    mde: Floats
    relative_mde: Floats
    power: Floats


@dataclass(frozen=True)
class DurationPlan:
    """What can be found in how many days; made by `plan_duration`.

    Attributes
    ----------
    scenario, metric, currency : str
    question : Question
    curve : Curve
    last_entry : float
        Day since the start on which the last customer entered of whom the scenario shows the
        whole follow-up.
    span : float
        Days from the test's start to the scenario's horizon.
    scale : float
        Customers that each simulated one stands for.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> ask = Question(effect=0.1, assign_at="tripwire", share=0.5)
    >>> plan = plan_duration(load_scenario("carpet_cleaning"), "conversion.tripwire", ask,
    ...                      customers=20_000)
    >>> plan.days_needed
    101.0
    """

    scenario: str
    metric: str
    currency: str
    question: Question
    curve: Curve = field(repr=False)
    last_entry: float
    span: float
    scale: float

    @property
    def days_needed(self) -> float | None:
        """First day from which on the effect is found with the power asked for; None for never.

        A day that has it by luck, as the variance among the first few is not yet settled, does
        not count while a later one has it not.
        """
        if self.question.effect is None:
            return None
        short = np.flatnonzero(~(self.curve.power >= self.question.power))
        first = int(short[-1]) + 1 if len(short) else 0
        return float(self.curve.days[first]) if first < len(self.curve.days) else None

    def at(self, days: float) -> dict[str, float]:
        """Give one line of the curve: the last one that is not later than this.

        Raises
        ------
        CvosimError
            If it is before the first or after the last.
        """
        place = int(np.searchsorted(self.curve.days, days, side="right")) - 1
        if place < 0 or days > self.span:
            raise CvosimError(
                f"days: must be from {self.curve.days[0]:g} to {self.span:g}, when the scenario "
                f"ends (got {days:g}); lengthen horizon_days"
            )
        return {name: float(line[place]) for name, line in self.curve._asdict().items()}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against trusting the plan."""
        from cvosim.experiment.duration_text import doubts

        return tuple(doubts(self))

    def summary(self) -> str:
        """Say in plain words how long, or what can be found, and what it is worth."""
        from cvosim.experiment.duration_text import summary_lines

        return "\n".join(summary_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, texts and lists; null for what is not known."""
        ask, days = self.question, self.question.days
        return {
            "scenario": self.scenario,
            "metric": self.metric,
            "currency": self.currency,
            "assign_at": ask.assign_at or "arrival",
            **{name: getattr(ask, name) for name in _ASKED},
            "looks": list(ask.looks) if isinstance(ask.looks, tuple) else ask.looks,
            "days_needed": self.days_needed,
            "at_days": None if days is None else _plain(self.at(days)),
            "last_entry": self.last_entry,
            "span": self.span,
            "scale": self.scale,
            "warnings": list(self.warnings),
            "curve": {name: _list(line) for name, line in self.curve._asdict().items()},
        }


_ASKED = (
    "effect", "relative", "power", "alpha", "alternative", "share", "treatments", "spending",
    "follow_days", "start_day", "days",
)  # fmt: skip


def plan_duration(
    scenario: Scenario,
    metric: str = "contribution",
    question: Question | None = None,
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> DurationPlan:
    """Plan a split test on a scenario's customers in days, not only in units.

    The scenario is simulated once. Who enters when, who comes back, how long the metric takes
    to mature, and how its mean and variance differ between early and late customers, is then
    known, and so are the smallest effect and the power after each number of days.

    Parameters
    ----------
    scenario : Scenario
        Control.
    metric : str
        An outcome of `outcomes`, or the ratio of two: ``revenue/orders``.
    question : Question, optional
    customers, seed : int, optional
        Prospects to simulate and their luck; the scenario's by default.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call.

    Returns
    -------
    DurationPlan

    Raises
    ------
    ScenarioError
        For an outcome or a place that there is not.
    CvosimError
        For a question that cannot be answered; it says what to write.
    """
    ask = (question or Question()).checked()
    span = scenario.horizon_days - ask.start_day
    for name, days in (("follow_days", ask.follow_days), ("days", ask.days)):
        if days is not None and days > span:
            raise CvosimError(
                f"{name}: must be at most {span:g}, when the scenario ends (got {days:g}); "
                f"lengthen horizon_days, such as -S horizon_days={ask.start_day + 2 * days:g}"
            )
    pool = outcomes(
        [scenario], list(metric_of(metric).columns), assign_at=ask.assign_at,
        follow_days=ask.follow_days, start_day=ask.start_day, customers=customers, seed=seed,
        threads=threads, progress=progress,
    )  # fmt: skip
    simulated = scenario.customers if customers is None else customers
    scale = (ask.market or scenario.customers) / simulated
    curve = duration_curve(pool, metric, ask, span=span, scale=scale)
    last = float(pool.entry_day.max()) - ask.start_day
    return DurationPlan(scenario.name, metric, scenario.currency, ask, curve, last, span, scale)


def metric_of(name: str) -> Mean | Ratio:
    """Read a metric: an outcome, or two with a stroke between.

    Examples
    --------
    >>> metric_of("revenue/orders").columns
    ('revenue', 'orders')
    """
    numerator, stroke, denominator = name.partition("/")
    return Ratio(numerator.strip(), denominator.strip()) if stroke else Mean(name)


def duration_curve(
    pool: Pool, metric: str, question: Question, *, span: float, scale: float = 1.0
) -> Curve:
    """Give what is known by each day, from customers with their day of entry.

    Parameters
    ----------
    pool : Pool
        Its first arm is control.
    metric : str
        One of its columns, or two with a stroke between.
    question : Question
    span : float
        Days from the start to the end of what was seen.
    scale : float
        Customers that each one in the pool stands for.

    Returns
    -------
    Curve
        Where fewer than 100 have matured, or all are alike, the metric's numbers are NaN.
    """
    days = np.arange(1.0, math.floor(span) + 1.0, max(1, math.ceil(span / POINTS)))
    order = np.argsort(pool.entry_day, kind="stable")
    entry = pool.entry_day[order] - question.start_day
    whole = np.where(days <= span - question.follow_days, days, np.nan)  # later ones are not seen
    enrolled = np.where(np.isnan(whole), np.nan, np.searchsorted(entry, days).astype(np.float64))
    matured = np.searchsorted(entry, days - question.follow_days, side="right")
    values = _known(pool, metric, order)
    value, sd, skewness = _running(metric_of(metric), values, matured)
    known = (matured >= FEWEST) & (sd > 0.0)
    if not known.any():
        raise CvosimError(
            f"{metric}: only {int(matured[-1]):,} simulated customers have been followed to the "
            f"end by day {span:g}, or all are alike; simulate more customers"
        )
    binary = len(values) == 1 and bool(np.isin(values[0], (0.0, 1.0)).all())
    spread = Proportions(value[known], pooled=False) if binary else Means(sd[known])
    mde, power = np.full(len(days), np.nan), np.full(len(days), np.nan)
    units = matured[known].astype(np.float64) * scale
    mde[known], power[known] = _found(question, spread, value[known], units)
    value, sd, skewness = (np.where(known, line, np.nan) for line in (value, sd, skewness))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(value == 0.0, np.nan, mde / np.abs(value))
    units = matured.astype(np.float64) * scale
    return Curve(days, enrolled * scale, units, value, sd, skewness, mde, relative, power)


def _known(pool: Pool, metric: str, order: NDArray[np.intp]) -> list[Floats]:
    """Control's columns of a metric, in an order; refuse what is not known of everybody."""
    values = [pool.of(column)[0, order] for column in metric_of(metric).columns]
    if any(np.isnan(column).any() for column in values):
        raise CvosimError(
            f"{metric}: is not known of every customer; plan for an outcome that is, such as "
            "cancelled.STAGE for survival.STAGE"
        )
    return values


def _found(
    question: Question, spread: Spread, value: Floats, units: Floats
) -> tuple[Floats, Floats]:
    """Smallest effect, and power for the one asked for."""
    design = question.design(spread)
    control = design.control_of(units)
    mde = design.mde(control, question.power)
    if question.effect is None:
        return mde, np.full(len(units), np.nan)
    effect = question.effect * np.abs(value) if question.relative else question.effect
    low, high = spread.reach
    possible = (effect >= low) & (effect <= high)
    power = design.power(np.where(possible, effect, 0.0), control)
    return mde, np.where(possible, power, np.nan)


def _running(
    metric: Mean | Ratio, values: list[Floats], counts: NDArray[np.intp]
) -> tuple[Floats, Floats, Floats]:
    """Value, standard deviation and skewness of the metric among the first so many customers."""
    means = [float(column.mean()) for column in values]
    whole = values[0]
    if isinstance(metric, Ratio):
        if means[1] == 0.0:
            raise CvosimError(f"{metric.denominator}: is 0 for everybody; no ratio has it below")
        whole = (values[0] - means[0] / means[1] * values[1]) / means[1]
    table = np.stack([*values, whole], axis=1)
    shift = table.mean(axis=0)
    apart = table - shift

    def sums(terms: Floats) -> Floats:
        zero = np.zeros((1, *terms.shape[1:]))
        return np.asarray(np.concatenate([zero, np.cumsum(terms, axis=0)])[counts])

    products = apart[:, :, None] * apart[:, None, :]
    parts = (counts.astype(np.float64), sums(apart), sums(products), sums(apart**3))
    moments = Moments.of_sums((*metric.columns, "linearised"), shift, parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        arm = metric.arms(moments, moments).control
        return arm.value, np.sqrt(np.maximum(arm.variance, 0.0)), moments.skewness("linearised")


def estimate_skewness(plan: DurationPlan, days: float) -> float:
    """Skewness of the difference of the arms after so many days."""
    line, ask = plan.at(days), plan.question
    control = plan.question.design(Means(1.0)).control_of(line["matured"])
    treatment = control * share_to_ratio(ask.share, ask.treatments)
    return float(difference_skewness(line["skewness"], control, treatment))


def _plain(line: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in line.items()}


def _list(line: Floats) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in line.tolist()]
