"""Figures that other programs and papers give for the same data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.hillstrom import FILE, needs_hillstrom

from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.result import ABTest
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.contrast import log_lift, welch
from cvosim.stats.data.reading import Roles, read_cohort
from cvosim.stats.loops import group_moments
from cvosim.stats.metric import Mean, Ratio

MENS, WOMENS = "Mens E-Mail", "Womens E-Mail"


@pytest.fixture(scope="module")
def hillstrom() -> ABTest:
    roles = Roles("segment", control="No E-Mail")
    cohort = read_cohort(FILE, roles, ["spend", "visit", "conversion"])
    metrics = {
        "spend": Mean("spend"),
        "visit": Mean("visit"),
        "conversion": Mean("conversion"),
        "per_buyer": Ratio("spend", "conversion"),
    }
    return analyze(cohort, metrics, Settings(correction="none"))


@needs_hillstrom
@pytest.mark.parametrize(
    ("metric", "arm", "difference", "t"),
    [
        ("spend", MENS, 0.76982716, 5.300140),
        ("spend", WOMENS, 0.42441222, 3.256372),
        ("visit", MENS, 0.07658956, 22.620231),
        ("visit", WOMENS, 0.04523311, 13.984738),
        ("conversion", MENS, 0.00680501, 7.389736),
        ("conversion", WOMENS, 0.00311106, 3.781627),
    ],
)
def test_hillstrom_differences(
    hillstrom: ABTest, metric: str, arm: str, difference: float, t: float
) -> None:
    found = hillstrom.effect(metric, arm)
    assert found.difference == pytest.approx(difference, abs=5e-9)
    assert found.statistic == pytest.approx(t, abs=5e-7)


@needs_hillstrom
def test_hillstrom_intervals(hillstrom: ABTest) -> None:
    mens, womens = (hillstrom.effect("spend", arm) for arm in (MENS, WOMENS))
    assert mens.df == pytest.approx(36671.158, abs=5e-4)
    assert (mens.low, mens.high) == pytest.approx((0.48513973, 1.05451458), abs=5e-9)
    assert womens.df == pytest.approx(40064.884, abs=5e-4)
    assert (womens.low, womens.high) == pytest.approx((0.16895679, 0.67986764), abs=5e-9)
    assert mens.p_value == pytest.approx(1.164e-7, rel=5e-4)
    assert womens.p_value == pytest.approx(0.0011294, abs=5e-8)


@needs_hillstrom
def test_hillstrom_spend_a_buyer(hillstrom: ABTest) -> None:
    """The e-mail sells to more people, not more to each of them."""
    mens, womens = (hillstrom.effect("per_buyer", arm) for arm in (MENS, WOMENS))
    assert mens.control_value == pytest.approx(114.002705, abs=5e-7)
    assert mens.treatment_value == pytest.approx(113.526929, abs=5e-7)
    assert (mens.difference, mens.standard_error) == pytest.approx((-0.475776, 11.525843), abs=1e-6)
    assert (womens.difference, womens.standard_error) == pytest.approx(
        (7.892057, 12.049240), abs=1e-6
    )


@needs_hillstrom
def test_hillstrom_arms_are_as_designed(hillstrom: ABTest) -> None:
    assert hillstrom.units == (21306, 21307, 21387)
    assert hillstrom.sample_ratio.p_value == pytest.approx(0.9036929576, abs=5e-11)


@needs_hillstrom
def test_hillstrom_capped() -> None:
    """Capping raises t and shrinks what is asked about, and says by how much."""
    cohort = read_cohort(FILE, Roles("segment", control="No E-Mail"), ["spend"])
    pair = cohort.where(cohort.arm != 2)
    found = analyze(pair.__class__(pair.arms[:2], pair.arm, pair.columns), {"s": Mean("spend")},
                    Settings(cap=99.5))  # fmt: skip
    one = found.effect("s")
    assert (one.difference, one.statistic) == pytest.approx((0.33832947, 6.614043), abs=5e-7)
    assert found.caps["s"].caps[0].high == pytest.approx(66.1292, abs=5e-5)
    assert found.caps["s"].shifts[0].uncapped == pytest.approx(0.76982716, abs=5e-9)


@pytest.fixture(scope="module")
def shop() -> Any:
    import tea_tasting

    return tea_tasting.make_users_data(rng=42, covariates=True)


CASES = {
    "mean": Mean("revenue"),
    "ratio": Ratio("orders", "sessions"),
    "cuped": Mean("revenue", "revenue_covariate"),
    "cuped_ratio": Ratio("orders", "sessions", ("orders_covariate", "sessions_covariate")),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_tea_tasting_agrees(shop: Any, name: str, alternative: Any) -> None:
    import tea_tasting as tt

    theirs = {
        "mean": tt.Mean("revenue", alternative=alternative),
        "ratio": tt.RatioOfMeans("orders", "sessions", alternative=alternative),
        "cuped": tt.Mean("revenue", "revenue_covariate", alternative=alternative),
        "cuped_ratio": tt.RatioOfMeans(
            "orders",
            "sessions",
            "orders_covariate",
            "sessions_covariate",
            alternative=alternative,
        ),
    }[name]
    wanted: Any = tt.Experiment(x=theirs).analyze(shop)["x"]
    cohort = read_cohort(
        shop, Roles("variant", covariates=("revenue_covariate",)),
        ["revenue", "orders", "sessions", "orders_covariate", "sessions_covariate"],
    )  # fmt: skip
    found = analyze(cohort, {"x": CASES[name]}, Settings(alternative=alternative)).effect("x")
    ours = (found.control_value, found.treatment_value, found.difference, found.low, found.high)
    assert ours == pytest.approx(
        (
            wanted.control,
            wanted.treatment,
            wanted.effect_size,
            wanted.effect_size_ci_lower,
            wanted.effect_size_ci_upper,
        ),
        abs=1e-9,
    )
    assert found.p_value == pytest.approx(wanted.pvalue, abs=1e-9)
    assert found.statistic == pytest.approx(wanted.statistic, abs=1e-9)
    assert found.lift == pytest.approx(wanted.rel_effect_size, abs=1e-9)
    if alternative != "less":
        assert found.lift_low == pytest.approx(wanted.rel_effect_size_ci_lower, abs=1e-9)
    if alternative != "greater":
        assert found.lift_high == pytest.approx(wanted.rel_effect_size_ci_upper, abs=1e-9)


def test_tea_tasting_printed_figures(shop: Any) -> None:
    """As its documentation prints them, version 1.14."""
    cohort = read_cohort(
        shop, Roles("variant"), ["revenue", "revenue_covariate", "orders", "sessions"]
    )
    found = analyze(cohort, {k: CASES[k] for k in ("mean", "ratio", "cuped")})
    mean, cuped = found.effect("mean"), found.effect("cuped")
    assert mean.lift == pytest.approx(0.0933181596, abs=5e-11)
    assert (mean.lift_low, mean.lift_high) == pytest.approx((-0.0237377089, 0.2244092689), abs=1e-9)
    assert mean.p_value == pytest.approx(0.1230698855, abs=5e-11)
    assert found.effect("ratio").p_value == pytest.approx(0.0762375998, abs=5e-11)
    assert cuped.lift == pytest.approx(0.1427357356, abs=5e-11)
    assert cuped.p_value == pytest.approx(0.0067439293, abs=5e-11)


def test_growthbook_absolute_difference() -> None:
    """Its first t-test case, from sums alone."""
    from cvosim.stats.contrast import ArmStat

    arms = []
    for total, squares, n in ((1396.87, 52377.9767, 3407), (2422.7, 134698.29, 3461)):
        mean = total / n
        variance = (squares - total * mean) / (n - 1)
        arms.append(ArmStat(*(np.asarray(x, float) for x in (mean, variance, n))))
    found = welch(*arms)
    low, high = found.interval()
    assert float(found.difference) == pytest.approx(0.29, abs=5e-6)
    assert float(found.standard_error) == pytest.approx(0.12478, abs=5e-6)
    assert (float(low), float(high)) == pytest.approx((0.04538, 0.53462), abs=5e-6)
    assert float(found.p_value()) == pytest.approx(0.02016, abs=5e-6)
    assert float(np.expm1(log_lift(*arms).difference)) == pytest.approx(0.70732, abs=5e-6)


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.9])
def test_cuped_takes_off_what_is_explained(rho: float) -> None:
    """Variance ratio 1 - rho**2 of the whole sample, to rounding (Deng et al. 2013, eq. 4)."""
    x = np.sin(np.arange(500.0))
    y = rho * x + np.sqrt(1 - rho**2) * np.cos(7 * np.arange(500.0) ** 1.1)
    whole = group_moments({"y": y, "x": x}, np.zeros(500, np.int32), 1)[0]
    arms = Mean("y", "x").arms(whole, whole)
    # two copies of one sample: the pooled slope is the sample's own
    ratio = float(arms.control.variance / whole.variance("y"))
    wanted = 1 - np.corrcoef(x, y)[0, 1] ** 2
    assert ratio == pytest.approx(wanted, abs=1e-12)
