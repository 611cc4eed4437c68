"""Sections that are planned but not there yet: refused by name, not as unknown keys."""

from __future__ import annotations

from cvosim.scenario.references import Loc

COMES_LATER = "comes in a later version of cvosim; leave it out for now"

_SECTIONS = frozenset(
    {
        ("calendar",),
        ("seasonality",),
        ("experiment",),
        ("sweep",),
        ("engage",),
        ("excite",),
        ("experience",),
        ("loyalty",),
        ("referral",),
        ("journey", "order"),
        ("journey", "engage"),
        ("journey", "excite"),
        ("journey", "experience"),
        ("journey", "loyalty"),
        ("journey", "referral"),
        ("journey", "repeat_purchases", "seasonality"),
        *(("journey", stage, "aim") for stage in ("lead_magnet", "tripwire", "core_offer")),
        ("journey", "profit_maximizers", "*", "aim"),
        ("journey", "return_path", "*", "aim"),
        *(("channels", "*", key) for key in ("budget", "cpm", "cpc", "reach", "awareness")),
    }
)
_KINDS: dict[tuple[str, ...], frozenset[str]] = {
    ("journey", "return_path", "*", "kind"): frozenset({"win_back", "anniversary"}),
    ("journey", "repeat_purchases", "frequency", "model"): frozenset({"mbg_nbd"}),
}
_ARRIVALS = ("channels", "*", "arrivals", "kind")


def key_comes_later(loc: Loc) -> bool:
    """Tell whether a key that nothing knows yet is planned."""
    return _pattern(loc) in _SECTIONS


def kind_comes_later(loc: Loc, kind: object) -> bool:
    """Tell whether a kind or model that nothing knows yet is planned."""
    pattern = _pattern(loc)
    return pattern == _ARRIVALS or kind in _KINDS.get(pattern, frozenset())


def _pattern(loc: Loc) -> tuple[str, ...]:
    return tuple("*" if isinstance(part, int) else part for part in loc)
