"""``cvosim clv fit``: when the customers of an order log buy, leave, and what they spend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvosim.cli.clv.settings import Fitting, fitted, fitting_options
from cvosim.cli.files import Output, check_outputs, replacing, write_result
from cvosim.cli.options import PICTURES, Result, result_options
from cvosim.cli.orders import Orders, orders_options

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
    outputs = (Output(result.output, "--output"), Output(result.picture, "--picture", PICTURES))
    check_outputs(outputs, inputs=[orders_file], force=result.force)
    done = fitted(orders_file, orders, fitting)
    if result.picture is not None:
        _draw(done, result.picture)
    write_result(_render(done, result.form()), result.output)


def _draw(done: OrderFit, picture: Path) -> None:
    from cvosim.report.order_fit import fit_picture

    with replacing(picture) as draft:
        fit_picture(done).savefig(draft)
    click.echo(f"Wrote {picture}", err=True)


def _render(done: OrderFit, format_: str) -> str:
    if format_ == "table":
        return done.summary()
    if format_ == "json":
        result = {"schema_version": 1, **done.to_dict()}
        return json.dumps(result, indent=2, allow_nan=False, ensure_ascii=False)
    from cvosim.report.order_fit import parameters_table

    return parameters_table(done).render(format_).rstrip("\n")
