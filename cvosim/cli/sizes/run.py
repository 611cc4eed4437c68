"""``cvosim run`` without tables: streamed, or as long as precision needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.files import write_result
from cvosim.cli.options import Population, Result
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.sizes.options import MOST, Precise

if TYPE_CHECKING:
    from cvosim.experiment.precision.compare import PreciseComparison
    from cvosim.experiment.precision.run import PreciseRun
    from cvosim.experiment.streaming import Stream
    from cvosim.scenario import Scenario

INTERRUPTED = 130
NOT_REACHED = 1


def run_streamed(
    scenario: Scenario,
    population: Population,
    result: Result,
    executor: str,
    *,
    cohorts: float | None,
    events: Path | None,
) -> None:
    """Stream a scenario and print its metrics."""
    from cvosim.experiment.streaming import EventFolder, stream
    from cvosim.metrics.aggregate import Wanted

    with progress_bar(scenario.name, population.customers or scenario.customers) as progress:
        done = stream(
            scenario,
            customers=population.customers,
            seed=population.seed,
            executor=executor,
            wanted=Wanted(cohort_days=cohorts),
            events=None if events is None else EventFolder(events, force=result.force),
            progress=progress,
        )
    if events is not None:
        click.echo(f"Wrote {events}", err=True)
    _picture(done, result)
    write_result(_streamed(done, result.form()), result.output)
    if not done.complete:
        click.echo(
            f"stopped after {done.customers:,} of {done.asked:,} customers; "
            "a prefix is a fair sample",
            err=True,
        )
        click.get_current_context().exit(INTERRUPTED)


def _streamed(done: Stream, form: str) -> str:
    from cvosim.report.streaming import stream_csv, stream_text

    if form == "html":
        from cvosim.report.documents.stream import stream_document

        return as_html(stream_document(done))
    if form == "json":
        return as_json(done.to_dict())
    return stream_csv(done) if form == "csv" else stream_text(done, form)


def _picture(done: Stream, result: Result) -> None:
    if result.picture is None:
        return
    from cvosim.report.pictures import run_picture

    save_picture(run_picture(done.scenario.name, done.metrics()), result.picture)


def run_precisely(
    scenario: Scenario, population: Population, result: Result, precise: Precise
) -> None:
    """Run a scenario until a metric is known well enough, and print it with all others."""
    from cvosim.experiment.precision.jobs import STEPS, Search
    from cvosim.experiment.precision.run import run_to_precision
    from cvosim.metrics.metric import VALUE

    assert precise.precision is not None
    with progress_bar(scenario.name, STEPS) as progress:
        done = run_to_precision(
            scenario,
            precise.precision,
            metric=precise.metric or VALUE,
            seed=population.seed,
            how=Search(
                precise.workers(population), most=precise.most_customers or MOST, progress=progress
            ),
        )
    _picture(done.stream, result)
    write_result(_precise(done, result.form()), result.output)
    end_as_found(done)


def _precise(done: PreciseRun, form: str) -> str:
    from cvosim.report.precision import precise_run_csv, precise_run_text

    if form == "html":
        from cvosim.report.documents.precision import precise_run_document

        return as_html(precise_run_document(done))
    if form == "json":
        return as_json(done.to_dict())
    return precise_run_csv(done) if form == "csv" else precise_run_text(done, form)


def end_as_found(done: PreciseRun | PreciseComparison) -> None:
    """Say that precision was not reached, and end as Ctrl-C or a failed check does."""
    if done.stopped:
        click.echo(
            f"stopped after {done.customers:,} customers, before the precision asked", err=True
        )
        click.get_current_context().exit(INTERRUPTED)
    if not done.reached:
        click.echo(
            f"precision not reached with {done.customers:,} customers; raise --most-customers "
            "or ask for less",
            err=True,
        )
        click.get_current_context().exit(NOT_REACHED)


def advise_on_memory(scenario: Scenario, customers: int | None, *, reported: int = 0) -> None:
    """Speak up before tables that this machine cannot hold are filled.

    ``reported`` is how many scenarios like this one a report is about, 0 for no report.

    Raises
    ------
    CvosimError
        When they need more memory than there is.
    """
    from cvosim.experiment.table_memory import too_large

    text = too_large(scenario, customers or scenario.customers, reported=reported)
    if text is not None:
        from cvosim.cli.advice import print_warning

        print_warning(text)
