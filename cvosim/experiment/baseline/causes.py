"""Why a scenario is not what it was: settings with their lines, versions, the machine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from cvosim.experiment.baseline.edits import place_now
from cvosim.experiment.baseline.effects import Effect
from cvosim.experiment.baseline.findings import Cause
from cvosim.experiment.baseline.lives import Lived
from cvosim.experiment.baseline.places import written
from cvosim.experiment.baseline.record import Record, Software, Stated
from cvosim.experiment.baseline.same import SUMMING, apart
from cvosim.experiment.baseline.turns import Turn, turn_of
from cvosim.scenario.loader import Loaded
from cvosim.scenario.yaml_nodes import MapNode

_NUMBERS = ("customers", "seed")
_TRAJECTORY, _ROUNDING = "trajectory version", "rounding"
_RELEASE = "cvosim"
_REASONS = (_TRAJECTORY, _ROUNDING)
"""What other lives of the same scenario may come from."""


def causes_of(lived: Lived, loaded: Loaded) -> tuple[Cause, ...]:
    """Name everything that differs from the record; what matters comes first."""
    then = lived.then
    if then is None:
        return ()
    found = [
        *(_setting(effect, loaded.tree, then.written) for effect in lived.effects),
        *_own_numbers(then, loaded),
        *_of_version(lived, then),
    ]
    return tuple(sorted(found, key=_rank))


def _rank(cause: Cause) -> tuple[bool, bool, float]:
    """Put what matters first, of that what was measured alone, of that the largest effect."""
    size = None if cause.effect is None else cause.effect.difference
    if size is None or not math.isfinite(size):
        return not cause.matters, True, 0.0
    return not cause.matters, cause.measured != "alone", -abs(size)


def _setting(effect: Effect, tree: MapNode, then: Stated | None) -> Cause:
    change, holder = effect.alone.change, effect.alone.base or tree
    turn = turn_of(change, tree, () if then is None else then.layers, holder) or Turn(None, "")
    mark = turn.mark or written(holder, place_now(change)).mark
    found = Cause(
        "setting",
        change.path,
        change.before,
        change.after,
        mark.file,
        mark.line,
        effect.difference,
        effect.matters,
        effect.measured,
        turn.words,
    )
    if effect.alone.by_release:  # it stands on no line
        return replace(
            found, kind="version", what=f"default of {change.path}", file="", line=0, turn=""
        )
    return found


def _own_numbers(then: Record, loaded: Loaded) -> Iterator[Cause]:
    """Say where a file asks for other customers than the record's, which were taken."""
    for name in _NUMBERS:
        before, after = then.settings[name], getattr(loaded.scenario, name)
        if before != after:
            mark = written(loaded.tree, (name,)).mark
            yield Cause("setting", name, before, after, mark.file, mark.line, matters=False)


def _of_version(lived: Lived, then: Record) -> Iterator[Cause]:
    """Say why the record's scenario does not give today what it gave then."""
    now = lived.today.software
    if lived.again is None:
        yield Cause("version", "settings", then.software.cvosim, now.cvosim)
        return
    other_lives = lived.again_hash != then.trajectory_hash
    gap = apart(then.metrics, lived.again)
    if not other_lives and gap == 0.0:
        return
    if not other_lives and gap <= SUMMING:
        yield Cause("machine", "order of summing", None, None, matters=False)
        return
    found = list(_software(then.software, now))
    # a release and its libraries promise the same lives: they are no reason; what lives come to
    # is a matter of the release alone
    reasons = _REASONS if other_lives else (_RELEASE,)
    found = [replace(one, matters=one.what in reasons) for one in found]
    if not any(one.matters for one in found):
        pair = (then.trajectory_hash, lived.again_hash) if other_lives else (None, None)
        yield Cause("unexplained", "trajectory" if other_lives else "metrics", *pair)
    yield from found


def _software(then: Software, now: Software) -> Iterator[Cause]:
    if then.trajectory_version != now.trajectory_version:
        versions = then.trajectory_version, now.trajectory_version
        yield Cause("version", _TRAJECTORY, *versions)
    if then.cvosim != now.cvosim:
        yield Cause("version", _RELEASE, then.cvosim, now.cvosim)
    for name in dict.fromkeys([*now.versions, *then.versions]):
        before, after = then.versions.get(name), now.versions.get(name)
        if before != after:
            yield Cause("version", name, before, after)
    if then.rounding != now.rounding:
        yield Cause("machine", _ROUNDING, then.rounding, now.rounding)
