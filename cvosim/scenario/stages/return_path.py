"""The return path: bringing back people who declined, and customers who stay away."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cvosim.scenario.fields import (
    MAX_DAYS,
    WHOLE,
    Days,
    Items,
    Model,
    Money,
    Name,
    PositiveDays,
    Probability,
)
from cvosim.scenario.stages.aim import Aim

_FromADay = Annotated[float, Field(ge=1, le=MAX_DAYS)]


class AnyProgram(Model):
    """What all programs have."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    aim: Aim | None = Field(
        default=None,
        description="For whom it is meant; others are passed over. Left out: all.",
    )


class Program(AnyProgram):
    """Something that is tried on people who declined a stage."""

    at: Items[str] = Field(
        min_length=1,
        max_length=63,
        description="Keys of the stages that it serves: engage, lead_magnet, tripwire, excite, "
        "core_offer, or a profit maximizer's own name.",
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


class Retention(AnyProgram):
    """Messages to customers, from the start of repeat purchases on.

    One that is accepted brings an order of the kind that `repeat_purchases` describes.
    """

    at: ClassVar[tuple[str, ...]] = ()

    conversion: Probability = Field(
        description="Probability that a customer of fit 0, propensity 0 and no effects who "
        "clicked makes an order, at the trust that the journey up to the start of repeat "
        "purchases brings, 0 to 1."
    )
    open: Probability = Field(description="Share of first messages that are opened, 0 to 1.")
    unsubscribe: Probability = Field(
        default=0.0, description="Share who unsubscribe after a message without success, 0 to 1."
    )
    cost: Money = Field(default=0.0, description="Money that each message costs.")


class WinBack(Retention):
    """Messages to customers who have not ordered for some time; every order sets it back."""

    kind: Literal["win_back"] = Field(description="Messages to customers who stay away.")
    after_days: _FromADay = Field(
        description="Days without an order after which it begins, 1 or more."
    )
    days: Items[Days] = Field(
        min_length=1,
        max_length=1000,
        description="When messages go out, rising: days after it has begun.",
    )
    click: Probability = Field(description="Share of opened messages that are clicked, 0 to 1.")
    fatigue: Probability = Field(
        default=1.0, description="Factor on the open rate with every further message, 0 to 1."
    )


class Occasion(Retention):
    """A message that returns with the calendar."""

    every_days: _FromADay = Field(
        default=365.0, description="Days from one message to the next, 1 or more."
    )
    click: Probability = Field(
        default=1.0, description="Share of opened messages that are clicked, 0 to 1."
    )


class Anniversary(Occasion):
    """A message some time after a customer's repeat purchases began, and again ever after."""

    kind: Literal["anniversary"] = Field(
        description="A message each time so many days have passed since repeat purchases began."
    )


class Birthday(Occasion):
    """A message on a day of the customer's own, and again ever after."""

    kind: Literal["birthday"] = Field(
        description="A message on a day of the customer's own, any day being as likely."
    )


ReturnPathProgram = Annotated[
    ExitOffer | FollowUp | Remarketing | WinBack | Anniversary | Birthday,
    Field(discriminator="kind"),
]
