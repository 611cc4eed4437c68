"""What day it is: the date of day 0, and how much the months differ."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from cvosim.scenario.arrivals import Weights
from cvosim.scenario.fields import Model

Year = Annotated[Weights, Field(json_schema_extra={"minItems": 12, "maxItems": 12})]
"""A number for each month, January to December."""


def _date(value: object) -> object:
    """Read a date as files write it; anything else is left to be refused."""
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


Date = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]


class Calendar(Model):
    """Ties the scenario's days to dates, so that months and weekdays mean something."""

    start: Date = Field(description="Date of day 0, as year-month-day: 2026-01-31.")


class Seasonality(Model):
    """How much the months of a year differ; only their proportions matter."""

    arrivals: Year | None = Field(
        default=None,
        description="12 numbers, January to December: how many prospects arrive, compared with "
        "the other months; not for channels whose arrivals a CSV file has counted.",
    )
    purchases: Year | None = Field(
        default=None,
        description="12 numbers, January to December: how often customers buy again, compared "
        "with the other months.",
    )
