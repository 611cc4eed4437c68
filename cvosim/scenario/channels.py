"""Where prospects come from, when, and what they cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cvosim.scenario.fields import Model, Money, Name, PositiveDays, Share, StageEffects


class UniformArrivals(Model):
    """Prospects arrive evenly over the first days."""

    kind: Literal["uniform"] = Field(description="Evenly over the first days.")
    over_days: PositiveDays = Field(
        description="Days over which prospects arrive, from day 0; at most horizon_days."
    )


class Channel(Model):
    """A way in which prospects hear of the business."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    kind: Literal["paid", "earned", "owned"] = Field(
        description="paid: bought advertising; earned: talk and search; owned: own lists and shops."
    )
    share: Share = Field(description="Share of all prospects, 0 to 1; all shares add to 1.")
    cost_per_prospect: Money = Field(
        default=0.0, description="Money paid for each prospect who arrives."
    )
    arrivals: UniformArrivals | None = Field(
        default=None, description="When prospects arrive; left out: all on day 0."
    )
    effects: StageEffects = Field(
        default_factory=dict, description="Extra log-odds at single stages, by stage key."
    )
