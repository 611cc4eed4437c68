"""Where prospects come from, when, and what they cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cvosim.scenario.arrivals import Arrivals
from cvosim.scenario.fields import Model, Money, Name, Share, StageEffects
from cvosim.scenario.market import Awareness
from cvosim.scenario.references import MOST_MONEY


class HillReach(Model):
    """How many people a budget reaches: ever fewer more for each further dollar.

    A budget ``b`` reaches ``saturation * b**shape / (half_spend**shape + b**shape)`` people, the
    saturation curve of Hill (1910) that models of media spending use for diminishing returns
    (Jin, Wang, Sun, Chan & Koehler 2017, "Bayesian methods for media mix modeling with carryover
    and shape effects", section 2.2).
    """

    kind: Literal["hill"] = Field(description="The Hill curve of diminishing returns.")
    saturation: Annotated[float, Field(ge=1, le=1e11)] = Field(
        description="People whom no budget could exceed: the channel's whole audience."
    )
    half_spend: Annotated[float, Field(ge=0.01, le=MOST_MONEY)] = Field(
        description="Money that reaches half of them."
    )
    shape: Annotated[float, Field(ge=0.1, le=10)] = Field(
        default=1.0,
        description="1: each further dollar reaches fewer; above 1: small budgets go unnoticed.",
    )


class Channel(Model):
    """A way in which prospects hear of the business."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    kind: Literal["paid", "earned", "owned"] = Field(
        description="paid: bought advertising; earned: talk and search; owned: own lists and shops."
    )
    share: Share = Field(
        description="Share of all prospects, 0 to 1; all shares add to 1. Channels with a reach "
        "may leave it out: they divide what the others leave by their saturation."
    )
    cost_per_prospect: Money = Field(
        default=0.0,
        description="Money paid for each prospect who arrives; one of the four ways to state a "
        "cost: this, cpc, cpm with impressions, budget with reach.",
    )
    cpc: Money | None = Field(
        default=None, description="Money paid for a click; every click is a prospect."
    )
    cpm: Money | None = Field(
        default=None,
        description="Money paid for 1,000 impressions; with impressions it is the channel's "
        "cost, beside a budget only a note of how many impressions that budget buys.",
    )
    impressions: Annotated[float, Field(gt=0, le=1e9)] | None = Field(
        default=None, description="Impressions shown for each prospect who comes, above 0."
    )
    budget: Money | None = Field(
        default=None,
        description="Money spent on the channel's whole audience, which reach says the size of.",
    )
    reach: HillReach | None = Field(
        default=None,
        description="Share of the channel's people whom the budget reaches; the others never "
        "arrive, and those who do share the budget's cost.",
    )
    awareness: Awareness | None = Field(
        default=None,
        description="Shares of the channel's people on each rung of awareness, whatever their "
        "segment; left out: their segment's.",
    )
    arrivals: Arrivals | None = Field(
        default=None, description="When prospects arrive; left out: all on day 0."
    )
    effects: StageEffects = Field(
        default_factory=dict, description="Extra log-odds at single stages, by stage key."
    )
