"""A scenario: everything that a strategist writes down about a market and a journey."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from cvosim.scenario.calendar import Calendar, Seasonality
from cvosim.scenario.channels import Channel
from cvosim.scenario.checks import issues_in
from cvosim.scenario.economics import Economics
from cvosim.scenario.experiment import Experiment
from cvosim.scenario.fields import WHOLE, Items, Model, PositiveDays, Text, Version
from cvosim.scenario.journey import Journey
from cvosim.scenario.market import Market
from cvosim.scenario.shares import with_shares
from cvosim.scenario.sweep import Sweep

MAX_CUSTOMERS = 2**40
MAX_SEED = 2**64 - 1
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
PARTS_CHECKED = "parts_checked"
"""Key of a validation context: the caller checks whether the parts fit together."""


class Scenario(Model):
    """A market, its channels, a journey and the economics, ready to be simulated.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> load_scenario("carpet_cleaning").journey.core_offer.reference_trust
    3.3
    """

    schema_version: Version = Field(default=1, description="Version of this file's format: 1.")
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)] = Field(
        description="The scenario's name in reports."
    )
    description: Text = Field(default="", description="What it is about; words for people.")
    currency: Annotated[str, Field(min_length=1, max_length=8)] = Field(
        default="USD", description="What money is called in reports; nothing is converted."
    )
    horizon_days: PositiveDays = Field(
        description="Days from the scenario's start to its end; nothing happens after it."
    )
    customers: Annotated[int, Field(ge=1, le=MAX_CUSTOMERS), WHOLE] = Field(
        default=100_000, description="Number of prospects to simulate."
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED), WHOLE] = Field(
        default=1, description="Chooses the luck of all customers; same seed, same luck."
    )
    calendar: Calendar | None = Field(
        default=None, description="The date of day 0; left out: days have no month or weekday."
    )
    seasonality: Seasonality | None = Field(
        default=None, description="How much the months differ; left out: not at all."
    )
    market: Market = Field(default=Market(), description="The people whom the business wants.")
    channels: Items[Channel] = Field(
        default=(Channel(name="direct", kind="owned", share=1.0),),
        min_length=1,
        max_length=255,
        description="Where prospects come from, 1 to 255; left out: one free channel, direct.",
    )
    journey: Journey = Field(description="The stages that a customer passes.")
    economics: Economics = Field(
        default=Economics(), description="What a later dollar is worth today."
    )
    experiment: Experiment | None = Field(
        default=None, description="A split test on these customers; left out: none."
    )
    sweep: Sweep | None = Field(
        default=None, description="Many scenarios like this one; left out: none."
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_shares(cls, data: object) -> object:
        return with_shares(data) if isinstance(data, Mapping) else data

    @model_serializer(mode="wrap")
    def _without_what_is_left_out(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Keep what was written, and its hash, as it was before there were such sections."""
        written: dict[str, object] = write(self)
        for section in ("experiment", "sweep"):
            if getattr(self, section) is None:
                written.pop(section, None)
        return written

    @model_validator(mode="after")
    def _parts_fit_together(self, info: ValidationInfo) -> Scenario:
        """Check what the loader checks itself, on raw values, to find all problems at once."""
        if not (info.context or {}).get(PARTS_CHECKED):
            found = [
                f"{'.'.join(map(str, i.loc))}: {i.message}" for i in issues_in(self.model_dump())
            ]
            if found:
                raise ValueError("; ".join(found))
        return self


def scenario_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of a scenario's canonical JSON: equal scenarios, equal hash.

    Parameters
    ----------
    scenario : Scenario
        Any scenario; how its file was laid out, its comments and left-out defaults make
        no difference. An experiment or a sweep counts only where there
        is one.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> len(scenario_hash(load_scenario("cdnow")))
    64
    """
    text = json.dumps(
        scenario.model_dump(mode="json"),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()
