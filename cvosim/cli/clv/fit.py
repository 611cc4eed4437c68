"""``cvosim clv fit``: when the customers of an order log buy, leave, and what they spend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.clv.settings import Fitting, fitted, fitting_options, log_read
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, result_options
from cvosim.cli.orders import Orders, orders_options
from cvosim.cli.rendering import as_html, as_json, save_picture

if TYPE_CHECKING:
    from cvosim.clv.models.order_fit import OrderFit


@click.command("fit", short_help="Fit models of buying, leaving and spend.")
@click.argument("orders_file", metavar="ORDERS", type=click.Path(path_type=Path))
@orders_options
@fitting_options
@result_options
def command(orders_file: Path, orders: Orders, fitting: Fitting, result: Result) -> None:
    """Fit models of buying, leaving and spend to an order log (CSV or Parquet).

    Without --model, BG/NBD, MBG/NBD and Pareto/NBD are fitted and compared.
    """
    result.check([orders_file])
    done = fitted(orders_file, orders, fitting)
    if result.picture is not None:
        from cvosim.report.order_fit import fit_picture

        save_picture(fit_picture(done), result.picture)
    if result.form() == "html":
        from cvosim.report.documents.clv_fit import fit_document

        page = fit_document(done, log_read(orders_file, orders, fitting))
        write_result(as_html(page), result.output)
        return
    write_result(_render(done, result.form()), result.output)


def _render(done: OrderFit, format_: str) -> str:
    if format_ == "table":
        return done.summary()
    if format_ == "json":
        return as_json(done.to_dict())
    from cvosim.report.order_fit import parameters_table

    return parameters_table(done).render(format_).rstrip("\n")
