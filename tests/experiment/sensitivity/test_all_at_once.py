"""Sobol indices, dependence and samples of a funnel whose value is conversion x margin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.single_offer import written

from cvosim.errors import DataError
from cvosim.experiment.sensitivity import (
    Question,
    Running,
    Sample,
    draw,
    partial_dependence,
    sobol_indices,
)
from cvosim.experiment.sensitivity.sobol import SobolIndices

CONVERSION, COST = "journey.core_offer.conversion", "journey.core_offer.unit_cost"


@pytest.fixture(scope="module")
def indices(tmp_path_factory: pytest.TempPathFactory) -> SobolIndices:
    path = written(tmp_path_factory.mktemp("sobol"))
    return sobol_indices(Question.of(path), points=256, running=Running("serial"))


def test_indices_are_those_of_a_product(indices: SobolIndices) -> None:
    """Of Y = C M with independent factors: V = E[C²] E[M²] - (E[C] E[M])².

    Alone C carries Var(C) E[M]², with M it carries Var(C) E[M²].
    """
    c, m = (0.4, 0.16 / 12.0), (27.5, 45.0**2 / 12.0)
    squares = [mean * mean + variance for mean, variance in (c, m)]
    whole = squares[0] * squares[1] - (c[0] * m[0]) ** 2
    first = {CONVERSION: c[1] * m[0] ** 2 / whole, COST: m[1] * c[0] ** 2 / whole}
    total = {CONVERSION: c[1] * squares[1] / whole, COST: m[1] * squares[0] / whole}
    assert [part.path for part in indices.parts] == [COST, CONVERSION]
    for part in indices.parts:
        # the sample's own error is 0.02, that of 4,000 customers' conversion 0.01
        assert part.first.value == pytest.approx(first[part.path], abs=0.06)
        assert part.total.value == pytest.approx(total[part.path], abs=0.06)
        assert part.first.low < first[part.path] < part.first.high
        assert part.total.low < total[part.path] < part.total.high
    assert indices.variance == pytest.approx(whole, rel=0.1)
    assert indices.mean == pytest.approx(0.4 * 27.5, rel=0.03)


def test_what_stays_of_luck_is_bounded(indices: SobolIndices) -> None:
    """Luck of independent customers: Var(M B) / n, over the variance."""
    assert indices.noise == pytest.approx(0.24 * (27.5**2 + 169) / 4000 / indices.variance, rel=0.3)
    assert (indices.rows, indices.lost, indices.answer.points) == (256, 0, 1024)
    assert len(indices.sample) == 512


def test_dependence_is_the_mean_over_the_others(indices: SobolIndices) -> None:
    """Along the conversion the mean is 27.5 c, along the cost 0.4 (50 - k)."""
    found = partial_dependence(indices.sample)
    assert [curve.path for curve in found.curves] == [COST, CONVERSION]
    slopes = {COST: lambda k: 0.4 * (50.0 - k), CONVERSION: lambda c: 27.5 * c}
    misses = 0
    for curve in found.curves:
        assert sum(step.points for step in curve.steps) == 512
        for step in curve.steps:
            truth = slopes[curve.path](step.value)
            assert step.mean.value == pytest.approx(truth, abs=1.5)
            misses += not step.mean.low < truth < step.mean.high
    assert misses <= 4  # of 20 at 1 in 20: 5 or more have a chance of 0.3 %


def test_dependence_of_words_and_of_missing_points() -> None:
    points = tuple((word,) for word in ("b", "a", "b", "a"))
    drawn = Sample(("kind",), ("lever",), points, "clv", "EUR", np.array([1.0, 5.0, 3.0, np.nan]))
    found = partial_dependence(drawn)
    assert [(step.value, step.points) for step in found.curves[0].steps] == [("a", 1), ("b", 2)]
    assert found.curves[0].steps[1].mean.value == 2.0
    assert found.missing == 1
    with pytest.raises(DataError, match="at none of 4 points"):
        partial_dependence(replace(drawn, values=np.full(4, np.nan)))


def test_samples_are_kept_and_equal_in_a_store(tmp_path: Path) -> None:
    question = Question.of(written(tmp_path, customers=200))
    plain = draw(question, points=16, running=Running("serial"))
    store = tmp_path / "store"
    kept = [draw(question, points=16, running=Running("threads:2", store)) for _ in range(2)]
    for one in kept:
        np.testing.assert_array_equal(one.values, plain.values)
    assert (store / "sample").is_dir()


def test_levers_stand_where_they_are_not_asked(tmp_path: Path) -> None:
    sweep = (
        "sweep: {levers: {journey.core_offer.price: [40, 60]}, uncertainties: "
        f"{{{COST}: {{kind: choice, values: [10, 20], weights: [1, 0]}}}}}}"
    )
    question = Question.of(written(tmp_path, sweep, 200))
    assert question.without_levers().paths == (COST,)
    assert question.without_levers(["journey.core_offer.price"]) == question
    only = Question.of(written(tmp_path, "sweep: {levers: {journey.core_offer.price: [40, 60]}}"))
    with pytest.raises(DataError, match="lists no uncertainties"):
        only.without_levers()
