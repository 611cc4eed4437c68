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

    reach: float
    """Share of all prospects to whom it is offered."""

    conversion: float
    """Share of those prospects who buy it."""

    @property
    def buyers(self) -> str:
        """How many of 1,000 prospects buy it."""
        return _of_thousand(self.reach * self.conversion)


def core_offer(
    comparison: Comparison, variant: str, sides: Sides, *, more_follows: bool = True
) -> str | None:
    """Open the reason with how the winner sells its core offer.

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
        A main clause and what links it to the next, or its full stop; None where a side lacks
        the offer or where chance explains what is seen.
    """
    ours, theirs = (_offer(comparison, name) for name in (sides.winner, sides.loser))
    if ours is None or theirs is None or ours.buyers == theirs.buyers:
        return None
    more = ours.reach * ours.conversion > theirs.reach * theirs.conversion
    cause = _cause(ours, theirs, more=more)
    difference = comparison.differences[variant].get(cause)
    if difference is None or not difference.significant:
        return None
    link = "." if not more_follows else ": " if more else ", but "
    only = "" if more else "only "
    return (
        f"It sells the core offer to {only}{ours.buyers} of 1,000 prospects instead of "
        f"{theirs.buyers}, because {_because(cause, ours, theirs)}{link}"
    )


def _offer(comparison: Comparison, name: str) -> Offer | None:
    metrics = comparison.metrics[name]
    reach, share = metrics.get(REACH), metrics.get(CONVERSION)
    if reach is None or share is None or not math.isfinite(share.value):
        return None
    return Offer(reach.value, share.value)


def _cause(ours: Offer, theirs: Offer, *, more: bool) -> str:
    """Say which of the two moved the number of buyers the way it went, and moved it further."""
    ratios = {
        REACH: _ratio(ours.reach, theirs.reach),
        CONVERSION: _ratio(ours.conversion, theirs.conversion),
    }
    return (max if more else min)(ratios, key=ratios.__getitem__)


def _ratio(one: float, other: float) -> float:
    return one / other if other else math.inf if one else 1.0


def _because(cause: str, ours: Offer, theirs: Offer) -> str:
    if cause == REACH:
        reached = ["all" if x == 1.0 else _of_thousand(x) for x in (ours.reach, theirs.reach)]
        return f"it is offered to {reached[0]} of them instead of {reached[1]}"
    shares = (percent(ours.conversion), percent(theirs.conversion))
    return f"{shares[0]} of those who are offered it buy instead of {shares[1]}"


def _of_thousand(share: float) -> str:
    return f"{1000 * share:,.1f}"
