"""The journey: the stages that a customer passes, and the ways back to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from cvosim.scenario.fields import Items, Model
from cvosim.scenario.references import SINGLE_STAGES, missing_references
from cvosim.scenario.stages.core_offer import CoreOffer
from cvosim.scenario.stages.engage import Engage
from cvosim.scenario.stages.excite import Excite
from cvosim.scenario.stages.experience import Experience
from cvosim.scenario.stages.lead_magnet import LeadMagnet
from cvosim.scenario.stages.loyalty import Loyalty
from cvosim.scenario.stages.profit_maximizers import (
    Affiliate,
    CrossSell,
    JointVenture,
    ProfitMaximizer,
    SlackAdjuster,
    Subscription,
    Upsell,
)
from cvosim.scenario.stages.referral import Referral
from cvosim.scenario.stages.repeat_purchases import RepeatPurchases
from cvosim.scenario.stages.return_path import ReturnPathProgram
from cvosim.scenario.stages.tripwire import Tripwire

AnyOffer: TypeAlias = (
    Engage
    | LeadMagnet
    | Tripwire
    | Excite
    | CoreOffer
    | Upsell
    | CrossSell
    | Affiliate
    | JointVenture
    | Subscription
    | SlackAdjuster
)
Slot: TypeAlias = Literal[
    "engage", "lead_magnet", "tripwire", "excite", "core_offer", "profit_maximizers"
]
_DEFAULT_ORDER: tuple[Slot, ...] = (
    "engage",
    "lead_magnet",
    "tripwire",
    "excite",
    "core_offer",
    "profit_maximizers",
)


class Journey(Model):
    """The stages in their order; each is optional but there must be one."""

    order: Items[Slot] = Field(
        default=_DEFAULT_ORDER,
        min_length=1,
        description="The steps in the order in which they are walked; one that is left out here "
        "is skipped, even if it is stated. Left out: engage, lead_magnet, tripwire, excite, "
        "core_offer, profit_maximizers.",
    )
    engage: Engage | None = Field(
        default=None, description="Content that people meet before they are asked for anything."
    )
    lead_magnet: LeadMagnet | None = Field(
        default=None, description="A small useful thing in exchange for a contact."
    )
    tripwire: Tripwire | None = Field(
        default=None, description="A first small purchase that turns a prospect into a buyer."
    )
    excite: Excite | None = Field(
        default=None, description="A little victory that brings trust for what is offered next."
    )
    core_offer: CoreOffer | None = Field(default=None, description="The main product or service.")
    profit_maximizers: Items[ProfitMaximizer] = Field(
        default=(), max_length=60, description="What else a customer may buy, in this order."
    )
    repeat_purchases: RepeatPurchases | None = Field(
        default=None, description="Orders that customers make on their own."
    )
    experience: Experience | None = Field(
        default=None, description="Delivery, satisfaction, tickets and returns of every paid order."
    )
    loyalty: Loyalty | None = Field(
        default=None, description="Tiers that customers reach by spend or orders."
    )
    referral: Referral | None = Field(
        default=None, description="Customers who speak well of the business and bring others."
    )
    return_path: Items[ReturnPathProgram] = Field(
        default=(),
        max_length=255,
        description="Programs that bring back people who declined, tried in this order, and "
        "customers who stay away.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_references(cls, data: object) -> object:
        return with_references(data) if isinstance(data, Mapping) else data

    def stages(self) -> dict[str, AnyOffer]:
        """Return every offer that is walked by its stage key, in the order of the journey.

        Examples
        --------
        >>> from cvosim.scenario import load_scenario
        >>> list(load_scenario("cdnow").journey.stages())
        ['core_offer']
        """
        stages: dict[str, AnyOffer] = {}
        for slot in self.order:
            if slot not in SINGLE_STAGES:
                stages |= {offer.name: offer for offer in self.profit_maximizers}
            elif (offer := getattr(self, slot)) is not None:
                stages[slot] = offer
        return stages


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
