"""What has become of every metric, and of the whole scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cvosim.experiment.baseline.findings import Shift, Status
from cvosim.experiment.baseline.lives import Lived
from cvosim.experiment.baseline.luck import noise
from cvosim.experiment.baseline.record import Record, Tolerances
from cvosim.experiment.baseline.same import SUMMING, same_estimate
from cvosim.metrics.estimate import Estimate


def shifts_of(lived: Lived, allowed: Tolerances, chance: float) -> tuple[Shift, ...]:
    """Hold every metric of today against the record.

    Parameters
    ----------
    lived : Lived
        A scenario and its record.
    allowed : Tolerances
        How far a metric may move, as a part of its old value.
    chance : float
        That luck alone makes a metric look changed.

    Returns
    -------
    tuple of Shift
        In the order of the catalogue, then those that are gone; empty without a record.
    """
    then = lived.then
    if then is None:
        return ()
    names = dict.fromkeys([*lived.today.metrics, *then.metrics])
    return tuple(_shift(name, lived, then, allowed, chance) for name in names)


def _shift(name: str, lived: Lived, then: Record, allowed: Tolerances, chance: float) -> Shift:
    after = lived.today.metrics.get(name)
    # what this release cannot build is told from today's scenario, as if that were the same
    again = after if lived.again is None else lived.again.get(name)
    before = then.metrics.get(name)
    luck, tolerance = noise(lived, name, chance), allowed.for_metric(name)
    found = [
        _version_status(before, again, luck, tolerance),
        _scenario_status(again, after, before, tolerance),
        _whole_status(before, after, luck, tolerance),
    ]
    if lived.again_hash == then.trajectory_hash:
        found.append(_error_status(before, again, tolerance))
    unit = (after or before or Estimate(math.nan, math.nan, "")).unit
    nothing = Estimate(math.nan, math.nan, unit)
    before, again, after = (one or nothing for one in (before, again, after))
    return Shift(
        name,
        before,
        after,
        by_version=_difference(before, again),
        by_scenario=_difference(again, after),
        interval=_interval(lived, name),
        noise=luck,
        status=worst(found),
    )


def _version_status(
    before: Estimate | None, again: Estimate | None, luck: float, tolerance: float
) -> Status:
    """Judge what the old scenario gives today."""
    if before is None:  # a metric that older releases did not have has nothing to be held against
        return Status.IDENTICAL if again is None else Status.WITHIN
    if again is None or again.unit != before.unit:
        return Status.CHANGED
    if same_estimate(before, again):
        return Status.IDENTICAL
    fine = math.isnan(luck) or _moved(before, again) <= luck + tolerance * abs(before.value)
    return Status.WITHIN if fine else Status.CHANGED


def _scenario_status(
    again: Estimate | None, after: Estimate | None, before: Estimate | None, tolerance: float
) -> Status:
    """Judge today's scenario against the old one on the same customers: no luck is between."""
    if again is None and after is None:
        return Status.IDENTICAL
    if again is None or after is None or again.unit != after.unit:
        return Status.CHANGED
    if same_estimate(again, after):
        return Status.IDENTICAL
    old = again if before is None or math.isnan(before.value) else before
    fine = _moved(again, after) <= tolerance * abs(old.value)
    return Status.WITHIN if fine else Status.CHANGED


def _whole_status(
    before: Estimate | None, after: Estimate | None, luck: float, tolerance: float
) -> Status:
    """Judge both together: a tolerance is not there once for each."""
    if before is None or after is None or math.isnan(luck):
        return Status.IDENTICAL  # judged by its parts
    moved = _moved(before, after)
    fine = moved == 0.0 or moved <= luck + tolerance * abs(before.value)
    return Status.IDENTICAL if fine else Status.CHANGED


def _error_status(before: Estimate | None, again: Estimate | None, tolerance: float) -> Status:
    """Judge standard errors of the same lives: no luck is between, but for the last bits."""
    if before is None or again is None:
        return Status.IDENTICAL
    old, new = before.standard_error, again.standard_error
    if old == new or (math.isnan(old) and math.isnan(new)):
        return Status.IDENTICAL
    fine = abs(new - old) <= SUMMING * max(old, new) + tolerance * old  # of NaN: False
    return Status.WITHIN if fine else Status.CHANGED


def _moved(one: Estimate, other: Estimate) -> float:
    """How far apart two values are; from a number to none is farther than anything."""
    if math.isnan(one.value) or math.isnan(other.value):
        return 0.0 if math.isnan(one.value) and math.isnan(other.value) else math.inf
    return abs(_difference(one, other))


def _difference(one: Estimate, other: Estimate) -> float:
    # equal values may be infinite
    return 0.0 if one.value == other.value or same_estimate(one, other) else other.value - one.value


def _interval(lived: Lived, name: str) -> tuple[float, float] | None:
    found = (lived.differences or {}).get(name)
    if found is None or found.low is None or found.high is None:
        return None
    return None if math.isnan(found.low) or math.isnan(found.high) else (found.low, found.high)


_RANK = (Status.IDENTICAL, Status.WITHIN, Status.CHANGED, Status.MISSING)


def worst(found: Sequence[Status]) -> Status:
    """Pick the status that weighs most; identical where there is none.

    Examples
    --------
    >>> worst([Status.WITHIN, Status.IDENTICAL]).value
    'changed within tolerance'
    """
    return max(found, key=_RANK.index, default=Status.IDENTICAL)


def status_of(lived: Lived, shifts: Sequence[Shift], *, unexplained: bool) -> Status:
    """Judge a scenario by its trajectory and its metrics.

    Parameters
    ----------
    lived : Lived
        The scenario and its record.
    shifts : sequence of Shift
        Of all its metrics.
    unexplained : bool
        Whether the same software made other lives of the same scenario: no tolerance covers
        that.
    """
    if lived.then is None:
        return Status.MISSING
    then, again = lived.then.trajectory_hash, lived.again_hash
    same = lived.today.trajectory_hash == then or (again == then and lived.same_lives)
    trajectory = Status.IDENTICAL if same else Status.WITHIN
    if unexplained:
        trajectory = Status.CHANGED
    return worst([trajectory, *(shift.status for shift in shifts)])
