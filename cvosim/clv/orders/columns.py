"""Which column of somebody's order file is the customer, the date and the amount."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten

from cvosim.errors import DataError

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "customer": (
        *("customer", "customerid", "cust", "custid", "customernumber", "customerno"),
        *("client", "clientid", "buyer", "buyerid", "user", "userid", "member", "memberid"),
        *("account", "accountid", "customeremail", "email"),
    ),
    "date": (
        *("date", "orderdate", "purchasedate", "transactiondate", "invoicedate", "saledate"),
        *("day", "datetime", "orderdatetime", "timestamp", "orderedat", "createdat", "orderedon"),
    ),
    "amount": (
        *("amount", "orderamount", "totalamount", "value", "ordervalue", "revenue", "total"),
        *("ordertotal", "spend", "sales", "netamount", "grossamount", "dollars", "dollarvalue"),
        "monetaryvalue",
    ),
}
"""Names without case, spaces and signs, the likeliest first. A price or a bare ``id`` is left
out on purpose: a unit price or an order number, taken for what was meant, fails silently."""

_PART = 3
"""Letters from which on a part of a name may stand for the name."""
_LISTED = 10
"""Columns named in a message, at most."""
_LONG = 60
"""Letters shown of what may be any text."""
_EXAMPLE = "a CSV of orders begins with a line such as customer,date,amount"


def choose_columns(
    names: Sequence[str], asked: Mapping[str, str | None], source: str
) -> dict[str, str]:
    """Find the columns of an order log, by the names asked for or the usual ones.

    Parameters
    ----------
    names : sequence of str
        The columns that the file has.
    asked : mapping
        For ``customer``, ``date`` and ``amount`` the column's name, or None to guess.
    source : str
        The file's name, for messages.

    Returns
    -------
    dict
        The column's name in the file for each of the three.

    Raises
    ------
    DataError
        One line for each column that is not there, with what is there and the nearest name;
        one line in all for a file that is no table.

    Examples
    --------
    >>> choose_columns(["Cust ID", "Order Date", "Revenue"], {}, "orders.csv")
    {'customer': 'Cust ID', 'date': 'Order Date', 'amount': 'Revenue'}
    """
    chosen: dict[str, str] = {}
    problems: list[str] = []
    for role, known in _KNOWN.items():
        wanted = asked.get(role)
        name = _asked_for(names, wanted) if wanted else _guess(names, known)
        if name is None:
            problems.append(f"{source}: {_missing(role, wanted, names)}")
        elif list(names).count(name) > 1:
            problems.append(f"{source}: {list(names).count(name)} columns are named {name!r}")
        else:
            chosen[role] = name
    if problems and not any(asked.values()) and _looks_like_data(names):
        first = ", ".join(name.strip() for name in names)
        raise DataError(f"{source}: the first line, {first!r}, is not a header; {_EXAMPLE}")
    if problems and len(names) == 1:
        found = f"found one column only, {shorten(names[0], _LONG, placeholder=' ...')!r}"
        raise DataError(f"{source}: is no table of orders: {found}; {_EXAMPLE}")
    if problems:
        raise DataError("\n".join(problems))
    return chosen


def choose_attributes(names: Sequence[str], asked: Sequence[str], source: str) -> dict[str, str]:
    """Find further columns of an order log by their names.

    Parameters
    ----------
    names : sequence of str
        The columns that the file has.
    asked : sequence of str
        The columns wanted.
    source : str
        The file's name, for messages.

    Returns
    -------
    dict
        The column's name in the file for each name asked for.

    Raises
    ------
    DataError
        One line for each column that is not there, with what is there and the nearest name.

    Examples
    --------
    >>> choose_attributes(["Cust ID", "Channel"], ["channel"], "orders.csv")
    {'channel': 'Channel'}
    """
    chosen: dict[str, str] = {}
    problems: list[str] = []
    for wanted in asked:
        name = _asked_for(names, wanted)
        if name is None:
            found = f"found {listed(names)}{did_you_mean(wanted, names)}"
            problems.append(f"{source}: no column {wanted!r} for an attribute: {found}")
        elif list(names).count(name) > 1:
            problems.append(f"{source}: {list(names).count(name)} columns are named {name!r}")
        else:
            chosen[wanted] = name
    if problems:
        raise DataError("\n".join(problems))
    return chosen


def did_you_mean(wanted: str, names: Iterable[str]) -> str:
    """Ask whether the nearest name was meant; empty if none is near.

    Examples
    --------
    >>> did_you_mean("chanel", ["city", "channel"])
    "; did you mean 'channel'?"
    """
    known = {name.casefold(): name for name in reversed(list(names))}
    asked = wanted.casefold()
    near = difflib.get_close_matches(asked, known, n=1, cutoff=0.6)
    near += [name for name in known if name.startswith(asked[:_PART]) and _within(asked, name)]
    near += [name for name in known if _within(asked, name)]
    return f"; did you mean {known[near[0]]!r}?" if near else ""


def _within(one: str, other: str) -> bool:
    """Tell whether one of two names is a part of the other, and not of two letters only."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _PART and short in long


def listed(names: Iterable[str]) -> str:
    """Name what there is, the first few of many.

    Examples
    --------
    >>> listed(["city", "channel"]), listed(map(str, range(1500)))[-18:]
    ("'city', 'channel'", ', … and 1,490 more')
    """
    every = list(names)
    rest = len(every) - _LISTED
    more = f", … and {rest:,} more" if rest > 0 else ""
    return ", ".join(repr(name) for name in every[:_LISTED]) + more


def rivals(
    names: Sequence[str], asked: Mapping[str, str | None], chosen: Mapping[str, str]
) -> tuple[str, ...]:
    """Warn of columns that may be meant just as well as those that were guessed.

    Parameters
    ----------
    names : sequence of str
        The columns that the file has.
    asked : mapping
        For each role the column's name, or None if it was guessed.
    chosen : mapping
        The column of each role.

    Returns
    -------
    tuple of str
        A sentence for each role with several likely columns.

    Examples
    --------
    >>> names = ["customer", "date", "amount", "total"]
    >>> print(*rivals(names, {}, {"customer": "customer", "date": "date", "amount": "amount"}))
    2 columns may be the amount: 'amount' was read, not 'total'. Choose with --amount COLUMN.
    """
    said = []
    for role, known in _KNOWN.items():
        likely = [name for name in names if _plain(name) in known and name != chosen[role]]
        if likely and not asked.get(role):
            count = f"{len(likely) + 1} columns may be the {role}"
            taken = f"{chosen[role]!r} was read, not {_either(likely)}"
            said.append(f"{count}: {taken}. Choose with --{role} COLUMN.")
    return tuple(said)


def _either(names: Sequence[str]) -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} or {last}" if first else last


def columns_read(columns: Mapping[str, str]) -> str:
    """Say which columns an order log was read from; empty if they are called what they are.

    Parameters
    ----------
    columns : mapping
        The column's name for each role; none at all for a log that is not of a file.

    Examples
    --------
    >>> columns_read({"customer": "customer_id", "date": "date", "amount": "total"})
    "Read the customer from 'customer_id', the date from 'date', the amount from 'total'."
    >>> columns_read({"customer": "Customer", "date": "Date", "amount": "Amount"})
    ''
    """
    if all(_plain(name) == role for role, name in columns.items()):
        return ""
    return f"Read {', '.join(f'the {role} from {name!r}' for role, name in columns.items())}."


def _plain(name: str) -> str:
    """Reduce a name to its letters and digits, without case."""
    return re.sub(r"[\W_]", "", name.casefold())


def _asked_for(names: Sequence[str], wanted: str) -> str | None:
    """Find a column by its exact name, else by the only one that differs in case or signs."""
    if wanted in names:
        return wanted
    alike = [name for name in names if _plain(name) == _plain(wanted)]
    return alike[0] if len(alike) == 1 else None


def _guess(names: Sequence[str], known: Sequence[str]) -> str | None:
    """Take the likeliest of the usual names that the file has."""
    plain = {_plain(name): name for name in reversed(names)}
    return next((plain[usual] for usual in known if usual in plain), None)


def _looks_like_data(names: Sequence[str]) -> bool:
    """Tell whether a header is really the first order: a cell of it holds only figures."""
    return any(re.fullmatch(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*", name) for name in names)


def _missing(role: str, wanted: str | None, names: Sequence[str]) -> str:
    """Say that a column is not there, and what is."""
    found = f"found {listed(names)}"
    if wanted:
        return f"no column {wanted!r} for the {role}: {found}{did_you_mean(wanted, names)}"
    plain = {_plain(name): name for name in names}
    close = difflib.get_close_matches(role, plain, n=1, cutoff=0.5)
    hint = f" (perhaps {plain[close[0]]!r})" if close else ""
    return f"no {role} column: {found}; name it with --{role} COLUMN{hint}"
