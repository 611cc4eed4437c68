"""Loyalty: tiers that customers reach and what they get for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cvosim.scenario.fields import Items, Model, Money, Name, Probability


class Tier(Model):
    """Reached once and for good, by the order that makes the measure large enough."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    from_: Money = Field(
        alias="from",
        description="Least measure: money spent so far, or number of orders; rising from tier to "
        "tier.",
    )
    drop_out: Annotated[float, Field(gt=0, le=1000)] = Field(
        default=1.0,
        description="Factor on drop-out and churn, above 0: below 1 customers stay longer. It "
        "multiplies a hazard, and the odds of a probability.",
    )
    reward_share: Probability = Field(
        default=0.0,
        description="Part of the revenue of every order made in this tier that is given back as "
        "a reward, 0 to 1.",
    )


class Loyalty(Model):
    """A scheme with tiers; everybody starts without one."""

    measure: Literal["spend", "orders"] = Field(
        description="What counts: money spent so far, or number of orders."
    )
    tiers: Items[Tier] = Field(
        min_length=1, max_length=50, description="The tiers, lowest first, 1 to 50."
    )
