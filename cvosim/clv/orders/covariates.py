"""Numbers that describe a customer, made of what an order log says besides who bought when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.columns import did_you_mean, listed
from cvosim.clv.orders.log import NONE, Attribute, OrderLog
from cvosim.errors import DataError

Floats = NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
_MOST_LABELS = 20
"""More columns of 0 and 1 than this are no description but a list of customers."""


def first_order_covariates(
    log: OrderLog, rows: NDArray[np.int64], names: Sequence[str]
) -> dict[str, Floats]:
    """Describe customers by some attributes of their first orders.

    Parameters
    ----------
    log : OrderLog
        With the attributes.
    rows : ndarray of int64
        Each customer's first order, as a row of the log.
    names : sequence of str
        Attributes. One whose labels are all numbers is taken as a number; any other
        becomes a column of 0 and 1 for each label but the commonest.

    Returns
    -------
    dict
        A column for each number, and ``name=label`` for each label but the commonest.

    Raises
    ------
    DataError
        If the log has no such attribute, or one is the same for every customer, has too many
        labels, or is a number that some customers lack.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 5.0), ("cy", 3, 1.0)])
    >>> log = OrderLog(log.source, log.customer, log.day, log.amount, log.customers,
    ...     {"channel": Attribute(np.array([0, 1, 0]), ("web", "shop"))})
    >>> columns = first_order_covariates(log, np.array([0, 1, 2]), ["channel"])
    >>> {name: column.tolist() for name, column in columns.items()}
    {'channel=shop': [0.0, 1.0, 0.0]}
    """
    columns: dict[str, Floats] = {}
    for name in dict.fromkeys(names):
        attribute = _attribute(log, name)
        try:
            columns |= _columns(name, attribute.codes[rows], attribute.labels)
        except DataError as error:
            raise DataError(f"{log.source}: {error}") from None
    return columns


def _attribute(log: OrderLog, name: str) -> Attribute:
    if name not in log.attributes:
        there = listed(log.attributes) or "none"
        near = did_you_mean(name, log.attributes)
        raise DataError(f"{log.source}: no attribute {name!r}: there are {there}{near}")
    return log.attributes[name]


def _columns(name: str, codes: NDArray[np.int64], labels: Sequence[str]) -> dict[str, Floats]:
    """A number, or a column of 0 and 1 for each label but the commonest."""
    counts = np.bincount(codes, minlength=len(labels))
    used = {label: int(count) for label, count in zip(labels, counts, strict=True) if count}
    if len(used) == 1:
        words = f"is {next(iter(used))!r} for every customer and tells none apart"
        raise DataError(f"{name}: {words}; leave it out")
    if all(_NUMBER.fullmatch(label) for label in used if label != NONE):
        return {name: _numbers(name, used, labels)[codes]}
    if len(used) > _MOST_LABELS:
        words = f"has {len(used):,} different labels, and a fit can use {_MOST_LABELS} at most"
        raise DataError(f"{name}: {words}; put the rare ones together")
    rest = sorted(used, key=lambda label: (-used[label], labels.index(label)))[1:]
    return {f"{name}={label}": (codes == labels.index(label)).astype(np.float64) for label in rest}


def _numbers(name: str, used: Mapping[str, int], labels: Sequence[str]) -> Floats:
    """The number that each label in use is."""
    if NONE in used:
        many = "1 customer has" if used[NONE] == 1 else f"{used[NONE]:,} customers have"
        words = f"is a number, and {many} none at the first order"
        raise DataError(f"{name}: {words}; fill it in, or leave it out")
    if len({float(label) for label in used}) == 1:
        words = f"is {float(next(iter(used))):g} for every customer and tells none apart"
        raise DataError(f"{name}: {words}; leave it out")
    return np.array([float(label) if label in used else 0.0 for label in labels])
