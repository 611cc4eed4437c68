"""Put something else in the place of a module's function for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def exchanged(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Let ``owner.name`` be ``value``, and give back what it was, whatever happens.

    Not for two threads at once.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> shop = SimpleNamespace(price=29)
    >>> with exchanged(shop, "price", 19):
    ...     shop.price
    19
    >>> shop.price
    29
    """
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
