"""The optimiser and its report."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cvosim.clv.models.bg_nbd import BetaGeometricNBD
from cvosim.clv.models.fit import Problem, maximise, over_counts, patterns
from cvosim.clv.models.gamma_gamma import likelihood as gamma_gamma_likelihood
from cvosim.clv.orders.history import History

Floats = NDArray[np.float64]
bg_nbd_likelihood = BetaGeometricNBD.family.likelihood


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_patterns_put_the_rows_together_again(rows: list[tuple[int, int]]) -> None:
    first, second = (np.array(column) for column in zip(*rows, strict=True))
    unique, weights, inverse = patterns(first, second)
    assert list(zip(unique[0][inverse], unique[1][inverse], strict=True)) == rows
    assert len(unique[0]) == len(set(rows))
    assert weights.tolist() == [rows.count(row) for row in sorted(set(rows))]


@pytest.mark.parametrize(
    ("likelihood", "at", "columns"),
    [
        (bg_nbd_likelihood, (0.3, 2.0, 0.7, 1.9), ([0, 1, 5], [0, 3, 9], [10, 10, 11.5])),
        (bg_nbd_likelihood, (8.0, 0.1, 30.0, 0.2), ([0, 1, 5], [0, 3, 9], [10, 10, 11.5])),
        (gamma_gamma_likelihood, (6.0, 3.0, 15.0), ([1, 2, 9], [4.0, 30.0, 11.0])),
    ],
)
def test_gradients_are_derivatives(
    likelihood: object, at: tuple[float, ...], columns: tuple[list[float], ...]
) -> None:
    assert callable(likelihood)
    arrays = [np.array(column, np.float64) for column in columns]
    if likelihood is bg_nbd_likelihood:
        arrays = [History(*arrays)]
    _, gradient = likelihood(at, *arrays)
    for index, value in enumerate(at):
        step = value * 1e-6
        moved = [tuple(np.array(at) + sign * step * np.eye(len(at))[index]) for sign in (1, -1)]
        slope = (likelihood(moved[0], *arrays)[0] - likelihood(moved[1], *arrays)[0]) / (2 * step)
        np.testing.assert_allclose(gradient[index], slope, rtol=1e-5, atol=1e-7)


def test_a_known_maximum_and_its_error() -> None:
    """A Poisson mean: found exactly, the error of its logarithm is 1 / sqrt(count)."""
    found = maximise(
        Problem(lambda m: (40 * np.log(m[0]) - 10 * m[0], 40 / m - 10), 10), [[1.0], [99.0]]
    )
    assert found.parameters[0] == pytest.approx(4, rel=1e-9)
    assert found.covariance is not None
    assert found.covariance[0, 0] == pytest.approx(1 / 40, rel=1e-6)
    assert (found.problem, found.weak) == ("", ())


def test_a_free_parameter_may_be_negative() -> None:
    """The mean of a normal distribution, whose error is 1 / sqrt(n); its precision is positive."""
    values = np.array([-3.0, -1.0, -2.0, -2.5])

    def normal(p: Floats) -> tuple[float, Floats]:
        gap = values - p[1]
        value = float((np.log(p[0]) - p[0] * gap**2).sum()) / 2
        return value, np.array([float((1 / p[0] - gap**2).sum()) / 2, float((p[0] * gap).sum())])

    found = maximise(Problem(normal, 4, positive=1), [[1.0, 0.0]])
    assert found.parameters == pytest.approx([1 / values.var(), values.mean()], rel=1e-8)
    assert found.covariance is not None
    assert found.covariance[1, 1] == pytest.approx(values.var() / 4, rel=1e-6)


def test_counts_are_computed_once() -> None:
    seen: list[int] = []

    def double(n: Floats) -> Floats:
        seen.append(len(n))
        return 2 * n

    counts = np.array([3.0, 0.0, 3.0, 1.0, 3.0])
    assert over_counts(counts, double)[0].tolist() == [6, 0, 6, 2, 6]
    assert over_counts(np.array([9e9]), double)[0].tolist() == [18e9]
    assert seen == [4, 1]


def test_no_maximum_is_noticed() -> None:
    def rising(m: Floats) -> tuple[float, Floats]:
        return float(np.log(m[0]) - m[0] - np.exp(-m[1])), np.array([1 / m[0] - 1, np.exp(-m[1])])

    found = maximise(Problem(rising, 1), [[1.0, 1.0]])
    assert found.weak == (1,)
    assert found.covariance is None
    assert found.problem


def test_the_higher_of_two_peaks() -> None:
    """Log-parameters at −1.5 and 1.5 are both peaks; either start alone finds its own."""

    def twin(m: Floats) -> tuple[float, Floats]:
        t = float(np.log(m[0]))
        slope = -4 * t * (t**2 - 2.25) + 0.5
        return -((t**2 - 2.25) ** 2) + 0.5 * t, np.array([slope / m[0]])

    for starts in ([[0.23], [5.0]], [[5.0], [0.23]]):
        assert np.log(maximise(Problem(twin, 1), starts).parameters[0]) == pytest.approx(
            1.53, abs=0.02
        )
    assert np.log(maximise(Problem(twin, 1), [[0.23]]).parameters[0]) == pytest.approx(
        -1.47, abs=0.02
    )


def test_a_ridge_is_no_peak() -> None:
    """A parameter that hardly matters is not tied down, though nothing runs away."""

    def ridge(m: Floats) -> tuple[float, Floats]:
        t = float(np.log(m[1]))
        value = float(np.log(m[0]) - m[0]) - 1e-3 * t**2
        return value, np.array([1 / m[0] - 1, -2e-3 * t / m[1]])

    found = maximise(Problem(ridge, 1), [[1.5, 2.0]])
    assert found.weak == (1,)
    assert found.covariance is None
