"""How long something takes: the distributions that a delay may have, in days."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cvosim.scenario.fields import Days, Model, PositiveDays, Shape, Sigma


class FixedDelay(Model):
    """Always the same time."""

    kind: Literal["fixed"] = Field(description="Always the same time.")
    days: Days = Field(description="The time, in days.")


class ExponentialDelay(Model):
    """Memoryless: what has passed says nothing about what is left."""

    kind: Literal["exponential"] = Field(description="Memoryless waiting time.")
    mean_days: PositiveDays = Field(description="Mean, in days.")


class LognormalDelay(Model):
    """Most people decide soon, a few after a very long time."""

    kind: Literal["lognormal"] = Field(description="Soon for most, very late for a few.")
    median_days: PositiveDays = Field(description="Half of all people need less, in days.")
    sigma: Sigma = Field(description="Standard deviation of the logarithm; 0 is a fixed time.")


class GammaDelay(Model):
    """A sum of exponential steps."""

    kind: Literal["gamma"] = Field(description="Like several exponential steps one by one.")
    mean_days: PositiveDays = Field(description="Mean, in days.")
    shape: Shape = Field(description="Number of steps, need not be whole; 1 is exponential.")


class WeibullDelay(Model):
    """Ever more (shape above 1) or ever less likely to happen as time goes by."""

    kind: Literal["weibull"] = Field(description="Likelier or less likely as time goes by.")
    scale_days: PositiveDays = Field(description="63 % of all people need less, in days.")
    shape: Annotated[float, Field(ge=0.01, le=1e6)] = Field(
        description="Below 1 less and less likely, 1 exponential, above 1 likelier with time."
    )


class UniformDelay(Model):
    """Any time between two limits."""

    kind: Literal["uniform"] = Field(description="Any time between two limits.")
    low_days: Days = Field(description="The shortest time, in days.")
    high_days: Days = Field(description="The longest time, in days.")


Delay = Annotated[
    FixedDelay | ExponentialDelay | LognormalDelay | GammaDelay | WeibullDelay | UniformDelay,
    Field(discriminator="kind"),
]
