"""The same estimates by another road: least squares with robust errors."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.customer_tables import Luck

from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.cohort import Cohort
from cvosim.stats.contrast import welch
from cvosim.stats.further_metrics import CLV, Proportion, Quantile, Retention, Survival
from cvosim.stats.loops import Draw, replicated_moments
from cvosim.stats.metric import Mean, Ratio
from cvosim.tables.columns import Floats


def sample(n: int = 3000, share: float = 0.2) -> tuple[Floats, Floats, Floats]:
    """Treatment, covariate and an outcome whose effect depends on the covariate."""
    i = np.arange(n)
    x = np.sqrt((i * 0.754877666) % 1.0) * 4.0
    treated = ((i * 0.569840291) % 1.0 < share).astype(float)
    noise = 2.0 * ((i * 0.618033989) % 1.0 - 0.5)
    return treated, x, 1.0 + 0.8 * x + treated * (0.3 + 0.5 * x) + noise


def test_interacted_adjustment_is_lins_regression() -> None:
    """Lin (2013): OLS on treatment, centred covariate and product; errors HC2-like plus the mean's.

    HC2 and ours differ by terms of order 1 / n, so the errors agree to a part in a thousand.
    """
    import statsmodels.api as sm

    treated, x, y = sample()
    centred = x - x.mean()
    fit = sm.OLS(y, np.column_stack([np.ones_like(x), treated, centred, treated * centred])).fit(
        cov_type="HC2"
    )
    cohort = Cohort(("A", "B"), treated.astype(np.int32), {"y": y, "x": x})
    found = analyze(cohort, {"y": Mean("y", "x", "interacted")}).effect("y")
    assert found.difference == pytest.approx(fit.params[1], rel=1e-10)
    slopes = fit.params[3] ** 2 * x.var(ddof=1) / len(x)
    assert found.standard_error == pytest.approx(np.sqrt(fit.bse[1] ** 2 + slopes), rel=1e-3)


def test_interacted_errors_are_those_of_replications() -> None:
    """2,000 redrawn experiments at 80/20; a standard deviation within 3.9 of its errors."""
    _, x, _ = sample(4000)
    noise = 2.0 * ((np.arange(4000) * 0.618033989) % 1.0 - 0.5)
    pool = np.stack(
        [np.column_stack([1 + 0.8 * x + t * (0.3 + 0.5 * x) + noise, x]) for t in (0, 1)]
    )
    drawn = replicated_moments(("y", "x"), pool, Draw((0.8, 0.2), (600,), 2000, seed=3))[:, 0]
    truth = float((pool[1] - pool[0])[:, 0].mean())
    spreads = []
    for adjustment in ("pooled", "interacted"):
        arms = Mean("y", "x", adjustment).arms(drawn[:, 0], drawn[:, 1])
        found = welch(arms.control, arms.treatment)
        spread = found.difference.std(ddof=1)
        assert abs(found.difference.mean() - truth) < 3.9 * spread / np.sqrt(2000)
        if adjustment == "interacted":
            error = np.sqrt((found.standard_error**2).mean())
            assert spread == pytest.approx(error, rel=3.9 / np.sqrt(2 * 2000))
        spreads.append(spread)
    assert spreads[1] < 1.02 * spreads[0], "it never hurts"


def test_ratio_errors_are_those_of_the_regression_by_clusters() -> None:
    """A ratio over users is a row mean with clustered errors, but for the factor G / (G - 1)."""
    import statsmodels.api as sm

    people = Luck(400, 5)
    orders = 1 + np.floor(4 * people.uniform()).astype(int)
    user = np.repeat(np.arange(400), orders)
    arm = (np.arange(400) % 2)[user]
    value = 10 + 3 * people.uniform()[user] + Luck(len(user), 6).uniform() + 0.2 * arm
    rows = Cohort(("A", "B"), arm.astype(np.int32), {"v": value}, unit=user)
    found = analyze(rows, {"v": Mean("v")}).effect("v")
    fit = sm.OLS(value, sm.add_constant(arm.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": user, "use_correction": False}
    )
    assert found.difference == pytest.approx(fit.params[1], rel=1e-10)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=200 / 199 - 1 + 1e-3)
    sums = Cohort(
        ("A", "B"),
        (np.arange(400) % 2).astype(np.int32),
        {"v": np.bincount(user, value), "n": orders},
    )
    ratio = analyze(sums, {"r": Ratio("v", "n")}).effect("r")
    assert (ratio.difference, ratio.standard_error) == pytest.approx(
        (found.difference, found.standard_error), rel=1e-12
    )


def test_other_metrics_are_what_they_say() -> None:
    luck = Luck(1000, 11)
    arm = np.repeat(np.array([0, 1], np.int32), 500)
    spend = np.floor(50 * luck.uniform() ** 3) + 2.0 * arm
    days = np.ceil(100 * luck.uniform())
    columns = {"spend": spend, "bought": (spend > 10).astype(float), "last_seen": days,
               "days": days, "ended": (luck.uniform() < 0.7).astype(float)}  # fmt: skip
    observed = np.where(np.arange(1000) % 10 == 0, 20.0, 90.0)
    cohort = Cohort(("A", "B"), arm, columns, observed_days=observed)
    found = analyze(
        cohort,
        {
            "clv": CLV(60, "spend"),
            "bought": Proportion("bought"),
            "p90": Quantile("spend", 0.9),
            "kept": Retention(30),
            "stay": Survival("days", "ended"),
        },
    )
    old = observed >= 60
    clv = found.effect("clv")
    assert clv.excluded == 100
    assert any("100 units observed for less than 60 days left out" in n for n in clv.adjustments)
    assert clv.difference == pytest.approx(
        spend[(arm == 1) & old].mean() - spend[(arm == 0) & old].mean()
    )
    assert found.effect("bought").treatment_value == pytest.approx((spend[arm == 1] > 10).mean())
    assert found.effect("p90").control_value == pytest.approx(np.quantile(spend[arm == 0], 0.9))
    assert found.effect("kept").control_value == pytest.approx(
        (days[(arm == 0) & old] >= 30).mean()
    )
    assert found.effect("stay").control_value < 100
    assert "log-rank" in " ".join(found.effect("stay").adjustments)
