"""An order log read from a file: every row checked, what is odd about it said in words."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date as Date  # noqa: N812 - a column is called date
from datetime import datetime
from pathlib import Path
from typing import Any

from cvosim.clv.orders.cells import Place, amounts, attribute, customers, dates, flat
from cvosim.clv.orders.columns import choose_attributes, choose_columns
from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.files import OrderFile, open_orders
from cvosim.clv.orders.log import PAID, Attribute, OrderLog
from cvosim.clv.orders.oddities import Found, oddities
from cvosim.errors import DataError

__all__ = ["PAID", "Attribute", "OrderLog", "read_orders"]


_SIMULATED = frozenset({"customer_id", "time", "stage", "event", "revenue", "cost"})
"""Columns by which the event table of a simulation is known."""


def read_orders(
    path: str | Path,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    attributes: Sequence[str] = (),
    timezone: str = "UTC",
    today: str | Date | None = None,
) -> OrderLog:
    """Read an order log from a CSV or Parquet file and check every row.

    Whatever is odd and yet usable stays, and `OrderLog.warnings` say so:

    * Amounts of 0 or below (refunds, gifts) make a purchase and add nothing to spend.
    * Orders dated after `today` stay.
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
    timezone : str
        The zone whose days count, such as ``Europe/Berlin``.
    today : str or datetime.date, optional
        Orders of later days are in the future; by default the machine's date in `timezone`.

    Returns
    -------
    OrderLog
        Dates are ISO 8601 or YYYYMMDD. A time with a zone of its own is turned into the date in
        `timezone`; a time without one is taken as it stands. Then the time of day is dropped.
        A single customer is enough here; a fit will want more.

    Raises
    ------
    DataError
        One line for each thing that is wrong: the file, a column, the first bad row of a
        kind (with its line) and how many more there are.

    Examples
    --------
    >>> read_orders("orders.csv", date="ordered")  # doctest: +SKIP
    OrderLog(6919 orders of 2357 customers, 1997-01-01 to 1998-06-30)
    """
    now = _today(_zone(timezone)) if today is None else parse_day(today, "today")
    file = open_orders(path)
    if customer == date == amount and set(file.names) >= _SIMULATED:
        return _simulated(path, attributes)
    asked = {"customer": customer, "date": date, "amount": amount}
    chosen = choose_columns(file.names, asked, file.source)
    further = choose_attributes(file.names, attributes, file.source)
    readers: list[tuple[str, Callable[[Any, Place], Any]]] = [
        (chosen["customer"], customers),
        (chosen["date"], lambda column, place: dates(column, place, timezone)),
        (chosen["amount"], amounts),
        *((name, attribute) for name in further.values()),
    ]
    (codes, names), when, amount_of, *labels = _read(file, readers)
    found = Found(codes, when, amount_of)
    return OrderLog(
        source=file.source,
        customer=codes,
        day=when.day,
        amount=amount_of,
        customers=names,
        attributes=dict(zip(further, labels, strict=True)),
        warnings=oddities(found, now, file.place),
    )


def _simulated(path: str | Path, attributes: Sequence[str]) -> OrderLog:
    """Read the paid orders of an event table; what was ordered is its attribute ``stage``."""
    from cvosim.tables.store import read_events

    log = OrderLog.of_events(read_events(path))
    choose_attributes(tuple(log.attributes), attributes, str(path))
    return replace(log, source=str(path))


def _read(file: OrderFile, readers: Sequence[tuple[str, Callable[[Any, Place], Any]]]) -> list[Any]:
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
