"""``cvosim lab testing``: what is a test worth in money, and how long shall it run?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import write_result
from cvosim.cli.lab.trial import Entry, days_listed, entry_options, metric_named, study_of
from cvosim.cli.options import (
    Population,
    Result,
    bundled,
    overrides_option,
    path_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from cvosim.experiment.value_of_information.prior import Prior
    from cvosim.experiment.value_of_information.value import ValueOfTesting


class Belief(NamedTuple):
    """What is believed of the effect."""

    prior_sd: tuple[float, bool] | None
    prior_mean: tuple[float, bool]
    null: float
    past: Path | None


class Terms(NamedTuple):
    """Horizon, costs and durations."""

    days: str | None
    horizon_days: float
    share: float
    cost: float
    cost_per_day: float
    ship_cost: float
    alpha: float


class Numbers(NamedTuple):
    """What a scenario would tell."""

    sd: float | None
    value: float | None
    currency: str | None


class Amount(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.2
    """Money, such as 0.35, or a part of the mean, such as 5%: the number, and if it is a part."""

    name = "amount"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, bool]:
        """Give the number."""
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            self.fail(f"{text}: must be money such as 0.35, or a part such as 5%", param, ctx)
        return (number / 100.0, True) if text.endswith("%") else (number, False)


EXAMPLES = """\b
Try:
  cvosim lab testing tripwire_price_test --prior-sd 5%
  cvosim lab testing carpet_cleaning --metric contribution@28 --prior-sd 5% --days 7,14,28
  cvosim lab testing --sd 40 --per-day 400 --prior-sd 0.5 --cost 2000
"""

_belief = bundled(
    "belief",
    Belief,
    click.option(
        "--prior-sd", type=Amount(), metavar="AMOUNT",
        help="How far effects scatter: money per customer, or a part of the contribution as 5%.",
    ),
    click.option(
        "--prior-mean", type=Amount(), default="0", show_default=True, metavar="AMOUNT",
        help="Effect that is expected, in the same terms.",
    ),
    click.option(
        "--null", type=float, default=0.0, show_default=True, metavar="PART",
        help="Part of changes that do nothing at all; the others scatter as said.",
    ),
    path_option(
        "--past", metavar="FILE",
        text="Learn all this from past tests: a CSV or Parquet file with their estimates, in "
        "money per customer, and standard_errors; all of them, not only those that won.",
    ),
)  # fmt: skip
_terms = bundled(
    "terms",
    Terms,
    click.option("--days", metavar="DAYS", help="Durations to speak of, such as 7,14,28."),
    click.option(
        "--horizon-days", type=float, default=365.0, show_default=True,
        help="Days of arrivals for which the decision counts.",
    ),
    click.option(
        "--share", type=float, default=0.5, show_default=True, metavar="PART",
        help="Part of the test's customers with the change.",
    ),
    click.option("--cost", type=float, default=0.0, show_default=True, help="Of any test."),
    click.option(
        "--cost-per-day", type=float, default=0.0, show_default=True,
        help="Of each day until it is decided.",
    ),
    click.option(
        "--ship-cost", type=float, default=0.0, show_default=True,
        help="Of making the change for everybody.",
    ),
    click.option(
        "--alpha", type=float, default=0.05, show_default=True,
        help="Error rate of the test of significance that is compared.",
    ),
)  # fmt: skip
_numbers = bundled(
    "numbers",
    Numbers,
    click.option(
        "--sd", type=float,
        help="Without a scenario: standard deviation of a customer's contribution.",
    ),
    click.option(
        "--value", type=float, help="Without a scenario: mean contribution of a customer."
    ),
    click.option("--currency", metavar="NAME", help="Without a scenario.  [default: USD]"),
)  # fmt: skip


@click.command(
    "testing", short_help="Say what a test is worth, and how long it shall run.", epilog=EXAMPLES
)
@click.argument("scenario", required=False)
@overrides_option
@population_options
@entry_options
@_belief
@_terms
@_numbers
@result_options
def command(scenario: str | None, **asked: Any) -> None:
    """Weigh testing a change against shipping it now and against never.

    From SCENARIO come the noise of the metric, the contribution of a customer, the pace of
    arrivals and the days until a result is known; or give --sd and --per-day. What you believe
    of such changes beforehand is up to you: how far their effects scatter, and what you expect.
    """
    result: Result = asked["result"]
    result.check([scenario, asked["belief"].past])
    entry, terms = asked["entry"], asked["terms"]
    days = () if terms.days is None else days_listed("--days", terms.days, "7,14,28")
    origin: dict[str, Any] = {"files": [asked["belief"].past]}
    if scenario is None:
        facts = _given(entry, asked["numbers"], asked["overrides"])
    else:
        facts = _simulated(scenario, asked["overrides"], asked["population"], entry,
                           asked["numbers"])  # fmt: skip
        origin |= facts.pop("origin")
    from cvosim.experiment.value_of_information.setting import Setting
    from cvosim.experiment.value_of_information.value import value_of_testing

    setting = Setting(
        _prior(asked["belief"], facts.pop("value")), horizon_days=terms.horizon_days,
        share=terms.share, alpha=terms.alpha, fixed_cost=terms.cost,
        day_cost=terms.cost_per_day, ship_cost=terms.ship_cost, **facts,
    )  # fmt: skip
    found = value_of_testing(setting, days)
    if result.picture is not None:
        from cvosim.report.testing_value import value_picture

        save_picture(value_picture(found), result.picture)
    write_result(_render(found, result.form(), origin), result.output)


def _given(entry: Entry, numbers: Numbers, overrides: tuple[str, ...]) -> dict[str, Any]:
    """Facts as the options give them."""
    from cvosim.experiment.stopping.arrivals import Arrivals

    if overrides:
        raise click.UsageError("-S changes a scenario, and none is named.")
    if numbers.sd is None or entry.per_day is None:
        raise click.UsageError("Name a SCENARIO, or give --sd and --per-day.")
    return {
        "value": numbers.value,
        "sd": numbers.sd,
        "arrivals": Arrivals.steady(entry.per_day),
        "delay_days": entry.follow_days or 0.0,
        "currency": numbers.currency or "USD",
    }


def _simulated(
    source: str,
    overrides: tuple[str, ...],
    population: Population,
    entry: Entry,
    numbers: Numbers,
) -> dict[str, Any]:
    """Facts as a scenario's customers show them."""
    for option, value in numbers._asdict().items():
        if value is not None:
            raise click.UsageError(f"--{option} is for a test without a scenario; leave one out.")
    from cvosim.experiment.stopping.world import simulated
    from cvosim.experiment.value_of_information.from_scenario import noise_of
    from cvosim.scenario import load_scenario

    base, metric = load_scenario(source, overrides), metric_named(entry.metric)
    warn(base)
    study = study_of(entry, base.experiment)
    passes = 1 + study.own_pace
    with progress_bar("Customers", passes * (population.customers or base.customers)) as tick:
        pool, arrivals = simulated([base], study, progress=tick, **population._asdict())
    noise = noise_of(pool, metric)
    return {
        "value": noise.value,
        "sd": noise.sd,
        "arrivals": arrivals,
        "delay_days": study.delay(base),
        "currency": base.currency,
        "name": base.name,
        "metric": entry.metric,
        "origin": {
            "scenarios": [base],
            "seed": base.seed if population.seed is None else population.seed,
            "customers": population.customers or base.customers,
        },
    }


def _prior(belief: Belief, value: float | None) -> Prior:
    """Turn parts of the contribution into money, or past tests into a belief."""
    from cvosim.experiment.value_of_information.prior import Prior

    if belief.past is not None:
        if belief.prior_sd is not None or belief.null or belief.prior_mean[0]:
            raise click.UsageError(
                "--past tells all that is believed; leave out --prior-sd, --prior-mean and --null."
            )
        return Prior.of_past(*_tests(belief.past), spike=True)
    if belief.prior_sd is None:
        raise click.UsageError("Say how far effects scatter: --prior-sd, or --past.")
    mean, sd = (_money(*amount, value) for amount in (belief.prior_mean, belief.prior_sd))
    return Prior.spike_and_slab(belief.null, mean, sd)


def _tests(path: Path) -> tuple[Any, Any]:
    """Estimates and standard errors of past tests."""
    from cvosim.stats.data.cells import numbers
    from cvosim.stats.data.source import open_source

    source = open_source(path)
    names = ("estimate", "standard_error")
    series = source.read(names)
    estimates, errors = (numbers(source, name, series[name]) for name in names)
    if not all(map(math.isfinite, [*estimates, *errors])):
        raise DataError(f"{path}: an estimate or standard_error is missing")
    return estimates, errors


def _money(number: float, is_part: bool, value: float | None) -> float:
    if not is_part or number == 0.0:
        return number
    if value is None:
        raise DataError("--prior-sd: a part such as 5% needs --value, the mean contribution")
    if value <= 0.0:
        raise DataError(
            f"--prior-sd: a part of a contribution of {value:.4g} means nothing; give money per "
            "customer, such as --prior-sd 0.35"
        )
    return number * value


def _render(found: ValueOfTesting, format_: str, origin: dict[str, Any]) -> str:
    if format_ == "html":
        from cvosim.report.documents.lab_testing import lab_testing_document
        from cvosim.report.documents.shared import made_of

        return as_html(lab_testing_document(found, made_of(**origin)))
    if format_ == "json":
        return as_json({"verdict": found.lines(), **found.to_dict()})
    from cvosim.report.testing_value import value_csv, value_table

    if format_ == "csv":
        return value_csv(found).to_csv()
    return f"{told(found.summary(), format_)}\n\n{value_table(found).render(format_)}"
