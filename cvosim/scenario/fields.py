"""The kinds of value that a scenario is made of: money, probabilities, days, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler

from cvosim.scenario.references import MOST_MONEY, MOST_TRUST

MAX_DAYS = 1_000_000.0

AwarenessRung = Literal["unaware", "problem", "solution", "product"]
Item = TypeVar("Item")


class Model(BaseModel):
    """A frozen part of a scenario that accepts nothing but what it names."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        serialize_by_alias=True,  # a key such as `from` is no name for an attribute
    )


@dataclass(frozen=True)
class Unit:
    """What a number counts; the JSON Schema says it, whatever else a field adds there."""

    name: str

    def __get_pydantic_json_schema__(
        self, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Add it to the schema that the number has otherwise."""
        return {**handler(core_schema), "x-unit": self.name}


def _whole(value: object) -> object:
    """Accept ``1e5``, a float in YAML and a perfectly good number of customers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _empty_list(value: object) -> object:
    """Accept a list whose every item the author has commented out: it reads as null."""
    return () if value is None else value


def _empty_mapping(value: object) -> object:
    return {} if value is None else value


def _no_boolean(value: object) -> object:
    """Refuse ``true`` where Python would take it for 1."""
    return str(value).lower() if isinstance(value, bool) else value


Probability = Annotated[float, Field(ge=0, le=1), Unit("share")]
Share = Annotated[float, Field(ge=0, le=1), Unit("share")]
Money = Annotated[float, Field(ge=0, le=MOST_MONEY), Unit("money")]
Days = Annotated[float, Field(ge=0, le=MAX_DAYS), Unit("days")]
PositiveDays = Annotated[float, Field(gt=0, le=MAX_DAYS), Unit("days")]
LogOdds = Annotated[float, Field(ge=-MOST_TRUST, le=MOST_TRUST), Unit("log-odds")]
Shape = Annotated[float, Field(ge=1e-6, le=1e6)]
Sigma = Annotated[float, Field(ge=0, le=10)]
WHOLE = BeforeValidator(_whole)
"""Put it behind the bounds of an ``int`` field."""
Version = Annotated[Literal[1], BeforeValidator(_no_boolean)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, Field(max_length=10_000)]
Items = Annotated[tuple[Item, ...], Field(strict=False), BeforeValidator(_empty_list)]
StageEffects = Annotated[Mapping[str, LogOdds], BeforeValidator(_empty_mapping)]
AwarenessEffects = Annotated[Mapping[AwarenessRung, LogOdds], BeforeValidator(_empty_mapping)]
AwarenessConversions = Annotated[
    Mapping[AwarenessRung, Probability], BeforeValidator(_empty_mapping)
]
