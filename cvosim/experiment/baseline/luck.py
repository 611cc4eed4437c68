"""How far luck alone carries a metric when a scenario is lived through with other luck."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from statistics import NormalDist

from scipy.special import stdtrit

from cvosim.experiment.baseline.lives import Lived
from cvosim.experiment.baseline.record import Software
from cvosim.experiment.baseline.same import SUMMING
from cvosim.metrics.carried import carried
from cvosim.metrics.estimate import Estimate, Metrics

ERROR_RATE = 0.01
"""Chance that luck alone makes any metric of any scenario look changed."""

_PEOPLE = frozenset({"share", "customers"})


def new_luck(then: Software, now: Software) -> bool:
    """Tell whether two runs of one scenario may differ as two samples do.

    Neither a release nor a library is a reason: as long as the trajectory version is the same
    and `exp` and `log` round alike, the same lives are promised.

    Examples
    --------
    >>> new_luck(Software("1.0", 2, "ab", {}), Software("1.1", 2, "ab", {"numba": "0.61"}))
    False
    >>> new_luck(Software("1.0", 1, "ab", {}), Software("1.0", 2, "ab", {}))
    True
    """
    ours = then.trajectory_version, then.rounding
    return ours != (now.trajectory_version, now.rounding)


def has_new_luck(lived: Lived) -> bool:
    """Tell whether a record's scenario was lived through again with other luck."""
    then = lived.then
    if then is None or lived.again_hash == then.trajectory_hash:
        return False
    return new_luck(then.software, lived.today.software)


def chance_of(lives: Sequence[Lived]) -> float:
    """Chance of a false alarm that each judged metric may have, so that all have `ERROR_RATE`.

    Bonferroni: the chance that any of them raises one is at most the sum of their chances,
    however they depend on each other.

    Examples
    --------
    >>> chance_of([])
    0.01
    """
    judged = sum(
        not math.isnan(_error(lived, name))
        for lived in lives
        if has_new_luck(lived)
        for name in _names(lived)
    )
    return ERROR_RATE / max(judged, 1)


def noise(lived: Lived, name: str, chance: float) -> float:
    """How far luck may have carried a metric since the record; NaN where nobody can say.

    Parameters
    ----------
    lived : Lived
        With a record, and with what its scenario gives today.
    name : str
        Of a metric.
    chance : float
        Of a false alarm, from `chance_of`.
    """
    if has_new_luck(lived):
        return _reach(lived, name, chance) * _error(lived, name)
    then, again = lived.then, _again(lived)
    if then is None or lived.again_hash != then.trajectory_hash:
        return 0.0
    old, new = then.metrics.get(name), again.get(name)
    if old is None or new is None or math.isnan(old.value) or math.isnan(new.value):
        return 0.0
    # the same lives, added up by another processor
    return SUMMING * max(map(abs, (old.value, new.value)))


def _again(lived: Lived) -> Metrics:
    return lived.today.metrics if lived.again is None else lived.again


def _names(lived: Lived) -> Iterator[str]:
    then = lived.then
    if then is not None:
        yield from (name for name in _again(lived) if name in then.metrics)


def _error(lived: Lived, name: str) -> float:
    """Standard error of the difference of two samples; NaN where it cannot be relied on.

    Statistics of distributions have none that can be: a quantile between two values that many
    share jumps from one to the other, and a tail may rest on an order that came once.
    """
    then, again = lived.then, _again(lived)
    if then is None or name not in then.metrics or name not in again:
        return math.nan
    old, new = then.metrics[name], again[name]
    if not _counts_people(old) and (_rests_on_few(then.metrics) or _rests_on_few(again)):
        return math.nan
    if name in lived.kinds.statistics:
        return math.nan
    return math.hypot(old.standard_error, new.standard_error)


def _reach(lived: Lived, name: str, chance: float) -> float:
    """Standard errors of the difference that luck exceeds with this chance.

    Student's t: standard errors are estimated, of few carriers badly, and a bound as far out as
    this one must allow for it.
    """
    then = lived.then
    if math.isnan(_error(lived, name)) or then is None:
        return math.nan
    sides = (then.metrics, _again(lived))
    carriers = min(_carriers(metrics, name, lived.kinds.totals) for metrics in sides)
    if not math.isfinite(carriers):
        return NormalDist().inv_cdf(1.0 - chance / 2.0)
    return float(stdtrit(max(carriers - 1.0, 1.0), 1.0 - chance / 2.0))


def _carriers(metrics: Metrics, name: str, totals: Set[str]) -> float:
    """On how many a metric rests: people of a share or a count, else those who bring the money."""
    value, error, unit = metrics[name]
    if error == 0.0:
        return math.inf
    if unit == "share" and 0.0 < value < 1.0:
        return value * (1.0 - value) / error**2
    if name in totals:
        return (value / error) ** 2  # Kish's effective number, as in `carried`
    found = carried(metrics)
    return math.inf if found is None else found.effective


def _counts_people(estimate: Estimate) -> bool:
    return estimate.unit in _PEOPLE


def _rests_on_few(metrics: Metrics) -> bool:
    found = carried(metrics)
    return found is not None and found.too_few
