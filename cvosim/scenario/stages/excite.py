"""Excite: a little victory that makes a customer glad to have said yes."""

from __future__ import annotations

from cvosim.scenario.stages.offer import Offer


class Excite(Offer):
    """Costs the customer some attention and no money; an optional step that brings trust."""
