"""``cvosim run``: what does this funnel earn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import Output, check_outputs, replacing, write_result
from cvosim.cli.options import (
    PICTURES,
    Population,
    Result,
    bundled,
    overrides_option,
    path_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.usage import OneOf

if TYPE_CHECKING:
    from cvosim.experiment.simulate import Simulation
    from cvosim.metrics import Metrics

PARQUET = (".parquet",)


class TableFiles(NamedTuple):
    """Where to save the tables; None for nowhere."""

    events: Path | None
    customer_table: Path | None


@click.command("run", short_help="Simulate a scenario and print its metrics.")
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
    path_option("--events", metavar="FILE.parquet", text="Save everything that happened."),
    path_option("--customer-table", metavar="FILE.parquet", text="Save one row a customer."),
)
def command(
    scenario: str,
    overrides: tuple[str, ...],
    population: Population,
    engine: str,
    result: Result,
    tables: TableFiles,
) -> None:
    """Simulate SCENARIO, a file or the name of a library scenario, and print its metrics.

    The tables show 95 % intervals; JSON and CSV hold exact values and standard errors.
    """
    _check_files(scenario, result, tables)
    from cvosim.experiment.simulate import simulate
    from cvosim.scenario import load_scenario

    loaded = load_scenario(scenario, overrides)
    warn(loaded)
    with progress_bar(loaded.name, population.customers or loaded.customers) as progress:
        done = simulate(
            loaded,
            customers=population.customers,
            seed=population.seed,
            engine="reference" if engine == "reference" else "kernel",
            threads=population.threads,
            events=tables.events is not None,
            progress=progress,
        )
    _save_tables(done, tables)
    if result.picture is not None:
        _draw(done, result.picture)
    write_result(_render(done, result.form()), result.output)


def _check_files(scenario: str, result: Result, tables: TableFiles) -> None:
    """Refuse at once what would be refused after the run."""
    outputs = (
        Output(result.output, "--output"),
        Output(result.picture, "--picture", PICTURES),
        Output(tables.events, "--events", PARQUET),
        Output(tables.customer_table, "--customer-table", PARQUET),
    )
    check_outputs(outputs, inputs=[scenario], force=result.force)


def _save_tables(done: Simulation, tables: TableFiles) -> None:
    from cvosim.tables.store import write_customers, write_events

    if tables.events is not None and done.events is not None:
        write_events(done.events, tables.events, done.manifest)
        click.echo(f"Wrote {tables.events}", err=True)
    if tables.customer_table is not None:
        write_customers(done.customers, tables.customer_table, done.manifest)
        click.echo(f"Wrote {tables.customer_table}", err=True)


def _measured(done: Simulation) -> Metrics:
    from cvosim.metrics import measure

    return measure(done.customers, currency=done.scenario.currency)


def _draw(done: Simulation, picture: Path) -> None:
    from cvosim.report.pictures import run_picture

    with replacing(picture) as draft:
        run_picture(done.scenario.name, _measured(done)).savefig(draft)
    click.echo(f"Wrote {picture}", err=True)


def _render(done: Simulation, format_: str) -> str:
    metrics = _measured(done)
    if format_ == "json":
        result = {
            "schema_version": 1,
            "scenario": done.scenario.model_dump(mode="json"),
            "manifest": done.manifest.to_dict(),
            "metrics": metrics.to_dict(),
        }
        return json.dumps(result, indent=2, allow_nan=False, ensure_ascii=False)
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
