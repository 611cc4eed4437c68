"""``cvosim abtest``: what an experiment says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.experiments.abtest_options import (
    Analysis,
    Columns,
    analysis_options,
    columns_options,
)
from cvosim.cli.files import Output, check_outputs, replacing, write_result
from cvosim.cli.options import PICTURES, Result, result_options

if TYPE_CHECKING:
    from cvosim.report.abtest import Wording
    from cvosim.stats.abtest.result import ABTest

EXAMPLES = """\b
Try:
  cvosim abtest customers.csv --variant group --control A --metric spend --metric visit
  cvosim abtest customers.csv --variant group --ratio revenue/orders --covariate spend_before
"""


@click.command(
    "abtest", short_help="Say what an experiment found, in your own data.", epilog=EXAMPLES
)
@click.argument("data", type=click.Path(path_type=Path))
@columns_options
@analysis_options
@result_options
def command(data: Path, columns: Columns, analysis: Analysis, result: Result) -> None:
    """Compare the arms of an experiment in DATA, a CSV or Parquet file with a row a customer.

    The first metric decides. Every treatment is compared with the same control; p-values are
    corrected for the number of comparisons. Everything that was done to the numbers is said.
    """
    outputs = (Output(result.output, "--output"), Output(result.picture, "--picture", PICTURES))
    check_outputs(outputs, inputs=[data], force=result.force)
    from cvosim.cli.experiments.abtest_run import analysed

    done, wording = analysed(data, columns, analysis)
    if result.picture is not None:
        _draw(done, wording, result.picture)
    write_result(_render(done, wording, result.form()), result.output)


def _draw(done: ABTest, wording: Wording, picture: Path) -> None:
    from cvosim.report.abtest_picture import abtest_picture

    with replacing(picture) as draft:
        abtest_picture(done, wording).savefig(draft)
    click.echo(f"Wrote {picture}", err=True)


def _render(done: ABTest, wording: Wording, format_: str) -> str:
    from cvosim.cli.commands.compare import wrapped
    from cvosim.report.abtest import abtest_table, abtest_verdict, adjustments

    verdict = abtest_verdict(done, wording)
    if format_ == "json":
        values = {"schema_version": 1, "verdict": verdict, **done.to_dict()}
        return json.dumps(values, indent=2, allow_nan=False, ensure_ascii=False)
    table = abtest_table(done, wording).render(format_).rstrip("\n")
    if format_ == "csv":
        return table
    told = "\n".join(adjustments(done))
    return f"{verdict if format_ == 'md' else wrapped(verdict)}\n\n{table}\n\n{told}"
