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
SLOTS = ("engage", "lead_magnet", "tripwire", "excite", "core_offer", "profit_maximizers")
"""The steps of a journey in the order in which they are walked unless it states another."""
SINGLE_STAGES = SLOTS[:-1]
"""Slots that hold one stage, whose key is the slot's."""
_PRICED = ("tripwire", "core_offer", "profit_maximizers")
MOST_TRUST = 1000.0
MOST_MONEY = 1e12


def number(value: object) -> float | None:
    """Return a finite number, or None for anything else (booleans are no numbers)."""
    if type(value) is float:  # most are
        return value if isfinite(value) else None
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


def slots_walked(journey: Mapping[str, object]) -> tuple[str, ...]:
    """Return the slots that a raw journey walks, declared or not, in its order.

    What is no slot, or has been listed before, is passed over: the validation reports it.
    An order that lists no slot at all is passed over too.

    Examples
    --------
    >>> slots_walked({"order": ["core_offer", "tripwire"]})
    ('core_offer', 'tripwire')
    """
    order = journey.get("order")
    if not isinstance(order, list | tuple):
        return SLOTS
    return tuple(dict.fromkeys(slot for slot in order if slot in SLOTS)) or SLOTS


def missing_references(journey: Mapping[str, object]) -> Iterator[tuple[Loc, float]]:
    """Find the references that a journey does not state, and what they are.

    ``reference_trust`` is the sum of the trust of all earlier steps in the journey's order,
    profit maximizers included: a lead magnet's times the share who consume it, a time
    commitment's times its attendance. What content brings to those it engages is on top of
    it, so engage counts as nothing. A stage that the order leaves out counts for no other
    and has its own reference where it would stand by default. ``list_price`` is the price.
    Values that are no numbers count as nothing here: the validation that follows reports
    them.

    Yields
    ------
    loc : tuple
        Where to put it, inside the journey.
    value : float
        Log-odds or money.
    """
    walked = slots_walked(journey)
    trust = 0.0
    for slot in walked:
        for loc, offer in _stated(journey, slot):
            yield from _references_of(loc, offer, trust)
            trust += _trust_gained(slot, offer)
    for slot in SLOTS:
        if slot not in walked:
            trust = _trust_before(journey, walked, slot)
            for loc, offer in _stated(journey, slot):
                yield from _references_of(loc, offer, trust)


def _stated(journey: Mapping[str, object], slot: str) -> Iterator[tuple[Loc, Mapping[str, object]]]:
    stated = journey.get(slot)
    if slot in SINGLE_STAGES:
        if isinstance(stated, Mapping):
            yield (slot,), stated
        return
    for index, offer in enumerate(stated if isinstance(stated, list | tuple) else ()):
        if isinstance(offer, Mapping):
            yield (slot, index), offer


def _trust_before(journey: Mapping[str, object], walked: tuple[str, ...], slot: str) -> float:
    """Return the trust of the steps walked that come before a slot by default."""
    trust = 0.0
    for other in walked:
        if SLOTS.index(other) < SLOTS.index(slot):
            for _, offer in _stated(journey, other):
                trust += _trust_gained(other, offer)
    return trust


def _references_of(
    loc: Loc, offer: Mapping[str, object], trust: float
) -> Iterator[tuple[Loc, float]]:
    if offer.get("reference_trust") is None:
        yield (*loc, "reference_trust"), min(max(trust, -MOST_TRUST), MOST_TRUST)
    price = list_price_of(offer) if loc[0] in _PRICED else None
    if price is not None:
        yield (*loc, "list_price"), price


def _trust_gained(slot: str, offer: Mapping[str, object]) -> float:
    if slot == "engage":
        return 0.0
    share: object = 1.0
    if slot == "lead_magnet":
        share = offer.get("consumed", 1.0)
    elif offer.get("commitment") == "time":
        share = offer.get("attendance", 1.0)
    part = number(share)
    return (number(offer.get("trust", 0.0)) or 0.0) * (1.0 if part is None else part)
