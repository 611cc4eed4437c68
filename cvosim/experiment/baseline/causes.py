"""Why a scenario is not what it was: settings with their lines, versions, the machine."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cvosim.experiment.baseline.findings import Cause
from cvosim.experiment.baseline.lives import Effect, Lived, same_estimate
from cvosim.experiment.baseline.luck import SUMMING
from cvosim.experiment.baseline.places import written
from cvosim.experiment.baseline.record import Record, Software
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.scenario.loader import Loaded
from cvosim.scenario.yaml_nodes import MapNode

_NUMBERS = ("customers", "seed")


def causes_of(lived: Lived, loaded: Loaded) -> tuple[Cause, ...]:
    """Name everything that differs from the record; what matters comes first."""
    then = lived.then
    if then is None:
        return ()
    found = [
        *(_setting(effect, loaded.tree) for effect in lived.effects),
        *_own_numbers(then, loaded),
        *_of_version(lived, then),
    ]
    return tuple(sorted(found, key=lambda cause: not cause.matters))


def _setting(effect: Effect, tree: MapNode) -> Cause:
    change = effect.alone.change
    mark = written(tree, change.loc).mark
    return Cause(
        "setting",
        change.path,
        change.before,
        change.after,
        mark.file,
        mark.line,
        effect.difference,
        effect.matters,
    )


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
    apart = _apart(then.metrics, lived.again)
    if not other_lives and apart == 0.0:
        return
    if not other_lives and apart <= SUMMING:
        yield Cause("machine", "order of summing", None, None, matters=False)
        return
    found = list(_software(then.software, now))
    yield from found
    if not found:
        pair = (then.trajectory_hash, lived.again_hash) if other_lives else (None, None)
        yield Cause("unexplained", "trajectory" if other_lives else "metrics", *pair)


def _software(then: Software, now: Software) -> Iterator[Cause]:
    if then.trajectory_version != now.trajectory_version:
        versions = then.trajectory_version, now.trajectory_version
        yield Cause("version", "trajectory version", *versions)
    if then.cvosim != now.cvosim:
        yield Cause("version", "cvosim", then.cvosim, now.cvosim)
    for name in dict.fromkeys([*now.versions, *then.versions]):
        before, after = then.versions.get(name), now.versions.get(name)
        if before != after:
            yield Cause("version", name, before, after)
    if then.rounding != now.rounding:
        yield Cause("machine", "rounding", then.rounding, now.rounding)


def _apart(before: Metrics, after: Metrics) -> float:
    """Part of a number by which metrics differ at most; infinite where one is none."""
    names = before.keys() | after.keys()
    return max((_gap(before.get(name), after.get(name)) for name in names), default=0.0)


def _gap(one: Estimate | None, other: Estimate | None) -> float:
    if one is None or other is None or one.unit != other.unit:
        return math.inf
    if same_estimate(one, other):
        return 0.0
    pairs = ((one.value, other.value), (one.standard_error, other.standard_error))
    return max(_relative(*pair) for pair in pairs)


def _relative(one: float, other: float) -> float:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other))
