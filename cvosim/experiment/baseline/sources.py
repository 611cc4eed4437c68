"""What the references of a scenario follow from, in it and in the files that it extends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cvosim.scenario.references import SLOTS, number, slots_walked
from cvosim.scenario.yaml_nodes import MapNode, map_data

_PRICED = ("tripwire", "core_offer", "profit_maximizers")


def bases_of(tree: MapNode) -> list[MapNode]:
    """List what a scenario was before its changes, and what that was: the last base comes first."""
    found = list[MapNode]()
    while tree.base is not None:
        tree = tree.base
        found.append(tree)
    return found[::-1]


def sources(tree: MapNode) -> dict[str, object]:
    """Pick what references follow from.

    Examples
    --------
    >>> from cvosim.scenario.loader import load_tree
    >>> sources(load_tree("carpet_cleaning")[0])["journey"]["lead_magnet"]
    {'trust': 0.5, 'consumed': 0.6}
    """
    journey = map_data(tree).get("journey")
    if not isinstance(journey, Mapping):
        return {"journey": {}}
    found: dict[str, object] = {"order": list(slots_walked(journey))}
    for slot in SLOTS[1:]:  # content has no trust of its own
        offer = journey.get(slot)
        if isinstance(offer, Mapping):
            found[slot] = dict(_sources(slot, offer))
        elif isinstance(offer, list | tuple):
            items = [one for one in offer if isinstance(one, Mapping)]
            found[slot] = [dict(_sources(slot, one)) for one in items]
    return {"journey": found}


def _sources(slot: str, offer: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Pick them of an offer, as it is simulated: with what it is if it is left out."""
    for key in ("kind", "name"):
        if slot == "profit_maximizers" and isinstance(offer.get(key), str):
            yield key, offer[key]
    yield "trust", number(offer.get("trust")) or 0.0
    if slot == "lead_magnet":
        share = number(offer.get("consumed"))
        yield "consumed", 1.0 if share is None else share
    if slot in _PRICED:
        yield "price", number(offer.get("price")) or 0.0
        yield "commitment", offer.get("commitment") or "money"
        share = number(offer.get("attendance"))
        if share is not None:
            yield "attendance", share
