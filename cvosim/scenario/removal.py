"""What else goes when a variant removes a stage, or skips it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple

from cvosim.scenario.checks_programs import RETENTION
from cvosim.scenario.raw import offers, section, walked
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Node, ScalarNode, map_data


class Standing(NamedTuple):
    """Keys of the stages that a tree states, of those that are walked, and what comes after."""

    stated: frozenset[str]
    walked: frozenset[str]
    repeats: bool


def standing(tree: MapNode) -> Standing:
    """Return what a tree's journey has."""
    data = map_data(tree)
    return Standing(
        frozenset(key for key, _, _ in offers(data)),
        frozenset(key for key, _, _ in walked(data)),
        section(data, "journey").get("repeat_purchases") is not None,
    )


def prune(tree: MapNode, before: Standing) -> None:
    """Take away what refers to stages that were there before a change and are not any more.

    Stages that are gone leave programs' ``at`` and all ``effects``; stages that are no longer
    walked leave ``at``. A program that then serves nothing is dropped, and so is a reward
    for accepting such a stage. What *starts* at a removed stage (repeat purchases) stays and
    is reported: nobody can guess where it should start.
    """
    now = standing(tree)
    journey = tree.get("journey")
    for owner in _effect_owners(tree):
        effects = owner.get("effects")
        if isinstance(effects, MapNode):
            for key in before.stated - now.stated:
                effects.entries.pop(key, None)
    if not isinstance(journey, MapNode):
        return
    _prune_programs(journey, before.walked - now.walked, before.repeats and not now.repeats)
    referral = journey.get("referral")
    reward = referral.get("reward") if isinstance(referral, MapNode) else None
    at = reward.get("at") if isinstance(reward, MapNode) else None
    if isinstance(referral, MapNode) and _names_one_of(at, before.walked - now.walked):
        del referral.entries["reward"]


def _prune_programs(journey: MapNode, gone: Set[str], no_repeats: bool) -> None:
    programs = journey.get("return_path")
    if not isinstance(programs, ListNode):
        return
    programs.items = [
        program
        for program in programs.items
        if _still_serves(program, gone) and not (no_repeats and _is_retention(program))
    ]


def _effect_owners(tree: MapNode) -> Iterator[MapNode]:
    market, journey = tree.get("market"), tree.get("journey")
    segments = market.get("segments") if isinstance(market, MapNode) else None
    for parts in (segments, tree.get("channels")):
        if isinstance(parts, ListNode):
            yield from (item for item in parts.items if isinstance(item, MapNode))
    referral = journey.get("referral") if isinstance(journey, MapNode) else None
    if isinstance(referral, MapNode):
        yield referral


def _still_serves(program: Node, gone: Set[str]) -> bool:
    at = program.get("at") if isinstance(program, MapNode) else None
    if not isinstance(at, ListNode):
        return True
    kept = [item for item in at.items if not _names_one_of(item, gone)]
    served_something = len(kept) < len(at.items)
    at.items = kept
    return bool(kept) or not served_something


def _is_retention(program: Node) -> bool:
    return isinstance(program, MapNode) and _names_one_of(program.get("kind"), set(RETENTION))


def _names_one_of(node: Node | None, words: Set[str]) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value in words
