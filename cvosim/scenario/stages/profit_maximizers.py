"""Profit maximizers: what else a customer may buy after the core offer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cvosim.scenario.fields import MAX_DAYS, WHOLE, Days, Model, Probability, Shape
from cvosim.scenario.stages.offer import PricedOffer


class Upsell(PricedOffer):
    """More of the same, or better."""

    kind: Literal["upsell"] = Field(description="More of the same, or better.")


class CrossSell(PricedOffer):
    """Something else; with a commission, a partner's product (affiliate)."""

    kind: Literal["cross_sell"] = Field(description="Something else, one's own or a partner's.")
    commission: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None,
        description="Share of the price that is one's own revenue when a partner sells, above 0 "
        "to 1; left out: one sells oneself and keeps all of it.",
    )


class SlackAdjuster(PricedOffer):
    """A high ticket for a few."""

    kind: Literal["slack_adjuster"] = Field(description="A high ticket for a few.")


class GeometricChurn(Model):
    """Every subscriber leaves with the same probability at the end of every period."""

    kind: Literal["geometric"] = Field(description="The same for every subscriber and period.")
    probability: Probability = Field(description="Probability of leaving at each renewal, 0 to 1.")


class SbgChurn(Model):
    """Subscribers differ: their churn probability per period has a beta distribution.

    The shifted beta-geometric model of Fader and Hardie (2007).
    """

    kind: Literal["sbg"] = Field(description="Shifted beta-geometric: subscribers differ.")
    alpha: Shape = Field(description="First parameter of the beta distribution of churn.")
    beta: Shape = Field(description="Second; mean churn is alpha / (alpha + beta).")


Churn = Annotated[GeometricChurn | SbgChurn, Field(discriminator="kind")]


class Subscription(PricedOffer):
    """Billed at acceptance (or when the trial ends), then every period until churned."""

    kind: Literal["subscription"] = Field(description="Billed again every period.")
    commitment: Literal["money"] = Field(
        default="money", description="A subscription is always paid with money."
    )
    period_days: Annotated[float, Field(ge=0.01, le=MAX_DAYS)] = Field(
        description="Days from one bill to the next."
    )
    trial_days: Days = Field(default=0.0, description="Free days before the first bill.")
    max_cycles: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] | None = Field(
        default=None, description="Bills after which it ends; left out: never."
    )
    churn: Churn = Field(description="How subscribers leave at each renewal.")


ProfitMaximizer = Annotated[
    Upsell | CrossSell | Subscription | SlackAdjuster, Field(discriminator="kind")
]
