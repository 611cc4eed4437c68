"""``cvosim sweep run``: every point of a scenario's ``sweep:`` section."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli import ExitCode
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, bundled, overrides_option, path_option, result_options
from cvosim.cli.rendering import as_json, save_picture, told
from cvosim.cli.sweep.progress import sweep_progress
from cvosim.cli.usage import Whole

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign
    from cvosim.experiment.sweeps.result import SweepTable
    from cvosim.experiment.sweeps.shards import Shard

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
    path_option(
        "--store",
        metavar="FOLDER",
        text="Keep results here, part by part; the same command goes on after any stop.",
    ),
    click.option(
        "--executor",
        default="threads",
        show_default=True,
        metavar="WHAT",
        help="serial, threads:N, processes:N, or the address of a Dask scheduler.",
    ),
    click.option(
        "--shard",
        metavar="i/N",
        help="Run the i-th of N parts; `cvosim sweep merge` joins them.",
    ),
    click.option("--fresh", is_flag=True, help="Start over: forget what the store holds."),
    click.option("--retry-failed", is_flag=True, help="Run points that failed once more."),
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
    from cvosim.experiment.executors import check_executor
    from cvosim.experiment.sweeps.design import sweep_design
    from cvosim.scenario.template import load_sweep

    check_executor(where.executor)
    template, section = load_sweep(scenario, overrides)
    design = sweep_design(template, section, customers=customers, seed=seed)
    if dry_run:
        write_result(_plan_text(design, where, result.form()), result.output)
        return ExitCode.OK
    done = _run(design, where)
    _picture(done, result.picture)
    for note in done.notes:
        click.echo(note, err=True)
    write_result(sweep_text(done, result.form()), result.output)
    return ExitCode.PARTIAL if done.errors else ExitCode.OK


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
        ``table``, ``md``, ``json`` or ``csv``.
    """
    from cvosim.report.sweep import points_table, shard_text, sweep_headline, sweep_tables

    whole = done.manifest.shard is None
    headline = sweep_headline(done) if whole else shard_text(done)
    if form == "json":
        return as_json({"verdict": headline, **done.to_dict()})
    if form == "csv":
        return points_table(done).to_csv()
    tables = (table.render(form) for table in (sweep_tables(done) if whole else ()))
    return "\n\n".join([told(headline, form), *tables])
