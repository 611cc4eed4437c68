"""``cvosim experiment``: what a split test would say, and what is true."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.advice import warn
from cvosim.cli.files import Output, replacing, say_written, write_result
from cvosim.cli.options import (
    Population,
    Result,
    overrides_option,
    path_option,
    population_options,
    result_options,
)
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told

if TYPE_CHECKING:
    from cvosim.experiment.trials.split import SplitResult
    from cvosim.experiment.trials.twin import TwinResult
    from cvosim.scenario.arms import Trial

EXAMPLES = """\b
Try:
  cvosim experiment tripwire_price_test
  cvosim experiment tripwire_price_test --twins
  cvosim experiment tripwire_price_test --data cohort.csv
"""


@click.command(
    "experiment", short_help="Run a scenario's split test, the truth beside it.", epilog=EXAMPLES
)
@click.argument("scenario")
@overrides_option
@population_options
@click.option(
    "--twins", is_flag=True, help="Let every customer meet every arm: the true effects, no luck."
)
@path_option(
    "--data",
    metavar="FILE",
    text="Also save the customers as data of a real experiment: a .csv or .parquet file.",
)
@result_options
def command(
    scenario: str,
    overrides: tuple[str, ...],
    population: Population,
    twins: bool,
    data: Path | None,
    result: Result,
) -> None:
    """Run the split test that SCENARIO states under `experiment:`, on simulated customers.

    Each customer is assigned to one arm, as in real life, and the results are looked at as
    planned. Beside every estimate stands the truth: what the very same customers would have
    done in the other arms. A star marks differences that are significant.
    """
    result.check([scenario], Output(data, "--data", (".csv", ".parquet")))
    if twins and data is not None:
        raise click.UsageError("--data is for split tests: twins have no one arm. Drop --twins.")
    from cvosim.scenario import load_experiment

    trial = load_experiment(scenario, overrides)
    warn(*trial.scenarios)
    total = (population.customers or trial.scenario.customers) * len(trial.arms)
    if twins:
        _show_twins(trial, population, result, total)
    else:
        _show_split(trial, population, result, total, data)


def _show_split(
    trial: Trial, population: Population, result: Result, total: int, data: Path | None
) -> None:
    from cvosim.experiment.trials.split import SplitTest

    with progress_bar("Experimenting", total) as progress:
        done = SplitTest.of(trial).run(**population._asdict(), progress=progress)
    if data is not None:
        _save(done, data)
    if result.picture is not None:
        from cvosim.report.experiment_picture import experiment_picture

        save_picture(experiment_picture(done), result.picture)
    write_result(_split_text(done, trial, result.form()), result.output)


def _show_twins(trial: Trial, population: Population, result: Result, total: int) -> None:
    from cvosim.experiment.trials.twin import TwinTest

    with progress_bar("Experimenting", total) as progress:
        done = TwinTest.of(trial).run(**population._asdict(), progress=progress)
    if result.picture is not None:
        from cvosim.report.experiment_picture import twins_picture

        save_picture(twins_picture(done), result.picture)
    write_result(_twins_text(done, trial, result.form()), result.output)


def _save(done: SplitResult, path: Path) -> None:
    from cvosim.experiment.trials.export import write_cohort

    with replacing(path) as draft:
        write_cohort(done.cohort, draft)
    say_written(path)


def _made(done: SplitResult | TwinResult, trial: Trial) -> dict[str, object]:
    from cvosim.report.documents.shared import made_of

    return made_of(trial.scenarios, seed=done.seed, customers=done.customers)


def _split_text(done: SplitResult, trial: Trial, format_: str) -> str:
    from cvosim.report.experiment import experiment_verdict
    from cvosim.report.experiment_tables import experiment_csv, experiment_tables

    if format_ == "html":
        from cvosim.report.documents.experiment import experiment_document

        return as_html(experiment_document(done, _made(done, trial)))
    verdict = experiment_verdict(done)
    if format_ == "json":
        return as_json({"verdict": verdict, **done.to_dict()})
    if format_ == "csv":
        return experiment_csv(done)
    answer = told(verdict, format_)
    return "\n\n".join([answer, *(table.render(format_) for table in experiment_tables(done))])


def _twins_text(done: TwinResult, trial: Trial, format_: str) -> str:
    from cvosim.report.experiment import twins_verdict
    from cvosim.report.experiment_tables import twins_table

    if format_ == "html":
        from cvosim.report.documents.twins import twins_document

        return as_html(twins_document(done, _made(done, trial)))
    verdict, table = twins_verdict(done), twins_table(done)
    if format_ == "json":
        return as_json({"verdict": verdict, **done.to_dict()})
    if format_ == "csv":
        return table.to_csv()
    answer = told(verdict, format_)
    return f"{answer}\n\n{table.render(format_)}"
