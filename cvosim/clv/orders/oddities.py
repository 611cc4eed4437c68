"""What is odd about an order log and yet usable, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.cells import Dates
from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.sorting import grouped

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Found(NamedTuple):
    """The three columns of an order log, one element an order."""

    customer: Ints
    when: Dates
    amount: Floats


def oddities(found: Found, today: int, place: Callable[[int], str]) -> tuple[str, ...]:
    """Say what a reader of an order log should know.

    Parameters
    ----------
    found : Found
        The orders.
    today : int
        Days since 1970-01-01; orders of later days are in the future.
    place : callable
        Names a row, counted from 0, the way a person finds it.

    Returns
    -------
    tuple of str
        A sentence for each thing; empty if nothing is odd.

    Examples
    --------
    >>> when = Dates(np.array([3, 3]), np.array([3, 3]))
    >>> found = Found(np.array([0, 1]), when, np.array([9.0, 0.0]))
    >>> oddities(found, 5, lambda row: f"line {row + 2}")
    ('1 amount is 0 or below: it counts as a purchase without spend. If it is a refund,
    forecasts are too high: leave its row out of the file.',)
    """
    return (*_no_money(found.amount), *_future(found.when.day, today, place), *_repeated(found))


def _no_money(amount: Floats) -> Iterator[str]:
    count = int(np.count_nonzero(amount <= 0))
    if count == 1:
        yield (
            "1 amount is 0 or below: it counts as a purchase without spend. If it is a refund, "
            "forecasts are too high: leave its row out of the file."
        )
    elif count:
        yield (
            f"{count:,} amounts are 0 or below: they count as purchases without spend. If they "
            "are refunds, forecasts are too high: leave refund rows out of the file."
        )


def _future(day: Ints, today: int, place: Callable[[int], str]) -> Iterator[str]:
    rows = np.flatnonzero(day > today)
    if not len(rows):
        return
    many = f"{len(rows):,} orders are" if len(rows) > 1 else "1 order is"
    last, where = format_day(day[rows].max()), place(int(rows[0]))
    yield (
        f"{many} dated after today, {format_day(today)}; the latest is of {last}, the first "
        f"stands in {where}. The log then ends on {last}, customers look silent for longer than "
        "they were, and forecasts are too low. Correct or remove such rows, or end the log today "
        f"with --until {format_day(today)} (in Python until=)."
    )


def _repeated(found: Found) -> Iterator[str]:
    groups = grouped(found.customer, found.when.moment)
    several = np.repeat(groups.sizes > 1, groups.sizes)
    rows = groups.order[several]
    columns = (found.customer, found.when.moment, found.amount)
    count = len(rows) - len(grouped(*(column[rows] for column in columns)).begin)
    if count:
        row, them = ("1 row repeats", "it") if count == 1 else (f"{count:,} rows repeat", "they")
        verb = "is" if count == 1 else "are"
        yield (
            f"{row} another row exactly (customer, date and amount): {them} {verb} kept, and "
            "the orders of a customer's day count as one purchase, their amounts added."
        )
