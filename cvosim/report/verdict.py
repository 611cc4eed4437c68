"""The answer to "is it worth it?" in two sentences that a marketer can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.numbers import money, percent

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison, Difference
    from cvosim.stats.decomposition import ValueFactors

VALUE = "clv_per_prospect"
FACTORS = ("time", "frequency", "monetary_value", "cost")


class Sides(NamedTuple):
    """Who earns more, and by how much per prospect: ``gain`` and its interval are positive."""

    winner: str
    loser: str
    gain: float
    low: float
    high: float
    sign: int
    """1 where the variant wins, -1 where the baseline does."""


def verdict(comparison: Comparison) -> str:
    """Say which funnel earns more per prospect, by how much, and why.

    Parameters
    ----------
    comparison : Comparison
        As `cvosim.compare` returns it.

    Returns
    -------
    str
        Two sentences a variant, each variant on a line of its own. What a prospect earns is
        ``clv_per_prospect``: revenue less every cost, discounted to its arrival.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> print(verdict(compare([load_scenario(name) for name in names], customers=20_000)))
    Carpet cleaning earns USD ... more per prospect than ...
    """
    return "\n".join(_of_variant(comparison, variant) for variant in comparison.variants)


def _of_variant(comparison: Comparison, variant: str) -> str:
    value = comparison.differences[variant][VALUE]
    if comparison.identical[variant] == 1.0:
        return (
            f"{variant} changes nothing: exactly the same happens to all "
            f"{comparison.customers:,} prospects as in {comparison.baseline}. "
            f"Both earn {money(value.baseline or 0.0, comparison.currency)} per prospect."
        )
    sides = _sides(comparison, variant, value)
    if sides is None:
        return (
            f"Too few prospects ({comparison.customers:,}) to tell {variant} from "
            f"{comparison.baseline}. Simulate more of them."
        )
    if sides.low <= 0.0:
        return _no_difference(comparison, sides)
    return f"{_gain(comparison, sides)} {_reason(comparison, variant, sides)}"


def _sides(comparison: Comparison, variant: str, value: Difference) -> Sides | None:
    """Turn a difference so that it is a gain; None where it is not known."""
    known = [x for x in (value.difference, value.low, value.high) if x is not None]
    if len(known) < 3 or not all(map(math.isfinite, known)):
        return None
    gain, low, high = known
    if gain >= 0:
        return Sides(variant, comparison.baseline, gain, low, high, 1)
    return Sides(comparison.baseline, variant, -gain, -high, -low, -1)


def _gain(comparison: Comparison, sides: Sides) -> str:
    people, currency = comparison.customers, comparison.currency
    total, low, high = (money(people * x, currency) for x in (sides.gain, sides.low, sides.high))
    return (
        f"{sides.winner} earns {money(sides.gain, currency)} more per prospect than "
        f"{sides.loser}: {total} over {people:,} prospects (95 % interval {low} to {high})."
    )


def _no_difference(comparison: Comparison, sides: Sides) -> str:
    """Say that nothing is seen, how much could still hide, and what it would take."""
    people, currency = comparison.customers, comparison.currency
    low, high = money(people * sides.low, currency), money(people * sides.high, currency)
    text = (
        f"No difference is visible between {sides.winner} and {sides.loser}: over {people:,} "
        f"prospects the first earns between {low} and {high} more (95 % interval)."
    )
    if sides.gain <= 0:
        return f"{text} Both earn the same on average."
    half = (sides.high - sides.low) / 2
    needed = people * (half / sides.gain) ** 2 * 1.2  # a little more than just enough
    if needed > 1e9:
        return f"{text} If there is one, it is too small to matter."
    return (
        f"{text} A difference as small as the one seen needs about {_round_up(needed)} prospects."
    )


def _reason(comparison: Comparison, variant: str, sides: Sides) -> str:
    """Why the winner wins: its core offer, the factor that carries most, the one against."""
    split, currency = comparison.decomposition[variant], comparison.currency
    parts = {name: sides.sign * float(getattr(split, name)) for name in FACTORS}
    ours, theirs = split.variant, split.baseline
    if sides.sign < 0:
        ours, theirs = theirs, ours
    best, worst = max(parts, key=parts.__getitem__), min(parts, key=parts.__getitem__)
    words = (
        f"what carries the gain is {_name(best)} ({_change(best, ours, theirs, currency)}, "
        f"worth {money(parts[best], currency)} per prospect)"
    )
    if parts[worst] < -0.05 * sides.gain:
        words += (
            f", while {_name(worst)} takes {money(-parts[worst], currency)} of it back "
            f"({_change(worst, ours, theirs, currency)})"
        )
    core = _core_offer(comparison, sides)
    return f"{core}, and {words}." if core else f"{words[0].upper()}{words[1:]}."


def _core_offer(comparison: Comparison, sides: Sides) -> str | None:
    """How well either side sells its core offer; None where that is no difference."""
    sold = []
    for name in (sides.winner, sides.loser):
        metrics = comparison.metrics[name]
        reach, share = metrics.get("reach.core_offer"), metrics.get("conversion.core_offer")
        if reach is None or share is None or not math.isfinite(share.value):
            return None
        sold.append((percent(share.value), f"{1000 * reach.value * share.value:,.1f}"))
    (ours, our_buyers), (theirs, their_buyers) = sold
    if sold[0] == sold[1]:
        return None
    return (
        f"It sells the core offer to {ours} of those who are offered it instead of {theirs} "
        f"({our_buyers} buyers per 1,000 prospects instead of {their_buyers})"
    )


def _name(factor: str) -> str:
    return factor.replace("_", " ")


def _change(factor: str, ours: ValueFactors, theirs: ValueFactors, currency: str) -> str:
    """Put a factor on the winner's and on the loser's side into everyday units."""
    one, other = getattr(ours, factor), getattr(theirs, factor)
    if factor == "time":
        return f"{one:,.1f} days as a customer per prospect instead of {other:,.1f}"
    if factor == "frequency":
        return f"an order every {_days(one)} instead of every {_days(other)} days as a customer"
    per = "prospect" if factor == "cost" else "order"
    return f"{money(one, currency)} per {per} instead of {money(other, currency)}"


def _days(rate: float) -> str:
    return f"{1 / rate:,.0f}" if rate > 0 else "0"


def _round_up(people: float) -> str:
    """Two digits that matter are enough for advice."""
    step = 10 ** max(0, math.floor(math.log10(people)) - 1)
    return f"{math.ceil(people / step) * step:,}"
