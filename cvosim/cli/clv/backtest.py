"""``cvosim clv backtest``: would the models have known?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.clv.settings import MODELS, log_read
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, result_options
from cvosim.cli.orders import Orders, orders_options, read_log
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.usage import OneOf

if TYPE_CHECKING:
    from cvosim.clv.backtest.backtest import Backtest


@click.command("backtest", short_help="Forecast the last part of an order log from the first.")
@click.argument("orders_file", metavar="ORDERS", type=click.Path(path_type=Path))
@orders_options
@click.option(
    "--model",
    "models",
    multiple=True,
    type=OneOf(MODELS),
    help="Model to test; may be repeated.  [default: all of them]",
)
@click.option(
    "--hiatus",
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="After so long a silence a rule of thumb gives a customer up.  "
    "[default: longer than nine of ten gaps]",
)
@result_options
def command(
    orders_file: Path,
    orders: Orders,
    models: tuple[str, ...],
    hiatus: float | None,
    result: Result,
) -> None:
    """Fit purchase models to the orders of ORDERS up to --until and forecast the others.

    Without --until the first two thirds of the time are fitted to. Every model is compared
    with what came, week by week and customer by customer, and with rules of thumb.
    """
    result.check([orders_file])
    from cvosim.clv.backtest.backtest import backtest
    from cvosim.clv.orders.days import parse_day

    until = None if orders.until is None else parse_day(orders.until, "--until")
    log = read_log(orders_file, orders)
    done = backtest(log, until, models=models or MODELS, hiatus_days=hiatus)
    if result.picture is not None:
        from cvosim.report.backtest import backtest_picture

        save_picture(backtest_picture(done), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.clv_backtest import backtest_document

        page = backtest_document(done, log_read(orders_file, orders))
        write_result(as_html(page), result.output)
        return
    write_result(_render(done, result.form()), result.output)


def _render(done: Backtest, format_: str) -> str:
    if format_ == "json":
        return as_json(done.to_dict())
    from cvosim.report.backtest import backtest_table

    table = backtest_table(done).render(format_).rstrip("\n")
    return table if format_ == "csv" else f"{done.summary()}\n\n{table}"
