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


def _no_default(schema: dict[str, Any]) -> None:
    """Promise no default: it depends on the journey."""
    schema.pop("default", None)


class Offer(Model):
    """Something that a person accepts or declines.

    Accepted with probability ``expit(logit(conversion) + fit + propensity + effects +
    trust_weight * (trust - reference_trust) - price_sensitivity * ln(price / list_price))``.
    Where fit, propensity or effects differ between people, the share of all who accept is not
    ``conversion``: those who get this far are no average sample of the market (selection).
    """

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    conversion: Probability = Field(
        description="Probability that somebody of fit 0, propensity 0 and no effects accepts, at "
        "list price and reference trust, 0 to 1; without effects exactly the share who accept."
    )
    delay: Delay | None = Field(
        default=None, description="From reaching the offer to deciding on it; left out: at once."
    )
    unit_cost: Money = Field(default=0.0, description="Money that each acceptance costs.")
    trust: LogOdds = Field(
        default=0.0, description="Trust that accepting brings for later offers, in log-odds."
    )
    trust_weight: float = Field(
        default=1.0, ge=0, le=100, description="How much trust counts here; 0: not at all."
    )
    on_decline: Literal["return_path", "continue", "exit"] | None = Field(
        default=None,
        description="After a no: the return path, on to the next stage, or lost at once. Left "
        "out: the return path; a profit maximizer that no program serves goes on.",
    )
    by_awareness: AwarenessEffects = Field(
        default_factory=dict, description="Extra log-odds by rung of awareness."
    )
    reference_trust: LogOdds = Field(
        default=0.0,
        json_schema_extra=_no_default,
        description="Trust for which conversion is stated, in log-odds; left out: what all "
        "earlier steps of this journey bring, a lead magnet's times the share who consume it.",
    )


class PricedOffer(Offer):
    """An offer that is paid for with money, or with time."""

    price: Money = Field(
        default=0.0,
        json_schema_extra=_no_default,
        description="Money that the customer pays; needed unless commitment is time.",
    )
    commitment: Literal["money", "time"] = Field(
        default="money",
        description="What the customer gives: money, or time (a webinar, a demonstration).",
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
