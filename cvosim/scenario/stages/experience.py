"""Experience: what happens to a customer after an order."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cvosim.scenario.delays import Delay
from cvosim.scenario.fields import LogOdds, Model, Probability

_Points = Annotated[float, Field(ge=-10, le=10)]


class Satisfaction(Model):
    """How satisfied customers say they are: 9 and 10 are promoters, 0 to 6 detractors."""

    mean: Annotated[float, Field(ge=0, le=10)] = Field(
        default=8.0, description="Mean score before it is clipped to the scale, 0 to 10."
    )
    sd: Annotated[float, Field(ge=0, le=10)] = Field(
        default=1.5,
        description="Standard deviation from order to order, in points; left out: 1.5, so that "
        "with a mean of 8 a quarter promotes.",
    )


class Effort(Model):
    """How hard customers say that it was: 1 very easy, 7 very hard."""

    mean: Annotated[float, Field(ge=1, le=7)] = Field(
        default=2.5, description="Mean score before it is clipped to the scale, 1 to 7."
    )
    sd: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.0, description="Standard deviation from order to order, in points."
    )


class Ticket(Model):
    """Something goes wrong and the customer asks for help."""

    probability: Probability = Field(
        description="Probability that an order leads to a ticket, 0 to 1."
    )
    resolved: Probability = Field(
        default=1.0, description="Share of tickets that are resolved, 0 to 1."
    )
    delay: Delay | None = Field(
        default=None, description="From the delivery to the answer; left out: at once."
    )
    resolved_effect: _Points = Field(
        default=0.0, description="Points of satisfaction that a resolved ticket adds."
    )
    unresolved_effect: _Points = Field(
        default=0.0,
        description="Points of satisfaction that an unresolved ticket adds, mostly below 0.",
    )


class Returned(Model):
    """The customer sends the order back."""

    probability: Probability = Field(description="Probability that an order is returned, 0 to 1.")
    refund: Probability = Field(
        default=1.0, description="Part of the order's revenue that is paid back, 0 to 1."
    )


class ExperienceEffects(Model):
    """What a point of satisfaction is worth."""

    trust: LogOdds = Field(
        default=0.0,
        description="Trust for every point of satisfaction above 7, lost for those below, in "
        "log-odds.",
    )
    drop_out: LogOdds = Field(
        default=0.0,
        description="Logarithm by which every point of satisfaction above 7 multiplies drop-out "
        "and churn; below 0: satisfied customers stay longer.",
    )


class Experience(Model):
    """Every paid order is delivered, may raise a ticket, is judged, and may be returned."""

    delivery: Delay | None = Field(
        default=None, description="From the order to its delivery; left out: at once."
    )
    satisfaction: Satisfaction = Field(
        default=Satisfaction(), description="Score after each order, 0 to 10."
    )
    effort: Effort = Field(default=Effort(), description="Score after each order, 1 to 7.")
    ticket: Ticket | None = Field(
        default=None, description="Tickets after a delivery; left out: none."
    )
    returned: Returned | None = Field(
        default=None, description="Orders that are returned; left out: none."
    )
    effects: ExperienceEffects = Field(
        default=ExperienceEffects(), description="What satisfaction does to trust and drop-out."
    )
