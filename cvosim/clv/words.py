"""Counts as people write them."""

from __future__ import annotations


def counting(count: int, noun: str) -> str:
    """Write how many of a thing.

    Examples
    --------
    >>> counting(1, "day"), counting(2357, "customer")
    ('1 day', '2,357 customers')
    """
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
