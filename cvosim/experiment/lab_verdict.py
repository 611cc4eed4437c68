"""What the lab has shown, and whether it may say so: which model to believe about what."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cvosim.clv.words import counting
from cvosim.experiment.lab import title_of

if TYPE_CHECKING:
    from cvosim.experiment.lab import LabResult

ENOUGH = 100
"""Customers with a repeat purchase, all logs together, below which there is no verdict."""
FAR = 0.2
"""Relative error from which a total is missed, whatever the interval around it."""
APART = 0.05
"""Difference in P(alive) from which it is worth a word."""

STORIES = {
    "bg_nbd": "customers leave right after a repeat purchase and never before the first of these",
    "mbg_nbd": "customers leave right after a purchase, the very first included",
    "pareto_nbd": "customers leave at any time, whether they have just bought or not",
    "poisson": "nobody ever leaves",
}
"""What each model takes for granted about leaving."""


class Total(NamedTuple):
    """Fields of `ModelScore` (what a model says) and of `RoundTruth` (what is so) of a total."""

    said: str
    low: str
    high: str
    expected: str
    came: str


TOTALS = {
    "purchases": Total("expected", "low", "high", "expected", "came"),
    "value": Total("value", "value_low", "value_high", "value_expected", "value_came"),
}
"""What models forecast of the hold-out."""

NUMBERS = {2: "two", 3: "three"}


def verdict(lab: LabResult) -> Iterator[str]:
    """Say what was shown of the models, or what it would take to show anything.

    Parameters
    ----------
    lab : LabResult

    Yields
    ------
    str
        A line without its line break.
    """
    missed = all_miss(lab)
    lacks = lacking(lab)
    if lacks:
        yield f"No verdict on the models: {lacks}"
    elif len(lab.models) > 1:
        yield from _nearest(lab)
        yield _told(lab)
    if missed:
        yield _nobody_knows(lab, missed)
    elif not lacks and len(lab.models) > 1:
        yield from _indifferent(lab)


def lacking(lab: LabResult) -> str:
    """Say what a verdict on the models would need; empty if there is enough.

    Parameters
    ----------
    lab : LabResult
    """
    again = sum(sum(one.truth.customers_by_repeats[1:]) for one in lab.rounds)
    clear = [model for model in lab.models if lab.mean(model, "converged") >= 0.5]
    if again >= ENOUGH and clear:
        return ""
    simulated = lab.rounds[0].truth.prospects
    needed = _rounded_up(simulated * max(ENOUGH / max(again, 1), 2.0))
    reasons = []
    if again < ENOUGH:
        reasons.append(
            f"only {counting(again, 'customer')} bought again (below {ENOUGH} luck decides which "
            "model looks best)"
        )
    if not clear:
        reasons.append("no model's fit is clear-cut")
    return f"{', and '.join(reasons)}. It takes about -n {needed} (now {simulated})."


def all_miss(lab: LabResult) -> dict[str, tuple[float, float]]:
    """Find the totals of the hold-out that every model misses.

    Parameters
    ----------
    lab : LabResult

    Returns
    -------
    dict of str to tuple of float
        ``purchases`` or ``value`` with the smallest and the largest relative error. A total is
        missed if it is off by more than `FAR`, or if most 90 % intervals do not hold the truth.
    """
    found = {}
    for name, total in TOTALS.items():
        aim = _aim(lab, total)
        off = [relative_error(lab, model, name) for model in lab.models]
        held = [lab.covered(model, total.low, total.high, aim) for model in lab.models]
        pairs = zip(off, held, strict=True)
        if all(abs(o) > FAR or (known and 2 * h < known) for o, (h, known) in pairs):
            found[name] = (min(off), max(off))
    return found


def relative_error(lab: LabResult, model: str, total: str) -> float:
    """How far a model's total of the hold-out is off; NaN where nothing was to come.

    Parameters
    ----------
    lab : LabResult
    model : str
    total : str
        ``purchases`` or ``value``: off the true expectation, or off what came without one.
    """
    aim = lab.true_mean(_aim(lab, TOTALS[total]))
    return lab.mean(model, TOTALS[total].said) / aim - 1.0 if aim else math.nan


def _aim(lab: LabResult, total: Total) -> str:
    """What a forecast is measured by: the true expectation, or what came where there is none."""
    return total.came if math.isnan(lab.true_mean(total.expected)) else total.expected


def _nearest(lab: LabResult) -> Iterator[str]:
    """Say who came nearest to who is still a customer, in which world."""
    alive = lab.contest("alive")
    world = f"In this world, where {STORIES[lab.world]},"
    if alive.tied:
        best = listed([alive.winner, *alive.tied])
        yield f"{world} {best} come nearest to who is still a customer, equally but for luck."
    else:
        yield f"{world} {title_of(alive.winner)} comes nearest to who is still a customer."
    yield (
        "That holds for such a world only: set journey.repeat_purchases.frequency to another model "
        "to see who comes nearest where customers leave otherwise."
    )
    if "bg_nbd" in lab.models:
        others = listed([model for model in lab.models if model != "bg_nbd"])
        verb = "takes" if len(lab.models) == 2 else "take"
        yield (
            "What a business can ask itself: can customers leave without ever buying again? BG/NBD "
            f"takes it that they cannot, {others} {verb} it that they can."
        )


def _told(lab: LabResult) -> str:
    """Say whether a log alone would have told which model to believe."""
    misled = lab.misled(APART)
    logs, mute = len(misled), sum(bool(some) for some in misled)
    if not mute:
        return (
            f"{'The log' if logs == 1 else 'Every log'} would have told you: no model that is "
            f"wrong about it by more than {100 * APART:.0f} points explains the log as well."
        )
    names = [model for model in lab.models if any(model in some for some in misled)]
    said = " and ".join(f"{title_of(m)} says {percent(lab.mean(m, 'alive'))}" for m in names)
    truth = f"where {percent(lab.true_mean('alive'))} is true"
    if logs == 1:
        verb = "explains" if len(names) == 1 else "explain"
        return (
            f"The log alone would not have told you: {listed(names)} {verb} it as well, but for "
            f"luck, and {said} {truth}."
        )
    return (
        f"The log alone would not have told you in {mute} of {logs} logs: {listed(names, 'or')} "
        f"explained those as well, but for luck, and {said} {truth}."
    )


def _nobody_knows(lab: LabResult, missed: dict[str, tuple[float, float]]) -> str:
    """Say that no model forecast the hold-out, and why."""
    many = len(lab.models)
    off = ", ".join(f"{name} {_span(*ends)}" for name, ends in missed.items())
    if lab.doubts or lab.world not in lab.models:
        who = f"None of the {NUMBERS.get(many, many)} models knows"
        who = f"{title_of(lab.models[0])} does not know" if many == 1 else who
        why = f"none is told what moves this world ({', '.join(lab.doubts)})"
        why = why if lab.doubts else f"that {STORIES[lab.world]} is no story of theirs"
    else:
        who = f"All {NUMBERS.get(many, many)} models miss"
        who = f"{title_of(lab.models[0])} misses" if many == 1 else who
        why = "this world's own model is off as well, so the log is too small or too short"
    help_ = "; choosing between them does not help" if many > 1 else ""
    return f"{who} what the hold-out brings ({off}): {why}{help_}."


def _span(low: float, high: float) -> str:
    """Relative errors from one to another."""
    ends = [f"{100 * one:+.0f} %" for one in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _indifferent(lab: LabResult) -> Iterator[str]:
    """Say where the choice does not matter."""
    same = [one for one in lab.contests if one.name in ("purchases", "value")]
    if all(len(one.tied) == len(lab.models) - 1 for one in same):
        yield (
            "For purchases and value in the hold-out the choice does not matter: no model is "
            "better beyond luck."
        )


def _rounded_up(count: float) -> int:
    """Two leading digits are enough.

    Examples
    --------
    >>> _rounded_up(10345), _rounded_up(200)
    (11000, 200)
    """
    step = int(10 ** max(len(str(math.ceil(count))) - 2, 0))
    return math.ceil(count / step) * step


def listed(models: Sequence[str], word: str = "and") -> str:
    """Write some models' names as a list."""
    *most, last = (title_of(model) for model in models)
    return f"{', '.join(most)} {word} {last}" if most else last


def percent(share: float) -> str:
    """Write a share, or that it is not known."""
    return "n/a" if math.isnan(share) else f"{100 * share:.1f} %"
