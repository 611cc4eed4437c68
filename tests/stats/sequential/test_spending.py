"""Spending functions: published values, limits, and mistakes in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.errors import CvosimError
from cvosim.stats.sequential.spending import SPENDING, Spending, spending_function

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("kind", "spent"),
    [
        ("obrien_fleming", (0.000001, 0.000394, 0.003808, 0.012212, 0.025)),
        ("pocock", (0.007385, 0.013078, 0.017713, 0.021621, 0.025)),
    ],
)
def test_spends_as_rpact_does(kind: str, spent: tuple[float, ...]) -> None:
    assert Spending(kind).spent(FIFTHS, 0.025) == pytest.approx(spent, abs=5.01e-7)


@given(
    st.sampled_from([Spending(kind) for kind in SPENDING] + [Spending("hwang_shih_decani", 0.0)]),
    st.floats(1e-4, 0.2),
    st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6).map(sorted),
)
def test_rises_from_nothing_to_alpha(
    spending: Spending, alpha: float, fractions: list[float]
) -> None:
    assert spending.spent([0.0, 1.0, 1.3], alpha) == pytest.approx([0.0, alpha, alpha], rel=1e-12)
    assert (np.diff(spending.spent(fractions, alpha)) >= 0.0).all()
    steps = spending.steps((*fractions, 1.0), alpha)
    assert steps.sum() == pytest.approx(alpha, rel=1e-12)


def test_hwang_shih_decani_passes_through_a_straight_line() -> None:
    t, near = np.array(FIFTHS), Spending("hwang_shih_decani", 1e-7)
    assert near.spent(t, 0.05) == pytest.approx(0.05 * t, rel=1e-6)
    assert Spending("hwang_shih_decani", 0.0).spent(t, 0.05) == pytest.approx(0.05 * t)


def test_usual_parameters() -> None:
    assert spending_function("power") == Spending("power", 2.0)
    assert spending_function("hwang_shih_decani").parameter == -4.0
    assert [str(Spending(kind)) for kind in SPENDING] == [
        "obrien_fleming",
        "pocock",
        "hwang_shih_decani(-4)",
        "power(2)",
    ]


@pytest.mark.parametrize(
    ("kind", "parameter", "says"),
    [
        ("obrien_flemming", None, 'did you mean "obrien_fleming"'),
        ("linear", None, "choose from obrien_fleming, pocock"),
        ("pocock", 2.0, "has no parameter"),
        ("power", 0.0, "must be above 0"),
        ("power", float("nan"), "must be above 0"),
        ("hwang_shih_decani", float("inf"), "must be a number"),
    ],
)
def test_mistakes_are_explained(kind: str, parameter: float | None, says: str) -> None:
    with pytest.raises(CvosimError, match=says):
        Spending(kind, parameter)
