"""``cvosim clv project``: what the customers of an order log will buy and are worth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.clv.settings import Fitting, fitted, fitting_options, log_read
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, bundled, result_options
from cvosim.cli.orders import Orders, orders_options
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture
from cvosim.cli.usage import Whole
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.value.lifetime_value import Settings
    from cvosim.clv.value.projection import Projection

TOP = 10
"""Customers that a printed table shows."""


class Worth(NamedTuple):
    """What a customer's value is to be."""

    days: str
    margin: float
    discount_rate: float
    level: float
    no_intervals: bool
    refits: int
    seed: int


@click.command("project", short_help="Project each customer's purchases and value.")
@click.argument("orders_file", metavar="ORDERS", type=click.Path(path_type=Path))
@orders_options
@fitting_options
@bundled(
    "worth",
    Worth,
    click.option(
        "--days", metavar="DAYS", default="365", show_default=True, help="How far, or inf."
    ),
    click.option("--margin", type=float, default=1.0, show_default=True, help="Share of revenue."),
    click.option("--discount-rate", type=float, default=0.10, show_default=True, help="A year."),
    click.option("--level", type=float, default=0.9, show_default=True, help="Of intervals."),
    click.option("--no-intervals", is_flag=True, help="Only what is expected; at once."),
    click.option("--refits", type=Whole(least=1), default=1000, show_default=True, help="Refits."),
    click.option("--seed", type=Whole(), default=1, show_default=True, help="Luck of the refits."),
)
@result_options
def command(
    orders_file: Path, orders: Orders, fitting: Fitting, worth: Worth, result: Result
) -> None:
    """Project the purchases and the value of each customer of an order log.

    Prints the total and the ten most valuable customers; CSV has all customers. Intervals are
    of what will happen: the customers' chance and the uncertainty of the parameters.
    """
    result.check([orders_file])
    settings = _settings(worth)
    fit = fitted(orders_file, orders, fitting)
    from cvosim.clv.value.projection import project

    with progress_bar("Futures of each customer", fit.summary_.n_customers) as progress:
        done = project(fit, settings, progress)
    if result.picture is not None:
        from cvosim.report.projection import projection_picture

        save_picture(projection_picture(done), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.clv_projection import projection_document

        page = projection_document(done, log_read(orders_file, orders, fitting))
        write_result(as_html(page), result.output)
        return
    write_result(_render(done, result.form()), result.output)


def _settings(worth: Worth) -> Settings:
    from cvosim.clv.value.lifetime_value import Settings

    try:
        days = math.inf if worth.days in ("inf", "infinity") else float(worth.days)
    except ValueError:
        raise DataError(f'--days {worth.days!r}: write a number of days, or "inf"') from None
    level = None if worth.no_intervals else worth.level
    return Settings(worth.margin, worth.discount_rate, days, level, worth.refits, worth.seed)


def _render(done: Projection, format_: str) -> str:
    if format_ == "json":
        return as_json(done.to_dict())
    from cvosim.report.projection import customers_table

    if format_ == "csv":
        return customers_table(done).to_csv()
    return f"{done.summary()}\n\n{customers_table(done, TOP).render(format_)}"
