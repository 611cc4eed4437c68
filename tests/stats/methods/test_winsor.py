from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.customer_tables import Luck
from helpers.hillstrom import hillstrom

from cvosim.errors import DataError
from cvosim.stats.cohort import Cohort
from cvosim.stats.contrast import welch
from cvosim.stats.loops import group_moments
from cvosim.stats.methods.winsor import winsorise
from cvosim.stats.metric import Mean, Ratio


def comparison(cohort: Cohort, metric: Mean | Ratio) -> tuple[float, float]:
    columns = {name: cohort.columns[name] for name in metric.columns}
    moments = group_moments(columns, cohort.arm, len(cohort.arms))
    found = welch(*metric.arms(moments[0], moments[1])[:2])
    return float(found.difference), float(found.statistic())


def pair(cohort: Cohort, arm: int) -> Cohort:
    kept = cohort.where((cohort.arm == 0) | (cohort.arm == arm))
    return replace(kept, arms=("none", "mail"), arm=(kept.arm > 0).astype(np.int32))


@pytest.mark.parametrize(
    ("arm", "percentile", "cap", "difference", "t"),
    [(1, 99.5, 66.1292, 0.33832947, 6.614043), (1, 99.9, 233.3001, 0.64925641, 5.773721),
     (2, 99.5, None, 0.13167312, 3.714776)],
)  # fmt: skip
def test_hillstrom(
    arm: int, percentile: float, cap: float | None, difference: float, t: float
) -> None:
    cohort = pair(hillstrom(), arm)
    found = winsorise(cohort, Mean("spend"), percentile)
    assert cap is None or found.caps[0].high == pytest.approx(cap, abs=5e-5)
    assert comparison(found.cohort, Mean("spend")) == pytest.approx((difference, t), abs=5e-7)
    shift = found.shifts[0]
    assert shift.uncapped == pytest.approx(comparison(cohort, Mean("spend"))[0])
    assert shift.uncapped + shift.difference == pytest.approx(difference, abs=5e-8)
    if cap is not None and percentile == 99.5:
        # the cap takes 56 % off the effect
        assert shift.difference / shift.uncapped == pytest.approx(-0.56, abs=0.005)
    assert cohort.columns["spend"].max() > found.caps[0].high


def two_arms(count: int = 2000) -> Cohort:
    luck = Luck(count, 2)
    arm = (luck.uniform() < 0.3).astype(np.int32)
    orders = np.floor(3 * luck.exponential())
    value = orders * luck.exponential() ** 3 - luck.exponential() ** 4 + arm
    return Cohort(("A", "B"), arm, {"value": value, "orders": orders, "other": value})


def test_numbers_of_a_cap() -> None:
    cohort = two_arms()
    values = cohort.columns["value"]
    cap = winsorise(cohort, Mean("value"), 95, lower=2.5).caps[0]
    assert (cap.high, cap.low) == pytest.approx(np.quantile(values, (0.95, 0.025)))
    outside = (values > cap.high) | (values < cap.low)
    assert cap.share_rows == np.mean(outside)
    inside = np.clip(values, cap.low, cap.high)
    assert cap.share_value == pytest.approx(1 - inside.sum() / values.sum())
    assert "from below" in cap.words


@pytest.mark.parametrize("metric", [Mean("value"), Ratio("value", "orders")])
def test_shift_is_the_difference_of_the_differences(metric: Mean | Ratio) -> None:
    cohort = two_arms()
    found = winsorise(cohort, metric, 95)
    raw, capped = comparison(cohort, metric)[0], comparison(found.cohort, metric)[0]
    assert found.shifts[0].difference == pytest.approx(capped - raw, rel=1e-9)
    assert found.shifts[0].uncapped == pytest.approx(raw, rel=1e-9)
    assert [cap.column for cap in found.caps] == list(metric.columns)
    assert np.array_equal(found.cohort.columns["other"], cohort.columns["other"])


@pytest.mark.parametrize("metric", [Mean("value"), Ratio("value", "orders")])
def test_error_of_the_shift(metric: Mean | Ratio) -> None:
    """Against a bootstrap with the limits held."""
    cohort = two_arms(1000)
    found = winsorise(cohort, metric, 95)
    luck, moved = Luck(1000, 77), []
    for _ in range(400):
        rows = np.floor(1000 * luck.uniform()).astype(int)
        change = []
        for arm in (0, 1):
            mine = rows[cohort.arm[rows] == arm]
            sums = [[part.columns[name][mine].mean() for name in metric.columns]
                    for part in (cohort, found.cohort)]  # fmt: skip
            change.append(sums[1][0] / (sums[1] + [1.0])[1] - sums[0][0] / (sums[0] + [1.0])[1])
        moved.append(change[1] - change[0])
    # a standard deviation of 400 values is known to 3.5 %, of heavy tails to twice that
    assert found.shifts[0].standard_error == pytest.approx(np.std(moved), rel=0.25)


def test_one_limit_for_all_arms() -> None:
    cohort = two_arms()
    three = replace(cohort, arms=("A", "B", "C"), arm=(np.arange(len(cohort)) % 3).astype(np.int32))
    found = winsorise(three, Mean("value"), 90)
    assert len(found.shifts) == 2
    assert [shift.treatment for shift in found.shifts] == ["B", "C"]
    for arm in range(3):
        assert found.cohort.of_arm(arm, "value").max() == found.caps[0].high


def test_refusals() -> None:
    cohort = two_arms()
    with pytest.raises(DataError, match=r"must be in 50\.\.100"):
        winsorise(cohort, Mean("value"), 100)
    with pytest.raises(DataError, match=r"must be in 0\.\.50"):
        winsorise(cohort, Mean("value"), 99, lower=50)
    payers = replace(cohort, columns={"value": (np.arange(2000) < 40) * 9.0})
    with pytest.raises(DataError, match="makes all values equal; take one above 98"):
        winsorise(payers, Mean("value"), 95)
    gap = replace(cohort, columns={"value": np.where(np.arange(2000) < 3, np.nan, 1.0)})
    with pytest.raises(DataError, match='"value" has no number in 3 rows'):
        winsorise(gap, Mean("value"), 95)


@pytest.mark.parametrize("metric", [Mean("value"), Ratio("value", "orders")])
def test_error_of_the_shift_is_by_unit(metric: Mean | Ratio) -> None:
    """Rows that are there three times, all of one unit, tell no more than one of them."""
    once = two_arms(600)
    thrice = Cohort(
        once.arms, once.arm.repeat(3),
        {name: np.repeat(values, 3) for name, values in once.columns.items()},
        unit=(10**12 - 7 * np.arange(600)).repeat(3),
    )  # fmt: skip
    # a percentile of rows that are there three times lies between the same rows, not always at
    # the same place between them
    alone, units = (winsorise(cohort, metric, 95).shifts[0] for cohort in (once, thrice))
    assert units.standard_error == pytest.approx(alone.standard_error, rel=0.02)
    rows = winsorise(replace(thrice, unit=None), metric, 95).shifts[0]
    assert rows.standard_error == pytest.approx(units.standard_error / np.sqrt(3), rel=0.01)


@pytest.mark.parametrize("size", [1e150, 1e-170])
def test_any_unit_of_money(size: float) -> None:
    cohort = two_arms(300)
    large = replace(cohort, columns={"value": cohort.columns["value"] * size})
    plain, found = (winsorise(one, Mean("value"), 95).shifts[0] for one in (cohort, large))
    assert found.standard_error / size == pytest.approx(plain.standard_error)
    assert found.difference / size == pytest.approx(plain.difference)
