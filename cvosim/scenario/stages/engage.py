"""Engage: content that people meet before they are asked for anything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from cvosim.scenario.delays import Delay
from cvosim.scenario.fields import (
    WHOLE,
    AwarenessConversions,
    AwarenessRung,
    Items,
    LogOdds,
    Model,
    Money,
    Name,
    Probability,
)
from cvosim.scenario.stages.offer import Step

Style: TypeAlias = Literal["entertain", "educate", "contrast", "prove"]

STYLE_SUITS: Mapping[Style, AwarenessRung] = MappingProxyType(
    {"entertain": "unaware", "educate": "problem", "contrast": "solution", "prove": "product"}
)
"""The rung of awareness that each style suits."""


class Content(Model):
    """A piece of content: an article, a film, an advertisement."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    style: Style = Field(
        description="What it does, and whom it suits: entertain the unaware, educate those aware "
        "of the problem, contrast with the usual solution for those aware of solutions, prove "
        "the claim to those aware of the product."
    )
    reach: Probability = Field(
        default=1.0, description="Probability that showing it reaches the person, 0 to 1."
    )
    unit_cost: Money = Field(
        default=0.0, description="Money that each exposure costs which reaches somebody."
    )
    trust: LogOdds = Field(
        default=0.0, description="Trust that it brings each time it engages, in log-odds."
    )
    conversion: AwarenessConversions = Field(
        default_factory=dict,
        description="Probability that an exposure engages, by rung of awareness, 0 to 1; rungs "
        "left out: the table of journey.engage.conversion.",
    )


class EngageConversion(Model):
    """How likely an exposure engages, by how well the style of the piece suits the rung."""

    matched: Probability = Field(
        default=0.30, description="Probability where the style suits the rung, 0 to 1."
    )
    adjacent: Probability = Field(
        default=0.12, description="Probability where it suits the rung above or below, 0 to 1."
    )
    mismatched: Probability = Field(
        default=0.04, description="Probability where it suits a rung further away, 0 to 1."
    )


class Showing(Model):
    """What is shown, how often, and what it does."""

    content: Items[Content] = Field(
        min_length=1, max_length=60, description="The pieces that may be shown, 1 to 60."
    )
    targeting: Probability = Field(
        default=1.0,
        description="Probability that the piece shown is one that suits the person's rung of "
        "awareness, if there is one; else any piece is, all alike. 0 to 1.",
    )
    conversion: EngageConversion = Field(
        default=EngageConversion(),
        description="Probability that an exposure engages, by how well the style suits the rung.",
    )
    lift: Probability = Field(
        default=0.0,
        description="Probability that an engaged exposure lifts awareness one rung, 0 to 1.",
    )
    exposures: Annotated[int, Field(ge=1, le=1000), WHOLE] = Field(
        default=1, description="Times that content is shown to a person, 1 to 1000."
    )
    every: Delay | None = Field(
        default=None, description="From one exposure to the next; left out: all at once."
    )


class Engage(Step, Showing):
    """Shown a number of times, a piece of content each time; an optional step.

    One engaged exposure is enough to have accepted the stage. Which piece is shown, whether
    it reaches and whether it engages is chance; the last is a decision like that on an offer.
    """

    name: ClassVar[str] = "engage"
    delay: ClassVar[None] = None
    unit_cost: ClassVar[float] = 0.0
    trust: ClassVar[float] = 0.0
    by_awareness: ClassVar[Mapping[AwarenessRung, float]] = MappingProxyType({})
