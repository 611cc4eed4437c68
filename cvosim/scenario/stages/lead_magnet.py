"""The lead magnet: a small useful thing in exchange for a contact."""

from __future__ import annotations

from pydantic import Field

from cvosim.scenario.delays import Delay
from cvosim.scenario.fields import Probability
from cvosim.scenario.stages.offer import Offer


class LeadMagnet(Offer):
    """Costs the prospect a contact address; its trust comes only when it is consumed."""

    consumed: Probability = Field(
        default=1.0, description="Share of those who took it who also read or use it, 0 to 1."
    )
    time_to_value: Delay | None = Field(
        default=None, description="From taking it to having read or used it; left out: at once."
    )
