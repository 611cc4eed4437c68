"""What a customer's first order tells of it: the channel, the place, the campaign it came by."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.clv.orders.log import NONE
from cvosim.clv.orders.purchase_days import Ints, PurchaseDays
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog


class Labels(NamedTuple):
    """One label a customer.

    Attributes
    ----------
    codes : ndarray of int64
        Index into `labels`, one element a customer.
    labels : tuple of str
        Each of them belongs to somebody.
    """

    codes: Ints
    labels: tuple[str, ...]


def first_labels(log: OrderLog, days: PurchaseDays, column: str) -> Labels:
    """Label customers by a column of their first order.

    Of several orders on the first day the one that stands first in the log counts.

    Parameters
    ----------
    log : OrderLog
        Read with this column among its attributes.
    days : PurchaseDays
        Of this log: the customers.
    column : str
        Such as ``campaign``.

    Returns
    -------
    Labels
        In alphabetical order; an empty cell is ``(none)``.

    Raises
    ------
    DataError
        If the log was read without that column.
    """
    if column not in log.attributes:
        known = ", ".join(log.attributes) or "none"
        raise DataError(f"{log.source}: no attribute {column!r}; read with: {known}")
    codes, names = log.attributes[column]
    return _alphabetical(np.asarray(codes)[days.row], list(names))


def _alphabetical(codes: Ints, names: list[str]) -> Labels:
    used = sorted({names[code] for code in np.unique(codes).tolist()})
    place = {name: index for index, name in enumerate(used)}
    lookup = np.array([place.get(name, -1) for name in names], np.int64)
    return Labels(lookup[codes], tuple(used))


def crossed(one: Labels, other: Labels) -> Labels:
    """Label by two attributes at once.

    Examples
    --------
    >>> place, source = Labels(np.array([0, 1]), ("n", "s")), Labels(np.array([0, 0]), ("ads",))
    >>> crossed(place, source).labels
    ('n & ads', 's & ads')
    """
    both = one.codes * len(other.labels) + other.codes
    cells, codes = np.unique(both, return_inverse=True)
    pairs = (divmod(cell, len(other.labels)) for cell in cells.tolist())
    names = tuple(f"{one.labels[i]} & {other.labels[j]}" for i, j in pairs)
    return Labels(codes.astype(np.int64), names)


def with_pairs(attributes: dict[str, Labels]) -> dict[str, Labels]:
    """Add every pair of attributes, under ``one & other``."""
    pairs = {
        f"{one} & {other}": crossed(attributes[one], attributes[other])
        for one, other in combinations(attributes, 2)
    }
    return {**attributes, **pairs}


def numbers_in_groups(labels: Labels, groups: int = 4) -> Labels:
    """Put the customers of a numeric attribute into quantile groups; leave words as they are.

    An attribute is numeric where every label but ``(none)`` is a number and there are more
    different ones than `groups`.

    Examples
    --------
    >>> ages = Labels(np.arange(8), ("18", "22", "25", "31", "40", "44", "58", "71"))
    >>> numbers_in_groups(ages, 2).labels
    ('18 to 31', '40 to 71')
    """
    numbers = np.array([_number(label) for label in labels.labels])
    given = np.isfinite(numbers)
    if np.count_nonzero(given) <= groups or not all(
        given[place] or label == NONE for place, label in enumerate(labels.labels)
    ):
        return labels
    values = numbers[labels.codes]
    known = np.sort(values[np.isfinite(values)])
    # equal numbers stay together, so groups may differ in size
    group = np.searchsorted(known, numbers, "left") * groups // len(known)
    names: list[str] = []
    codes = np.zeros(len(numbers), np.int64)
    for one in np.unique(group[given]).tolist():
        inside = given & (group == one)
        codes[inside] = len(names)
        low, high = numbers[inside].min(), numbers[inside].max()
        names.append(f"{low:g} to {high:g}" if low < high else f"{low:g}")
    if not given.all():
        codes[~given] = len(names)
        names.append(NONE)
    return Labels(codes[labels.codes], tuple(names))


def _number(label: str) -> float:
    try:
        return float(label)
    except ValueError:
        return float("nan")
