"""``--stream``, ``--precision`` and what belongs to them, each written once."""

from __future__ import annotations

import math
from typing import NamedTuple

import click

from cvosim.cli.options import Option, Population, bundled, executor_option
from cvosim.cli.usage import Whole

MOST = 1_000_000_000
SHORTEST_COHORT = 1.0


class Precise(NamedTuple):
    """How precise a number is wanted, and by whom; None for not asked for."""

    precision: str | None
    metric: str | None
    most_customers: int | None
    executor: str | None

    def check(self, population: Population) -> None:
        """Refuse words that contradict each other.

        Raises
        ------
        UsageError
            In words.
        """
        if self.precision is None:
            named = (self.metric, "--metric"), (self.most_customers, "--most-customers")
            for value, option in named:
                if value is not None:
                    raise click.UsageError(f"{option} belongs to --precision; give both.")
        elif population.customers is not None:
            raise click.UsageError(
                "--precision decides how many customers it takes; leave --customers out, or "
                "bound it with --most-customers."
            )
        if self.executor is not None and population.threads is not None:
            raise click.UsageError(
                f"--threads and --executor contradict each other; "
                f"write --executor threads:{population.threads}."
            )

    def workers(self, population: Population) -> str:
        """Give the executor that is meant."""
        if self.executor is not None:
            return self.executor
        return "threads" if population.threads is None else f"threads:{population.threads}"


class Streaming(NamedTuple):
    """Whether to keep only sums; None for not asked for."""

    stream: bool
    cohorts: float | None

    def check(self, precise: Precise) -> None:
        """Refuse words that only a streamed run understands.

        Raises
        ------
        UsageError
            In words.
        """
        if self.stream and precise.precision is not None:
            raise click.UsageError("--precision streams by itself; leave --stream out.")
        if not self.stream and self.cohorts is not None:
            raise click.UsageError("--cohorts belongs to --stream; give both.")
        if not self.stream and precise.precision is None and precise.executor is not None:
            raise click.UsageError("--executor belongs to --stream and --precision; give one.")


class Days(click.types.FloatParamType):
    """A number of days, one or more."""

    name = "days"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Give the number."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number >= SHORTEST_COHORT):
            self.fail(f"{value}: must be a number of days, at least 1", param, ctx)
        return number


def _precision(text: str) -> Option:
    return click.option("--precision", metavar="SIZE", help=text)


_metric_option = click.option(
    "--metric", metavar="NAME", help="What --precision is about.  [default: clv_per_prospect]"
)
_most_option = click.option(
    "--most-customers",
    type=Whole(least=1),
    help=f"Where --precision gives up, with exit code 1.  [default: {MOST}]",
)
precise_run_options = bundled(
    "precise",
    Precise,
    _precision(
        "Simulate until half the 95 % interval of --metric is so narrow: 1% of its value, or "
        "0.05 in its unit."
    ),
    _metric_option,
    _most_option,
    executor_option(None),
)
precise_comparison_options = bundled(
    "precise",
    Precise,
    _precision(
        "Only compare --metric, and go on until half the 95 % interval of the difference is so "
        "narrow: 1% of the baseline's value, or 0.05 in its unit."
    ),
    _metric_option,
    _most_option,
    executor_option(None),
)
streaming_options = bundled(
    "streaming",
    Streaming,
    click.option(
        "--stream",
        is_flag=True,
        help="Keep sums in place of tables: any number of customers in constant memory.",
    ),
    click.option(
        "--cohorts",
        type=Days(),
        metavar="DAYS",
        help="With --stream: also who buys again, by cohorts and ages of so many days.",
    ),
)
