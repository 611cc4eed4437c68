"""What every command on an order log asks for, and reading the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import click

from cvosim.cli.options import bundled
from cvosim.cli.usage import OneOf

if TYPE_CHECKING:
    from cvosim.clv.orders.reading import OrderLog


class Orders(NamedTuple):
    """Which column of the order log is what, None to find it by its usual names, and the split."""

    customer: str | None
    date: str | None
    amount: str | None
    until: str | None
    timezone: str
    date_format: str | None
    decimal: str


orders_options = bundled(
    "orders",
    Orders,
    click.option("--customer", metavar="COL", help="Column of the customer.  [default: found]"),
    click.option("--date", metavar="COL", help="Column of the day.  [default: found]"),
    click.option("--amount", metavar="COL", help="Column of the amount.  [default: found]"),
    click.option(
        "--until",
        metavar="DATE",
        help="Last day observed; later orders are held out, or left out where nothing is forecast.",
    ),
    click.option(
        "--timezone",
        metavar="ZONE",
        default="UTC",
        show_default=True,
        help="Zone whose days count, for times that carry one, such as Europe/Berlin.",
    ),
    click.option(
        "--date-format",
        metavar="FORMAT",
        help="How days are written, such as %d.%m.%Y.  [default: 1997-09-30 or 19970930]",
    ),
    click.option(
        "--decimal",
        type=OneOf((".", ",")),
        default=".",
        show_default=True,
        help="Decimal sign of the amounts.",
    ),
)


def read_log(path: Path, orders: Orders, attributes: tuple[str, ...] = ()) -> OrderLog:
    """Read the order log of a command; say on standard error from where, and what is odd.

    Raises
    ------
    DataError
        If the file is no good.
    """
    from cvosim.clv.orders.columns import columns_read
    from cvosim.clv.orders.reading import read_orders

    log = read_orders(
        path,
        customer=orders.customer,
        date=orders.date,
        amount=orders.amount,
        attributes=attributes,
        timezone=orders.timezone,
        date_format=orders.date_format,
        decimal=orders.decimal,
    )
    guessed = not (orders.customer and orders.date and orders.amount)
    if guessed and columns_read(log.columns):
        click.echo(columns_read(log.columns), err=True)
    for warning in (*log.warnings, *_not_yet(orders)):
        click.echo(f"Warning: {warning}", err=True)
    return log


def _not_yet(orders: Orders) -> Iterator[str]:
    """Warn of a last day observed that nobody can have observed."""
    from cvosim.clv.orders.days import format_day, parse_day

    if orders.until is None:
        return
    until, today = parse_day(orders.until, "--until"), datetime.now(ZoneInfo(orders.timezone))
    if until > parse_day(today):
        yield (
            f"--until {format_day(until)} is after today, {format_day(parse_day(today))}: "
            "customers look silent for longer than they were, and forecasts are too low."
        )
