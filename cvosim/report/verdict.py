"""The answer to "is it worth it?" in two sentences that a marketer can read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.metrics.carried import carried
from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.report.core_offer import Sides, core_offer
from cvosim.report.numbers import Z95, adding_up, money
from cvosim.report.rough import rough_words, too_few_words
from cvosim.report.worth import worth_of

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison
    from cvosim.metrics.carried import Carried

FACTORS = ("time", "frequency", "monetary_value", "cost")


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
        ``clv_per_prospect``: revenue less every cost, discounted to its arrival. Where either
        scenario has referral it is ``clv_with_referrals``: people whom it brings are included,
        as the first sentence then says. One sentence where too few buyers carry the money
        (`cvosim.metrics.carried.Carried`), one more where it is rough.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> print(verdict(compare([load_scenario(name) for name in names], customers=20_000)))
    Carpet cleaning earns USD ... more per prospect than ...
    """
    return "\n".join(_of_variant(comparison, variant) for variant in comparison.variants)


def _of_variant(comparison: Comparison, variant: str) -> str:
    value = worth_of(comparison, variant)
    if comparison.identical[variant] == 1.0:
        return (
            f"{variant} changes nothing: exactly the same happens to all "
            f"{comparison.customers:,} prospects as in {comparison.baseline}. "
            f"Both {_earn(value.baseline or 0.0, comparison.currency)} per prospect."
        )
    rests_on = _carried(comparison, variant)
    if rests_on is not None and rests_on.too_few:
        return too_few_words(rests_on, f"{variant} from {comparison.baseline}")
    sides = sides_of(comparison, variant)
    if sides is None:
        return (
            f"Too few prospects ({comparison.customers:,}) to tell {variant} from "
            f"{comparison.baseline}. Simulate more of them."
        )
    warning = "" if rests_on is None else rough_words(rests_on)
    if sides.low <= 0.0:
        text = _no_difference(comparison, sides, value.includes)
    else:
        gain, reason = _gain(comparison, sides, value.includes), _reason(comparison, variant, sides)
        text = f"{gain} {reason}"
    return f"{text} {warning}".strip()


def _carried(comparison: Comparison, variant: str) -> Carried | None:
    """What carries a difference: the money of the side that more buyers carry.

    Of ``carpet_cleaning`` with a tripwire at USD 49 instead of 29, worth USD 0.20 less, intervals
    of the difference lay above 0 in half of the samples of 200 prospects (8 buyers), and in one
    in five of 1,000 (42, who carry as much as 12): rare losses are what it takes to see it.
    """
    sides = [comparison.metrics.get(name) for name in (comparison.baseline, variant)]
    known = [one for side in sides if side is not None and (one := carried(side)) is not None]
    return max(known, key=lambda one: (not one.too_few, one.effective), default=None)


def _earn(value: float, currency: str) -> str:
    return f"lose {money(-value, currency)}" if value < 0 else f"earn {money(value, currency)}"


def both_lose(comparison: Comparison, sides: Sides) -> bool:
    """Tell whether the interval of what a prospect earns lies below 0 on either side."""
    found = []
    for name in (sides.winner, sides.loser):
        metrics = comparison.metrics.get(name)
        if metrics is None:
            return False
        whole = metrics.get(WITH_REFERRALS)
        one = metrics[VALUE] if whole is None or not math.isfinite(whole.value) else whole
        found.append(one.value + Z95 * one.standard_error < 0.0)
    return all(found)


def sides_of(comparison: Comparison, variant: str) -> Sides | None:
    """Turn a difference so that it is a gain; None where it is not known, or too few carry it."""
    rests_on = _carried(comparison, variant)
    if rests_on is not None and rests_on.too_few:
        return None
    value = worth_of(comparison, variant)
    known = [x for x in (value.difference, value.low, value.high) if x is not None]
    if len(known) < 3 or not all(map(math.isfinite, known)):
        return None
    gain, low, high = known
    if gain >= 0:
        return Sides(variant, comparison.baseline, gain, low, high, 1)
    return Sides(comparison.baseline, variant, -gain, -high, -low, -1)


def headline(comparison: Comparison) -> str:
    """Say the answer in one line, as the title of a picture.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> headline(compare([load_scenario(name) for name in names], customers=20_000))
    'Carpet cleaning earns USD ... more per prospect than Straight to the core offer'
    """
    if len(comparison.variants) > 1:
        return _headline_of_many(comparison)
    (variant,) = comparison.variants
    if comparison.identical[variant] == 1.0:
        return f"{variant} changes nothing"
    sides = sides_of(comparison, variant)
    if sides is None or sides.low <= 0.0:
        return f"No difference is visible between {comparison.baseline} and {variant}"
    gain = money(sides.gain, comparison.currency)
    if both_lose(comparison, sides):
        return f"{sides.winner} loses {gain} less per prospect than {sides.loser}"
    return f"{sides.winner} earns {gain} more per prospect than {sides.loser}"


def _headline_of_many(comparison: Comparison) -> str:
    """Name the best of the variants that visibly earn more; or else what holds for all."""
    found = [sides_of(comparison, variant) for variant in comparison.variants]
    sure = [sides for sides in found if sides is not None and sides.low > 0.0]
    better = [sides for sides in sure if sides.sign > 0]
    if better:
        best = max(better, key=lambda sides: sides.gain)
        gain = money(best.gain, comparison.currency)
        lose = both_lose(comparison, best)
        most, more = ("loses least", "less") if lose else ("earns most", "more")
        return (
            f"Of {len(found)} variants {best.winner} {most}: {gain} {more} per prospect than "
            f"{best.loser}"
        )
    if len(sure) == len(found):
        return f"{comparison.baseline} earns more per prospect than every variant"
    return f"No variant visibly earns more than {comparison.baseline}"


def _gain(comparison: Comparison, sides: Sides, includes: str) -> str:
    people, currency = comparison.customers, comparison.currency
    lose = both_lose(comparison, sides)
    verb, more = ("loses", "less") if lose else ("earns", "more")
    clause = ", and both lose money" if lose else ""
    return (
        f"{sides.winner} {verb} {money(sides.gain, currency)} {more} per prospect than "
        f"{sides.loser}{includes}{clause}: {money(people * sides.gain, currency)} over {people:,} "
        f"prospects (95 % interval {_from_to(comparison, sides)})."
    )


def _from_to(comparison: Comparison, sides: Sides) -> str:
    """Write the interval of the gain over all prospects, both ends with the same digits."""
    ends = [comparison.customers * end for end in (sides.low, sides.high)]
    low, high = (money(end, comparison.currency, like=max(map(abs, ends))) for end in ends)
    return f"from {low} to {high}"


def _no_difference(comparison: Comparison, sides: Sides, includes: str) -> str:
    """Say that nothing is seen, how much could still hide, and what it would take."""
    people = comparison.customers
    clause = f"{includes}," if includes else ""
    text = (
        f"No difference is visible between {sides.winner} and {sides.loser}: over {people:,} "
        f"prospects{clause} the first earns {_from_to(comparison, sides)} more (95 % interval)."
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
    """Why the winner wins: its core offer, the factor that carries most, the one against.

    Only factors whose own interval excludes 0 are named, and none where one is `DROWNED` times
    the gain.
    """
    split, currency = comparison.decomposition[variant], comparison.currency
    written = adding_up([*split.parts.values()], float(split.total))
    parts = {
        # as in the table; small amounts have more digits here than there, beside the gain
        name: sides.sign * (value if abs(value) >= 0.1 else split.parts[name])
        for name, value in zip(split.parts, written, strict=False)
        if abs(split.parts[name]) > Z95 * split.standard_errors[name]  # chance is no reason
    }
    best, worst = (pick(parts, key=parts.__getitem__, default=None) for pick in (max, min))
    if best is None or worst is None or parts[best] <= 0:
        core = core_offer(comparison, variant, sides, more_follows=False)
        return core or "What carries the difference takes more prospects to tell."
    if max(parts[best], -parts[worst]) > DROWNED * sides.gain:
        core = core_offer(comparison, variant, sides, more_follows=False)
        return core or "Gains and losses that are many times as large nearly cancel out."
    gained, _ = WORDS[best]
    verb = "is" if best in SINGULAR else "are"
    words = f"{gained} {verb} worth {money(parts[best], currency)} per prospect"
    if parts[worst] < -0.05 * sides.gain:
        _, lost = WORDS[worst]
        verb = "takes" if worst in SINGULAR else "take"
        words += f", and {lost} {verb} {money(-parts[worst], currency)} of it back"
    core = core_offer(comparison, variant, sides)
    return f"{core}{words}." if core else f"{words[0].upper()}{words[1:]}."


WORDS = {
    "time": ("more customer time", "less customer time"),
    "frequency": ("more frequent orders", "less frequent orders"),
    "monetary_value": ("more valuable orders", "less valuable orders"),
    "cost": ("lower costs", "higher costs"),
    "word_of_mouth": ("more word of mouth", "less word of mouth"),
}
"""What it means that a factor adds to the value, or takes from it."""
SINGULAR = ("time", "word_of_mouth")
DROWNED = 5.0
"""So many times as large as the gain, a factor is no reason for it.

Two factors that large nearly cancel, and what they are is a matter of how orders spread over the
days rather than of money: "142.71 are gained and 125.73 lost" explains no gain of 0.96. The
table shows them all the same.
"""


def _round_up(people: float) -> str:
    """Two digits that matter are enough for advice."""
    step = 10 ** max(0, math.floor(math.log10(people)) - 1)
    return f"{math.ceil(people / step) * step:,}"
