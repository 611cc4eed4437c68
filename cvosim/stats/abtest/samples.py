"""Effects on quantiles and on survival: what ordered values and life tables tell."""

from __future__ import annotations

import math

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.abtest.compare import Between, Names, effect_of
from cvosim.stats.abtest.prepare import Kept, Prepared
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.contrast import ArmStat, log_lift
from cvosim.stats.effect import Effect
from cvosim.stats.further_metrics import Quantile, Survival
from cvosim.stats.methods.cox import hazard_check, hazard_ratio
from cvosim.stats.methods.life_table import LifeTable
from cvosim.stats.methods.quantiles import (
    Tally,
    clustered_share_error,
    quantile_contrast,
    quantile_lift,
    quantile_stat,
)
from cvosim.stats.methods.survival import (
    common_horizon,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)
from cvosim.tables.columns import Floats


def quantile_effect(
    cohort: Cohort, ready: Prepared, names: Names, arm: int, settings: Settings
) -> Effect:
    """Compare a quantile of two arms by order statistics."""
    assert isinstance(ready.metric, Quantile)
    found, notes, q = [], ready.notes, ready.metric.q
    for which in (0, arm):
        values = _values(cohort, ready, ready.metric.value, which)
        error = None
        if cohort.unit is not None:
            units = cohort.unit[_rows(cohort, ready, which)]
            error = clustered_share_error(values, units, q)
        found.append(quantile_stat(Tally.of(values), q, level=settings.level, share_error=error))
    if cohort.unit is not None:
        notes = (*notes, "error by unit, each with all its rows")
    contrast, lift = quantile_contrast(*found), quantile_lift(*found)
    if np.isinf(contrast.standard_error):
        raise DataError(
            f"{cohort.source}: {names.metric}: so few units tell nothing about a quantile so far "
            "out; ask for one nearer the middle"
        )
    if not float(contrast.standard_error) > 0.0:
        raise DataError(
            f"{cohort.source}: {names.metric}: is {float(contrast.control):g} with so many units "
            "that it has no spread; ask for a higher quantile, or for the mean"
        )
    between = Between(contrast, lift, "quantile by order statistics", notes, ready.excluded)
    return effect_of(names, between, _sizes(cohort, ready, arm), settings)


def survival_effect(
    cohort: Cohort, ready: Prepared, names: Names, arm: int, settings: Settings
) -> Effect:
    """Compare how long units stay: restricted means, with the log-rank test and Cox's ratio."""
    metric = ready.metric
    assert isinstance(metric, Survival)
    if cohort.unit is not None:
        raise DataError(f"{cohort.source}: {names.metric}: survival needs one row a unit")
    tables = [
        LifeTable.of(*(_values(cohort, ready, column, which) for column in metric.columns))
        for which in (0, arm)
    ]
    end = common_horizon(tables) if metric.until is None else metric.until
    contrast = restricted_mean_difference(tables[0], tables[1], end)
    if not float(contrast.standard_error) > 1e-9 * abs(float(contrast.control)):
        raise DataError(
            f"{cohort.source}: {names.metric}: nobody, or everybody at once, leaves by day "
            f"{end:g}; there is nothing to compare"
        )
    means = [restricted_mean(table, end) for table in tables]
    lift = log_lift(
        *(ArmStat(m.value, m.variance * t.n, t.n) for m, t in zip(means, tables, strict=True))
    )
    lift = lift._replace(df=np.full_like(lift.df, np.inf))
    test, ratio = log_rank(tables), hazard_ratio(tables[0], tables[1])
    check = hazard_check(tables[0], tables[1])
    low, high = ratio.interval(settings.level)
    notes = (
        f"mean days up to day {end:g}",
        f"log-rank p {float(test.p_value):.3g}",
        f"hazard ratio {math.exp(ratio.difference):.3f} ({math.exp(low):.3f} to "
        f"{math.exp(high):.3f}), proportional hazards p {float(check.p_value):.2g}",
    )
    between = Between(
        contrast, lift, "restricted mean survival", (*ready.notes, *notes), ready.excluded
    )
    return effect_of(names, between, _sizes(cohort, ready, arm), settings)


def _rows(cohort: Cohort, ready: Prepared, arm: int) -> Kept:
    """Rows of an arm that count."""
    there: Kept = cohort.arm == arm
    return there if ready.kept is None else there & ready.kept


def _values(cohort: Cohort, ready: Prepared, column: str, arm: int) -> Floats:
    found = np.asarray(ready.columns[column], np.float64)[_rows(cohort, ready, arm)]
    if len(found) < 2:
        raise DataError(
            f'{cohort.source}: {ready.name}: arm "{cohort.arms[arm]}" has {len(found)} units; at '
            "least 2 are needed"
        )
    return found


def _sizes(cohort: Cohort, ready: Prepared, arm: int) -> tuple[int, int]:
    return int(_rows(cohort, ready, 0).sum()), int(_rows(cohort, ready, arm).sum())
