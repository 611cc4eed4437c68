"""What an experiment does: who is assigned where, what each arm changes, when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from cvosim.scenario.fields import Days, Items, Model, Name, PositiveDays, Share
from cvosim.scenario.outcome_names import ARRIVAL
from cvosim.scenario.references import MOST_MONEY


def _empty(value: object) -> object:
    """Accept ``changes:`` whose every line the author has commented out."""
    return {} if value is None else value


Changes = Annotated[
    Mapping[str, object],
    BeforeValidator(_empty),
    Field(json_schema_extra={"additionalProperties": True}),
]
_SpendingName = Literal["obrien_fleming", "pocock"]


class ExperimentArm(Model):
    """What some of the customers meet."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    share: Share | None = Field(
        default=None,
        description="Share of the enrolled customers, 0 to 1; all shares add to 1. Left out: an "
        "equal part of what the others leave.",
    )
    changes: Changes = Field(
        default={},
        description="Dotted paths, such as journey.tripwire.price, and their values in this arm; "
        "null removes. Left out, as in the first arm, control: nothing differs.",
    )


class Factor(Model):
    """One of several things that are varied at once; its first level is control's."""

    name: Name = Field(description="Its name in reports: small letters, digits, underscores.")
    levels: Items[ExperimentArm] = Field(
        min_length=2,
        max_length=8,
        description="What it may be, 2 to 8 levels; every combination of the factors' levels is an "
        "arm, whose share is the product of theirs.",
    )


class WeeklyLooks(Model):
    """A look at the results every week, from the first customers followed to the end on."""

    kind: Literal["weekly"] = Field(description="A look every seven days.")
    spending: _SpendingName = Field(
        default="obrien_fleming",
        description="How the error rate is shared out among the looks (Lan & DeMets 1983): "
        "obrien_fleming keeps nearly all for the end, pocock spreads it.",
    )


class FractionLooks(Model):
    """Looks when given parts of the customers have been followed to the end."""

    kind: Literal["fractions"] = Field(description="Looks at the parts listed.")
    at: Items[Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1,
        max_length=52,
        description="Parts of all enrolled customers, above 0 and rising to 1, such as [0.5, 1].",
    )
    spending: _SpendingName = Field(default="obrien_fleming", description="As for weekly looks.")


class NoLooks(Model):
    """One look, at the end."""

    kind: Literal["none"] = Field(description="The results are looked at once, at the end.")


Looks = Annotated[WeeklyLooks | FractionLooks | NoLooks, Field(discriminator="kind")]


class RampStep(Model):
    """From some day on, a part of those who could be enrolled are."""

    from_day: Days = Field(description="Days since the start of enrolment.")
    exposure: Share = Field(description="Part of those who come to the place, 0 to 1.")


class Guardrail(Model):
    """An outcome that must not get worse by more than a margin."""

    metric: str = Field(description="An outcome, as in metrics.")
    margin: Annotated[float, Field(gt=0, le=MOST_MONEY)] = Field(
        description="The loss that could be borne, in the outcome's own unit: money, 0 to 1 for a "
        "conversion, orders or days."
    )
    better: Literal["higher", "lower"] = Field(
        default="higher", description="Whether more of it is better, or less."
    )


class Experiment(Model):
    """A split test on the customers of this scenario, run by `cvosim experiment`."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Its name in reports; another name assigns customers anew."
    )
    assign_at: str = Field(
        default=ARRIVAL,
        description="Key of the stage at which customers are assigned, when it is put to them; "
        "arrival: when they arrive; order: with their first paid order on or after start_day.",
    )
    arms: Items[ExperimentArm] = Field(
        default=(), max_length=16, description="What is compared, control first, 2 to 16 arms."
    )
    factors: Items[Factor] = Field(
        default=(),
        max_length=4,
        description="In place of arms: up to 4 things that are varied independently, at once.",
    )
    start_day: Days = Field(default=0.0, description="Day on which enrolment begins.")
    enrol_days: PositiveDays = Field(description="Days of enrolment.")
    follow_days: PositiveDays = Field(
        description="Days after its assignment that a customer is followed, and counts from then."
    )
    ramp: Items[RampStep] = Field(
        default=(),
        max_length=52,
        description="How enrolment grows: parts of those who come, from some days on. Left out: "
        "everybody is enrolled.",
    )
    metrics: Items[str] = Field(
        min_length=1,
        max_length=50,
        description="Outcomes, the one that decides first: contribution, revenue, cost, orders, "
        "clv, conversion.STAGE, retention.DAY, active, days_to_last_order, cancelled.STAGE; "
        "NAME@DAYS counts the first days only.",
    )
    covariate: str | None = Field(
        default=None,
        description="An outcome of the time before assignment that explains part of the metrics: "
        "before.contribution, before.revenue, before.cost or before.orders. Left out: none.",
    )
    guardrails: Items[Guardrail] = Field(
        default=(), max_length=20, description="Outcomes that must not get worse."
    )
    looks: Looks = Field(
        default=NoLooks(kind="none"),
        description="When the results are looked at; left out: once, at the end.",
    )
    alpha: Annotated[float, Field(ge=0.0001, le=0.5)] = Field(
        default=0.05,
        description="Probability of a false alarm that is put up with, between 0.0001 and 0.5; "
        "intervals have a confidence of 1 less it.",
    )
