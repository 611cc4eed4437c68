"""The length of a test in plain English: how long, what can be found, what it is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.clv.words import counting
from cvosim.scenario.outcome_names import Outcome, outcome_of
from cvosim.stats.planning.skewness import KOHAVI, SKEWED, tails

if TYPE_CHECKING:
    from cvosim.experiment.duration import DurationPlan

UNSURE = 0.03
"""Relative standard error of a simulated mean from which it is worth a word."""

USUAL = (28.0, 56.0, 91.0, 182.0)
"""Days about which nobody need ask."""


def summary_lines(plan: DurationPlan) -> Iterator[str]:
    """Say how long the test must run, or what it can find; doubts come last.

    Parameters
    ----------
    plan : DurationPlan

    Yields
    ------
    str
        A line without its line break.
    """
    ask = plan.question
    if ask.effect is not None:
        yield _how_long(plan)
    if ask.days is not None:
        yield _what_in(plan, ask.days)
    if ask.effect is None and ask.days is None:
        known = [x for x in USUAL if x <= plan.span and x > ask.follow_days]
        some = [x for x in known if math.isfinite(plan.at(x)["mde"])]
        yield from (_what_in(plan, days) for days in some or [plan.span])
    yield _metric(plan)
    yield _worth(plan)
    yield from (f"Warning: {doubt}" for doubt in plan.warnings)


def amount(plan: DurationPlan, value: float) -> str:
    """Write a value of the metric: money with its currency, a share in percent."""
    outcome = outcome_of(plan.metric.partition("/")[0])
    if isinstance(outcome, Outcome) and outcome.is_money:
        sign = "\N{MINUS SIGN}" if value < 0 else ""
        return f"{sign}{plan.currency} {abs(value):,.{digits(value)}f}"
    if isinstance(outcome, Outcome) and outcome.is_share:
        return f"{100 * value:.{digits(100 * value)}f} %"
    return f"{value:,.{digits(value)}f}"


def digits(value: float) -> int:
    """Decimals that show two digits that matter; whole once large."""
    size = abs(value)
    if size >= 1000.0 or not math.isfinite(size):
        return 0
    return 2 if size >= 0.1 or size == 0.0 else min(5, 1 - math.floor(math.log10(size)))


def change(plan: DurationPlan, effect: float, value: float) -> str:
    """Write an effect in the metric's unit, and relative to control."""
    text = amount(plan, effect).replace(" %", " points")
    return f"{text} ({100 * effect / abs(value):.1f} %)" if value else text


def doubts(plan: DurationPlan) -> Iterator[str]:
    """Say what speaks against trusting the plan.

    Parameters
    ----------
    plan : DurationPlan

    Yields
    ------
    str
        A sentence.
    """
    from cvosim.experiment.duration import estimate_skewness

    ask = plan.question
    days = plan.days_needed or ask.days or plan.span
    line = plan.at(days)
    apart = estimate_skewness(plan, days)
    own = line["skewness"]
    smallest = line["matured"] * min(ask.share, 1.0 - ask.share * ask.treatments)
    certify = "see what the test really does with cvosim certify"
    if abs(apart) > SKEWED:
        tail = ask.alpha / 2.0
        lower, upper = (float(one) for one in tails(apart, tail))
        yield (
            f"{plan.metric} is too skewed ({own:.1f}) for arms this unequal after {days:g} days: "
            f"of the {100 * tail:.2g} % of false alarms in each direction, about "
            f"{100 * lower:.1f} % would say that treatment is worse and {100 * upper:.1f} % that "
            f"it is better, and the power is rough, too; {certify}, or use equal "
            "shares."
        )
    elif smallest < KOHAVI * own**2:
        yield (
            f"{plan.metric} is skewed ({own:.1f}): the normal law is certain only from "
            f"{KOHAVI * own**2:,.0f} customers an arm (355 times the squared skewness; Kohavi), "
            f"and there are {smallest:,.0f} after {days:g} days. At equal shares that rather "
            f"costs power than raises false alarms; {certify}."
        )
    seen = line["matured"] / plan.scale
    error = line["sd"] / abs(line["value"]) / math.sqrt(seen) if line["value"] else math.inf
    if error > UNSURE:
        yield (
            f"the mean of the {seen:,.0f} simulated customers is itself uncertain by "
            f"{100 * error:.0f} %, and so is what follows from it; simulate more (--customers)."
        )


def _how_long(plan: DurationPlan) -> str:
    ask, days = plan.question, plan.days_needed
    asked = f"a change of {_asked(plan)}"
    if days is None:
        return _never(plan, asked)
    line = plan.at(days)
    enrol = max(days - ask.follow_days, 0.0)
    return (
        f"To find {asked} with {100 * ask.power:g} % power, run the test for {days:g} days: "
        f"enrol for {enrol:g}, then follow the last customers for {ask.follow_days:g}. "
        f"That is {line['matured']:,.0f} customers, {line['matured'] * ask.share:,.0f} of them "
        f"in {'each' if ask.treatments > 1 else 'the'} treatment{_looks(plan)}."
    )


def _asked(plan: DurationPlan) -> str:
    effect = plan.question.effect
    assert effect is not None
    value = plan.at(plan.days_needed or plan.span)["value"]
    if not plan.question.relative:
        return change(plan, effect, value)
    return f"{100 * effect:g} % ({amount(plan, effect * abs(value)).replace(' %', ' points')})"


def _never(plan: DurationPlan, asked: str) -> str:
    line = plan.at(plan.span)
    # power when all were followed: what looks higher among the first few is an unsettled variance
    power = "" if math.isnan(line["power"]) else f", which give {100 * line['power']:.1f} %"
    return (
        f"No number of days finds {asked} with {100 * plan.question.power:g} % power: "
        f"{_end(plan)}, {line['matured']:,.0f} customers in all{power}. "
        f"The smallest change that they can show is {change(plan, line['mde'], line['value'])}."
    )


def _end(plan: DurationPlan) -> str:
    """Say what ends the test: the market or the scenario."""
    follow = plan.question.follow_days
    if plan.last_entry < 0.95 * (plan.span - follow):
        return (
            f"the market runs out on day {math.ceil(plan.last_entry)}, and the last have been "
            f"followed by day {math.ceil(plan.last_entry + follow)}"
        )
    return (
        f"the scenario ends after {plan.span:g} days (a longer horizon_days looks further, as "
        "far as customers still arrive)"
    )


def _what_in(plan: DurationPlan, days: float) -> str:
    line, ask = plan.at(days), plan.question
    if not math.isfinite(line["mde"]):
        return (
            f"In {days:g} days too few customers have been followed for {ask.follow_days:g} "
            f"({line['matured']:,.0f}) to show anything."
        )
    chance = line["power"]
    tail = "" if math.isnan(chance) else f" Its power for {_asked(plan)} is {100 * chance:.1f} %."
    return (
        f"In {days:g} days, with {line['matured']:,.0f} customers followed for "
        f"{ask.follow_days:g}, the smallest change you can find with {100 * ask.power:g} % power "
        f"is {change(plan, line['mde'], line['value'])}{_looks(plan)}.{tail}"
    )


def _looks(plan: DurationPlan) -> str:
    looks = plan.question.looks
    count = looks if isinstance(looks, int) else len(looks)
    return f", looking {count} times ({plan.question.spending})" if count > 1 else ""


def _metric(plan: DurationPlan) -> str:
    line, ask = plan.at(plan.days_needed or plan.question.days or plan.span), plan.question
    where = {None: "arrival", "order": "an order"}.get(ask.assign_at, ask.assign_at)
    noise = f"{line['sd'] / abs(line['value']):.1f} times its mean" if line["value"] else "large"
    return (
        f"{plan.metric} in the {counting(round(ask.follow_days), 'day')} after {where} is "
        f"{amount(plan, line['value'])} a customer, its standard deviation {noise}."
    )


def _worth(plan: DurationPlan) -> str:
    """Say what the smallest change, or the one asked for, brings in all."""
    ask, line = plan.question, plan.at(plan.days_needed or plan.question.days or plan.span)
    effect = line["mde"]
    if ask.effect is not None:
        effect = ask.effect * abs(line["value"]) if ask.relative else ask.effect
    everybody = plan.at(plan.span)["matured"]
    outcome = outcome_of(plan.metric)
    if isinstance(outcome, Outcome) and outcome.is_money and math.isfinite(effect):
        return (
            f"A change of that size is worth {amount(plan, effect * everybody)} over the "
            f"{everybody:,.0f} customers who enter by day {plan.span - ask.follow_days:g}."
        )
    return f"{everybody:,.0f} customers enter by day {plan.span - ask.follow_days:g}."
