"""Profit maximizers: what else a customer may buy after the core offer."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cvosim.scenario.fields import MAX_DAYS, WHOLE, Days, Model, Money, Probability, Shape
from cvosim.scenario.stages.offer import Choice, Offer, Priced, PricedOffer


class Upsell(PricedOffer):
    """More of the same, or better."""

    kind: Literal["upsell"] = Field(description="More of the same, or better.")


class CrossSell(PricedOffer):
    """Something else of one's own."""

    kind: Literal["cross_sell"] = Field(description="Something else of one's own.")


class SlackAdjuster(PricedOffer):
    """A high ticket for a few."""

    kind: Literal["slack_adjuster"] = Field(description="A high ticket for a few.")


class PartnerOffer(Priced, Choice):
    """A partner's product: the partner delivers, one's own revenue is the commission."""

    commitment: ClassVar[Literal["money"]] = "money"
    attendance: ClassVar[None] = None
    starts_after: ClassVar[None] = None
    unit_cost: ClassVar[float] = 0.0

    price: Money = Field(description="Money that the customer pays to the partner.")
    commission: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Share of the price that is one's own revenue, above 0 to 1."
    )


class Affiliate(PartnerOffer):
    """A partner's product that is recommended for a commission."""

    kind: Literal["affiliate"] = Field(
        description="A partner's product, recommended for a commission."
    )


class JointVenture(PartnerOffer):
    """A product made or sold together with a partner, for a share of its price."""

    kind: Literal["joint_venture"] = Field(
        description="A product sold together with a partner, for a share of its price."
    )


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


class Contract(Model):
    """Subscribers who are bound for a number of bills at a time."""

    cycles: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] = Field(
        description="Bills for which a subscriber is bound; a chance to leave comes after each "
        "such number of bills, and `churn` is per chance."
    )
    notice_days: Days = Field(
        default=0.0,
        description="Days before the next contract's first bill by which one must have "
        "cancelled; at most period_days.",
    )


class Subscription(Priced, Offer):
    """Billed at acceptance (or when the trial ends), then every period until churned."""

    attendance: ClassVar[None] = None
    starts_after: ClassVar[None] = None

    kind: Literal["subscription"] = Field(description="Billed again every period.")
    commitment: Literal["money"] = Field(
        default="money", description="A subscription is always paid with money."
    )
    period_days: Annotated[float, Field(ge=0.01, le=MAX_DAYS)] = Field(
        description="Days from one bill to the next."
    )
    trial_days: Days = Field(default=0.0, description="Free days before the first bill.")
    trial_conversion: Probability | None = Field(
        default=None,
        description="Probability that somebody of fit 0, propensity 0 and no effects pays the "
        "first bill when the trial ends, 0 to 1; needs trial_days. Left out: everybody does.",
    )
    contract: Contract | None = Field(
        default=None, description="How long subscribers are bound; left out: one bill at a time."
    )
    max_cycles: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] | None = Field(
        default=None, description="Bills after which it ends; left out: never."
    )
    churn: Churn = Field(description="How subscribers leave at each renewal.")


ProfitMaximizer = Annotated[
    Upsell | CrossSell | Affiliate | JointVenture | Subscription | SlackAdjuster,
    Field(discriminator="kind"),
]
