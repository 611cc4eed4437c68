"""The core offer: what the business is there for."""

from __future__ import annotations

from cvosim.scenario.stages.offer import PricedOffer


class CoreOffer(PricedOffer):
    """The main product or service."""
