"""What else goes when a variant removes a stage."""

from __future__ import annotations

from collections.abc import Iterator

from cvosim.scenario.raw import offers
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Node, ScalarNode, map_data


def stage_keys(tree: MapNode) -> set[str]:
    """Return the keys of the stages that a tree's journey has."""
    return {key for key, _, _ in offers(map_data(tree))}


def prune_stages(tree: MapNode, gone: set[str]) -> None:
    """Take removed stages out of programs' ``at`` and out of ``effects``, in place.

    A program that then serves nothing is dropped. What *starts* at a removed stage
    (repeat purchases) stays and is reported: nobody can guess where it should start.
    """
    if not gone:
        return
    for owner in _effect_owners(tree):
        effects = owner.get("effects")
        if isinstance(effects, MapNode):
            for key in gone & set(effects.entries):
                del effects.entries[key]
    journey = tree.get("journey")
    programs = journey.get("return_path") if isinstance(journey, MapNode) else None
    if isinstance(programs, ListNode):
        programs.items = [program for program in programs.items if _still_serves(program, gone)]


def _effect_owners(tree: MapNode) -> Iterator[MapNode]:
    market = tree.get("market")
    segments = market.get("segments") if isinstance(market, MapNode) else None
    for parts in (segments, tree.get("channels")):
        if isinstance(parts, ListNode):
            yield from (item for item in parts.items if isinstance(item, MapNode))


def _still_serves(program: Node, gone: set[str]) -> bool:
    at = program.get("at") if isinstance(program, MapNode) else None
    if not isinstance(at, ListNode):
        return True
    kept = [item for item in at.items if not (isinstance(item, ScalarNode) and item.value in gone)]
    served_something = len(kept) < len(at.items)
    at.items = kept
    return bool(kept) or not served_something
