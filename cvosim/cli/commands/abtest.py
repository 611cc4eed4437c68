"""``cvosim abtest``: what an experiment says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.experiments.abtest_options import (
    Analysis,
    Columns,
    analysis_options,
    columns_options,
)
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, result_options
from cvosim.cli.rendering import as_html, as_json, save_picture, told

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
    result.check([data])
    from cvosim.cli.experiments.abtest_run import analysed

    done, wording = analysed(data, columns, analysis)
    if result.picture is not None:
        from cvosim.report.abtest_picture import abtest_picture

        save_picture(abtest_picture(done, wording), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.abtest import abtest_document
        from cvosim.report.documents.shared import made_of

        text = as_html(abtest_document(done, wording, made_of(files=[data])))
    else:
        text = _render(done, wording, result.form())
    write_result(text, result.output)


def _render(done: ABTest, wording: Wording, format_: str) -> str:
    from cvosim.report.abtest import abtest_table, abtest_verdict, adjustments

    verdict = abtest_verdict(done, wording)
    if format_ == "json":
        return as_json({"verdict": verdict, **done.to_dict()})
    table = abtest_table(done, wording).render(format_).rstrip("\n")
    if format_ == "csv":
        return table
    notes = adjustments(done)
    below = "\n".join(f"* {note}" if format_ == "md" else note for note in notes)
    return f"{told(verdict, format_)}\n\n{table}\n\n{below}"
