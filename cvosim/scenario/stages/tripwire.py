"""The tripwire: a first small purchase that turns a prospect into a buyer."""

from __future__ import annotations

from cvosim.scenario.stages.offer import PricedOffer


class Tripwire(PricedOffer):
    """Sold for the trust that it brings rather than for its margin."""
