"""Continuous cohort A/B testing: the effect week by week, by cohort and by age, without peeking."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.abtest.doubts import skewness_of_difference
from cvosim.stats.cohort import Cohort
from cvosim.stats.data.reading import Roles
from cvosim.stats.methods.sample_ratio import sequential_sample_ratio
from cvosim.stats.moments import Moments
from cvosim.stats.monitor.activity import ActivityLog, read_activity
from cvosim.stats.monitor.looks import UNEVEN, Seen, ready, seen, shared
from cvosim.stats.monitor.reading import of_cohort, read_units
from cvosim.stats.monitor.result import Drift, Evenness, Fading, Group, Monitor, Watched
from cvosim.stats.monitor.rules import CLOSEST, Pair, Ruled, always_valid, planned
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.state import closed, not_closed
from cvosim.stats.monitor.tally import VALUE, Tally
from cvosim.stats.monitor.trends import (
    Trend,
    age_slopes,
    claim,
    cohort_slopes,
    differing,
    lively,
)
from cvosim.stats.monitor.weeks import day_text
from cvosim.stats.sequential.peeking import false_alarm_rate
from cvosim.tables.columns import Floats


def monitor(
    data: Any,
    roles: Roles,
    metric: str,
    settings: MonitorSettings | None = None,
    log: ActivityLog | None = None,
) -> Monitor:
    """Look at an experiment that runs.

    Parameters
    ----------
    data : str, Path, data frame or mapping
        One row a unit; or, with ``log``, what units did.
    roles : Roles
        Columns of the arm and of the day of assignment, and the end of the data.
    metric : str
        Column of the value.
    settings : MonitorSettings, optional
    log : ActivityLog, optional

    Returns
    -------
    Monitor

    Raises
    ------
    CvosimError
        In clear words, if the data are no good, or went on past the planned end.

    Examples
    --------
    >>> table = {"arm": ["A", "B"] * 300, "entry": [day / 20 for day in range(600)],
    ...          "spend": [day % 7 + 3.0 * (day % 2) for day in range(600)]}
    >>> found = monitor(table, Roles("arm", assigned="entry"), "spend")
    >>> str(found.watched[0].verdict), len(found.watched[0].ruled.looks)
    ('stop: ship it', 4)
    """
    held = settings or MonitorSettings()
    tally, notes = tallied(data, roles, metric, held, log)
    return monitored(tally, metric, held, notes)


def monitor_cohort(
    cohort: Cohort, metric: str, settings: MonitorSettings | None = None, until: float | None = None
) -> Monitor:
    """Look at an experiment whose cohort is at hand, such as a simulated one.

    Parameters
    ----------
    cohort : Cohort
        One row a unit, with days of assignment.
    metric : str
        Column of what a unit brought within the window.
    settings : MonitorSettings, optional
    until : float, optional
        End of the data; by the cohort's own observed days if left out.

    Returns
    -------
    Monitor

    Raises
    ------
    CvosimError
        As `monitor`.

    Examples
    --------
    >>> day = np.arange(600) / 20.0
    >>> arm = (np.arange(600) % 2).astype(np.int32)
    >>> cohort = Cohort(("A", "B"), arm, {"spend": day + 9.0 * arm}, assigned_day=day)
    >>> str(monitor_cohort(cohort, "spend").watched[0].verdict)
    'stop: ship it'
    """
    held = settings or MonitorSettings()
    units, weeks = of_cohort(cohort, metric, held, until)
    return monitored(Tally.of(units, weeks), metric, held, units.notes)


def tallied(
    data: Any,
    roles: Roles,
    metric: str,
    settings: MonitorSettings,
    log: ActivityLog | None = None,
    state: Tally | None = None,
) -> tuple[Tally, tuple[str, ...]]:
    """Sum an experiment up by cohort, arm and age.

    Parameters
    ----------
    data, roles, metric, settings, log
        As in `monitor`.
    state : Tally, optional
        Sums of earlier data, to which these are added. Units of cohorts that it holds to the end
        are left out; all others must be in the data whole.

    Returns
    -------
    Tally
    tuple of str
        What was done to the data.

    Raises
    ------
    CvosimError
        If the data are no good, or the state is of another experiment.
    """
    start = None if state is None else state.weeks.start
    if log is None:
        units, weeks = read_units(data, roles, metric, settings, start)
    else:
        units, weeks = read_activity(data, roles, metric, log, settings, start)
    if state is None:
        return Tally.of(units, weeks), units.notes
    ages = 0 if log is None else settings.ages
    new = Tally.of(not_closed(units, weeks, state, ages), weeks)
    return state.only(closed(state, ages)) + new, units.notes


def monitored(
    tally: Tally, metric: str, settings: MonitorSettings, notes: tuple[str, ...] = ()
) -> Monitor:
    """Look at an experiment that runs, from its sums.

    Raises
    ------
    CvosimError
        If a cohort that should be complete is not, or data came after the planned end.
    """
    _check_complete(tally)
    arms = len(tally.arms)
    if settings.shares is not None and len(settings.shares) != arms:
        raise DataError(f"shares: {len(settings.shares)} for {arms} arms; each arm needs one")
    shares = np.array(settings.shares or (1.0,) * arms)
    counts = np.cumsum(tally.units, axis=0)
    ratio_p = sequential_sample_ratio(counts, shares.tolist())[-1]
    watched = tuple(_watched(tally, arm, shares / shares.sum(), settings) for arm in range(1, arms))
    return Monitor(
        metric, tally.arms, tally.weeks, settings, watched, tally.units, float(ratio_p), notes
    )  # fmt: skip


def _check_complete(tally: Tally) -> None:
    due = np.arange(len(tally.matured)) < tally.weeks.matured
    short = np.flatnonzero(due & ~tally.matured & (tally.units.sum(axis=1) > 0.0))
    if len(short):
        first, end = (tally.weeks.first_day(int(short[0])), tally.weeks.until - 1.0)
        raise DataError(
            f"the cohort of {day_text(first)} is not complete: its sums end before its units had "
            f"their {tally.weeks.window:g} days, though the data go until {day_text(end)}; read "
            "its units again"
        )


def _watched(tally: Tally, arm: int, shares: Floats, settings: MonitorSettings) -> Watched:
    treatments = len(tally.arms) - 1
    pair = tally.moments[:, [0, arm]]
    done = tally.weeks.matured
    found = seen(*_part(pair, 0, done), pair.cube[:done, :, 0])
    even = 4.0 * shares[0] * shares[arm] / (shares[0] + shares[arm])
    share, assigned = settings.alpha / treatments, pair.count.sum(axis=1)
    asked = Pair(found, assigned, tally.weeks, share, float(even), treatments)
    ruled = (planned if settings.planned else always_valid)(asked, settings)
    claims = (3.0 if tally.ages else 2.0) * treatments
    alpha = settings.alpha / claims
    by_age = tuple(_at_age(pair, tally.followed > age, age) for age in range(tally.ages))
    known = tuple(one for one in by_age if math.isfinite(one.standard_error))
    return Watched(
        tally.arms[arm],
        ruled,
        tuple(
            _in_cohort(pair, cohort, 0, bool(tally.matured[cohort])) for cohort in _entered(pair)
        ),
        known,
        tuple(
            tuple(_in_cohort(pair, c, 1 + a, True) for a in range(int(tally.followed[c])))
            for c in range(len(pair.count))
        ),
        _fading(tally, pair, known, alpha),
        _drift(_part(pair, 0, done), alpha),
        _naive(found, ruled, settings.alpha),
        _evenness(found, pair, ruled, (tally.arms[0], tally.arms[arm])),
    )


def _part(pair: Moments, column: int, cohorts: Any) -> tuple[Floats, Floats, Floats]:
    """Counts, means and squares of one column, of the first cohorts or of chosen ones."""
    kept = slice(cohorts) if isinstance(cohorts, int) else cohorts
    return pair.count[kept], pair.mean[kept, :, column], pair.scatter[kept, :, column, column]


def _entered(pair: Moments) -> list[int]:
    return [int(cohort) for cohort in np.flatnonzero(pair.count.sum(axis=1) > 0.0)]


def _in_cohort(pair: Moments, cohort: int, column: int, known: bool) -> Group:
    n = pair.count[cohort]
    units = (float(n[0]), float(n[1]))
    if not known or n.min() < 1.0:
        return Group(cohort if column == 0 else column - 1, units, *[math.nan] * 4)
    one = seen(*_part(pair, column, [cohort]))
    return _group(one, cohort if column == 0 else column - 1)


def _at_age(pair: Moments, lived: Any, age: int) -> Group:
    """Give the effect at an age, over all cohorts that lived through it."""
    if not (lived & (pair.count.min(axis=1) > 0.0)).any():
        return Group(age, (0.0, 0.0), *[math.nan] * 4)
    return _group(seen(*_part(pair, 1 + age, lived)), age)


def _group(found: Seen, number: int) -> Group:
    units = found.units[-1]
    return Group(
        number, (float(units[0]), float(units[1])), *(float(part[-1]) for part in found[-4:])
    )


def _fading(tally: Tally, pair: Moments, known: tuple[Group, ...], alpha: float) -> Fading | None:
    """Judge the trend over age, at all looks that there were, and name two ages."""
    told = [one for one in known if _lively(pair, tally.followed > one.number, one.number)]
    if len(told) < 2:
        return None
    weeks = tally.weeks
    place = np.arange(len(pair.count))
    over = np.arange(2, weeks.over + 1)
    lived = np.minimum(np.clip(over[:, None] - 1 - place, 0, tally.ages), tally.followed)
    ages = Moments(
        pair.columns[1:],
        pair.count,
        pair.mean[..., 1:],
        pair.scatter[..., 1:, 1:],
        pair.cube[..., 1:],
    )
    slope, error = age_slopes(ages, lived)
    looks = np.flatnonzero(np.isfinite(slope))
    if not len(looks):
        return None
    behind = 4.0 * shared(pair.count)[lived[looks[0]] >= 2].sum()
    p = claim(slope, error, np.asarray(behind), alpha)
    trend = Trend(float(slope[-1]), float(error[-1]), float(p[-1]), alpha, len(looks))
    good = [one for one in told[1:] if one.standard_error <= 2.0 * told[0].standard_error]
    last = (good or [told[1]])[-1]
    same = tally.followed > last.number
    return Fading(trend, _at_age(pair, same, told[0].number), _at_age(pair, same, last.number))


def _lively(pair: Moments, lived: NDArray[np.bool_], age: int) -> bool:
    """Whether enough happened at an age, in the cohorts that lived through it."""
    return lively(*_part(pair, 1 + age, lived), pair.cube[lived, :, 1 + age])


def _drift(parts: tuple[Floats, Floats, Floats], alpha: float) -> Drift | None:
    """Judge the trend over cohorts, and whether they differ."""
    slope, error = cohort_slopes(*parts)
    looks = np.flatnonzero(np.isfinite(slope))
    if not len(looks):
        return None
    weight = shared(parts[0])
    p = claim(slope, error, np.asarray(4.0 * weight[: looks[0] + 1].sum()), alpha)
    trend = Trend(float(slope[-1]), float(error[-1]), float(p[-1]), alpha, len(looks))
    place = np.arange(len(weight))
    kept = weight > 0.0
    gap = parts[1][:, 1] - parts[1][:, 0]
    middle = float((weight * place)[kept].sum() / weight.sum())
    level = float((weight * gap)[kept].sum() / weight.sum())
    first, last = (
        level + trend.slope * (float(end) - middle) for end in np.flatnonzero(kept)[[0, -1]]
    )
    return Drift(trend, differing(*parts, alpha), first, last)


def _evenness(found: Seen, pair: Moments, ruled: Ruled, arms: tuple[str, str]) -> Evenness:
    """Judge the normal law as of the last complete cohort, and at the look that matters."""
    enough, now, customers = False, math.nan, math.nan
    if len(found.skewness):
        enough, now = bool(ready(found).any()), float(found.skewness[-1])
        # at the same shares, skewness falls by the root of the units
        customers = float(found.units[-1].sum()) * (now / UNEVEN) ** 2
    if not ruled.looks:
        return Evenness(enough, now, customers, math.nan, "")
    look = ruled.looks[-1 if ruled.stopped is None else ruled.stopped]
    whole = pair[: look.cohort + 1].merged()
    at_look = skewness_of_difference(whole[0], whole[1], VALUE)
    place = whole.place(VALUE)
    heavier = np.argmax(np.abs(whole.cube[:, place]) / np.maximum(whole.count, 1.0) ** 3)
    return Evenness(enough, now, customers, at_look, arms[int(heavier)])


def _naive(found: Seen, ruled: Ruled, alpha: float) -> float:
    """What a fixed-sample test at each of these looks would have cost."""
    sizes: list[float] = []
    for look in ruled.looks:
        size = float(found.clock[look.cohort] / found.clock[ruled.looks[-1].cohort])
        if size - (sizes[-1] if sizes else 0.0) > CLOSEST:
            sizes.append(size)
    return false_alarm_rate(sizes, alpha=alpha) if sizes else math.nan
