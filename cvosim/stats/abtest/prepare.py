"""What a metric is computed from: missing values, windows, caps and units settled, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.further_metrics import CLV, Proportion, Quantile, Retention, Survival
from cvosim.stats.methods.winsor import Winsorised, winsorise
from cvosim.stats.metric import Mean, Ratio

Metric = Mean | Ratio | Proportion | CLV | Retention | Quantile | Survival
Kept = NDArray[np.bool_]


@dataclass(frozen=True)
class Prepared:
    """A metric with the columns it is computed from.

    Attributes
    ----------
    name : str
    metric : Mean, Ratio, Proportion, Quantile or Survival
        Of the columns below.
    columns : mapping of str to array
        One number a row of the cohort, or a unit.
    kept : ndarray of bool or None
        Rows that count; None for all.
    excluded : int
        Rows left out.
    notes : tuple of str
        What was done, in words.
    capped : Winsorised or None
        What capping took away.
    """

    name: str
    metric: Metric
    columns: dict[str, Any]
    kept: Kept | None = None
    excluded: int = 0
    notes: tuple[str, ...] = ()
    capped: Winsorised | None = None


def prepare(cohort: Cohort, name: str, metric: Metric, settings: Settings) -> Prepared:
    """Settle everything about a metric's values before arms are compared.

    Raises
    ------
    DataError
        For missing values without a policy, a proportion of other numbers than 0 and 1, a
        window without days of observation.
    """
    if cohort.stratum is not None and isinstance(metric, (Quantile, Survival)):
        kind = "quantiles" if isinstance(metric, Quantile) else "survival"
        raise DataError(f"{cohort.source}: {name}: strata are not for {kind}; leave them out")
    ready = Prepared(name, metric, {column: _numbers(cohort, column) for column in metric.columns})
    ready = _windowed(cohort, ready, settings)
    ready = _without_missing(cohort, ready, settings)
    if isinstance(metric, Retention):
        ready = _retained(ready, metric)
    if isinstance(ready.metric, Proportion):
        _check_binary(cohort, ready, ready.metric.value)
    if isinstance(ready.metric, Survival):
        _check_binary(cohort, ready, ready.metric.ended)
    if settings.cap is not None and isinstance(metric, (Mean, Ratio, CLV)):
        ready = _capped(cohort, ready, settings.cap)
    return ready


def _numbers(cohort: Cohort, column: str) -> Any:
    """Give a column as it is, or as floats if it holds objects; refuse what is infinite."""
    values = cohort.column(column)
    if values.dtype.kind not in "fiub":
        values = np.asarray(values, np.float64)
    if values.dtype.kind == "f" and not np.isfinite(values.sum()) and np.isinf(values).any():
        raise DataError(f"{cohort.source}: {column}: {int(np.isinf(values).sum()):,} are infinite")
    return values


def _windowed(cohort: Cohort, ready: Prepared, settings: Settings) -> Prepared:
    """Leave out units that were not observed for the whole window."""
    metric = ready.metric
    if not isinstance(metric, (CLV, Retention)):
        return ready
    observed = cohort.observed_days
    if observed is None:
        raise DataError(
            f"{cohort.source}: {ready.name}: needs to know how long each unit was observed; give "
            "the column of the day of assignment, and the day on which the data end"
        )
    young = ~(observed >= metric.window)
    count = int(young.sum())
    words = f"observed for less than {metric.window:g} days"
    units = _counted(count, "unit")
    if not count:
        return ready
    if settings.keep_immature:
        return replace(ready, notes=(f"{units} {words} {'is' if count == 1 else 'are'} in",))
    if count == len(young):
        raise DataError(f"{cohort.source}: {ready.name}: all {units} were {words}")
    return replace(ready, kept=~young, excluded=count, notes=(f"{units} {words} left out",))


def _without_missing(cohort: Cohort, ready: Prepared, settings: Settings) -> Prepared:
    """Do with missing values what the settings say; missing covariates become their mean."""
    covariates = set(_covariates(ready.metric))
    columns, notes = dict(ready.columns), list(ready.notes)
    kept, excluded = ready.kept, ready.excluded
    for column, values in ready.columns.items():
        gaps = _gaps(values, kept)
        if gaps is None:
            continue
        count = int(gaps.sum())
        if column in covariates:
            if int(gaps.sum()) == len(gaps):
                raise DataError(f"{cohort.source}: {column}: has no values at all")
            columns[column] = np.where(np.isnan(values), np.nanmean(values), values)
            notes.append(f"{_counted(count, 'missing value')} of {column} set to its mean")
        elif settings.missing == "zero":
            columns[column] = np.where(np.isnan(values), 0.0, values)
            notes.append(f"{_counted(count, 'missing value')} of {column} taken as 0")
        elif settings.missing == "exclude":
            kept = ~gaps if kept is None else kept & ~gaps
            excluded += count
            notes.append(f"{_counted(count, 'unit')} without {column} left out")
        else:
            raise DataError(_unknown(cohort, column, gaps))
    return replace(ready, columns=columns, kept=kept, excluded=excluded, notes=tuple(notes))


def _counted(count: int, what: str) -> str:
    """Write so many of something."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _gaps(values: Any, kept: Kept | None) -> Kept | None:
    """Rows that count and have no value; None without any."""
    if values.dtype.kind != "f" or not np.isnan(values.sum()):
        return None
    gaps: Kept = np.isnan(values) if kept is None else np.isnan(values) & kept
    return gaps if gaps.any() else None


def _unknown(cohort: Cohort, column: str, gaps: Kept) -> str:
    by_arm = np.bincount(cohort.arm[gaps], minlength=len(cohort.arms))
    shown = ", ".join(f"{arm} {count:,}" for arm, count in zip(cohort.arms, by_arm, strict=True))
    return (
        f"{cohort.source}: {column}: {int(gaps.sum()):,} of {len(gaps):,} values are missing "
        f"({shown}); say with --missing what that means: zero (nothing happened) or exclude (leave "
        "them out, which is fair only if the treatment has nothing to do with it)"
    )


def _covariates(metric: Metric) -> tuple[str, ...]:
    found = getattr(metric, "covariate", None)
    return () if found is None else (found,) if isinstance(found, str) else tuple(found)


def _retained(ready: Prepared, metric: Retention) -> Prepared:
    """Turn the day last seen into a share of zeros and ones."""
    name = f"retained on day {metric.day:g}"
    values = ready.columns[metric.last_seen] >= metric.day
    return replace(ready, metric=Proportion(name), columns={name: values.astype(np.float64)})


def _check_binary(cohort: Cohort, ready: Prepared, column: str) -> None:
    """Refuse other numbers than 0 and 1."""
    values = ready.columns[column]
    other = values[(values != 0.0) & (values != 1.0) & ~np.isnan(values)]
    if len(other):
        raise DataError(
            f"{cohort.source}: {column}: must be 0 or 1 for everybody (found {float(other[0]):g}); "
            "of other numbers take the mean"
        )


def _capped(cohort: Cohort, ready: Prepared, percentile: float) -> Prepared:
    """Cap the outcome's columns, both parts of a ratio, at one limit for all arms."""
    metric = ready.metric
    assert isinstance(metric, (Mean, Ratio, CLV))
    plain = Mean(metric.value) if isinstance(metric, CLV) else metric
    counted = cohort if ready.kept is None else cohort.where(ready.kept)
    values = {
        name: column if ready.kept is None else column[ready.kept]
        for name, column in ready.columns.items()
    }
    found = winsorise(replace(counted, columns=values), plain, percentile)
    columns = dict(ready.columns)
    for cap in found.caps:
        columns[cap.column] = np.minimum(columns[cap.column], cap.high)
    notes = (*ready.notes, *(cap.words for cap in found.caps if cap.share_rows > 0.0))
    return replace(ready, columns=columns, capped=found, notes=notes)
