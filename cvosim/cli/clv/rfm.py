"""``cvosim clv rfm``: who the customers are, and what marks the best of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.clv.settings import log_read
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, bundled, result_options
from cvosim.cli.orders import Orders, orders_options, read_log
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.usage import Whole
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.segments.segmentation import Segmentation


class Scores(NamedTuple):
    """How to score, and what to look at."""

    attribute: tuple[str, ...]
    scores: int
    cuts: tuple[str, ...]


@click.command("rfm", short_help="Score and segment customers; what marks the best.")
@click.argument("orders_file", metavar="ORDERS", type=click.Path(path_type=Path))
@orders_options
@bundled(
    "scores",
    Scores,
    click.option(
        "--attribute",
        metavar="COL",
        multiple=True,
        help="Column, such as the channel, that may mark valuable customers. May be repeated.",
    ),
    click.option(
        "--scores",
        type=Whole(least=2),
        default=5,
        show_default=True,
        help="Groups by quantile, 2 to 9.",
    ),
    click.option(
        "--cuts",
        metavar="MEASURE=N,N,…",
        multiple=True,
        help="Fixed cuts in place of quantiles, such as recency=30,90,180,365. May be repeated.",
    ),
)
@result_options
def command(orders_file: Path, orders: Orders, scores: Scores, result: Result) -> None:
    """Score the customers of ORDERS (CSV or Parquet) and put them into named segments.

    Scores go by recency, frequency and monetary value on the last day, or on --until; what
    was paid after that day then tells which scores and attributes were worth more. With
    --format csv, or an --output that ends in .csv, the result is one row a customer.
    """
    result.check([orders_file])
    cuts = dict(_cut(text) for text in scores.cuts)
    from cvosim.clv.orders.days import parse_day
    from cvosim.clv.segments.rfm import Scoring
    from cvosim.clv.segments.segmentation import SegmentationSettings, segmentation

    until = None if orders.until is None else parse_day(orders.until, "--until")
    scoring = Scoring(scores.scores, cuts)
    log = read_log(orders_file, orders, scores.attribute)
    done = segmentation(log, SegmentationSettings(until, scores.attribute, scoring))
    if result.picture is not None:
        from cvosim.report.segments import segments_picture

        save_picture(segments_picture(done), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.clv_rfm import segments_document

        page = segments_document(done, log_read(orders_file, orders))
        write_result(as_html(page), result.output)
        return
    write_result(_render(done, result.form()), result.output)


def _cut(text: str) -> tuple[str, tuple[float, ...]]:
    """Read ``recency=30,90``."""
    measure, _, numbers = text.partition("=")
    try:
        return measure.strip(), tuple(float(number) for number in numbers.split(","))
    except ValueError:
        raise DataError(
            f"--cuts {text!r}: write a measure and its cuts, such as recency=30,90,180,365"
        ) from None


def _render(done: Segmentation, format_: str) -> str:
    if format_ == "json":
        return as_json(done.to_dict())
    from cvosim.report.segments import customers_table, segmentation_text

    if format_ == "csv":  # a table has no place for doubts
        for doubt in done.doubts:
            click.echo(f"Warning: {doubt}", err=True)
        return customers_table(done).to_csv()
    return segmentation_text(done, format_)
