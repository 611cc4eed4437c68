"""Drawn replications: the sums are of the units that were drawn, and chance is fair."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.stats.loops import (
    Draw,
    drawn_units,
    permuted_moments,
    replicated_moments,
    resampled_moments,
)
from cvosim.stats.moments import Moments

POOL = np.stack([np.outer(np.arange(500.0), [1.0, 2.0]), np.outer(np.arange(500.0), [3.0, -1.0])])
DRAW = Draw((0.7, 0.3), (60, 200), 150, seed=5)


def test_sums_are_of_the_units_drawn() -> None:
    found = replicated_moments(("a", "b"), POOL, DRAW)
    for replication in (0, 64, 149):
        units, arms = drawn_units(500, DRAW, replication)
        for look, n in enumerate(DRAW.looks):
            for arm in (0, 1):
                rows = POOL[arm, units[:n][arms[:n] == arm]]
                wanted = Moments.of({"a": rows[:, 0], "b": rows[:, 1]})
                one = found[replication, look, arm]
                assert one.count == wanted.count
                np.testing.assert_allclose(one.mean, wanted.mean, rtol=1e-12)
                np.testing.assert_allclose(one.scatter, wanted.scatter, rtol=1e-9)
                np.testing.assert_allclose(
                    one.cube, wanted.cube, rtol=1e-7, atol=1e-7 * abs(wanted.cube).max() + 1e-3
                )


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_and_pieces_change_no_bit(threads: int) -> None:
    whole = replicated_moments(("a", "b"), POOL, DRAW, threads=threads)
    piece = replicated_moments(("a", "b"), POOL, DRAW._replace(first=100, replications=50))
    assert whole[100:].scatter.tobytes() == piece.scatter.tobytes()


def test_arms_get_their_shares_and_units_come_evenly() -> None:
    """Chi-squared tests at 1 in 10,000 each."""
    from scipy.stats import chi2

    draw = Draw((0.5, 0.3, 0.2), (1000,), 200, seed=9)
    seen, arms = np.zeros(100), np.zeros(3)
    for replication in range(200):
        units, arm = drawn_units(100, draw, replication)
        seen += np.bincount(units, minlength=100)
        arms += np.bincount(arm, minlength=3)
    for counts, expected in ((seen, 2000.0), (arms, 200_000 * np.array(draw.shares))):
        statistic = float(((counts - expected) ** 2 / expected).sum())
        assert statistic < chi2.isf(1e-4, len(counts) - 1)


@pytest.mark.parametrize("treated", [3, 37])
def test_shuffled_labels_keep_everybody(treated: int) -> None:
    x = np.arange(40.0) ** 2
    control, treatment = permuted_moments({"x": x}, treated, 300, seed=2)
    assert set(treatment.count.tolist()) == {float(treated)}
    whole = control + treatment
    np.testing.assert_allclose(whole.mean, x.mean(), rtol=1e-12)
    np.testing.assert_allclose(whole.variance("x"), x.var(ddof=1), rtol=1e-10)


def test_shuffles_have_the_moments_of_sampling_without_replacement() -> None:
    """Mean and variance of the treated mean (Cochran 1977, theorem 2.2), at 1 in 10,000."""
    x, treated, replications = np.arange(30.0) ** 2, 10, 4000
    _, treatment = permuted_moments({"x": x}, treated, replications, seed=3)
    means = treatment.mean_of("x")
    variance = x.var(ddof=1) / treated * (1 - treated / len(x))
    assert abs(means.mean() - x.mean()) < 3.9 * np.sqrt(variance / replications)
    assert means.var(ddof=1) == pytest.approx(variance, rel=3.9 * np.sqrt(2 / replications))


def test_bootstrap_samples_have_the_plug_in_variance() -> None:
    """At 1 in 10,000 each."""
    x, replications = np.arange(25.0) ** 1.5, 4000
    means = resampled_moments({"x": x}, replications, seed=4).mean_of("x")
    variance = x.var() / len(x)
    assert abs(means.mean() - x.mean()) < 3.9 * np.sqrt(variance / replications)
    assert means.var(ddof=1) == pytest.approx(variance, rel=3.9 * np.sqrt(2 / replications))
