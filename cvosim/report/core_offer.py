"""The cause that a marketer can see: how many buy the core offer, and why more or fewer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.numbers import percent

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison

REACH, CONVERSION = "reach.core_offer", "conversion.core_offer"


class Sides(NamedTuple):
    """Who earns more, and by how much per prospect: ``gain`` is positive."""

    winner: str
    loser: str
    gain: float
    low: float
    high: float
    sign: int
    """1 where the variant wins, -1 where the baseline does."""


class Offer(NamedTuple):
    """How one side sells its core offer to prospects; people brought by referral come on top."""

    arrived: float
    """Share of all prospects whom the budgets of the channels reach."""

    reach: float
    """Share of all prospects to whom it is offered."""

    conversion: float
    """Share of those prospects who accept it."""

    @property
    def buyers(self) -> str:
        """How many of 1,000 prospects accept it."""
        return _of_thousand(self.reach * self.conversion)


class Seen(NamedTuple):
    """What can be seen of the winner: a clause, and whether it has more than the loser."""

    clause: str
    more: bool


def core_offer(
    comparison: Comparison, variant: str, sides: Sides, *, more_follows: bool = True
) -> str | None:
    """Open the reason with how the winner sells its core offer, and how many buy at all.

    The number of buyers is named where it moves the other way than the sales of the core offer,
    or where chance may explain what those do.

    Parameters
    ----------
    comparison : Comparison
        As `cvosim.compare` returns it.
    variant : str
        Which of its variants.
    sides : Sides
        Who wins.
    more_follows : bool
        Whether another clause comes after this one.

    Returns
    -------
    str or None
        A main clause and what links it to the next, or its full stop; None where chance may
        explain what both do, or where neither is known.
    """
    core, buyers = _sales(comparison, variant, sides), _buyers(comparison, variant, sides)
    seen = core or buyers
    if seen is None:
        return None
    clause, link = seen.clause, ": " if seen.more else ", but "
    if core and buyers and core.more != buyers.more:
        clause, link = f"{clause}, but {buyers.clause}", ": " if buyers.more else "; "
    return f"{clause[0].upper()}{clause[1:]}{link if more_follows else '.'}"


def _sales(comparison: Comparison, variant: str, sides: Sides) -> Seen | None:
    ours, theirs = (_offer(comparison, name) for name in (sides.winner, sides.loser))
    if ours is None or theirs is None or ours.buyers == theirs.buyers:
        return None
    more = ours.reach * ours.conversion > theirs.reach * theirs.conversion
    cause = _cause(ours, theirs, more=more)
    difference = comparison.differences[variant].get(cause)
    if difference is None or not difference.significant:
        return None
    only = "" if more else "only "
    asks_time = not comparison.asking_time.isdisjoint((sides.winner, sides.loser))
    if asks_time:
        sales = f"{only}{ours.buyers} of 1,000 prospects accept its core offer"
    else:
        sales = f"it sells the core offer to {only}{ours.buyers} of 1,000 prospects"
    because = _because(cause, ours, theirs, verb="accept" if asks_time else "buy")
    return Seen(f"{sales} instead of {theirs.buyers}, because {because}", more)


def _buyers(comparison: Comparison, variant: str, sides: Sides) -> Seen | None:
    """How many buy anything at all; people brought by referral are among them."""
    found = comparison.differences[variant].get("buyers")
    if found is None or found.baseline is None or found.variant is None or not found.significant:
        return None
    theirs, ours = (found.baseline, found.variant)[:: sides.sign]
    only = "" if ours > theirs else "only "
    if comparison.decomposition[variant].word_of_mouth is None:
        people = f"{ours:,.0f} of {comparison.customers:,} prospects"
    else:
        people = f"{ours:,.0f} people, those brought by referral included,"
    return Seen(f"{only}{people} buy anything instead of {theirs:,.0f}", ours > theirs)


def _offer(comparison: Comparison, name: str) -> Offer | None:
    metrics = comparison.metrics[name]
    reach, share = metrics.get(REACH), metrics.get(CONVERSION)
    if reach is None or share is None or not math.isfinite(share.value):
        return None
    # the first stage is put to all who arrive
    first = next(one for metric, one in metrics.items() if metric.startswith("reach."))
    return Offer(first.value, reach.value, share.value)


def _cause(ours: Offer, theirs: Offer, *, more: bool) -> str:
    """Say which of the two moved the number of buyers the way it went, and moved it further."""
    ratios = {
        REACH: _ratio(ours.reach, theirs.reach),
        CONVERSION: _ratio(ours.conversion, theirs.conversion),
    }
    return (max if more else min)(ratios, key=ratios.__getitem__)


def _ratio(one: float, other: float) -> float:
    return one / other if other else math.inf if one else 1.0


def _because(cause: str, ours: Offer, theirs: Offer, *, verb: str) -> str:
    if cause == CONVERSION:
        shares = (percent(ours.conversion), percent(theirs.conversion))
        return f"{shares[0]} of those who are offered it {verb} instead of {shares[1]}"
    arrived = _ratio(ours.arrived, theirs.arrived)
    later = _ratio(_ratio(ours.reach, ours.arrived), _ratio(theirs.reach, theirs.arrived))
    more = ours.reach > theirs.reach
    if (arrived > max(1.0, later)) if more else (arrived < min(1.0, later)):
        return f"it reaches {_instead(ours.arrived, theirs.arrived)}"
    return f"it is offered to {_instead(ours.reach, theirs.reach)}"


def _instead(one: float, other: float) -> str:
    words = ["all" if share == 1.0 else _of_thousand(share) for share in (one, other)]
    return f"{words[0]} of them instead of {words[1]}"


def _of_thousand(share: float) -> str:
    return f"{1000 * share:,.1f}"
