from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from helpers.customer_tables import Luck
from helpers.hillstrom import hillstrom

from cvosim.errors import DataError
from cvosim.stats.contrast import welch
from cvosim.stats.loops import group_moments
from cvosim.stats.methods.strata import post_stratified
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments


def data(count: int = 400, seed: int = 0, arms: int = 2) -> dict[str, np.ndarray]:
    """Units whose level depends on their stratum."""
    luck = Luck(count, seed)
    stratum = np.floor(3 * luck.uniform() ** 1.5).astype(np.int32)
    arm = np.minimum(np.floor(arms * luck.uniform()), arms - 1).astype(np.int32)
    y = 4.0 * stratum + luck.exponential() * (1 + stratum) + 0.3 * arm * stratum
    return {"y": y, "z": 1 + stratum + luck.uniform(), "x": luck.uniform() + y / 5,
            "stratum": stratum, "arm": arm}  # fmt: skip


def grid(values: dict[str, np.ndarray], arms: int = 2) -> Moments:
    columns = {name: values[name] for name in ("y", "z", "x")}
    cells = group_moments(columns, values["stratum"] * arms + values["arm"], 3 * arms)
    parts = (cells.count, cells.mean, cells.scatter, cells.cube)
    return Moments(cells.columns, *(part.reshape(3, arms, *part.shape[1:]) for part in parts))


def test_is_the_saturated_regression_with_hc2() -> None:
    values = data()
    found = post_stratified(grid(values), Mean("y"))
    t = values["arm"].astype(float)
    dummies = np.stack([values["stratum"] == s for s in (1, 2)], axis=1).astype(float)
    centred = dummies - dummies.mean(axis=0)
    design = np.column_stack([np.ones(len(t)), t, centred, t[:, None] * centred])
    known = sm.OLS(values["y"], design).fit(cov_type="HC2")
    assert found.contrast.difference == pytest.approx(known.params[1], rel=1e-10)
    assert found.contrast.standard_error == pytest.approx(known.bse[1], rel=1e-10)
    assert found.weights == pytest.approx(np.bincount(values["stratum"]) / len(t))
    assert found.variance_change < -0.5
    assert found.arms.adjustments == (
        f"post-stratified by 3 strata: variance {100 * found.variance_change:+.1f} %",
    )


def test_one_stratum_changes_nothing() -> None:
    values = data()
    values["stratum"] = np.zeros_like(values["stratum"])
    cells = grid(values)[:1]
    for metric in (Mean("y"), Ratio("y", "z"), Mean("y", covariate="x")):
        plain = welch(*metric.arms(cells[0, 0], cells[0, 1])[:2])
        found = post_stratified(cells, metric)
        assert np.array(found.contrast) == pytest.approx(np.array(plain), rel=1e-9)
        assert found.variance_change == pytest.approx(0, abs=1e-9)


def test_ratio_is_one_of_post_stratified_means() -> None:
    values = data()
    cells = grid(values)
    found = post_stratified(cells, Ratio("y", "z"))
    weights = np.bincount(values["stratum"]) / len(values["arm"])
    variance = 0.0
    for arm, part in enumerate((found.arms.control, found.arms.treatment)):
        y, z = (weights @ cells[:, arm].mean_of(name) for name in ("y", "z"))
        assert part.value == pytest.approx(y / z, rel=1e-12)
        for s in range(3):
            mine = (values["stratum"] == s) & (values["arm"] == arm)
            line = (values["y"][mine] - y / z * values["z"][mine]) / z
            variance += weights[s] ** 2 * line.var(ddof=1) / mine.sum()
    assert found.contrast.standard_error**2 == pytest.approx(variance, rel=1e-10)


def test_many_at_once_and_other_treatments() -> None:
    one, other = (data(seed=seed, arms=3) for seed in (1, 2))
    single = [
        post_stratified(grid(v, 3), Mean("y", covariate="x"), treatment=2) for v in (one, other)
    ]
    cells = [grid(v, 3) for v in (one, other)]
    both = Moments(
        cells[0].columns,
        *(
            np.stack([getattr(c, part) for c in cells])
            for part in ("count", "mean", "scatter", "cube")
        ),
    )
    found = post_stratified(both, Mean("y", covariate="x"), treatment=2)
    for row, alone in enumerate(single):
        assert [part[row] for part in found.contrast] == pytest.approx(list(alone.contrast))
        assert found.variance_change[row] == pytest.approx(alone.variance_change)
    assert found.arms.adjustments[-1] == "post-stratified by 3 strata"
    thin = replace(both, count=both.count.copy())
    thin.count[0, 1, 0] = 1.0
    gone = post_stratified(thin, Mean("y"), treatment=2).contrast.standard_error
    assert np.isnan(gone[0])
    assert np.isfinite(gone[1])


def test_covers_the_truth() -> None:
    z = []
    for seed in range(300):
        found = post_stratified(grid(data(120, seed)), Mean("y")).contrast
        # the effect is 0.3 times the stratum's number; shares are those of u**1.5 in thirds
        edges = (np.array([0.0, 1.0, 2.0, 3.0]) / 3.0) ** (1 / 1.5)
        truth = 0.3 * float(np.diff(edges) @ np.arange(3))
        low, high = found.interval()
        z.append(low <= truth <= high)
    # 95 % of 300 is 285, standard deviation 3.8: fails about once in 1,000
    assert 272 <= sum(z) <= 297


def test_empty_cells_are_refused_in_words() -> None:
    values = data(60)
    values["arm"][values["stratum"] == 2] = 0
    with pytest.raises(DataError, match=r"stratum gold has 0 units in treatment; .* merge it"):
        post_stratified(grid(values), Mean("y"), ("none", "silver", "gold"))
    with pytest.raises(DataError, match="stratum number 2 has 0 units"):
        post_stratified(grid(values), Mean("y"))


def test_hillstrom_by_area() -> None:
    cohort = hillstrom()
    cells = group_moments(
        {"spend": cohort.columns["spend"]}, cohort.stratum * np.int32(3) + cohort.arm, 9
    )
    parts = (cells.count, cells.mean, cells.scatter, cells.cube)
    found = post_stratified(
        Moments(cells.columns, *(part.reshape(3, 3, *part.shape[1:]) for part in parts)),
        Mean("spend"),
        cohort.strata,
    )
    # areas are balanced and say little about spending
    assert found.contrast.difference == pytest.approx(0.769827, abs=0.005)
    assert abs(found.variance_change) < 0.001
