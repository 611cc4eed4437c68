"""What every offer has, whatever its place in the journey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from cvosim.scenario.delays import Delay
from cvosim.scenario.fields import (
    AwarenessEffects,
    LogOdds,
    Model,
    Money,
    Name,
    Probability,
)
from cvosim.scenario.references import list_price_of
from cvosim.scenario.stages.aim import Aim


def _no_default(schema: dict[str, Any]) -> None:
    """Promise no default: it depends on the journey."""
    schema.pop("default", None)


class Answer(Model):
    """What a person says yes or no to."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    conversion: Probability = Field(
        description="Probability that somebody of fit 0, propensity 0 and no effects accepts, at "
        "list price and reference trust, 0 to 1; without effects exactly the share who accept."
    )
    delay: Delay | None = Field(
        default=None, description="From reaching the offer to deciding on it; left out: at once."
    )
    trust: LogOdds = Field(
        default=0.0, description="Trust that accepting brings for later offers, in log-odds."
    )
    by_awareness: AwarenessEffects = Field(
        default_factory=dict, description="Extra log-odds by rung of awareness."
    )


class Step(Model):
    """What decides whether somebody who comes to a stage is put it, and goes on."""

    trust_weight: float = Field(
        default=1.0, ge=0, le=100, description="How much trust counts here; 0: not at all."
    )
    on_decline: Literal["return_path", "continue", "exit"] | None = Field(
        default=None,
        description="After a no: the return path, on to the next stage, or lost at once. Left "
        "out: the return path, and whoever it does not win is lost; at engage, excite and profit "
        "maximizers they go on.",
    )
    reference_trust: LogOdds = Field(
        default=0.0,
        json_schema_extra=_no_default,
        description="Trust for which conversion is stated, in log-odds; left out: what all "
        "earlier steps of this journey bring, a lead magnet's times the share who consume it, "
        "a time commitment's times its attendance.",
    )
    aim: Aim | None = Field(
        default=None,
        description="For whom it is meant; others go past it to the next stage. Left out: all.",
    )


class Choice(Step, Answer):
    """Something that a person accepts or declines.

    Accepted with probability ``expit(logit(conversion) + fit + propensity + effects +
    trust_weight * (trust - reference_trust) - price_sensitivity * ln(price / list_price))``.
    Where fit, propensity or effects differ between people, the share of all who accept is not
    ``conversion``: those who get this far are no average sample of the market (selection).
    """


class Offer(Choice):
    """A choice that costs the business something each time."""

    unit_cost: Money = Field(default=0.0, description="Money that each acceptance costs.")


class Priced(Model):
    """What has a price, and the price at which its conversion was observed."""

    price: Money = Field(
        default=0.0,
        json_schema_extra=_no_default,
        description="Money that the customer pays; needed unless commitment is time.",
    )
    list_price: Money = Field(
        default=0.0,
        json_schema_extra=_no_default,
        description="Price for which conversion is stated; left out: the price written here.",
    )

    @model_validator(mode="before")
    @classmethod
    def _list_price_is_the_price(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        price = list_price_of(data)
        return data if price is None else {**data, "list_price": price}


class PricedOffer(Priced, Offer):
    """An offer that is paid for with money, or with time."""

    commitment: Literal["money", "time"] = Field(
        default="money",
        description="What the customer gives: money, or time (a webinar, a demonstration).",
    )
    attendance: Probability | None = Field(
        default=None,
        description="Of a commitment of time: share of those who said yes who turn up, 0 to 1; "
        "only they gain its trust. Left out: everybody does.",
    )
    starts_after: Delay | None = Field(
        default=None,
        description="Of a commitment of time: from saying yes to the appointment; until then the "
        "customer waits. Left out: at once.",
    )
