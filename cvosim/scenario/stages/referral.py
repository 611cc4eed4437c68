"""Referral: customers who speak well of the business, and whom they bring."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cvosim.scenario.delays import Delay
from cvosim.scenario.fields import Model, Money, Probability, StageEffects

_MeanNumber = Annotated[float, Field(ge=0, le=50)]


class Advocates(Model):
    """Who becomes an advocate, decided by the first satisfaction score of each customer."""

    promoter: Probability = Field(
        default=0.0, description="Share of promoters (score of 9 or more), 0 to 1."
    )
    passive: Probability = Field(
        default=0.0, description="Share of those between (score above 6, below 9), 0 to 1."
    )
    detractor: Probability = Field(
        default=0.0, description="Share of detractors (score of 6 or less), 0 to 1."
    )


class Invitations(Model):
    """Whom an advocate invites."""

    mean: _MeanNumber = Field(
        description="Mean number of people who come because of one advocate, 0 to 50; the number "
        "has a Poisson distribution."
    )
    delay: Delay | None = Field(
        default=None,
        description="From becoming an advocate to the arrival of each of them; left out: at once.",
    )


class Partner(Model):
    """Advocates who are certified as partners and invite more."""

    probability: Probability = Field(
        description="Share of advocates who become certified partners, 0 to 1."
    )
    invitations: _MeanNumber = Field(
        description="Mean number of people who come because of one partner, 0 to 50."
    )


class Reward(Model):
    """What the business gives when an invited person accepts a stage."""

    advocate: Money = Field(default=0.0, description="Money for the one who invited.")
    friend: Money = Field(default=0.0, description="Money for the one who was invited.")
    at: str = Field(description="Key of the stage whose acceptance is rewarded.")


class Referral(Model):
    """Invited people arrive through the channel `referral` and may invite in turn."""

    advocates: Advocates = Field(
        default=Advocates(), description="Shares of customers who become advocates."
    )
    invitations: Invitations = Field(description="Whom advocates invite.")
    testimonials: Probability = Field(
        default=0.0, description="Share of advocates who give a testimonial, 0 to 1."
    )
    partner: Partner | None = Field(
        default=None, description="Advocates who become certified partners; left out: none."
    )
    effects: StageEffects = Field(
        default_factory=dict,
        description="Extra log-odds of invited people at single stages, by stage key.",
    )
    reward: Reward | None = Field(
        default=None, description="What a success is rewarded with; left out: nothing."
    )
    cap: Annotated[float, Field(gt=0, le=1000)] = Field(
        default=10.0,
        description="Most invited people for each prospect of the market; a run that would have "
        "more stops with an error, since where customers bring more than one customer each the "
        "population would never cease to grow.",
    )
