"""Options of the commands that fit models to an order log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cvosim.cli.options import bundled
from cvosim.cli.orders import Orders, read_log
from cvosim.cli.usage import OneOf
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.order_fit import OrderFit
    from cvosim.report.documents.clv_shared import LogRead

MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")


class Fitting(NamedTuple):
    """Which models to fit, and with what."""

    model: tuple[str, ...]
    covariate: tuple[str, ...]
    season: str | None


fitting_options = bundled(
    "fitting",
    Fitting,
    click.option(
        "--model",
        type=OneOf(MODELS),
        multiple=True,
        help="Model of buying and leaving. May be repeated.  [default: all; the best by AIC]",
    ),
    click.option(
        "--covariate",
        metavar="COL",
        multiple=True,
        help="Column that may change buying and leaving. May be repeated.",
    ),
    click.option(
        "--season",
        metavar="NUMBERS",
        help="Twelve multipliers of the purchase rate, from January on, such as 0.9,1,…,1.3.",
    ),
)


def log_read(path: Path, orders: Orders, fitting: Fitting | None = None) -> LogRead:
    """Say for a report which log was read, and what was asked for."""
    from cvosim.report.documents.clv_shared import LogRead

    asked: dict[str, object] = {
        "customer column": orders.customer,
        "date column": orders.date,
        "amount column": orders.amount,
        "until": orders.until,
        "timezone": orders.timezone,
        "date format": orders.date_format,
        "decimal sign": orders.decimal,
    }
    if fitting is not None:
        asked |= {"covariates": ", ".join(fitting.covariate), "season": fitting.season}
    return LogRead(path, asked)


def fitted(path: Path, orders: Orders, fitting: Fitting) -> OrderFit:
    """Read an order log and fit to it.

    Raises
    ------
    DataError
        If the options, or the orders, are no good.
    """
    season = _numbers(fitting.season)
    from cvosim.clv.models.order_fit import ModelSettings, fit_orders
    from cvosim.clv.orders.days import parse_day

    until = None if orders.until is None else parse_day(orders.until, "--until")
    log = read_log(path, orders, fitting.covariate)
    settings = ModelSettings(fitting.model or MODELS, fitting.covariate, season)
    return fit_orders(log, until, settings)


def _numbers(text: str | None) -> tuple[float, ...]:
    """Read the months' multipliers."""
    if text is None:
        return ()
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 12:
        words = "is not twelve numbers, January first; write 0.9,0.9,1,1,1,1,0.9,0.9,1,1,1.2,1.3"
        raise DataError(f"--season {text!r}: {words}")
    return numbers
