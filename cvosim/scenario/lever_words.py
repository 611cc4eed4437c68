"""What levers and their headings are called, and what their numbers count."""

from __future__ import annotations

from typing import Any

from cvosim.scenario.references import Loc

_HEADINGS: dict[Loc, str] = {
    ("market",): "The market",
    ("seasonality",): "Months of the year",
    ("economics",): "Economics",
    ("journey", "engage"): "Engage",
    ("journey", "lead_magnet"): "Lead magnet",
    ("journey", "tripwire"): "Tripwire",
    ("journey", "excite"): "Excite",
    ("journey", "core_offer"): "Core offer",
    ("journey", "repeat_purchases"): "Repeat purchases",
    ("journey", "experience"): "Experience after an order",
    ("journey", "loyalty"): "Loyalty tiers",
    ("journey", "referral"): "Referral",
}
_LISTS = {"segments": "Segment", "channels": "Channel", "return_path": "Return path"}
_UNITS_BY_KEY = {
    "saturation": "people",
    "per_day": "people a day",
    "cap": "people",
    "discount": "share",
    "commission": "share",
    "discount_rate": "a year",
    "price_sensitivity": "log-odds",
    "propensity_sd": "log-odds",
    "impressions": "times",
    "impressions_per_day": "times a day",
    "frequency_cap": "times",
    "exposures": "times",
    "cycles": "bills",
    "max_cycles": "bills",
    "min_orders": "orders",
}
_MONEY_KEYS = frozenset({"half_spend", "v", "median", "amount"})
_SAID = {
    "cpm": "cost of a thousand impressions",
    "cpc": "cost of a click",
    "propensity_sd": "spread of people's inclination",
    "from": "reached at",
}
_POINTS = ("satisfaction", "effort", "resolved_effect", "unresolved_effect")


def group_title(loc: Loc, data: dict[str, Any]) -> str:
    """Write the heading of a place: a stage, or a list item with its name.

    Examples
    --------
    >>> group_title(("channels", 0), {"channels": [{"name": "old_ads"}]})
    'Channel: old ads'
    """
    if loc in _HEADINGS:
        return _HEADINGS[loc]
    item: Any = data
    for part in loc:
        item = item[part]
    name = spaced(str(item.get("name", loc[-1])))
    kind = _LISTS.get(str(loc[-2])) or capital(spaced(str(item.get("kind", loc[-2]))))
    return f"{kind}: {name}"


def label_of(loc: Loc, data: dict[str, Any]) -> str:
    """Write a lever's label: what leads to it below its heading.

    Examples
    --------
    >>> label_of(("journey", "tripwire", "delay", "median_days"), {})
    'Delay: median days'
    """
    depth = _depth(loc)
    words = []
    place: Any = data
    for number, part in enumerate(loc):
        place = _inside(place, part)
        if number < depth:
            continue
        name = place.get("name") if isinstance(place, dict) and isinstance(part, int) else None
        words.append(_number(part, name))
    return capital(": ".join(words))


def _inside(place: Any, part: str | int) -> Any:
    if isinstance(place, dict):
        return place.get(part)
    return place[part] if isinstance(place, list | tuple) and isinstance(part, int) else None


def _depth(loc: Loc) -> int:
    """Count the steps that the heading already says."""
    if loc[0] in ("market", "journey"):
        return 3 if len(loc) > 3 and isinstance(loc[2], int) else 2 if loc[0] == "journey" else 1
    return 2 if loc[0] == "channels" else 1


def _number(part: str | int, name: str | None) -> str:
    if isinstance(part, int):
        return spaced(name) if name else f"no. {part + 1}"
    return spaced(part)


def unit_of(loc: Loc, schema: dict[str, Any], currency: str) -> str:
    """Say what a number counts: the currency, ``share``, ``days``, ``people``; empty for nothing.

    Examples
    --------
    >>> unit_of(("journey", "tripwire", "price"), {"x-unit": "money"}, "EUR")
    'EUR'
    """
    key = next(str(part) for part in reversed(loc) if isinstance(part, str))
    unit = schema.get("x-unit")
    if unit == "money" or key in _MONEY_KEYS:
        return currency
    if unit is not None:
        return str(unit)
    if key.endswith("_days") or key == "every":
        return "days"
    if any(part in _POINTS for part in loc):
        return "points"
    if "invitations" in loc:
        return "people"
    return _UNITS_BY_KEY.get(key, "")


def spaced(name: str) -> str:
    """Write a key as words."""
    return _SAID.get(name) or name.replace("_", " ")


def capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
