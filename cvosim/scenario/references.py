"""What conversions were observed at: the trust and the price of the journey as written.

An author who writes ``conversion: 0.25`` means on *this* journey, at *this* price. So the
trust that earlier steps bring and the price are taken down where a stage is stated, and a
variant that changes them later moves the conversion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TypeAlias

Loc: TypeAlias = tuple[str | int, ...]
REQUIRED_STAGES = ("lead_magnet", "tripwire", "core_offer")
MOST_TRUST = 1000.0
MOST_MONEY = 1e12


def number(value: object) -> float | None:
    """Return a finite number, or None for anything else (booleans are no numbers)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        as_float = float(value)
    except OverflowError:
        return None
    return as_float if isfinite(as_float) else None


def list_price_of(offer: Mapping[str, object]) -> float | None:
    """Return the list price to fill in, or None where it is stated or cannot be told."""
    price = number(offer.get("price", 0.0))
    known = price is not None and 0 <= price <= MOST_MONEY
    return price if known and offer.get("list_price") is None else None


def missing_references(journey: Mapping[str, object]) -> Iterator[tuple[Loc, float]]:
    """Find the references that a journey does not state, and what they are.

    ``reference_trust`` is the sum of the trust of all earlier steps, profit maximizers
    included, a lead magnet's times the share who consume it; ``list_price`` is the price.
    Values that are no numbers count as nothing here: the validation that follows reports
    them.

    Yields
    ------
    loc : tuple
        Where to put it, inside the journey.
    value : float
        Log-odds or money.
    """
    trust = 0.0
    for key in REQUIRED_STAGES:
        offer = journey.get(key)
        if isinstance(offer, Mapping):
            yield from _references_of((key,), offer, trust)
            trust += _trust_gained(key, offer)
    maximizers = journey.get("profit_maximizers")
    for index, offer in enumerate(maximizers if isinstance(maximizers, list | tuple) else ()):
        if isinstance(offer, Mapping):
            yield from _references_of(("profit_maximizers", index), offer, trust)
            trust += _trust_gained("profit_maximizers", offer)


def _references_of(
    loc: Loc, offer: Mapping[str, object], trust: float
) -> Iterator[tuple[Loc, float]]:
    if offer.get("reference_trust") is None:
        yield (*loc, "reference_trust"), min(max(trust, -MOST_TRUST), MOST_TRUST)
    price = None if loc == ("lead_magnet",) else list_price_of(offer)
    if price is not None:
        yield (*loc, "list_price"), price


def _trust_gained(key: str, offer: Mapping[str, object]) -> float:
    trust = number(offer.get("trust", 0.0)) or 0.0
    consumed = number(offer.get("consumed", 1.0)) if key == "lead_magnet" else 1.0
    return trust * (1.0 if consumed is None else consumed)
