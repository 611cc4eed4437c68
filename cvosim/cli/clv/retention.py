"""``cvosim clv retention``: who comes back, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.clv.settings import log_read
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, bundled, result_options
from cvosim.cli.orders import Orders, orders_options, read_log
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.usage import OneOf, Whole

if TYPE_CHECKING:
    from cvosim.clv.retention.study import RetentionStudy


class Looking(NamedTuple):
    """What to look at."""

    by: str
    gap: int | None
    campaign: str | None


@click.command("retention", short_help="Cohorts, survival and stickiness of customers.")
@click.argument("orders_file", metavar="ORDERS", type=click.Path(path_type=Path))
@orders_options
@bundled(
    "looking",
    Looking,
    click.option(
        "--by",
        type=OneOf(("week", "month")),
        default="month",
        show_default=True,
        help="Cohorts by the calendar week or month of the first purchase.",
    ),
    click.option(
        "--gap",
        type=Whole(least=1),
        metavar="DAYS",
        help="Without a purchase for so long a customer counts as gone.  "
        "[default: longer than nine of ten gaps]",
    ),
    click.option(
        "--campaign",
        metavar="COL",
        help="Column, as on the first order, by which new customers are compared.",
    ),
)
@result_options
def command(orders_file: Path, orders: Orders, looking: Looking, result: Result) -> None:
    """Tell which customers of ORDERS (CSV or Parquet) come back, and for how long.

    Orders after --until are left out, as if the log ended then. With --format csv everything
    comes as one long table.
    """
    result.check([orders_file])
    from cvosim.clv.orders.days import parse_day
    from cvosim.clv.retention.study import RetentionSettings, retention_study

    until = None if orders.until is None else parse_day(orders.until, "--until")
    columns = () if looking.campaign is None else (looking.campaign,)
    log = read_log(orders_file, orders, columns)
    settings = RetentionSettings(looking.by, looking.gap, looking.campaign, until)
    done = retention_study(log, settings)
    if result.picture is not None:
        from cvosim.report.retention_figures import retention_picture

        save_picture(retention_picture(done), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.clv_retention import retention_document

        page = retention_document(done, log_read(orders_file, orders))
        write_result(as_html(page), result.output)
        return
    write_result(_render(done, result.form()), result.output)


def _render(done: RetentionStudy, format_: str) -> str:
    if format_ == "json":
        return as_json(done.to_dict())
    from cvosim.report.retention import retention_csv, retention_text

    if format_ != "csv":
        return retention_text(done, format_)
    for doubt in done.doubts:  # a table has no place for doubts
        click.echo(f"Warning: {doubt}", err=True)
    return retention_csv(done)
