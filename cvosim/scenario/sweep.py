"""What a sweep does: which values are tried, by which design, and what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from cvosim.scenario.fields import WHOLE, Items, Model

MOST_POINTS = 1_000_000
MOST_SIZE = 1e15
_MOST_VALUES = 10_000

Figure = Annotated[float, Field(ge=-MOST_SIZE, le=MOST_SIZE)]
Positive = Annotated[float, Field(gt=0, le=MOST_SIZE)]
Values = Annotated[tuple[object, ...], Field(strict=False, min_length=1, max_length=_MOST_VALUES)]
Levels = Annotated[int, Field(ge=1, le=1000), WHOLE]
Points = Annotated[int, Field(ge=1, le=MOST_POINTS), WHOLE]


class LeverRange(Model):
    """What a lever may be: anything between two numbers, or the numbers a step apart."""

    low: Figure = Field(description="The lowest value.")
    high: Figure = Field(description="The highest value, above low.")
    step: Positive | None = Field(
        default=None,
        description="Only low, low + step, low + 2 step and so on, up to high. Left out: any "
        "number between. Whole-number keys need one.",
    )


class UniformLaw(Model):
    """All values between two numbers are equally likely."""

    kind: Literal["uniform"] = Field(description="Equally likely between low and high.")
    low: Figure = Field(description="The lowest value.")
    high: Figure = Field(description="The highest value, above low.")


class LogUniformLaw(Model):
    """The logarithm is uniform: 1 to 10 is as likely as 10 to 100."""

    kind: Literal["log_uniform"] = Field(description="Uniform in its logarithm.")
    low: Positive = Field(description="The lowest value, above 0.")
    high: Positive = Field(description="The highest value, above low.")


class NormalLaw(Model):
    """The bell curve, cut off at bounds if any are stated."""

    kind: Literal["normal"] = Field(description="The bell curve.")
    mean: Figure = Field(description="Mean before anything is cut off.")
    sd: Positive = Field(description="Standard deviation before anything is cut off.")
    low: Figure | None = Field(default=None, description="Nothing below it. Left out: no bound.")
    high: Figure | None = Field(default=None, description="Nothing above it. Left out: no bound.")


class LogNormalLaw(Model):
    """The logarithm is normal: half of the values below the median, a few far above."""

    kind: Literal["lognormal"] = Field(description="The bell curve of its logarithm.")
    median: Positive = Field(description="Half of the values are below it.")
    sigma: Annotated[float, Field(gt=0, le=10)] = Field(
        description="Standard deviation of the logarithm."
    )


class TriangularLaw(Model):
    """Between a lowest and a highest value, most likely at one between them."""

    kind: Literal["triangular"] = Field(description="Lowest, most likely and highest value.")
    low: Figure = Field(description="The lowest value.")
    mode: Figure = Field(description="The most likely value.")
    high: Figure = Field(description="The highest value, above low.")


class BetaLaw(Model):
    """A share, as known after alpha - 1 successes and beta - 1 failures; or stretched."""

    kind: Literal["beta"] = Field(description="The beta distribution between low and high.")
    alpha: Annotated[float, Field(ge=0.01, le=1e9)] = Field(
        description="Its mean is alpha / (alpha + beta) of the way from low to high."
    )
    beta: Annotated[float, Field(ge=0.01, le=1e9)] = Field(description="See alpha.")
    low: Figure = Field(default=0.0, description="The lowest value.")
    high: Figure = Field(default=1.0, description="The highest value, above low.")


class ChoiceLaw(Model):
    """One of several values: numbers, texts, lists, whole sections, or null to remove."""

    kind: Literal["choice"] = Field(description="One of the values listed.")
    values: Values = Field(description="What it may be.")
    weights: Items[Annotated[float, Field(ge=0, le=MOST_SIZE)]] | None = Field(
        default=None,
        description="How likely each value is, compared with the others. Left out: equally.",
    )


SectionLaw = Annotated[
    UniformLaw | LogUniformLaw | NormalLaw | LogNormalLaw | TriangularLaw | BetaLaw | ChoiceLaw,
    Field(discriminator="kind"),
]


class GridDesign(Model):
    """Every combination of the levers' values and of some values of each uncertainty."""

    kind: Literal["grid"] = Field(description="Every combination.")
    levels: Levels = Field(
        default=3,
        description="Values of a range without step, evenly spaced from low to high, and of an "
        "uncertainty: in the middle of as many equally likely parts. A choice has all its values.",
    )


class LatinHypercubeDesign(Model):
    """Points spread evenly over each factor, however few there are."""

    kind: Literal["latin_hypercube"] = Field(
        description="As many equally likely parts of each factor as points, one point in each."
    )
    points: Points = Field(description="Number of points.")
    levels: Levels = Field(
        default=3, description="With cross: values of a lever's range without step."
    )


class SobolDesign(Model):
    """Points spread evenly over all factors together."""

    kind: Literal["sobol"] = Field(description="A scrambled Sobol sequence.")
    points: Points = Field(description="Number of points, a power of two.")
    levels: Levels = Field(
        default=3, description="With cross: values of a lever's range without step."
    )


class ListDesign(Model):
    """The points that a CSV file lists."""

    kind: Literal["list"] = Field(description="The lines of a CSV file.")
    file: Annotated[str, Field(min_length=1, max_length=4096)] = Field(
        description="A CSV file, its header the paths, one line a point; its path starts from "
        "the folder of this file."
    )


Design = Annotated[
    GridDesign | LatinHypercubeDesign | SobolDesign | ListDesign, Field(discriminator="kind")
]


def _form(value: object) -> str | None:
    """Tell a list of values from a range."""
    if isinstance(value, LeverRange | Mapping):
        return "range"
    return "values" if isinstance(value, Sequence) and not isinstance(value, str) else None


def _empty(value: object) -> object:
    return {} if value is None else value


Lever = Annotated[
    Annotated[Values, Tag("values")] | Annotated[LeverRange, Tag("range")], Discriminator(_form)
]
Levers = Annotated[Mapping[str, Lever], BeforeValidator(_empty)]
Uncertainties = Annotated[Mapping[str, SectionLaw], BeforeValidator(_empty)]


class Sweep(Model):
    """Many scenarios like this one, run by `cvosim sweep`."""

    levers: Levers = Field(
        default={},
        description="What the strategist decides: dotted paths, such as journey.tripwire.price, "
        "each with a list of values or with {low, high} and perhaps a step; null removes.",
    )
    uncertainties: Uncertainties = Field(
        default={},
        description="What nobody decides: dotted paths, each with a law that says which values "
        "are how likely.",
    )
    design: Design = Field(
        default=GridDesign(kind="grid"),
        description="Which combinations are run. Left out: a grid of all.",
    )
    cross: bool = Field(
        default=False,
        description="Whether every combination of the levers meets the same points of the "
        "uncertainties; else the design is over both together.",
    )
    customers: Annotated[int, Field(ge=1, le=2**40), WHOLE] | None = Field(
        default=None,
        description="Prospects of each point in place of the scenario's. Left out: as many.",
    )
    replicates: Annotated[int, Field(ge=1, le=10_000), WHOLE] = Field(
        default=1, description="How often each point is run, each time with other customers."
    )
    common_luck: bool = Field(
        default=True,
        description="Whether all points meet the same customers: differences between points are "
        "then free of luck that both share.",
    )
    outcomes: Items[str] = Field(
        default=("clv_per_prospect",),
        min_length=1,
        max_length=1000,
        description="Metrics that are kept, as `cvosim run` calls them. Left out: "
        "clv_per_prospect.",
    )
