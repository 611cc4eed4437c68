"""Other roads to an effect than Welch's t: shuffled labels and bootstrap samples."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.abtest.prepare import Prepared
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.effect import Effect
from cvosim.stats.loops import Progress
from cvosim.stats.methods.enumeration import MOST, exact_permutation, labellings
from cvosim.stats.methods.permutation import moment_permutation
from cvosim.stats.methods.resampling import Resampling, bootstrap, permutation_test
from cvosim.stats.methods.tested import Tested
from cvosim.stats.metric import MomentMetric
from cvosim.stats.moments import Moments


class Measured(NamedTuple):
    """A metric as it is made of sums, and who reports how far its samples are."""

    ready: Prepared
    metric: MomentMetric
    progress: Progress | None


def by_permutation(plain: Effect, cohort: Cohort, what: Measured, sums: Moments) -> Effect:
    """Take test and interval of an effect from shuffled labels, as the settings ask.

    A plain mean's permutation test is exact in its first three moments (Pearson III), and the
    interval of its lift is the factor that it does not reject; anything else is shuffled.
    """
    arm = cohort.arms.index(plain.treatment)
    if len(what.metric.columns) == 1:
        pair = sums[0], sums[arm]
        (column,) = what.metric.columns
        if labellings(plain.n_control, plain.n_treatment) <= MOST:
            return _enumerated(plain, _arms(cohort, what, arm), column)
        found, lift = (
            moment_permutation(
                *pair, column, level=plain.level, alternative=plain.alternative, model=model
            )
            for model in ("shift", "scale")
        )
        return _with(plain, found, lift, "permutation test (Pearson III)")
    arms = _arms(cohort, what, arm)
    tested = permutation_test(what.metric, *arms, _settings(plain, what))
    return _with(plain, tested, None, "studentised permutation test")


def _enumerated(plain: Effect, arms: tuple[dict[str, Any], dict[str, Any]], column: str) -> Effect:
    """Try every labelling of few units."""
    values = [arm[column] for arm in arms]
    found = exact_permutation(*values, level=plain.level, alternative=plain.alternative)
    positive = plain.control_value > 0.0 and plain.treatment_value > 0.0
    lift = None
    if positive:
        how: dict[str, Any] = {"level": plain.level, "alternative": plain.alternative}
        lift = exact_permutation(*values, **how, model="scale")
    return _with(plain, found, lift, "permutation test (all labellings)")


def by_bootstrap(plain: Effect, cohort: Cohort, what: Measured) -> Effect:
    """Take the intervals of an effect from bootstrap samples (BCa; Efron 1987)."""
    arms, how = _arms(cohort, what, cohort.arms.index(plain.treatment)), _settings(plain, what)
    found = bootstrap(what.metric, *arms, how)
    positive = plain.control_value > 0.0 and plain.treatment_value > 0.0
    lift = bootstrap(what.metric, *arms, how, relative=True) if positive else None
    return _with(plain, found, lift, "bootstrap (BCa)")


def refuse_unless_plain(cohort: Cohort, settings: Settings) -> None:
    """Refuse what shuffled labels cannot do.

    Raises
    ------
    DataError
        For units of several rows, and for strata.
    """
    what = "units of several rows" if cohort.unit is not None else "strata"
    if cohort.unit is not None or cohort.stratum is not None:
        raise DataError(
            f"{cohort.source}: method {settings.method} does not know {what}; use welch, or sum "
            "the rows of each unit first"
        )


def samples_needed(cohort: Cohort, metrics: int, settings: Settings) -> int:
    """How many samples an analysis draws at most, for a progress bar."""
    each = {"welch": 0, "permutation": 1, "bootstrap": 4}[settings.method]
    return each * metrics * (len(cohort.arms) - 1) * Resampling().replications


def _settings(plain: Effect, what: Measured) -> Resampling:
    return Resampling(level=plain.level, alternative=plain.alternative, progress=what.progress)


def _arms(cohort: Cohort, what: Measured, arm: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metric's columns in control and in treatment."""

    def rows(which: int) -> Any:
        there = cohort.arm == which
        return there if what.ready.kept is None else there & what.ready.kept

    control, treatment = (
        {name: np.asarray(what.ready.columns[name])[rows(which)] for name in what.metric.columns}
        for which in (0, arm)
    )
    return control, treatment


def _with(plain: Effect, found: Tested, lift: Tested | None, method: str) -> Effect:
    """Put other test and intervals into an effect; the estimate stays."""
    ends = (math.nan, math.nan) if lift is None else (float(lift.low), float(lift.high))
    return replace(
        plain,
        standard_error=float(found.standard_error),
        low=float(found.low),
        high=float(found.high),
        lift_low=ends[0],
        lift_high=ends[1],
        p_value=float(found.p_value(plain.alternative)),
        statistic=math.nan,
        df=math.nan,
        method=method,
    )
