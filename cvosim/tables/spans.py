"""Runs of consecutive customers, and the blocks that long runs are worked through in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

STREAM_BLOCK = 131_072
"""Most customers whose tables are held at a time where a run is streamed.

Sums of money are added up within blocks of this length and then over the blocks, wherever they
are computed, so that a table and its parts come to the same last bit. Changing it changes last
bits.
"""


class Span(NamedTuple):
    """Some market prospects in a row.

    Attributes
    ----------
    first : int
        Id of the first.
    count : int
        How many.
    """

    first: int
    count: int  # type: ignore[assignment]  # takes the place of a tuple's method


def blocks_of(first: int, count: int) -> Iterator[Span]:
    """Cut ``count`` customers from ``first`` on into blocks, the last of which may be shorter.

    Examples
    --------
    >>> list(blocks_of(10, 200_000))
    [Span(first=10, count=131072), Span(first=131082, count=68928)]
    """
    for start in range(0, count, STREAM_BLOCK):
        yield Span(first + start, min(STREAM_BLOCK, count - start))
