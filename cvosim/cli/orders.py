"""What every command on an order log asks for, and reading the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.options import bundled

if TYPE_CHECKING:
    from cvosim.clv.orders.reading import OrderLog


class Orders(NamedTuple):
    """Which column of the order log is what, None to find it by its usual names, and the split."""

    customer: str | None
    date: str | None
    amount: str | None
    until: str | None
    timezone: str


orders_options = bundled(
    "orders",
    Orders,
    click.option("--customer", metavar="COL", help="Column of the customer.  [default: found]"),
    click.option("--date", metavar="COL", help="Column of the day.  [default: found]"),
    click.option("--amount", metavar="COL", help="Column of the amount.  [default: found]"),
    click.option("--until", metavar="DATE", help="Last day to fit to; later orders are held out."),
    click.option(
        "--timezone",
        metavar="ZONE",
        default="UTC",
        show_default=True,
        help="Zone whose days count, for times that carry one, such as Europe/Berlin.",
    ),
)


def read_log(path: Path, orders: Orders, attributes: tuple[str, ...] = ()) -> OrderLog:
    """Read the order log of a command and say on standard error what is odd about it.

    Raises
    ------
    DataError
        If the file is no good.
    """
    from cvosim.clv.orders.reading import read_orders

    log = read_orders(
        path,
        customer=orders.customer,
        date=orders.date,
        amount=orders.amount,
        attributes=attributes,
        timezone=orders.timezone,
    )
    for warning in log.warnings:
        click.echo(f"Warning: {warning}", err=True)
    return log
