"""The return path: bringing back people who declined."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cvosim.scenario.fields import WHOLE, Days, Items, Model, Money, Name, PositiveDays, Probability


class Program(Model):
    """Something that is tried on people who declined a stage."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    at: Items[str] = Field(
        min_length=1,
        max_length=63,
        description="Keys of the stages that it serves: lead_magnet, tripwire, core_offer, or a "
        "profit maximizer's own name.",
    )
    conversion: Probability = Field(
        description="Probability that somebody of fit 0, propensity 0 and no effects accepts when "
        "deciding again, at the stage's list price and reference trust, 0 to 1; without effects "
        "exactly the share who accept."
    )


class ExitOffer(Program):
    """A last word at the moment of declining, mostly a discount; listed before slower programs."""

    kind: Literal["exit_offer"] = Field(description="A last word at the moment of declining.")
    discount: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="Part of the price that is taken off, 0 to below 1: 0.1 is 10 % off."
    )
    cost: Money = Field(default=0.0, description="Money that showing it once costs.")


class FollowUp(Program):
    """Messages to known contacts on a schedule."""

    kind: Literal["follow_up"] = Field(description="Messages to known contacts on a schedule.")
    days: Items[Days] = Field(
        min_length=1,
        max_length=1000,
        description="When messages go out, rising: days after the decline; after another program "
        "that took time, days after that program ended.",
    )
    open: Probability = Field(description="Share of first messages that are opened, 0 to 1.")
    click: Probability = Field(description="Share of opened messages that are clicked, 0 to 1.")
    unsubscribe: Probability = Field(
        default=0.0, description="Share who unsubscribe after a message without success, 0 to 1."
    )
    fatigue: Probability = Field(
        default=1.0, description="Factor on the open rate with every further message, 0 to 1."
    )
    cost: Money = Field(default=0.0, description="Money that each message costs.")


class Remarketing(Program):
    """Advertisements shown again, also to people whose contact is unknown."""

    kind: Literal["remarketing"] = Field(description="Advertisements shown again for some days.")
    window_days: PositiveDays = Field(
        description="Days for which it is shown, from the decline on; after another program that "
        "took time, from that program's end on."
    )
    impressions_per_day: Annotated[float, Field(ge=0, le=10_000)] = Field(
        description="Times a day that a person sees it."
    )
    click: Probability = Field(description="Share of impressions that are clicked, 0 to 1.")
    cpm: Money = Field(default=0.0, description="Money for a thousand impressions.")
    frequency_cap: Annotated[int, Field(ge=1, le=1_000_000_000), WHOLE] | None = Field(
        default=None, description="Most impressions for one person; left out: no limit."
    )


ReturnPathProgram = Annotated[ExitOffer | FollowUp | Remarketing, Field(discriminator="kind")]
