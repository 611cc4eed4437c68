"""Sufficient statistics of all metrics at once: one compiled pass for each set of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.abtest.prepare import Prepared
from cvosim.stats.cohort import Cohort
from cvosim.stats.further_metrics import CLV, Proportion
from cvosim.stats.loops import Codes, group_moments
from cvosim.stats.methods.clusters import ROWS, unit_sums, units_of
from cvosim.stats.metric import Mean, MomentMetric, Ratio
from cvosim.stats.moments import Moments

MOMENT_METRICS = (Mean, Ratio, Proportion, CLV)


def sums_of(cohort: Cohort, ready: Sequence[Prepared]) -> dict[str, Moments]:
    """Moments of every metric that is made of means, by its name.

    Parameters
    ----------
    cohort : Cohort
    ready : sequence of Prepared
        Metrics that count the same rows share a pass.

    Returns
    -------
    dict of str to Moments
        With axes (arms,), or (strata, arms) if the cohort has strata.
    """
    wanted = [one for one in ready if isinstance(one.metric, MOMENT_METRICS)]
    passes: list[list[Prepared]] = []
    for one in wanted:
        for group in passes:
            if _alike(group[0], one):
                group.append(one)
                break
        else:
            passes.append([one])
    found: dict[str, Moments] = {}
    for group in passes:
        columns, places = _merged(group)
        moments = _pass(cohort, group[0], columns)
        for one in group:
            found[one.name] = _renamed(moments, one, places[one.name])
    return found


def check_units(cohort: Cohort) -> None:
    """Refuse a unit in two arms or strata, and a column that is named as rows are counted.

    Raises
    ------
    DataError
        In words.
    """
    units_of(cohort)
    if ROWS in cohort.columns:
        raise DataError(f'{cohort.source}: give the column "{ROWS}" another name: rows are counted')


def _alike(one: Prepared, other: Prepared) -> bool:
    """Whether two metrics count the same rows."""
    if one.kept is None or other.kept is None:
        return one.kept is other.kept
    return bool(np.array_equal(one.kept, other.kept))


def _merged(group: Sequence[Prepared]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Every different array once; for each metric, where its columns stand."""
    columns: dict[str, Any] = {}
    places: dict[str, list[int]] = {}
    known: dict[int, int] = {}
    for one in group:
        for values in one.columns.values():
            if id(values) not in known:
                known[id(values)] = len(known)
                columns[str(len(columns))] = values
        places[one.name] = [known[id(values)] for values in one.columns.values()]
    return columns, places


def _renamed(moments: Moments, one: Prepared, places: list[int]) -> Moments:
    """Take one metric's columns, under its own names for them."""
    names = list(one.columns)
    if ROWS in moments.columns:
        names, places = [*names, ROWS], [*places, moments.place(ROWS)]
    return Moments(
        tuple(names),
        moments.count,
        moments.mean[..., places],
        moments.scatter[..., places, :][..., :, places],
        moments.cube[..., places],
    )


def _pass(cohort: Cohort, first: Prepared, columns: dict[str, Any]) -> Moments:
    groups, n_arms = cohort.arm, len(cohort.arms)
    strata = cohort.stratum
    if cohort.unit is not None:
        columns, groups, strata = _by_unit(cohort, first, columns)
    elif first.kept is not None:
        groups = np.where(first.kept, groups, np.int32(-1)).astype(np.int32)
    if strata is None:
        return group_moments(columns, groups, n_arms)
    n_strata = len(cohort.strata)
    cells = np.where(groups < 0, -1, strata * n_arms + groups).astype(np.int32)
    flat = group_moments(columns, cells, n_strata * n_arms)
    k = len(columns)
    return Moments(
        flat.columns,
        flat.count.reshape(n_strata, n_arms),
        flat.mean.reshape(n_strata, n_arms, k),
        flat.scatter.reshape(n_strata, n_arms, k, k),
        flat.cube.reshape(n_strata, n_arms, k),
    )


def _by_unit(
    cohort: Cohort, first: Prepared, columns: dict[str, Any]
) -> tuple[dict[str, Any], Codes, Codes | None]:
    """Sum the rows of each unit; a unit without a row that counts is in no arm."""
    kept = slice(None) if first.kept is None else first.kept
    unit = units_of(cohort)
    values = {name: np.asarray(column)[kept] for name, column in columns.items()}
    sums = unit_sums(values, unit.code[kept], len(unit.first))
    arm = np.where(sums[ROWS] > 0.0, cohort.arm[unit.first], -1).astype(np.int32)
    stratum = None if cohort.stratum is None else cohort.stratum[unit.first]
    return dict(sums), arm, stratum


def as_moment_metric(one: Prepared, *, units: bool) -> MomentMetric:
    """What a metric is made of: where units have several rows, a ratio of sums."""
    metric = one.metric
    if isinstance(metric, CLV):
        metric = Mean(metric.value, metric.covariate, metric.adjustment)
    if units:
        if isinstance(metric, Proportion):
            return Ratio(metric.value, ROWS)
        if isinstance(metric, Mean):
            covariate = None if metric.covariate is None else (metric.covariate, ROWS)
            return Ratio(metric.value, ROWS, covariate, metric.adjustment)
    assert isinstance(metric, MOMENT_METRICS)
    return metric
