"""Options of ``cvosim certify``: what is tested, in which experiment, on whom, and how often."""

from __future__ import annotations

from typing import NamedTuple

import click

from cvosim.cli.options import bundled, overrides_option
from cvosim.cli.usage import OneOf, Whole


class Part(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.2
    """A share or a lift: ``10%`` or ``0.1``."""

    name = "part"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Give the number."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
        except ValueError:
            self.fail(f"{text}: must be a part such as 10% or 0.1", param, ctx)
        if abs(number) >= 1.0 and not text.endswith("%"):
            self.fail(
                f"{text}: must be a part such as 10% or 0.1; did you mean {text}%?", param, ctx
            )
        return number


class What(NamedTuple):
    """What is measured and how it is decided."""

    metric: str
    ratio: str | None
    quantile: float | None
    survival: str | None
    covariate: str | None
    procedure: str | None
    everything: bool


class Plan(NamedTuple):
    """The experiment."""

    units: int | None
    share: float | None
    looks: int
    spending: str
    level: float
    alternative: str
    treatment: str | None


class World(NamedTuple):
    """Where customers come from, and what the treatment does to them."""

    overrides: tuple[str, ...]
    customers: int | None
    assign_at: str | None
    enrol_days: float | None
    follow_days: float | None
    effect: float | None
    kind: str


class Run(NamedTuple):
    """How often, and how it is judged."""

    replications: int
    tolerance: float | None
    seed: int
    threads: int | None


what_options = bundled(
    "what",
    What,
    click.option(
        "--metric", default="contribution", show_default=True, metavar="NAME",
        help="Outcome or column whose mean is tested, such as conversion.core_offer.",
    ),
    click.option("--ratio", metavar="NUM/DEN", help="Ratio to test in its place."),
    click.option(
        "--quantile", type=Part(), metavar="Q", help="Test this quantile of it, not its mean."
    ),
    click.option(
        "--survival", metavar="DAYS/ENDED",
        help="Columns of the days until a customer left, and of whether it did (1 or 0).",
    ),
    click.option(
        "--covariate", metavar="NAME",
        help="Outcome or column known before, such as before.contribution (CUPED).",
    ),
    click.option(
        "--procedure", metavar="NAME",
        help="welch, student, log_ratio, cuped, proportion, permutation, group_sequential, peek, "
        "...  [default: as abtest: welch, or proportion for an outcome of 1 or 0]",
    ),
    click.option(
        "--recommend", "everything", is_flag=True, help="Certify every procedure there is for it."
    ),
)  # fmt: skip
plan_options = bundled(
    "plan",
    Plan,
    click.option(
        "-n", "--units", type=Whole(least=1),
        help="Customers in the experiment.  [default: 10000, or the rows of the data]",
    ),
    click.option(
        "--share", type=Part(), metavar="PART",
        help="Part that gets the treatment, such as 10%.  [default: the scenario's, or half]",
    ),
    click.option(
        "--looks", type=Whole(least=1), default=1, show_default=True,
        help="Times the results are looked at, at equal distances.",
    ),
    click.option(
        "--spending", default="obrien_fleming", show_default=True, metavar="NAME",
        help="How group_sequential spends its error rate over the looks.",
    ),
    click.option("--level", type=Part(), default=0.95, show_default=True, help="Of confidence."),
    click.option(
        "--alternative", type=OneOf(("two-sided", "greater", "less")), default="two-sided",
        show_default=True, help="What the treatment is suspected to do.",
    ),
    click.option("--treatment", metavar="NAME", help="Arm to test.  [default: the first]"),
)  # fmt: skip
world_options = bundled(
    "world",
    World,
    overrides_option,
    click.option("--customers", type=Whole(least=1), help="Prospects to simulate."),
    click.option(
        "--assign-at", metavar="STAGE",
        help="Where customers are assigned: a stage, arrival, or order.",
    ),
    click.option("--enrol-days", type=float, metavar="DAYS", help="Length of enrolment."),
    click.option(
        "--follow-days", type=float, metavar="DAYS",
        help="Days after assignment that count.  [default: to the horizon]",
    ),
    click.option(
        "--effect", type=Part(), metavar="PART",
        help="Effect to find, such as 10%.  [default: the variant's, or 10%]",
    ),
    click.option(
        "--effect-kind", "kind", type=OneOf(("multiply", "add", "convert")), default="multiply",
        show_default=True,
        help="Everybody's value is multiplied, or grows by as much, or more customers convert.",
    ),
)  # fmt: skip
run_options = bundled(
    "run",
    Run,
    click.option(
        "--replications", type=Whole(least=50), default=10_000, show_default=True,
        help="Tests without an effect, and as many with one.",
    ),
    click.option(
        "--tolerance", type=Part(), metavar="PART",
        help="Error allowed in a tail; in both together 1.4 times that.  [default: two fifths of "
        "what it promises]",
    ),
    click.option(
        "--seed", type=Whole(least=0), default=1, show_default=True, help="Luck of the tests."
    ),
    click.option(
        "--threads", type=Whole(least=1),
        help="Threads to use; never changes a number.  [default: all cores]",
    ),
)  # fmt: skip
