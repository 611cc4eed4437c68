"""Options of ``cvosim plan``: what is known, where customers enter, and what is asked."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from cvosim.cli.options import bundled
from cvosim.cli.usage import OneOf, Whole

SPENDING = ("obrien_fleming", "pocock", "hwang_shih_decani", "power")
ALTERNATIVES = ("two-sided", "greater", "less")


class Amount(NamedTuple):
    """An effect as it was written: a part of control, or in the metric's own unit."""

    value: float
    relative: bool


class EffectType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.3
    """``5%`` of control, or ``0.62`` in the metric's own unit; not 0."""

    name = "effect"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Amount:
        """Give the number and what it means."""
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            number = float("nan")
        if not abs(number) < float("inf"):
            self.fail(f"{value}: must be a change such as 5% or 0.62", param, ctx)
        if number == 0.0:
            self.fail(f"{value}: must not be 0; no test finds what is not there", param, ctx)
        return Amount(number / 100.0, True) if text.endswith("%") else Amount(number, False)


class Numbered(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A number within limits that are said when it is not."""

    name = "number"

    def __init__(
        self, above: float | None = None, below: float | None = None, hint: str = ""
    ) -> None:
        self.above, self.below, self.hint = above, below, hint

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Give the number."""
        try:
            number = float(value)
        except ValueError:
            self.fail(f"{value}: must be a number{self.hint}", param, ctx)
        low, high = self.above, self.below
        if (low is not None and not number > low) or (high is not None and not number < high):
            limits = [f"above {low:g}" if low is not None else ""]
            limits.append(f"below {high:g}" if high is not None else "")
            wanted = " and ".join(one for one in limits if one)
            self.fail(f"{value}: must be {wanted}{self.hint}", param, ctx)
        return number


class Numbers(NamedTuple):
    """What is known without a scenario."""

    mean: float | None
    sd: float | None
    rate: float | None
    units: int | None
    per_day: float | None
    correlation: float | None


class Asked(NamedTuple):
    """The test and the question."""

    effect: Amount | None
    days: float | None
    power: float | None
    level: float | None
    alternative: str
    share: float | None
    arms: int | None
    looks: int | None
    spending: str | None


class Place(NamedTuple):
    """Which of a scenario's customers, and what of them."""

    metric: str | None
    ratio: str | None
    assign_at: str | None
    follow_days: float | None
    start_day: float | None
    market: int | None


numbers_options = bundled(
    "numbers",
    Numbers,
    click.option("--mean", type=Numbered(), metavar="X", help="Mean of the metric in control."),
    click.option(
        "--sd",
        type=Numbered(above=0),
        metavar="X",
        help="Its standard deviation; of a ratio's linearised value, for a ratio.",
    ),
    click.option(
        "--rate",
        type=Numbered(above=0, below=1, hint="; 5 % is 0.05"),
        metavar="P",
        help="Share of units in control that convert, in place of --mean and --sd.",
    ),
    click.option(
        "--n", "units", type=Whole(least=4), metavar="N", help="Units, all arms together."
    ),
    click.option("--per-day", type=Numbered(above=0), metavar="N", help="Units a day; gives days."),
    click.option(
        "--correlation",
        type=Numbered(above=-1, below=1),
        metavar="R",
        help="Of the metric with a covariate from before the test (CUPED).",
    ),
)
asked_options = bundled(
    "asked",
    Asked,
    click.option(
        "--effect",
        type=EffectType(),
        metavar="CHANGE",
        help="Change to find: 5% of control, or an amount in the metric's unit.",
    ),
    click.option(
        "--days", type=Numbered(above=0), metavar="D", help="Days that there are for the test."
    ),
    click.option(
        "--power",
        type=Numbered(above=0, below=1, hint="; 80 % is 0.8"),
        metavar="P",
        help="Probability of finding the change.  [default: 0.8]",
    ),
    click.option(
        "--level",
        type=Numbered(above=0.5, below=1, hint="; 95 % confidence is 0.95"),
        metavar="P",
        help="Confidence: 1 less the chance of a false alarm.  [default: 0.95]",
    ),
    click.option(
        "--alternative",
        type=OneOf(ALTERNATIVES),
        default="two-sided",
        show_default=True,
        help="Changes that are looked for.",
    ),
    click.option(
        "--share",
        type=Numbered(above=0, below=1, hint="; 10 % is 0.1"),
        metavar="P",
        help="Share of the units for each treatment.  [default: equal arms]",
    ),
    click.option(
        "--arms", type=Whole(least=2), metavar="N", help="Arms, control included.  [default: 2]"
    ),
    click.option(
        "--looks", type=Whole(least=1), metavar="N", help="Looks at the results.  [default: 1]"
    ),
    click.option(
        "--spending",
        type=OneOf(SPENDING),
        help="How looks share the error rate.  [default: obrien_fleming]",
    ),
)
place_options = bundled(
    "place",
    Place,
    click.option("--metric", metavar="OUTCOME", help="What to compare.  [default: contribution]"),
    click.option(
        "--ratio", metavar="NUM/DEN", help="A ratio of outcomes instead, such as revenue/orders."
    ),
    click.option(
        "--assign-at",
        metavar="STAGE",
        help="Where customers enter: a stage, arrival or order.  [default: arrival]",
    ),
    click.option(
        "--follow-days",
        type=Numbered(above=0),
        metavar="D",
        help="Days after its assignment that each customer counts.  [default: 30]",
    ),
    click.option(
        "--start-day", type=Numbered(), metavar="D", help="Day on which it starts.  [default: 0]"
    ),
    click.option(
        "--market",
        type=Whole(least=1),
        metavar="N",
        help="Prospects that really come.  [default: as the scenario says]",
    ),
)
