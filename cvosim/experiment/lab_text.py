"""The identifiability lab in plain English: what was true, who found it, whom to believe."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cvosim.clv.words import counting
from cvosim.experiment.lab import title_of
from cvosim.experiment.lab_truth import repeat_section
from cvosim.experiment.lab_verdict import (
    APART,
    STORIES,
    lacking,
    listed,
    percent,
    relative_error,
    verdict,
)

if TYPE_CHECKING:
    from cvosim.experiment.lab import Contest, LabResult, Recovery

FEW = 200
"""Customers below which luck outweighs what models differ in."""


def summary_lines(lab: LabResult) -> Iterator[str]:
    """Say what was found and which model to believe; doubts come first.

    Parameters
    ----------
    lab : LabResult

    Yields
    ------
    str
        A line without its line break.
    """
    yield from (f"Warning: {doubt}" for doubt in doubts(lab))
    yield from _world(lab)
    yield from _alive(lab)
    if len(lab.models) > 1 and not lacking(lab):
        yield from (_contest(contest) for contest in lab.contests)
    yield from _value(lab)
    if lab.recoveries:
        yield f"Parameters of {title_of(lab.world)}, whose true values the lab knows:"
        yield from (f"  {_parameter(one, len(lab.rounds))}" for one in lab.recoveries)
    yield from verdict(lab)


def doubts(lab: LabResult) -> Iterator[str]:
    """Say what speaks against relying on the scores.

    Parameters
    ----------
    lab : LabResult

    Yields
    ------
    str
        A sentence or two.
    """
    total = len(lab.rounds)
    for model in lab.models:
        failed = sum(not score.converged for score in lab.scores(model))
        if failed:
            where = "" if total == 1 else f" in {failed} of {total} logs"
            yield f"The fit of {title_of(model)} is not clear-cut{where}."
    if lab.doubts:
        yield (
            f"This world is more than its model of repeat buying ({', '.join(lab.doubts)}): "
            "parameters have no true value, and value is scored against what came."
        )
    elif lab.world not in lab.models:
        yield (
            f"{title_of(lab.world)}, this world's own model, was not fitted: parameters have no "
            "true value."
        )
    if lab.true_mean("customers") < FEW:
        yield (
            f"Only {counting(round(lab.true_mean('customers')), 'customer')}: luck outweighs what "
            "models differ in. More prospects (-n) or --replications settle it."
        )


def _world(lab: LabResult) -> Iterator[str]:
    """Say what the truth is."""
    currency, logs = lab.scenario.currency, len(lab.rounds)
    frequency = repeat_section(lab.scenario).frequency.model_dump(exclude={"model"})
    values = ", ".join(f"{name} {value:.4g}" for name, value in frequency.items())
    many = "one log" if logs == 1 else f"{logs} logs, means of which follow"
    yield (
        f"The world, {lab.scenario.name}: {STORIES[lab.world]} ({title_of(lab.world)}: {values}). "
        f"Simulated: {many}."
    )
    yield (
        f"The models see {counting(round(lab.true_mean('customers')), 'customer')} with "
        f"{counting(round(lab.true_mean('repeat_purchases')), 'repeat purchase')} until day "
        f"{lab.until:,}. In the {counting(lab.horizon - lab.until, 'day')} held out come "
        f"{lab.true_mean('came'):,.0f} more, worth {currency} {lab.true_mean('value_came'):,.0f}."
    )


def _alive(lab: LabResult) -> Iterator[str]:
    """Say who is still a customer, and where models disagree most about it."""
    said = ", ".join(
        f"{title_of(model)} says {percent(lab.mean(model, 'alive'))}" for model in lab.models
    )
    yield f"Still customers at day {lab.until:,}: {percent(lab.true_mean('alive'))}. {said}."
    first = lab.rounds[0]
    widest, spread = 0, 0.0
    for place, count in enumerate(first.truth.customers_by_repeats):
        if count:
            found = [score.alive_by_repeats[place] for score in first.scores]
            weight = (max(found) - min(found)) * count
            widest, spread = (place, weight) if weight > spread else (widest, spread)
    if spread / first.truth.customers < APART:
        return
    last = len(first.truth.customers_by_repeats) - 1
    who = f"with {counting(widest, 'repeat purchase')}{' or more' if widest == last else ''}"
    if widest == 0:
        who = "without a repeat purchase"
    share = first.truth.customers_by_repeats[widest] / first.truth.customers
    each = ", ".join(
        f"{title_of(score.name)} {percent(score.alive_by_repeats[widest])}"
        for score in first.scores
    )
    yield (
        f"  {'They' if len(lab.rounds) == 1 else 'In the first log they'} differ most over the "
        f"{percent(share)} of customers {who}: "
        f"{percent(first.truth.alive_by_repeats[widest])} are still there; {each}."
    )


def _contest(contest: Contest) -> str:
    """Say who did best at one thing."""
    rivals = "beyond what luck explains"
    if contest.tied:
        verb = "is" if len(contest.tied) == 1 else "are"
        rivals = f"but {listed(contest.tied)} {verb} not worse beyond luck"
    return f"Best at {contest.title}: {title_of(contest.winner)}, {rivals}."


def _value(lab: LabResult) -> Iterator[str]:
    """Say how well value was forecast, in the hold-out and without end."""
    currency, logs = lab.scenario.currency, len(lab.rounds)
    truth = lab.true_mean("value_expected")
    aim = lab.true_mean("value_came") if math.isnan(truth) else truth
    words = "came" if math.isnan(truth) else "was to be expected"
    said = ", ".join(
        f"{title_of(model)} {currency} {lab.mean(model, 'value'):,.0f} "
        f"({_signed(relative_error(lab, model, 'value'))})"
        for model in lab.models
    )
    yield f"Value in the hold-out: {currency} {aim:,.0f} {words}; {said}."
    for model in lab.models:
        held, known = lab.covered(model, "low", "high", "came")
        parts = [] if not known else [f"of purchases in {held} of {known} log{'s' * (logs > 1)}"]
        held, known = lab.covered(model, "value_low", "value_high", "value_came")
        if known:
            parts.append(f"of value in {held} of {known}")
            each = lab.mean(model, "value_covered")
            parts.append(f"of the single customer's value for {percent(each)} of customers")
        if parts:
            yield f"  90 % intervals of {title_of(model)} hold what came: {', '.join(parts)}."
    forever = lab.true_mean("forever")
    if forever > 0:  # neither unknown nor nothing
        said = ", ".join(
            f"{title_of(model)} {_signed(lab.mean(model, 'forever') / forever - 1)}"
            for model in lab.models
        )
        rate = 100 * lab.scenario.economics.discount_rate
        yield (
            f"Value without end, discounted at {rate:.4g} % a year: {currency} {forever:,.0f} was "
            f"to be expected; {said}."
        )


def _signed(relative: float) -> str:
    return "n/a" if math.isnan(relative) else f"{100 * relative:+.1f} %"


def _parameter(one: Recovery, logs: int) -> str:
    """Say how well one parameter was found."""
    error = "" if math.isnan(one.standard_error) else f" ± {one.standard_error:.2g}"
    found = f"{one.name}: true {one.truth:.4g}, found {one.mean:.4g}{error}"
    if not one.known:
        return f"{found}, without an interval"
    if logs == 1:
        return f"{found}, {'inside' if one.covered else 'outside'} its 90 % interval"
    share = percent(one.covered / one.known)
    limits = f"{100 * one.low:.0f} to {100 * one.high:.0f} %"
    return f"{found}; its 90 % intervals hold the truth in {share} of the logs ({limits})"
