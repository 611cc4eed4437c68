"""Repeat purchases: how often, for how long and for how much a customer comes back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cvosim.scenario.fields import MAX_DAYS, Model, Money, Probability, Shape, Sigma
from cvosim.scenario.references import MOST_MONEY

_RateDays = Annotated[float, Field(ge=0.001, le=1e9)]
_PositiveMoney = Annotated[float, Field(gt=0, le=MOST_MONEY)]


class BgNbd(Model):
    """BG/NBD of Fader, Hardie and Lee (2005): may drop out after each purchase."""

    model: Literal["bg_nbd"] = Field(description="May drop out after each purchase.")
    r: Shape = Field(description="Shape of the gamma distribution of purchase rates.")
    alpha_days: _RateDays = Field(
        description="Its rate parameter, in days: mean purchases a day are r / alpha_days."
    )
    a: Shape = Field(description="First parameter of the beta distribution of drop-out.")
    b: Shape = Field(description="Second; mean drop-out after a purchase is a / (a + b).")


class MbgNbd(Model):
    """MBG/NBD of Batislam, Denizel and Filiztekin (2007): may drop out at once as well.

    Like BG/NBD, but the first chance to drop out comes before any repeat purchase, right
    when they could begin.
    """

    model: Literal["mbg_nbd"] = Field(
        description="May drop out at the start and after each purchase."
    )
    r: Shape = Field(description="Shape of the gamma distribution of purchase rates.")
    alpha_days: _RateDays = Field(
        description="Its rate parameter, in days: mean purchases a day are r / alpha_days."
    )
    a: Shape = Field(description="First parameter of the beta distribution of drop-out.")
    b: Shape = Field(description="Second; mean drop-out at each chance is a / (a + b).")


class ParetoNbd(Model):
    """Pareto/NBD of Schmittlein, Morrison and Colombo (1987): may drop out at any time."""

    model: Literal["pareto_nbd"] = Field(description="May drop out at any time.")
    r: Shape = Field(description="Shape of the gamma distribution of purchase rates.")
    alpha_days: _RateDays = Field(
        description="Its rate parameter, in days: mean purchases a day are r / alpha_days."
    )
    s: Shape = Field(description="Shape of the gamma distribution of drop-out hazards.")
    beta_days: _RateDays = Field(
        description="Its rate parameter, in days: mean hazard a day is s / beta_days."
    )


class PoissonPurchases(Model):
    """Everybody buys at the same rate and never drops out."""

    model: Literal["poisson"] = Field(description="The same rate for all, no drop-out.")
    mean_days: Annotated[float, Field(ge=0.001, le=MAX_DAYS)] = Field(
        description="Mean days between purchases."
    )


Frequency = Annotated[BgNbd | MbgNbd | ParetoNbd | PoissonPurchases, Field(discriminator="model")]


class GammaGamma(Model):
    """Gamma-Gamma of Fader and Hardie (2013): customers differ in what they spend."""

    model: Literal["gamma_gamma"] = Field(description="Customers differ in what they spend.")
    p: Shape = Field(description="Shape of one customer's order values.")
    q: Annotated[float, Field(gt=1, le=1e6)] = Field(
        json_schema_extra={"x-reason": "at 1 or below, mean spend would be infinite"},
        description="Shape of the difference between customers, above 1; mean order value is "
        "p * v / (q - 1).",
    )
    v: _PositiveMoney = Field(description="Scale of the difference between customers, in money.")


class LognormalSpend(Model):
    """Order values vary alike for all customers."""

    model: Literal["lognormal"] = Field(description="Order values vary alike for all customers.")
    median: _PositiveMoney = Field(description="Half of all orders are worth less, in money.")
    sigma: Sigma = Field(description="Standard deviation of the logarithm of an order's value.")


class FixedSpend(Model):
    """Every order is worth the same."""

    model: Literal["fixed"] = Field(description="Every order is worth the same.")
    amount: Money = Field(description="Money for each order.")


Spend = Annotated[GammaGamma | LognormalSpend | FixedSpend, Field(discriminator="model")]


class RepeatPurchases(Model):
    """Orders that customers make on their own after a stage."""

    after: str = Field(
        default="core_offer", description="Key of the stage whose acceptance starts them."
    )
    frequency: Frequency = Field(description="When customers order and when they drop out.")
    spend: Spend = Field(description="What an order is worth.")
    margin: Probability = Field(
        description="Share of an order's value that is left after its cost of goods, 0 to 1."
    )
