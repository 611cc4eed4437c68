"""What gave a setting another value without stating it: a change taken back, another base."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cvosim.experiment.baseline.edits import place_now
from cvosim.experiment.baseline.layers import changes_of, extending, layer_of
from cvosim.experiment.baseline.places import written
from cvosim.experiment.baseline.record import Layer
from cvosim.experiment.baseline.settings import Loc, SettingChange
from cvosim.scenario.library import library
from cvosim.scenario.references import SLOTS
from cvosim.scenario.yaml_nodes import MapNode, Mark

TAKEN_BACK = "no longer changed here"
LEFT_OUT = "no longer stated here"
CAME_BACK = "came back"
_PRUNED = frozenset({"effects", "return_path", "reward"})
"""What loses whatever refers to a stage that a variant removes; see `cvosim.scenario.removal`."""
_STAGES = frozenset({*SLOTS, "order", "repeat_purchases"})


class Turn(NamedTuple):
    """The line that somebody edited, None for that of the value; and what it says, in words."""

    mark: Mark | None
    words: str


def turn_of(
    change: SettingChange, tree: MapNode, then: Sequence[Layer], holder: MapNode
) -> Turn | None:
    """Find who took a change of a base's setting back, or extends another scenario.

    The value then stands on a line of the base that nobody edited.

    Parameters
    ----------
    change : SettingChange
    tree : MapNode
        Of today's scenario.
    then : sequence of Layer
        What the scenario was made of; empty where that is not known.
    holder : MapNode
        Which of the scenario and its bases has the setting: what lies above overrides it.

    Returns
    -------
    Turn or None
        None where the line of the value is the one that was edited.
    """
    loc, above = place_now(change), holder is not tree
    for one, before in zip(extending(tree), then, strict=False):
        above = above and one is not holder
        if not above and _states(one, loc):
            return None
        turn = (None if above else _taken_back(one, before, change)) or _turned(one, before)
        if turn is not None:
            return turn
    return None


def _states(tree: MapNode, loc: Loc) -> bool:
    """Tell whether a scenario itself says what a setting is, or that it is none."""
    return tree.base is None or written(tree, loc).mark != written(tree.base, loc).mark


def _taken_back(tree: MapNode, before: Layer, change: SettingChange) -> Turn | None:
    loc, layer = place_now(change), layer_of(tree)
    path = ".".join(loc)
    gone = [old for old in before.changes if old not in layer.changes]
    if any(_touches(old, path) for old in gone):
        inner = _mark_within(tree, path)
        return Turn(inner, "") if inner else Turn(_place(tree), TAKEN_BACK)
    if loc[0] in before.keys and loc[0] not in layer.keys:
        return Turn(tree.entries["name"].key_mark, LEFT_OUT)
    stages = [old for old in gone if _is_stage(old)]
    if stages and _PRUNED & {*loc} and _came_back(change):
        return Turn(_mark_within(tree, stages[0]) or _place(tree), f"{stages[0]} {CAME_BACK}")
    return None


def _place(tree: MapNode) -> Mark:
    """Say where a scenario states its changes; its name, which it has, where it states none."""
    return tree.entries["name"].key_mark if tree.changes is None else tree.changes.key_mark


def _mark_within(tree: MapNode, path: str) -> Mark | None:
    """Find a change of something in what was changed, or removed, as a whole."""
    marks = changes_of(tree)
    return next((mark for new, mark in marks.items() if new.startswith(f"{path}.")), None)


def _touches(one: str, path: str) -> bool:
    """Tell whether two paths lead to the same, or one of them into the other."""
    return f"{one}.".startswith(f"{path}.") or f"{path}.".startswith(f"{one}.")


def _is_stage(path: str) -> bool:
    """Tell whether a path is that of a whole stage, or of the order of all."""
    section, *rest = path.split(".")
    owner = rest[0] if rest else ""
    whole = len(rest) == (2 if owner == "profit_maximizers" else 1)
    return section == "journey" and owner in _STAGES and whole


def _came_back(change: SettingChange) -> bool:
    before, after = change.before, change.after
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        return len(before) < len(after)
    return before is None


def _turned(tree: MapNode, before: Layer) -> Turn | None:
    """Tell whether a scenario extends another one; a file that was renamed is no other one."""
    called = layer_of(tree).extends
    if tree.extends is None or posixpath.normpath(called) == posixpath.normpath(before.extends):
        return None
    mark = tree.extends.mark
    known = before.extends in library()
    with suppress(OSError, ValueError):  # a name as no file can have it, in a baseline
        known = known or (Path(mark.file).parent / before.extends).is_file()
    return Turn(mark if known else None, f"extends {called}, formerly {before.extends}")
