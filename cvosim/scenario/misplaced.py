"""Words that are known elsewhere, or of another kind: what to write instead."""

from __future__ import annotations

from cvosim.scenario.checks_programs import RETENTION
from cvosim.scenario.journey import Journey
from cvosim.scenario.raw import Raw, offers, section, values
from cvosim.scenario.references import Loc

_PARTNERS = ("affiliate", "joint_venture")
_TIME = ("commitment", "attendance", "starts_after")


def misplaced_key(loc: Loc, data: Raw) -> str | None:
    """Say what to write instead of a key that its section does not know; None if unclear.

    Parameters
    ----------
    loc : tuple
        Where the key stands.
    data : mapping
        The raw data of the scenario: it tells the kind of what the key stands in.

    Examples
    --------
    >>> misplaced_key(("loyalty",), {})
    'belongs to the journey: write it under `journey:`'
    """
    if len(loc) == 1 and loc[0] in Journey.model_fields:
        return "belongs to the journey: write it under `journey:`"
    if loc == ("journey", "repeat_purchases", "seasonality"):
        return (
            "seasons stand at the top of the file: `calendar: {start: ...}` and "
            "`seasonality: {purchases: [12 numbers]}`"
        )
    if len(loc) != 4 or loc[0] != "journey" or not isinstance(loc[2], int):
        return None
    key, kind = str(loc[3]), _kind(data, str(loc[1]), loc[2])
    if loc[1] == "profit_maximizers":
        return _of_a_maximizer(key, kind)
    return _of_a_program(key, kind) if loc[1] == "return_path" else None


def misplaced_step(loc: Loc, value: object, data: Raw) -> str | None:
    """Say which step of ``journey.order`` a word stands for that is none; None if unclear.

    Examples
    --------
    >>> journey = {"profit_maximizers": [{"kind": "upsell", "name": "gold"}]}
    >>> misplaced_step(("journey", "order", 0), "gold", {"journey": journey})
    'write profit_maximizers: they stand together, in the order of their own list'
    """
    if loc[:2] != ("journey", "order") or len(loc) != 3 or not isinstance(value, str):
        return None
    for _, (_, slot, *_), offer in offers(data):
        if value in (offer.get("name"), offer.get("kind")) and slot == "profit_maximizers":
            return f"write {slot}: they stand together, in the order of their own list"
        if value == offer.get("name"):
            return f"write {slot}, the key of that stage"
    return None


def _kind(data: Raw, items: str, index: int) -> object:
    found = values(section(data, "journey"), items)
    item = found[index] if index < len(found) else None
    return item.get("kind") if isinstance(item, dict) else None


def _of_a_maximizer(key: str, kind: object) -> str | None:
    if key == "commission" and kind not in _PARTNERS:
        return (
            "only a partner's product earns a commission: write `kind: affiliate` or "
            "`kind: joint_venture`, or leave it out"
        )
    if key == "unit_cost" and kind in _PARTNERS:
        return (
            "the partner delivers and bears the cost: leave it out, and state the commission "
            "that is left to you"
        )
    if key in _TIME and kind in (*_PARTNERS, "subscription"):
        return f"{kind} is always paid with money, so there is nothing to turn up for: leave it out"
    return None


def _of_a_program(key: str, kind: object) -> str | None:
    if key == "at" and kind in RETENTION:
        return f"{kind} serves customers, not a stage: leave it out; `aim` may say which customers"
    if key in ("days", "fatigue") and kind in ("anniversary", "birthday"):
        return f"{kind} sends one message each time: leave it out; `every_days` says how often"
    return None
