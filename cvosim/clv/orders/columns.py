"""Which column of somebody's order file is the customer, the date and the amount."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

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
        One line for each column that is not there, with what is there and the nearest name.

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
            found = f"found {', '.join(repr(name) for name in names)}"
            near = did_you_mean(wanted, names)
            problems.append(f"{source}: no column {wanted!r} for an attribute: {found}{near}")
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
    near = difflib.get_close_matches(wanted, list(names), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


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
    found = f"found {', '.join(repr(name) for name in names)}"
    if wanted:
        return f"no column {wanted!r} for the {role}: {found}{did_you_mean(wanted, names)}"
    if len(names) == 1 and len(names[0].split()) > 1:
        return f"no {role} column: {found}; separate columns by commas ({_EXAMPLE})"
    plain = {_plain(name): name for name in names}
    close = difflib.get_close_matches(role, plain, n=1, cutoff=0.5)
    hint = f" (perhaps {plain[close[0]]!r})" if close else ""
    return f"no {role} column: {found}; name it with --{role} COLUMN{hint}"
