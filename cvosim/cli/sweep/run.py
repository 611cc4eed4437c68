"""``cvosim sweep run``: every point of a scenario's ``sweep:`` section."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli import ExitCode
from cvosim.cli.files import write_result
from cvosim.cli.options import (
    Result,
    bundled,
    executor_option,
    fresh_option,
    overrides_option,
    result_options,
    retry_option,
    store_option,
)
from cvosim.cli.rendering import as_html, as_json, save_picture, told
from cvosim.cli.sweep.progress import sweep_progress
from cvosim.cli.usage import Whole
from cvosim.errors import DataError, Problem, ScenarioError

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign
    from cvosim.experiment.sweeps.result import SweepTable
    from cvosim.experiment.sweeps.shards import Shard
    from cvosim.scenario.sweep import Sweep
    from cvosim.scenario.template import Template

_NOTHING = (
    "has no `sweep:` section that says what may differ; write one, such as `sweep: {levers: "
    "{journey.core_offer.price: [199, 249, 299]}}`, or see `cvosim init carpet_cleaning_prices`"
)

EXAMPLES = """\b
Try:
  cvosim sweep carpet_cleaning_prices --dry-run
  cvosim sweep carpet_cleaning_prices --store prices --executor processes:2
  cvosim sweep carpet_cleaning_prices --store prices --shard 1/2
"""


class Where(NamedTuple):
    """What runs the sweep, and where its results are kept."""

    store: Path | None
    executor: str
    shard: str | None
    fresh: bool
    retry_failed: bool


@click.command("run", short_help="Run all points of a sweep; go on where it stopped.",
               epilog=EXAMPLES)  # fmt: skip
@click.argument("scenario")
@overrides_option
@click.option("-n", "--customers", type=Whole(least=1),
              help="Prospects a replicate of a point.  [default: the section's]")  # fmt: skip
@click.option("--seed", type=Whole(), help="Luck to draw.  [default: the scenario's]")
@click.option("--dry-run", is_flag=True, help="Only say how much it would be, and how long.")
@bundled(
    "where",
    Where,
    store_option,
    executor_option(),
    click.option(
        "--shard",
        metavar="i/N",
        help="Run the i-th of N parts; `cvosim sweep merge` joins them.",
    ),
    fresh_option,
    retry_option,
)
@result_options
def command(
    scenario: str,
    overrides: tuple[str, ...],
    customers: int | None,
    seed: int | None,
    dry_run: bool,
    where: Where,
    result: Result,
) -> int:
    """Run SCENARIO at every point of its `sweep:` section, the same customers at each.

    With --store nothing that is done is lost: after Ctrl-C, a crash or a power cut the same
    command goes on. `pandas.read_parquet("FOLDER/results.parquet")` opens the results. A point
    that fails is a row with its error; then the exit code is 4.
    """
    result.check([scenario])
    if dry_run and result.form() == "html":
        raise click.UsageError("--dry-run has no results to report: leave HTML out here.")
    _check_where(where, dry_run=dry_run)
    from cvosim.experiment.executors import check_executor
    from cvosim.experiment.sweeps.design import sweep_design
    from cvosim.experiment.sweeps.outcomes import UnknownOutcomeError

    check_executor(where.executor)
    template, section = _loaded(scenario, overrides)
    try:
        design = sweep_design(template, section, customers=customers, seed=seed)
    except UnknownOutcomeError as error:
        raise _placed(
            error.args[0], section.outcomes.index(error.name), scenario, overrides
        ) from None
    if dry_run:
        write_result(_plan_text(design, where, result.form()), result.output)
        return ExitCode.OK
    done = _run(design, where)
    _picture(done, result.picture)
    for note in done.notes:
        click.echo(note, err=True)
    write_result(sweep_text(done, result.form()), result.output)
    return ExitCode.PARTIAL if done.errors else ExitCode.OK


def _check_where(where: Where, *, dry_run: bool) -> None:
    """Refuse what makes no sense when nothing is kept."""
    if where.store is not None:
        return
    if where.shard is not None and not dry_run:
        _shard(where)
        raise click.UsageError("--shard needs --store FOLDER: a shard without one is lost")
    for option, given in (("--fresh", where.fresh), ("--retry-failed", where.retry_failed)):
        if given:
            raise click.UsageError(f"{option} needs --store FOLDER: without one nothing is kept")


def _loaded(scenario: str, overrides: tuple[str, ...]) -> tuple[Template, Sweep]:
    from cvosim.scenario import load_scenario
    from cvosim.scenario.template import load_sweep

    try:
        return load_sweep(scenario, overrides)
    except ScenarioError:
        if load_scenario(scenario, overrides).sweep is None:
            raise DataError(f"{scenario}: {_NOTHING}") from None
        raise


def _placed(text: str, index: int, scenario: str, overrides: tuple[str, ...]) -> ScenarioError:
    """Show an outcome that there is not where it is written."""
    from cvosim.scenario.loader import load_tree
    from cvosim.scenario.yaml_nodes import locate

    mark = locate(load_tree(scenario, overrides)[0], ("sweep", "outcomes", index)).mark
    words = text.removeprefix("outcomes: ")
    path = f"sweep.outcomes.{index}"
    return ScenarioError((Problem(words, mark.file, mark.line, mark.column, path),))


def _run(design: SweepDesign, where: Where) -> SweepTable:
    from cvosim.experiment.sweeps.run import run_sweep

    shard = _shard(where)
    try:
        with sweep_progress(design.template.scenario.name) as progress:
            return run_sweep(
                design,
                executor=where.executor,
                store=where.store,
                shard=shard,
                fresh=where.fresh,
                retry_failed=where.retry_failed,
                progress=progress,
            )
    except KeyboardInterrupt:
        if where.store is not None:
            click.echo(f"What is done is in {where.store}; the same command goes on.", err=True)
        else:
            click.echo("Nothing is kept without --store FOLDER.", err=True)
        raise


def _shard(where: Where) -> Shard | None:
    from cvosim.experiment.sweeps.shards import parse_shard

    return None if where.shard is None else parse_shard(where.shard)


def _plan_text(design: SweepDesign, where: Where, form: str) -> str:
    from cvosim.experiment.sweeps.estimate import estimate
    from cvosim.report.sweep import dry_run_text

    plan = estimate(design, where.executor, store=where.store, shard=_shard(where))
    return as_json(plan.to_dict()) if form == "json" else told(dry_run_text(plan), form)


def _picture(done: SweepTable, path: Path | None) -> None:
    if path is not None:
        from cvosim.report.sweep_picture import sweep_picture

        save_picture(sweep_picture(done), path)


def sweep_text(done: SweepTable, form: str) -> str:
    """Give the results their printed form.

    Parameters
    ----------
    done : SweepTable
    form : str
        ``table``, ``md``, ``html``, ``json`` or ``csv``. That of a shard says what it is.
    """
    from cvosim.report import sweep as report

    whole = done.manifest.shard is None
    if form == "html":
        from cvosim.report.documents.sweep import sweep_document

        return as_html(sweep_document(done))
    headline = report.sweep_headline(done) if whole else report.shard_text(done)
    if form == "json":
        return as_json({"verdict": headline, **done.to_dict()})
    if form == "csv":
        return report.points_table(done).to_csv()
    parts = [told(headline, form)]
    if whole:
        parts += [table.render(form) for table in report.sweep_tables(done)]
        parts += [told(hint, form) for hint in (report.points_hint(done),) if hint]
    return "\n\n".join(parts)
