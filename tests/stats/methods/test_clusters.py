from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from helpers.customer_tables import Luck

from cvosim.errors import DataError
from cvosim.stats.cohort import Cohort
from cvosim.stats.contrast import welch
from cvosim.stats.loops import group_moments
from cvosim.stats.methods.clusters import ROWS, by_unit, units_of
from cvosim.stats.metric import Ratio


def sessions(users: tuple[int, int] = (60, 45)) -> Cohort:
    """Sessions of users, each with a taste of its own."""
    luck = Luck(sum(users), 3)
    rows = 1 + np.floor(6 * luck.uniform()).astype(int)
    unit = np.repeat(np.arange(sum(users)), rows)
    taste = np.repeat(luck.exponential(), rows)
    spend = taste + Luck(len(unit), 9).uniform()
    order = np.argsort(Luck(len(unit), 5).uniform())
    arm = (unit >= users[0]).astype(np.int32)
    return Cohort(("A", "B"), arm[order], {"spend": spend[order]}, unit=unit[order] * 3)


def test_is_the_cluster_robust_regression() -> None:
    rows = sessions()
    users = by_unit(rows)
    moments = group_moments(dict(users.columns), users.arm, 2)
    arms = Ratio("spend", ROWS).arms(moments[0], moments[1])
    found = welch(arms.control, arms.treatment)
    design = sm.add_constant(rows.arm.astype(float))
    robust = sm.OLS(rows.columns["spend"], design).fit(
        cov_type="cluster", cov_kwds={"groups": rows.unit, "use_correction": False}
    )
    assert found.difference == pytest.approx(robust.params[1], rel=1e-12)
    # without corrections, each arm's part of the sandwich is G / (G - 1) smaller than ours
    residual = rows.columns["spend"] - robust.fittedvalues
    parts = []
    for number, size in enumerate(users.sizes):
        mine = rows.arm == number
        sums = np.bincount(rows.unit[mine] // 3, residual[mine])
        parts.append(np.sum(sums**2) / mine.sum() ** 2 * np.array([1.0, size / (size - 1)]))
    plain, ours = np.sum(parts, axis=0)
    assert robust.bse[1] ** 2 == pytest.approx(plain, rel=1e-10)
    assert found.standard_error**2 == pytest.approx(ours, rel=1e-10)
    # statsmodels' own factor, G / (G - 1) (N - 1) / (N - 2) of all units, is not far off
    corrected = sm.OLS(rows.columns["spend"], design).fit(
        cov_type="cluster", cov_kwds={"groups": rows.unit}
    )
    assert found.standard_error == pytest.approx(corrected.bse[1], rel=0.01)


def test_treating_rows_as_units_is_far_too_sure() -> None:
    rows = sessions((300, 300))
    users = by_unit(rows)
    arms = Ratio("spend", ROWS).arms(
        *(group_moments(dict(users.columns), users.arm, 2)[i] for i in (0, 1))
    )
    naive = group_moments(dict(rows.columns), rows.arm, 2)
    error = np.sqrt(sum(naive.variance("spend") / naive.count))
    assert welch(arms.control, arms.treatment).standard_error > 1.5 * error


def test_sums_by_unit() -> None:
    rows = replace(
        sessions(), assigned_day=np.arange(len(sessions()), dtype=float),
        stratum=sessions().arm, strata=("x", "y"),
    )  # fmt: skip
    users = by_unit(rows)
    assert users.columns["rows"].sum() == len(rows)
    assert users.columns["spend"].sum() == pytest.approx(rows.columns["spend"].sum())
    assert users.sizes == rows.units_by_arm() == (60, 45)
    assert users.unit is None
    assert np.array_equal(users.stratum, users.arm)
    one = rows.unit == rows.unit[7]
    assert rows.columns["spend"][one].sum() in users.columns["spend"]
    # large and scattered numbers of units give the same
    scattered = by_unit(replace(rows, unit=rows.unit * 1_000_003))
    assert np.array_equal(scattered.columns["spend"], users.columns["spend"])
    assert np.array_equal(scattered.assigned_day, users.assigned_day)
    assert users.assigned_day[0] == np.flatnonzero(rows.unit == 0)[0]


def test_rows_that_are_units_stay() -> None:
    plain = Cohort(("A", "B"), np.array([0, 1], np.int32), {"x": np.array([1.0, np.nan])})
    found = by_unit(plain)
    assert found.columns["rows"].tolist() == [1.0, 1.0]
    missing = by_unit(replace(plain, unit=np.array([0, 1])))
    assert np.isnan(missing.columns["x"][1])
    assert len(by_unit(plain.where(np.array([False, False])))) == 0


def test_refusals() -> None:
    rows = sessions()
    arm = rows.arm.copy()
    arm[0] = 1 - arm[0]
    with pytest.raises(DataError, match="1 units have rows in several arms"):
        by_unit(replace(rows, arm=arm))
    with pytest.raises(DataError, match="in several strata"):
        by_unit(replace(rows, stratum=np.arange(len(rows), dtype=np.int32)))
    with pytest.raises(DataError, match='a column is called "rows"'):
        by_unit(replace(rows, columns={"rows": rows.columns["spend"]}))
    with pytest.raises(DataError, match='no column "x"; there are spend'):
        by_unit(rows, ["x"])


def test_numbers_of_units_may_be_huge() -> None:
    rows = sessions()
    far = replace(rows, unit=10**12 + rows.unit)
    assert np.array_equal(by_unit(far).columns["spend"], by_unit(rows).columns["spend"])
    code, first = units_of(far)
    assert np.array_equal(far.unit[first[code]], far.unit)
    assert code.max() + 1 == len(first) == 105
    arm = far.arm.copy()
    arm[0] = 1 - arm[0]
    with pytest.raises(DataError, match=f"the first is number {int(far.unit[0])}"):
        units_of(replace(far, arm=arm))
    alone = replace(rows, unit=None)
    assert np.array_equal(units_of(alone).first, np.arange(len(rows)))
