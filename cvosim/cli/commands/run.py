"""``cvosim run``: what does this funnel earn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import Output, say_written, write_result
from cvosim.cli.illustrating import document_of, illustrated
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
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.sizes.options import Precise, Streaming, precise_run_options, streaming_options
from cvosim.cli.sizes.run import advise_on_memory, run_precisely, run_streamed
from cvosim.cli.usage import OneOf

if TYPE_CHECKING:
    from cvosim.experiment.simulate import Simulation
    from cvosim.metrics import Metrics
    from cvosim.scenario import Scenario

PARQUET = (".parquet",)


class TableFiles(NamedTuple):
    """Where to save the tables; None for nowhere."""

    events: Path | None
    customer_table: Path | None


EXAMPLES = """\b
Try:
  cvosim run carpet_cleaning
  cvosim run carpet_cleaning -o report.html
  cvosim run carpet_cleaning --stream --customers 1000000000
  cvosim run carpet_cleaning --precision 1%
"""


@click.command("run", short_help="Simulate a scenario and print its metrics.", epilog=EXAMPLES)
@click.argument("scenario")
@overrides_option
@population_options
@click.option(
    "--engine",
    type=OneOf(("kernel", "reference")),
    default="kernel",
    show_default=True,
    help="Compiled and fast, or readable and slow; the numbers are the same.",
)
@result_options
@bundled(
    "tables",
    TableFiles,
    path_option(
        "--events",
        metavar="FILE.parquet",
        text="Save everything that happened; with --stream to a folder of Parquet files.",
    ),
    path_option("--customer-table", metavar="FILE.parquet", text="Save one row a customer."),
)
@streaming_options
@precise_run_options
def command(
    scenario: str,
    overrides: tuple[str, ...],
    engine: str,
    tables: TableFiles,
    **options: Any,
) -> None:
    """Simulate SCENARIO, a file or the name of a library scenario, and print its metrics.

    The tables show 95 % intervals; JSON and CSV hold exact values and standard errors; HTML is
    a report with figures.
    """
    ways = _Ways(**options)
    sums = _check(ways, scenario, engine, tables)
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    warn(loaded)
    if not sums:
        if ways.result.form() == "html":
            _report(loaded, ways, tables)
        else:
            _run_in_memory(loaded, ways, engine, tables)
    elif ways.precise.precision is not None:
        run_precisely(loaded, ways.population, ways.result, ways.precise)
    else:
        executor, cohorts = ways.precise.workers(ways.population), ways.streaming.cohorts
        run_streamed(
            loaded, ways.population, ways.result, executor, cohorts=cohorts, events=tables.events
        )


class _Ways(NamedTuple):
    """Who is simulated, how, and how the result is wanted."""

    population: Population
    result: Result
    streaming: Streaming
    precise: Precise


def _check(ways: _Ways, scenario: str, engine: str, tables: TableFiles) -> bool:
    """Refuse what cannot be or could not be saved; whether only sums are kept."""
    ways.precise.check(ways.population)
    ways.streaming.check(ways.precise)
    if not ways.streaming.stream and ways.precise.precision is None:
        if engine == "reference" and ways.result.form() == "html":
            raise click.UsageError("--engine reference makes no HTML report; leave it out here.")
        ways.result.check(
            [scenario],
            Output(tables.events, "--events", PARQUET),
            Output(tables.customer_table, "--customer-table", PARQUET),
        )
        return False
    if engine == "reference":
        raise click.UsageError("--engine reference keeps tables; leave it out here.")
    if tables.customer_table is not None:
        raise click.UsageError("--customer-table needs a run that keeps tables; leave it out here.")
    if tables.events is not None and not ways.streaming.stream:
        raise click.UsageError("--events needs --stream or a run that keeps tables.")
    ways.result.check([scenario])
    return True


def _run_in_memory(loaded: Scenario, ways: _Ways, engine: str, tables: TableFiles) -> None:
    population, result = ways.population, ways.result
    advise_on_memory(loaded, population.customers)
    done = _simulated(loaded, population, engine, tables)
    _save_tables(done, tables)
    if result.picture is not None:
        _save_run_picture(done.scenario.name, _measured(done), result.picture)
    write_result(_render(done, result.form()), result.output)


def _simulated(
    loaded: Scenario, population: Population, engine: str, tables: TableFiles
) -> Simulation:
    from cvosim.experiment.simulate import simulate

    with progress_bar(loaded.name, population.customers or loaded.customers) as progress:
        return simulate(
            loaded,
            customers=population.customers,
            seed=population.seed,
            engine="reference" if engine == "reference" else "kernel",
            threads=population.threads,
            events=tables.events is not None,
            progress=progress,
        )


def _report(loaded: Scenario, ways: _Ways, tables: TableFiles) -> None:
    """Write a report, which looks at its own run; files of tables are those of the same run."""
    found = illustrated([loaded], ways.population, loaded.name)
    if any(tables):
        _save_tables(_simulated(loaded, ways.population, "kernel", tables), tables)
    if ways.result.picture is not None:
        _save_run_picture(loaded.name, found.metrics[loaded.name], ways.result.picture)
    write_result(as_html(document_of(found)), ways.result.output)


def _save_run_picture(name: str, metrics: Metrics, path: Path) -> None:
    from cvosim.report.pictures import run_picture

    save_picture(run_picture(name, metrics), path)


def _save_tables(done: Simulation, tables: TableFiles) -> None:
    from cvosim.tables.store import write_customers, write_events

    if tables.events is not None and done.events is not None:
        write_events(done.events, tables.events, done.manifest)
        say_written(tables.events)
    if tables.customer_table is not None:
        write_customers(done.customers, tables.customer_table, done.manifest)
        say_written(tables.customer_table)


def _measured(done: Simulation) -> Metrics:
    from cvosim.metrics import measure

    return measure(done.customers, currency=done.scenario.currency)


def _render(done: Simulation, format_: str) -> str:
    metrics = _measured(done)
    if format_ == "json":
        return as_json(
            {
                "scenario": done.scenario.model_dump(mode="json"),
                "manifest": done.manifest.to_dict(),
                "metrics": metrics.to_dict(),
            }
        )
    from cvosim.report.text import metrics_table, metrics_tables

    if format_ == "csv":
        return metrics_table(metrics).to_csv()
    tables = (table.render(format_) for table in metrics_tables(metrics))
    return "\n\n".join([_title(done), *tables])


def _title(done: Simulation) -> str:
    """Say who was simulated."""
    people, referred = f"{done.customers.n_market:,} prospects", len(done.customers.referred.root)
    also = f", {referred:,} referred" if referred else ""
    return f"{done.scenario.name}: {people}{also}, seed {done.manifest.seed}"
