"""``cvosim plan``: how large, and how long, must a test be?"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import click

from cvosim.cli.experiments.plan_options import (
    Amount,
    Asked,
    Numbers,
    Place,
    asked_options,
    numbers_options,
    place_options,
)
from cvosim.cli.files import write_result
from cvosim.cli.options import (
    Population,
    Result,
    overrides_option,
    population_options,
    result_options,
)
from cvosim.cli.rendering import as_html, as_json, save_picture, wrapped
from cvosim.errors import CvosimError

if TYPE_CHECKING:
    from cvosim.experiment.duration import DurationPlan
    from cvosim.experiment.duration_question import Question
    from cvosim.scenario import Scenario
    from cvosim.stats.planning.answer import Answer

EXAMPLES = """\b
Try:
  cvosim plan --rate 0.05 --effect 20%
  cvosim plan --mean 12.5 --sd 80 --effect 5% --share 0.1 --per-day 350
  cvosim plan --mean 12.5 --sd 80 --n 20000 --looks 5
  cvosim plan customers.csv --metric spend --effect 5%
  cvosim plan carpet_cleaning --metric conversion.tripwire --assign-at tripwire --effect 10%
  cvosim plan carpet_cleaning --days 90 --picture plan.png
"""
DATA = (".csv", ".gz", ".parquet", ".pq")
"""Endings of files with real customers; anything else is a scenario."""


@click.command("plan", short_help="Say how large, and how long, a test must be.", epilog=EXAMPLES)
@click.argument("scenario", required=False)
@numbers_options
@place_options
@asked_options
@overrides_option
@population_options
@result_options
def command(
    scenario: str | None,
    numbers: Numbers,
    place: Place,
    asked: Asked,
    overrides: tuple[str, ...],
    population: Population,
    result: Result,
) -> None:
    """Plan a split test: from numbers, from a file, or from the customers of SCENARIO.

    With numbers: units for a change (--effect), the smallest change for units (--n), or the
    power for both; --per-day turns units into days.

    With a CSV or Parquet file in place of SCENARIO, a row a customer: the same, and the numbers
    are those of its column --metric, or of --ratio of two of them.

    With SCENARIO, which is simulated once: days for a change (--effect), or the smallest change
    after some days (--days). Who comes when, who comes back and how long it takes until a
    customer's worth shows is then known. An experiment that the file describes gives defaults.
    """
    result.check([scenario])
    if scenario is None or scenario.casefold().endswith(DATA):
        given = {
            **place._asdict(), **population._asdict(), "set": overrides or None,
            "picture": result.picture,
        }  # fmt: skip
        note = ""
        if scenario is not None:
            numbers, note = _from_file(scenario, numbers, place)
            given |= {"metric": None, "ratio": None}
        what = "name one" if scenario is None else f"{scenario} is data"
        _only(given, f"goes with a SCENARIO; {what}")
        found = _from_numbers(numbers, asked)
        write_result(_render_answer(found, result.form(), note, scenario), result.output)
        return
    _only(numbers._asdict(), "goes without a SCENARIO, which knows; leave one of them out")
    plan, made = _from_scenario(scenario, overrides, (place, asked), population)
    if result.picture is not None:
        from cvosim.report.plan_picture import duration_picture

        save_picture(duration_picture(plan), result.picture)
    write_result(_render_plan(plan, result.form(), made), result.output)


def _only(given: dict[str, Any], problem: str) -> None:
    """Refuse options that belong to the other use of the command."""
    for name, value in given.items():
        if value is not None:
            option = {"units": "n"}.get(name, name.replace("_", "-"))
            raise CvosimError(f"--{option}: {problem}")


def _from_file(path: str, numbers: Numbers, place: Place) -> tuple[Numbers, str]:
    """Measure a column or a ratio of a file; a column of 1 and 0 is a rate."""
    from cvosim.experiment.certificate.certify import is_share
    from cvosim.experiment.certificate.spread import check_spread
    from cvosim.experiment.certificate.worlds import pool_of_data
    from cvosim.stats.metric import Mean, Ratio
    from cvosim.stats.moments import Moments

    known = numbers._replace(units=None, per_day=None, correlation=None)
    _only(known._asdict(), f"goes without {path}, which knows; leave one of them out")
    if (place.metric is None) == (place.ratio is None):
        raise CvosimError(f"{path}: name its column to plan for by --metric, or two by --ratio")
    one, slash, other = (place.ratio or "").partition("/")
    if place.ratio is not None and not (one and slash and other):
        raise CvosimError(f"--ratio {place.ratio}: must be NUM/DEN, such as revenue/orders")
    metric: Mean | Ratio = Ratio(one, other) if place.metric is None else Mean(place.metric)
    pool = pool_of_data(path, metric.columns)
    check_spread(metric, pool, len(pool))
    sums = Moments.of({name: pool.of(name)[0] for name in metric.columns})
    found = metric.arms(sums, sums).control
    mean, sd = float(found.value), math.sqrt(float(found.variance))
    name = f"{place.ratio or place.metric} of {pool.arms[0]}, {len(pool):,} customers"
    if is_share(pool, metric):
        return numbers._replace(rate=mean), f"Known: {name}: {100 * mean:.4g} %."
    note = f"Known: {name}: mean {mean:,.5g}, standard deviation {sd:,.5g}."
    return numbers._replace(mean=mean, sd=sd), note


def _from_numbers(numbers: Numbers, asked: Asked) -> Answer:
    from cvosim.stats.planning.answer import Known, answer

    value, total = _value(numbers), _total(numbers, asked)
    known = Known(value, numbers.sd, numbers.correlation or 0.0, numbers.per_day)
    if asked.effect is None and total is None:
        raise click.UsageError(
            "Nothing to plan: give --effect, the change to find, such as 5%, or --n, the units "
            "there are, or both."
        )
    if asked.effect is not None and total is not None and asked.power is not None:
        raise CvosimError("--power: follows from --effect and the units; leave one of them out")
    effect = None
    if asked.effect is not None:
        if asked.effect.relative and not abs(value) > 0.0:
            raise CvosimError("--effect: a change in percent needs a --mean that is not 0")
        effect = asked.effect.value * (abs(value) if asked.effect.relative else 1.0)
    return answer(known, effect, total, asked.power, **_test(asked))


def _value(numbers: Numbers) -> float:
    """Give the mean or the rate; refuse both and neither."""
    if numbers.rate is not None:
        for name in ("mean", "sd"):
            if getattr(numbers, name) is not None:
                raise CvosimError(f"--{name}: goes without --rate, which knows its own deviation")
        return numbers.rate
    if numbers.mean is None and numbers.sd is None:
        raise click.UsageError(
            "Nothing to plan: name a SCENARIO, or give --mean and --sd, or --rate, and --effect "
            "or --n."
        )
    if numbers.sd is None:
        raise CvosimError("--mean: needs --sd, the standard deviation, too; for a share use --rate")
    return float("nan") if numbers.mean is None else numbers.mean


def _total(numbers: Numbers, asked: Asked) -> float | None:
    """Units of all arms, if they are given."""
    if asked.days is None:
        return None if numbers.units is None else float(numbers.units)
    if numbers.units is not None:
        raise CvosimError("--days: goes without --n; either says how large the test is")
    if numbers.per_day is None:
        raise CvosimError("--days: needs --per-day, the units that come in a day, too")
    return asked.days * numbers.per_day


def _test(asked: Asked, arms: int = 2) -> dict[str, Any]:
    """Say how the test is made, in the words of `Design`."""
    from cvosim.stats.planning.allocation import share_to_ratio

    treatments = (asked.arms or arms) - 1
    share = asked.share or 1.0 / (treatments + 1)
    alpha = 1.0 - (asked.level or 0.95)
    _powered(asked, alpha)
    return {
        "alpha": round(alpha, 12),
        "alternative": asked.alternative,
        "ratio": share_to_ratio(share, treatments),
        "treatments": treatments,
        "looks": asked.looks or 1,
        "spending": asked.spending or "obrien_fleming",
    }


def _powered(asked: Asked, alpha: float) -> None:
    if asked.power is not None and asked.power <= alpha:
        raise CvosimError(
            f"--power {asked.power:g}: must be above {alpha:.4g}, what a test has without any "
            "effect; 80 % is 0.8"
        )


def _from_scenario(
    scenario: str, overrides: tuple[str, ...], told: tuple[Place, Asked], population: Population
) -> tuple[DurationPlan, dict[str, object]]:
    """Plan on a scenario; with it, how it was made."""
    from cvosim.cli.advice import warn
    from cvosim.cli.progress import progress_bar
    from cvosim.experiment.duration import plan_duration
    from cvosim.report.documents.shared import made_of
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    metric, question = _question(loaded, *told)
    warn(loaded)
    with progress_bar(loaded.name, population.customers or loaded.customers) as progress:
        plan = plan_duration(loaded, metric, question, progress=progress, **population._asdict())
    seed = loaded.seed if population.seed is None else population.seed
    return plan, made_of([loaded], seed=seed, customers=population.customers or loaded.customers)


def _question(scenario: Scenario, place: Place, asked: Asked) -> tuple[str, Question]:
    """What is asked, with the file's experiment for whatever the command line leaves open."""
    from cvosim.experiment.duration_question import Question, experiment_defaults

    if place.metric is not None and place.ratio is not None:
        raise CvosimError("--ratio: goes without --metric; one of them is planned for")
    if place.ratio is not None and "/" not in place.ratio:
        raise CvosimError(f"--ratio {place.ratio}: must be NUM/DEN, such as revenue/orders")
    metric, known = experiment_defaults(scenario)
    treatments = asked.arms - 1 if asked.arms else known.get("treatments", 1)
    share = None if asked.arms else known.get("share")
    effect = asked.effect or Amount(float("nan"), True)
    alpha = None if asked.level is None else round(1.0 - asked.level, 12)
    _powered(asked, alpha or known.get("alpha", 0.05))
    own = {
        "assign_at": place.assign_at,
        "follow_days": place.follow_days,
        "start_day": place.start_day,
        "market": place.market,
        "days": asked.days,
        "power": asked.power,
        "alpha": alpha,
        "share": asked.share or share or 1.0 / (treatments + 1),
        "looks": asked.looks,
        "spending": asked.spending,
        "effect": effect.value if asked.effect else None,
    }
    settled = {**known, **{name: value for name, value in own.items() if value is not None}}
    settled |= {"treatments": treatments, "relative": effect.relative}
    return place.ratio or place.metric or metric, Question(alternative=asked.alternative, **settled)  # type: ignore[arg-type]


def _render_answer(found: Answer, format_: str, note: str, file: str | None) -> str:
    from cvosim.report.plan import answer_table

    if format_ == "html":
        from cvosim.report.documents.plan import answer_document
        from cvosim.report.documents.shared import made_of

        return as_html(answer_document(found, note, made_of(files=[file])))
    said = f"{found.summary()}\n{note}".rstrip()
    return _render(said, found.to_dict(), answer_table(found).render, format_)


def _render_plan(plan: DurationPlan, format_: str, made: dict[str, object]) -> str:
    from cvosim.report.plan import duration_table

    if format_ == "html":
        from cvosim.report.documents.plan import plan_document

        return as_html(plan_document(plan, made))
    table = duration_table(plan, every=format_ == "csv")
    return _render(plan.summary(), plan.to_dict(), table.render, format_)


def _render(summary: str, values: dict[str, Any], table: Any, format_: str) -> str:
    if format_ == "json":
        return as_json({"summary": summary, **values})
    text = str(table(format_)).rstrip("\n")
    if format_ == "csv":
        return text
    if format_ == "md":
        return f"{summary}\n\n{text}".replace("\n", "\n\n", summary.count("\n"))
    glued = re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", summary)
    return f"{wrapped(glued)}\n\n{text}"
