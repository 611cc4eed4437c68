"""When prospects arrive: evenly, at random, after a launch, by weekday, or as counted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from cvosim.scenario.fields import Days, Model, PositiveDays

MOST_WEIGHT = 1e15
Weight = Annotated[float, Field(ge=0, le=MOST_WEIGHT)]
"""How much there is of something on a day or in a month, compared with the others."""
Weights = Annotated[tuple[Weight, ...], Field(strict=False)]


class UniformArrivals(Model):
    """Prospects arrive evenly over the first days."""

    kind: Literal["uniform"] = Field(description="Evenly over the first days.")
    over_days: PositiveDays = Field(
        description="Days over which prospects arrive, from day 0; at most horizon_days."
    )


class PoissonArrivals(Model):
    """Prospects arrive one by one at a steady rate until the channel has no more of them.

    The times of a Poisson process, given their number, are independent and uniform (Kingman
    1993, *Poisson Processes*, section 2.4): the channel's prospects spread evenly over their
    number divided by the rate, in days.
    """

    kind: Literal["poisson"] = Field(description="One by one, at a steady rate.")
    per_day: Annotated[float, Field(gt=0, le=1e11)] = Field(
        description="Prospects a day, on average, among all `customers` of the scenario, until "
        "the channel's share of them has come; above 0."
    )


class BurstArrivals(Model):
    """Prospects arrive after a launch, many at first and ever fewer."""

    kind: Literal["burst"] = Field(description="After a launch, ever fewer with time.")
    at_day: Days = Field(description="The day of the launch, before horizon_days; nobody earlier.")
    mean_days: PositiveDays = Field(
        description="Mean time from the launch to a prospect's arrival, in days."
    )


class WeeklyArrivals(Model):
    """Prospects arrive over the first days, more on some weekdays than on others."""

    kind: Literal["weekly"] = Field(description="By the day of the week; needs calendar.")
    over_days: PositiveDays = Field(
        description="Days over which prospects arrive, from day 0; at most horizon_days."
    )
    pattern: Weights = Field(
        json_schema_extra={"minItems": 7, "maxItems": 7},
        description="7 numbers, Monday to Sunday: how many come on that day, compared with the "
        "other days.",
    )


class DailyArrivals(Model):
    """Prospects arrive as a column of a CSV file has counted them, day by day."""

    kind: Literal["daily"] = Field(description="As counted, day by day, in a CSV file.")
    file: Annotated[str, Field(min_length=1, max_length=4096)] = Field(
        description="A CSV file with a header line, then one line a day from day 0; its path "
        "starts from the folder of this file."
    )
    column: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The column that says how many came on each day, compared with other days."
    )
    weights: SkipJsonSchema[Annotated[Weights, Field(min_length=1)]] = Field(
        description="What the column says, one number a day from day 0; read from the file."
    )


Arrivals = Annotated[
    UniformArrivals | PoissonArrivals | BurstArrivals | WeeklyArrivals | DailyArrivals,
    Field(discriminator="kind"),
]
