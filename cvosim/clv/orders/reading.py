"""An order log read from a file: every row checked, what is odd about it said in words."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date as Date  # noqa: N812 - a column is called date
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, Unpack

from cvosim.clv.orders.cells import Place, amounts, attribute, customers, dates, flat
from cvosim.clv.orders.columns import choose_attributes, choose_columns, rivals
from cvosim.clv.orders.date_formats import check_format
from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.log import PAID, Attribute, OrderLog
from cvosim.clv.orders.money import check_decimal
from cvosim.clv.orders.oddities import Found, oddities
from cvosim.errors import DataError
from cvosim.tables.data_files import DataFile, open_data_file
from cvosim.tables.whole_files import enough_memory

__all__ = ["PAID", "Attribute", "OrderLog", "read_orders"]


_SIMULATED = frozenset({"customer_id", "time", "stage", "event", "revenue", "cost"})
"""Columns by which the event table of a simulation is known."""


class Writing(TypedDict, total=False):
    """How the cells of an order file are to be understood."""

    timezone: str
    """The zone whose days count, such as ``Europe/Berlin``; UTC by default."""
    today: str | Date | None
    """Orders of later days are in the future; the machine's date in `timezone` by default."""
    date_format: str | None
    """How dates are written, such as ``%d.%m.%Y`` (strptime); ISO 8601 or YYYYMMDD by default."""
    decimal: str
    """The decimal sign of amounts, a point by default, or a comma."""


class _Writing(NamedTuple):
    """The same with its defaults; an unknown name is a TypeError, as of any function."""

    timezone: str = "UTC"
    today: str | Date | None = None
    date_format: str | None = None
    decimal: str = "."


def read_orders(
    path: str | Path,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    attributes: Sequence[str] = (),
    **writing: Unpack[Writing],
) -> OrderLog:
    """Read an order log from a CSV or Parquet file and check every row.

    Whatever is odd and yet usable stays, and `OrderLog.warnings` say so:

    * Amounts of 0 or below (refunds, gifts) make a purchase and add nothing to spend.
    * Orders dated after `today` stay, and move the end of the log.
    * Of several columns that may be meant, the one of the likeliest name is read.
    * Rows that repeat another row's customer, date (with its time, if there is one) and amount
      stay, too: nobody can tell a copy from a second order. All orders of a customer's day
      merge into one purchase, their amounts added, so that a copy moves only spend.

    Parameters
    ----------
    path : str or Path
        CSV with a header line (comma, semicolon or tab; also ``.gz``), or Parquet; the event
        table of a simulation is known as such, its day 0 being 1970-01-01.
    customer, date, amount : str, optional
        The columns' names; without them the usual names are looked for in any case
        (``customer_id``, ``Order Date``, ``revenue`` …).
    attributes : sequence of str
        Further columns to read, such as ``channel``; an empty cell becomes ``(none)``.
    **writing
        `timezone`, `today`, `date_format` and `decimal`, see `Writing`. Text is read in
        `date_format`; a Parquet column of dates or numbers is what it is.

    Returns
    -------
    OrderLog
        Dates are ISO 8601 or YYYYMMDD, or what `date_format` says; amounts may have a currency
        around them and their thousands set apart, as in ``$3,230.00``. A time with
        a zone of its own is turned into the date in `timezone`; a time without one is taken as
        it stands. Then the time of day is dropped. A single customer is enough here; a fit will
        want more.

    Raises
    ------
    DataError
        One line for each thing that is wrong: the file, a column, the first bad row of a
        kind (with its line) and how many more there are.

    Examples
    --------
    >>> read_orders("orders.csv", date="ordered")  # doctest: +SKIP
    OrderLog(6,919 orders of 2,357 customers, 1997-01-01 to 1998-06-30)
    """
    cells = _Writing(**writing)
    now = _checked(cells)
    file = open_data_file(path)
    if customer == date == amount and set(file.names) >= _SIMULATED:
        return _simulated(file, attributes)
    asked = {"customer": customer, "date": date, "amount": amount}
    chosen = choose_columns(file.names, asked, file.source)
    further = choose_attributes(file.names, attributes, file.source)
    readers: list[tuple[str, Callable[[Any, Place], Any]]] = [
        (chosen["customer"], customers),
        (chosen["date"], lambda column, at: dates(column, at, cells.timezone, cells.date_format)),
        (chosen["amount"], lambda column, at: amounts(column, at, cells.decimal)),
        *((name, attribute) for name in further.values()),
    ]
    with enough_memory(file.source):
        (codes, names), when, amount_of, *labels = _read(file, readers)
    found = Found(codes, when, amount_of)
    return OrderLog(
        source=file.source,
        customer=codes,
        day=when.day,
        amount=amount_of,
        customers=names,
        attributes=dict(zip(further, labels, strict=True)),
        warnings=(*rivals(file.names, asked, chosen), *oddities(found, now, file.place)),
        columns=chosen,
    )


def _checked(cells: _Writing) -> int:
    """Check how cells are to be understood, and say which day is today."""
    zone = _zone(cells.timezone)
    check_decimal(cells.decimal)
    if cells.date_format is not None:
        check_format(cells.date_format)
    return _today(zone) if cells.today is None else parse_day(cells.today, "today")


def _simulated(file: DataFile, attributes: Sequence[str]) -> OrderLog:
    """Read the paid orders of an event table; what was ordered is its attribute ``stage``."""
    from cvosim.tables.store import events_in

    with enough_memory(file.source):
        log = OrderLog.of_events(events_in(file))
    choose_attributes(tuple(log.attributes), attributes, file.source)
    return replace(log, source=file.source)


def _read(file: DataFile, readers: Sequence[tuple[str, Callable[[Any, Place], Any]]]) -> list[Any]:
    """Read columns, each in its own way; one error says all that is wrong with any of them."""
    table = file.read(list(dict.fromkeys(name for name, _ in readers)))
    if table.num_rows == 0:
        raise DataError(f"{file.source}: has a header but no orders")
    parts: list[Any] = []
    problems: list[str] = []
    for name, reader in readers:
        try:
            parts.append(reader(flat(table.column(name)), Place(file, name)))
        except DataError as error:
            problems.append(str(error))
    if problems:
        raise DataError("\n".join(problems))
    return parts


def _zone(name: str) -> zoneinfo.ZoneInfo:
    """Find a time zone by its name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = {zone.casefold(): zone for zone in zoneinfo.available_timezones()}
        near = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
        hint = f"did you mean {known[near[0]]!r}?" if near else "write it as 'Europe/Berlin'"
        raise DataError(f"timezone: there is no time zone {name!r}; {hint}") from None


def _today(zone: zoneinfo.ZoneInfo) -> int:
    """The date in a zone, as a day number."""
    return parse_day(datetime.now(zone).date())
