"""What a later dollar is worth today."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cvosim.scenario.fields import Model


class Economics(Model):
    """How money at different times compares."""

    discount_rate: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.0, description="Discount rate a year, as a fraction: 0.1 is 10 % a year."
    )
