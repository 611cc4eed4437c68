"""Equal rows brought together: one sort of one whole number a row wherever it fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_BITS = 63
"""Bits of a whole number that is not negative."""
_EXACT = 2.0**53
"""From here on not every whole number is a float64."""


class Groups(NamedTuple):
    """Rows in ascending order, and where each group of equal ones begins.

    Attributes
    ----------
    order : ndarray of int64
        The rows, ascending by their columns; equal ones as they stood.
    begin : ndarray of int64
        Place in `order` of the first row of each group.
    """

    order: Ints
    begin: Ints

    @property
    def sizes(self) -> Ints:
        """Rows of each group."""
        return np.diff(np.append(self.begin, len(self.order)))

    @property
    def first(self) -> Ints:
        """The row of each group that stood first."""
        return self.order[self.begin]

    @property
    def inverse(self) -> Ints:
        """The group of each row."""
        inverse = np.empty(len(self.order), np.int64)
        inverse[self.order] = np.repeat(np.arange(len(self.begin)), self.sizes)
        return inverse


def grouped(*columns: NDArray[Any]) -> Groups:
    """Bring equal rows together, the first column counting most.

    Parameters
    ----------
    *columns : ndarray
        Numbers, none of them NaN; all of one length.

    Returns
    -------
    Groups
        Of an empty table, none.

    Examples
    --------
    >>> groups = grouped(np.array([2, 1, 2]), np.array([5.5, 5.5, 5.5]))
    >>> groups.order.tolist(), groups.begin.tolist(), groups.inverse.tolist()
    ([1, 0, 2], [0, 1], [1, 0, 1])
    """
    digits = [_digits(column) for column in columns]
    if not len(digits[0][0]):
        return Groups(np.empty(0, np.int64), np.empty(0, np.int64))
    sizes = [size for _, size in digits]
    if _needs(sizes) > _BITS:
        return _by_columns([column for column, _ in digits])
    key = digits[0][0]
    for column, size in digits[1:]:
        key = key * size + column
    order, ordered = _sorted(key, sizes)
    return Groups(order, np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])))


def _digits(column: NDArray[Any]) -> tuple[Ints, int]:
    """Numbers from 0 up that are ordered and equal as the column's are, and how many there are."""
    if not len(column):
        return np.empty(0, np.int64), 1
    low, high = column.min(), column.max()
    if not _is_whole(column) or int(high) - int(low) >= 2**_BITS - 1:
        values, codes = np.unique(column, return_inverse=True)
        return codes.astype(np.int64), len(values)
    return column.astype(np.int64, copy=False) - int(low), int(high) - int(low) + 1


def _is_whole(column: NDArray[Any]) -> bool:
    if column.dtype.kind != "f":
        return True
    return bool((np.abs(column) < _EXACT).all() and (np.rint(column) == column).all())


def _needs(sizes: Sequence[int]) -> int:
    """Bits for a number that has a digit of each size."""
    count = 1
    for size in sizes:
        count *= size
    return (count - 1).bit_length()


def _sorted(key: Ints, sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """The rows by key, and the keys in their order.

    With the row as its last bits a key tells where it came from, and numpy sorts numbers
    several times as fast as it finds the order of them.
    """
    row_bits = (len(key) - 1).bit_length()
    if _needs(sizes) + row_bits > _BITS:
        order = np.argsort(key, kind="stable")
        return order, key[order]
    packed = np.left_shift(key, row_bits)
    packed |= np.arange(len(key))
    packed.sort()
    return packed & ((1 << row_bits) - 1), packed >> row_bits


def _by_columns(columns: Sequence[Ints]) -> Groups:
    """Group rows whose columns don't fit one number together."""
    order = np.lexsort(columns[::-1])
    new = np.zeros(len(order), np.bool_)
    new[0] = True
    for column in columns:
        ordered = column[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    return Groups(order, np.flatnonzero(new))
