"""``cvosim calibrate``: let real data speak."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cvosim.cli.files import Output, check_outputs, print_result, say_written
from cvosim.cli.options import bundled, force_option, format_option, path_option
from cvosim.cli.rendering import as_json
from cvosim.cli.usage import OneOf, Whole

if TYPE_CHECKING:
    from cvosim.experiment.calibrate import Calibration, Settings
    from cvosim.experiment.calibration.funnel import FunnelFit
    from cvosim.experiment.calibration.repeat import RepeatFit
    from cvosim.report.tables import Table

ROLES = (
    *("customer", "date", "stage", "event", "channel", "program", "revenue"),
    *("reached", "accepted", "count"),
)
Row = tuple[str, str, float, float | None, float | None, float | None]


class Data(NamedTuple):
    """What was seen; None for what there is not."""

    orders: Path | None
    events: Path | None
    stages: Path | None


class Columns(NamedTuple):
    """Which column is what; None to find it by its usual names."""

    customer: str | None
    date: str | None
    amount: str | None
    columns: tuple[str, ...]


class Ways(NamedTuple):
    """How to fit."""

    model: str
    delays: str
    refine: tuple[str, ...]
    until: str | None
    people: int | None


class Target(NamedTuple):
    """Where the calibrated scenario goes."""

    output: Path | None
    force: bool


@click.command("calibrate", short_help="Fit a scenario to orders, event logs, stage counts.")
@click.argument("scenario")
@bundled(
    "data",
    Data,
    path_option("--orders", metavar="FILE", text="Order log: CSV or Parquet, one row an order."),
    path_option(
        "--events",
        metavar="FILE",
        text="Event log: customer, date, stage, and event, channel, program where there are.",
    ),
    path_option(
        "--stages", metavar="FILE", text="Stage counts: stage, reached, accepted; or stage, count."
    ),
)
@bundled(
    "columns",
    Columns,
    click.option("--customer", metavar="COL", help="The orders' customer.  [default: found]"),
    click.option("--date", metavar="COL", help="The orders' day.  [default: found]"),
    click.option("--amount", metavar="COL", help="The orders' amount.  [default: found]"),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="ROLE=COL",
        help="A column of events or counts, such as date=happened_at. May be repeated.",
    ),
)
@bundled(
    "ways",
    Ways,
    click.option(
        "--model",
        type=OneOf(("auto", "bg_nbd", "mbg_nbd", "pareto_nbd")),
        default="auto",
        show_default=True,
        help="Model of repeat buying; auto takes that of lowest AIC.",
    ),
    click.option(
        "--delays",
        type=OneOf(("aic", "keep")),
        default="aic",
        show_default=True,
        help="Kinds of delay: chosen by AIC, or kept as the scenario has them.",
    ),
    click.option(
        "--refine",
        multiple=True,
        metavar="PATH",
        help="A trust or fatigue to find by simulation, such as journey.lead_magnet.trust.",
    ),
    click.option("--until", metavar="DATE", help="Last day to fit to; later orders are held out."),
    click.option(
        "-n",
        "--customers",
        "people",
        type=Whole(least=1000),
        help="Prospects to simulate each time.  [default: twice the log's]",
    ),
)
@bundled(
    "target",
    Target,
    path_option("-o", "--output", metavar="FILE.yaml", text="Write the calibrated scenario here."),
    force_option,
)
@format_option
def command(
    scenario: str, data: Data, columns: Columns, ways: Ways, target: Target, format_: str | None
) -> None:
    """Fit SCENARIO to orders, an event log, stage counts, or several, and print how well they fit.

    Orders give repeat purchases; events give conversions, delays, channels and the return
    path; counts give conversions. Everything else stays as written, comments included, and is
    listed.
    """
    if not any(data):
        raise click.UsageError("missing option --orders, --events or --stages")
    outputs = [Output(target.output, "--output", (".yaml", ".yml"))]
    check_outputs(outputs, inputs=list(data), force=target.force)
    from cvosim.experiment.calibrate import calibrate
    from cvosim.experiment.calibrated_file import check_place

    if target.output is not None:
        check_place(scenario, target.output)
    done = calibrate(
        scenario,
        data.orders,
        events=data.events,
        stages=data.stages,
        until=ways.until,
        **_settings(columns, ways),
    )
    if target.output is not None:
        done.write(target.output)
        say_written(target.output)
    print_result(_render(done, format_ or "table"))


def _settings(columns: Columns, ways: Ways) -> Settings:
    return {
        "customer": columns.customer,
        "date": columns.date,
        "amount": columns.amount,
        "columns": dict(_pair(word) for word in columns.columns),
        "model": ways.model,
        "delays": ways.delays,
        "refine": ways.refine,
        "people": ways.people,
    }


def _pair(word: str) -> tuple[str, str]:
    role, equals, name = word.partition("=")
    if not equals or role not in ROLES or not name:
        known = ", ".join(ROLES)
        raise click.UsageError(f'--column "{word}": write ROLE=COL, ROLE being one of {known}')
    return role, name


def _render(done: Calibration, format_: str) -> str:
    if format_ == "table":
        return done.summary()
    if format_ == "json":
        return as_json(done.to_dict())
    return _table(done).render(format_).rstrip("\n")


def _table(done: Calibration) -> Table:
    """One row a fitted parameter, then the forecast."""
    from cvosim.report.tables import Table

    rows: list[Row] = []
    if done.funnel is not None:
        rows += _of_funnel(done.funnel)
    if done.repeat is not None:
        rows += _of_repeat(done.repeat)
    shown = tuple((part, name, *_cells(name, numbers)) for part, name, *numbers in rows)
    header = ("part", "parameter", "value", "standard_error", "low", "high")
    return Table(header, tuple(rows), shown)


def _of_repeat(repeat: RepeatFit) -> Iterator[Row]:
    for part, fit in (("frequency", repeat.fit_frequency), ("spend", repeat.fit_spend)):
        if fit is None:
            continue
        errors = fit.standard_errors_ or {}
        for name, value in fit.params_.items():
            yield part, name, float(value), errors.get(name), None, None
        yield part, "log_likelihood", fit.log_likelihood_, None, None, None
        yield part, "converged", float(fit.converged_), None, None, None
    for model, aic in repeat.aic.items():
        yield "aic", model, aic, None, None, None
    if repeat.holdout is not None:
        for name in HOLDOUT:
            yield "holdout", name, float(getattr(repeat.holdout, name)), None, None, None


def _of_funnel(funnel: FunnelFit) -> Iterator[Row]:
    for stage in funnel.stages:
        for name in ("observed", "conversion", "consumed"):
            yield from _of_share(stage.stage, name, getattr(stage, name))
        for name in ("delay", "time_to_value"):
            fit = getattr(stage, name)
            section = {} if fit is None or fit.section is None else fit.section
            for key, value in section.items():
                if key != "kind":
                    error = (fit.standard_errors or {}).get(key)
                    yield stage.stage, f"{name}.{section['kind']}.{key}", value, error, None, None
    for channel in funnel.channels:
        yield channel.channel, "share", channel.share, None, channel.low, channel.high
        if channel.over_days is not None:
            yield channel.channel, "over_days", channel.over_days, None, None, None
    for response in funnel.responses:
        for name, share in response.values.items():
            yield from _of_share(response.program, name, share)
        yield from _of_share(response.program, "won", response.won)
        yield from _of_share(response.program, "conversion", response.conversion)
    for one in funnel.refined:
        if one.value is not None:
            yield "refined", one.path, one.value, one.standard_error, one.low, one.high


def _of_share(part: str, name: str, share: Any) -> Iterator[Row]:
    if share is not None:
        yield part, name, share.value, None, share.low, share.high


def _cells(name: str, numbers: list[Any]) -> tuple[str, ...]:
    from cvosim.report.numbers import digits

    value, error, low, high = numbers
    plain = name in EXACT or low is not None
    limits = ("" if limit is None else digits(limit, 4) for limit in (low, high))
    return (digits(value, 6), "" if plain and error is None else digits(error, 3), *limits)


HOLDOUT = ("forecast", "low", "high", "actual")
EXACT = frozenset(
    {"log_likelihood", "converged", "over_days", "bg_nbd", "mbg_nbd", "pareto_nbd", *HOLDOUT}
)
"""Rows that have no standard error; a parameter's is n/a where the orders do not settle it."""
