"""Who is out there: the market, its segments, and how much they know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cvosim.scenario.fields import (
    Items,
    LogOdds,
    Model,
    Name,
    Probability,
    Share,
    StageEffects,
    Text,
)


class Awareness(Model):
    """Shares of people on each rung of the awareness ladder; they add to 1."""

    unaware: Probability = Field(default=0.0, description="Share that feels no need yet, 0 to 1.")
    problem: Probability = Field(
        default=0.0, description="Share that knows the problem but no solution, 0 to 1."
    )
    solution: Probability = Field(
        default=0.0, description="Share that knows solutions but not this product, 0 to 1."
    )
    product: Probability = Field(
        default=0.0, description="Share that knows the product but has not bought, 0 to 1."
    )


class Segment(Model):
    """A part of the market that behaves alike."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    share: Share = Field(description="Share of the market, 0 to 1; all shares add to 1.")
    fit: LogOdds = Field(
        default=0.0,
        description="How much better the offers suit this segment than the average, in log-odds.",
    )
    trust: LogOdds = Field(
        default=0.0, description="Trust at the start, above or below the average, in log-odds."
    )
    price_sensitivity: Annotated[float, Field(ge=0, le=100)] = Field(
        default=0.0,
        description="Log-odds lost when the price is e = 2.718 times the list price, 0 or more.",
    )
    awareness: Awareness = Field(
        default=Awareness(unaware=1.0),
        description="Shares of the segment on each rung of awareness; left out: all unaware.",
    )
    effects: StageEffects = Field(
        default_factory=dict, description="Extra log-odds at single stages, by stage key."
    )


class Market(Model):
    """The people whom the business wants, and what it does for them."""

    before: Text = Field(default="", description="How customers live before; words for people.")
    after: Text = Field(default="", description="How customers live after; words for people.")
    segments: Items[Segment] = Field(
        default=(Segment(name="everyone", share=1.0),),
        min_length=1,
        max_length=255,
        description="The parts of the market, 1 to 255; left out: one segment called everyone.",
    )
    propensity_sd: Annotated[float, Field(ge=0, le=100)] = Field(
        default=0.0,
        description="Standard deviation of people's own inclination to say yes, in log-odds.",
    )
