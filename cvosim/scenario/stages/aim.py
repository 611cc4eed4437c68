"""Aim: for whom an offer or a program is meant."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cvosim.scenario.fields import WHOLE, Days, Items, Model, Money


class Aim(Model):
    """Conditions that a customer must meet, all of them, at the moment that counts.

    To anybody else it is as if the offer or program were not there.
    """

    segments: Items[str] = Field(
        default=(), description="Names of the segments that it is meant for; left out: all."
    )
    tiers: Items[str] = Field(
        default=(),
        description="Names of the loyalty tiers that it is meant for; left out: all, people "
        "without a tier among them.",
    )
    channels: Items[str] = Field(
        default=(),
        description="Names of the channels whose people it is meant for, `referral` for people "
        "who were invited; left out: all.",
    )
    min_orders: Annotated[int, Field(ge=0, le=1_000_000), WHOLE] = Field(
        default=0, description="Orders that the customer must have made, at least."
    )
    min_spend: Money = Field(
        default=0.0, description="Money that the customer must have spent, at least."
    )
    max_days_since_order: Days | None = Field(
        default=None,
        description="Days that may have passed since the last order, at most; whoever has never "
        "ordered is left out then. Left out: it does not matter.",
    )
