"""The journey: the stages that a customer passes, and the ways back to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pydantic import Field, model_validator

from cvosim.scenario.fields import Items, Model
from cvosim.scenario.references import REQUIRED_STAGES, missing_references
from cvosim.scenario.stages.core_offer import CoreOffer
from cvosim.scenario.stages.lead_magnet import LeadMagnet
from cvosim.scenario.stages.profit_maximizers import (
    CrossSell,
    ProfitMaximizer,
    SlackAdjuster,
    Subscription,
    Upsell,
)
from cvosim.scenario.stages.repeat_purchases import RepeatPurchases
from cvosim.scenario.stages.return_path import ReturnPathProgram
from cvosim.scenario.stages.tripwire import Tripwire

AnyOffer: TypeAlias = (
    LeadMagnet | Tripwire | CoreOffer | Upsell | CrossSell | Subscription | SlackAdjuster
)


class Journey(Model):
    """The stages in their order; the first three are optional but there must be a stage."""

    lead_magnet: LeadMagnet | None = Field(
        default=None, description="A small useful thing in exchange for a contact."
    )
    tripwire: Tripwire | None = Field(
        default=None, description="A first small purchase that turns a prospect into a buyer."
    )
    core_offer: CoreOffer | None = Field(default=None, description="The main product or service.")
    profit_maximizers: Items[ProfitMaximizer] = Field(
        default=(), max_length=60, description="What else a customer may buy, in this order."
    )
    repeat_purchases: RepeatPurchases | None = Field(
        default=None, description="Orders that customers make on their own."
    )
    return_path: Items[ReturnPathProgram] = Field(
        default=(),
        max_length=255,
        description="Programs that bring back people who declined, tried in this order.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_references(cls, data: object) -> object:
        return with_references(data) if isinstance(data, Mapping) else data

    def stages(self) -> dict[str, AnyOffer]:
        """Return every offer by its stage key, in the order of the journey.

        Examples
        --------
        >>> from cvosim.scenario import load_scenario
        >>> list(load_scenario("cdnow").journey.stages())
        ['core_offer']
        """
        required = {key: getattr(self, key) for key in REQUIRED_STAGES}
        stages: dict[str, AnyOffer] = {key: o for key, o in required.items() if o is not None}
        return stages | {offer.name: offer for offer in self.profit_maximizers}


def with_references(journey: Mapping[str, object]) -> dict[str, object]:
    """Copy a raw journey so that no reference trust or list price is left out."""
    filled = dict(journey)
    for (key, *rest, field), value in missing_references(journey):
        if not rest:
            filled[str(key)] = {**_mapping(filled[str(key)]), str(field): value}
            continue
        items = filled[str(key)]
        assert isinstance(items, list | tuple)
        copies = list(items)
        copies[int(rest[0])] = {**_mapping(copies[int(rest[0])]), str(field): value}
        filled[str(key)] = copies
    return filled


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value
