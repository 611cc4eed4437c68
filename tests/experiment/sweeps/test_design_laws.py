"""Laws of uncertainties: their quantiles are those of the distributions they are named after."""

from __future__ import annotations

from math import inf, log
from typing import Any

import numpy as np
import pytest
import scipy.stats

from cvosim.errors import DataError
from cvosim.experiment.sweeps.laws import (
    Beta,
    Choice,
    Law,
    LogNormal,
    LogUniform,
    Normal,
    Range,
    Triangular,
    Uniform,
    law_of,
)
from cvosim.scenario.quantiles import cut_normal_quantile
from cvosim.scenario.sweep import Sweep

st: Any = scipy.stats
PARTS = (1e-12, 1e-6, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1 - 1e-6)


@pytest.mark.parametrize(
    ("law", "frozen"),
    [
        (Uniform(10.0, 20.0), st.uniform(10, 10)),
        (LogUniform(0.01, 100.0), st.loguniform(0.01, 100)),
        (Normal(3.0, 2.0), st.norm(3, 2)),
        (Normal(3.0, 2.0, low=0.0), st.truncnorm(-1.5, inf, 3, 2)),
        (Normal(3.0, 2.0, high=2.0), st.truncnorm(-inf, -0.5, 3, 2)),
        (Normal(3.0, 2.0, 4.0, 9.0), st.truncnorm(0.5, 3, 3, 2)),
        (Normal(0.0, 1.0, low=6.0), st.truncnorm(6, inf)),
        (LogNormal(30.0, 0.5), st.lognorm(0.5, scale=30)),
        (Triangular(1.0, 3.0, 9.0), st.triang(0.25, 1, 8)),
        (Triangular(1.0, 1.0, 9.0), st.triang(0, 1, 8)),
        (Triangular(1.0, 9.0, 9.0), st.triang(1, 1, 8)),
        (Beta(3.0, 27.0), st.beta(3, 27)),
        (Beta(0.5, 0.5, -1.0, 3.0), st.beta(0.5, 0.5, -1, 4)),
    ],
)
def test_quantiles_are_those_of_scipy(law: Law, frozen: Any) -> None:
    found = np.array([law.at(u) for u in PARTS], float)
    assert found == pytest.approx(frozen.ppf(PARTS), rel=1e-9, abs=1e-9)
    assert law.median() == pytest.approx(frozen.median(), rel=1e-9)


@pytest.mark.parametrize(
    "law",
    [
        Uniform(10.0, 20.0),
        LogUniform(0.1, 0.3),
        Normal(3.0, 2.0, 0.0, 4.0),
        Normal(0.0, 1.0, 7.0, 8.0),
        Triangular(1.0, 3.0, 9.0),
        Beta(2.0, 5.0, 0.1, 0.7),
        Range(0.1, 0.7),
        Range(0.1, 0.7, 0.2),
    ],
)
def test_bounds_hold_to_the_bit(law: Any) -> None:
    ends = [law.at(u) for u in (0.0, 2.0**-53, 1.0 - 2.0**-53)]
    assert all(law.low <= end <= law.high for end in ends)
    assert ends[0] == pytest.approx(law.low)
    assert ends[2] == pytest.approx(law.high, rel=1e-3)
    parts = np.linspace(0.0, 1.0 - 2.0**-53, 501)
    assert np.all(np.diff([law.at(float(u)) for u in parts]) >= 0.0)


@pytest.mark.parametrize("low", [-2.0, 0.0, 0.5, 5.0, 8.0])
def test_cut_tails_keep_their_digits(low: float) -> None:
    """The probability above the quantile is 1 - u of that above the bound."""
    for u in (0.01, 0.5, 0.99, 1 - 1e-9):
        z = cut_normal_quantile(u, low=low)
        assert st.norm.logsf(z) == pytest.approx(log(1.0 - u) + st.norm.logsf(low), rel=1e-9)
        assert cut_normal_quantile(1.0 - u, high=-low) == pytest.approx(-z, rel=1e-7, abs=1e-12)


def test_normal_laws_have_no_infinite_value() -> None:
    for law in (Normal(0.0, 1.0), LogNormal(1.0, 1.0)):
        values = [law.at(u) for u in (0.0, 1.0)]
        assert np.isfinite(values).all()


def test_choices() -> None:
    assert [Choice(("a", None, [1])).at(u) for u in (0.0, 0.4, 0.99, 1.0)] == ["a", None, [1], [1]]
    weighted = Choice((1, 2, 3, 4), (0.0, 1.0, 3.0, 0.0))
    parts = (np.arange(4000) + 0.5) / 4000
    found, counts = np.unique([weighted.at(u) for u in parts], return_counts=True)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == {2: 1000, 3: 3000}
    assert [weighted.at(u) for u in (0.0, 0.25, 1.0)] == [2, 3, 3]
    assert weighted.median() == 3


def test_ranges() -> None:
    assert Range(0.1, 0.7, 0.1).values(99) == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    assert Range(1.0, 10.0, 4.0).values(99) == (1.0, 5.0, 9.0)
    assert Range(1.0, 2.0).values(1) == (1.5,)
    assert Range(1.0, 2.0).values(5) == (1.0, 1.25, 1.5, 1.75, 2.0)
    stepped = Range(1.0, 4.0, 1.0)
    assert [stepped.at(u) for u in (0.0, 0.24, 0.25, 0.99, 1.0)] == [1.0, 1.0, 2.0, 4.0, 4.0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Uniform(2.0, 1.0), "Uniform: high must be a number above low (got 2 and 1)"),
        (lambda: Uniform(1.0, inf), "Uniform: high must be a number above low (got 1 and inf)"),
        (lambda: LogUniform(0.0, 1.0), "LogUniform: low must be a number above 0 (got 0)"),
        (lambda: Normal(0.0, 0.0), "Normal: sd must be a number above 0 (got 0)"),
        (lambda: LogNormal(-1.0, 1.0), "LogNormal: median must be a number above 0 (got -1)"),
        (lambda: Triangular(0.0, 3.0, 2.0), "Triangular: mode must be between low and high"),
        (lambda: Beta(0.0, 1.0), "Beta: alpha must be a number above 0 (got 0)"),
        (lambda: Choice(()), "Choice: needs at least one value"),
        (lambda: Choice((1, 2), (1.0,)), "Choice: weights must be one for each value"),
        (lambda: Choice((1, 2), (0.0, 0.0)), "Choice: weights must be one for each value"),
        (lambda: Range(0.0, 1.0, -1.0), "Range: step must be a number above 0 (got -1)"),
    ],
)
def test_what_is_no_law(make: Any, words: str) -> None:
    with pytest.raises(DataError) as caught:
        make()
    assert words in str(caught.value)


def test_laws_of_a_file() -> None:
    stated: dict[str, Any] = {
        "a": {"kind": "uniform", "low": 1.0, "high": 2.0},
        "b": {"kind": "log_uniform", "low": 1.0, "high": 2.0},
        "c": {"kind": "normal", "mean": 1.0, "sd": 2.0, "low": 0.0},
        "d": {"kind": "lognormal", "median": 1.0, "sigma": 2.0},
        "e": {"kind": "triangular", "low": 1.0, "mode": 1.0, "high": 2.0},
        "f": {"kind": "beta", "alpha": 1.0, "beta": 2.0},
        "g": {"kind": "choice", "values": [1, None], "weights": [1.0, 2.0]},
    }
    laws = [law_of(law) for law in Sweep(uncertainties=stated).uncertainties.values()]
    assert laws == [
        Uniform(1.0, 2.0),
        LogUniform(1.0, 2.0),
        Normal(1.0, 2.0, low=0.0),
        LogNormal(1.0, 2.0),
        Triangular(1.0, 1.0, 2.0),
        Beta(1.0, 2.0),
        Choice((1, None), (1.0, 2.0)),
    ]
    assert repr(laws[3]) == "LogNormal(median=1.0, sigma=2.0)"
    lever = Sweep(levers={"a": {"low": 1.0, "high": 3.0, "step": 1.0}}).levers["a"]
    assert law_of(lever) == Range(1.0, 3.0, 1.0)  # type: ignore[arg-type]
