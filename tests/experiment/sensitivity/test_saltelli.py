"""Sobol indices of functions whose indices are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc, sobol_indices

from cvosim.errors import DataError
from cvosim.experiment.sensitivity import saltelli
from cvosim.experiment.sensitivity.saltelli import indices_of, saltelli_points


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami & Homma (1990) with a = 7, b = 0.1."""
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def points(factors: int, rows: int, seed: int = 3) -> np.ndarray:
    return saltelli_points(qmc.Sobol(2 * factors, seed=seed).random(rows))


def test_ishigami_within_two_hundredths() -> None:
    found = indices_of(ishigami(np.pi * (2.0 * points(3, 4096) - 1.0)), 3)
    a, b, pi = 7.0, 0.1, np.pi
    one = 0.5 * (1.0 + b * pi**4 / 5.0) ** 2
    two, both = a * a / 8.0, b * b * pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = one + two + both
    np.testing.assert_allclose(found.first, np.array([one, two, 0.0]) / whole, atol=0.02)
    np.testing.assert_allclose(found.total, np.array([one + both, two, both]) / whole, atol=0.02)
    assert found.variance == pytest.approx(whole, rel=0.02)
    assert found.rows == 4096


def test_estimators_are_those_of_scipy() -> None:
    """By SciPy for a power of two; by the same formula where a row is lacking."""
    values = ishigami(points(3, 64))
    parts = values.reshape(5, 64)
    theirs = sobol_indices(
        func={"f_A": parts[:1], "f_B": parts[1:2], "f_AB": parts[2:, None]}, n=64
    )
    ours = indices_of(values, 3)
    np.testing.assert_allclose(ours.first, theirs.first_order, rtol=1e-12)
    np.testing.assert_allclose(ours.total, theirs.total_order, rtol=1e-12)
    centred = parts - parts[:2].mean()
    assert saltelli._estimates(np.tile(centred, 3))[0] == pytest.approx(ours.first, rel=1e-12)


def test_rows_without_a_value_do_not_count() -> None:
    values = ishigami(points(3, 256))
    whole = indices_of(values, 3)
    values[[5, 256 + 5, 700]] = np.nan
    less = indices_of(values, 3)
    assert less.rows == 254
    np.testing.assert_allclose(less.first, whole.first, atol=0.05)
    with pytest.raises(DataError, match="too few points"):
        indices_of(np.full(5, np.nan), 3)


def test_intervals_are_as_wide_as_the_luck_of_independent_rows() -> None:
    """Of 40 samples of independent rows, about 38 intervals hold the truth.

    Fewer than 32 have a chance of 4e-4 each at a coverage of 92 %, and there are two factors.
    """
    held = np.zeros((2, 2))
    uniform = qmc.LatinHypercube(1, seed=1)
    for _ in range(40):
        drawn = uniform.random(4 * 200).reshape(200, 4)
        at = saltelli_points(drawn)
        found = indices_of(at[:, 0] + 2.0 * at[:, 1], 2)
        for row, ends in enumerate((found.first_ends, found.total_ends)):
            held[row] += (ends[0] <= (0.2, 0.8)) & (ends[1] >= (0.2, 0.8))
    assert held.min() >= 32


def test_nothing_and_a_single_factor() -> None:
    still = indices_of(np.full(4 * 8, 3.0), 2)
    assert (still.variance, still.total.tolist()) == (0.0, [0.0, 0.0])
    alone = indices_of(points(1, 128)[:, 0], 1)
    assert alone.total == pytest.approx(1.0, abs=0.1)
    assert alone.first == pytest.approx(1.0, abs=0.1)


def test_the_same_seed_gives_the_same_intervals() -> None:
    values = ishigami(points(3, 64))
    one, other = indices_of(values, 3, seed=5), indices_of(values, 3, seed=5)
    np.testing.assert_array_equal(one.total_ends, other.total_ends)
    assert (indices_of(values, 3, seed=6).total_ends != one.total_ends).any()
