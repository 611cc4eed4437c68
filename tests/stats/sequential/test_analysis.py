"""Designs applied to data: bounds as looks come, decisions, and estimates that are not fooled."""

import json
import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from scipy import stats

from cvosim.errors import CvosimError, DataError
from cvosim.stats.sequential.analysis import Decision, analyse
from cvosim.stats.sequential.boundaries import crossing_probabilities
from cvosim.stats.sequential.planning import group_sequential
from cvosim.stats.sequential.replanning import bounds_at
from cvosim.stats.sequential.shapes import POCOCK
from cvosim.stats.sequential.stagewise import stagewise_result, upper_tail

DESIGN = group_sequential(4, spending="pocock")
FUTILE = group_sequential(3, alpha=0.025, sides=1, futility="obrien_fleming", beta=0.1)


def test_looks_as_planned_have_the_planned_bounds() -> None:
    for design in (DESIGN, FUTILE, group_sequential(3, spending=POCOCK)):
        found = bounds_at(design, design.looks)
        assert found.upper == pytest.approx(design.bounds.upper, abs=1e-12)
        if design.futility:
            assert found.futility == pytest.approx(design.bounds.futility, abs=1e-9)
        first = bounds_at(design, design.looks[:2])
        assert first.upper == pytest.approx(design.bounds.upper[:2], abs=1e-12)


@pytest.mark.parametrize("fractions", [(0.1, 0.55, 0.6, 0.93, 1.0), (0.4, 1.13), (0.3, 0.7)])
def test_looks_as_they_come_spend_alpha(fractions: tuple[float, ...]) -> None:
    bounds = bounds_at(DESIGN, fractions, final=True)
    found = crossing_probabilities(fractions, bounds)
    assert found.stopped.sum() == pytest.approx(0.05, abs=1e-12)


def test_a_look_does_not_depend_on_those_after_it() -> None:
    long, short = bounds_at(DESIGN, (0.2, 0.5, 1.0)), bounds_at(DESIGN, (0.2, 0.5))
    assert long.upper[:2] == pytest.approx(short.upper, abs=1e-12)


def test_decisions() -> None:
    def decisions(z: list[float], design: object = DESIGN, **options: bool) -> list[str]:
        fractions = (0.25, 0.5, 0.75, 1.0)[: len(z)]
        errors = [1 / math.sqrt(t) for t in fractions]
        estimates = [value * error for value, error in zip(z, errors, strict=True)]
        return [
            look.decision.value
            for look in analyse(design, fractions, estimates, errors, **options).looks
        ]

    assert decisions([0.5, 1.0]) == ["continue", "continue"]
    assert decisions([0.5, 2.5]) == ["continue", "stop for efficacy"]
    assert decisions([0.5, -2.5, 3.0]) == ["continue", "stop for harm", "had stopped before"]
    assert decisions([0.5, 1.0, 1.0, 1.0])[-1] == "end: no effect shown"
    assert decisions([0.5, 1.0], final=True)[-1] == "end: no effect shown"
    assert decisions([0.5, 2.2], final=True)[-1] == "stop for efficacy"
    assert decisions([-3.0], FUTILE) == ["stop for futility"]
    # a bound for futility that does not bind may be passed
    assert decisions([-3.0, 3.0], FUTILE) == ["stop for futility", "stop for efficacy"]
    hard = group_sequential(4, alpha=0.025, sides=1, futility="pocock", binding=True)
    assert decisions([-3.0, 3.0], hard) == ["stop for futility", "had stopped before"]


def test_repeated_intervals_exclude_zero_just_when_the_test_stops() -> None:
    fractions, errors = (0.25, 0.6, 1.0), (0.2, 0.13, 0.1)
    bounds = bounds_at(DESIGN, fractions)
    for k in range(3):
        estimates = [0.0] * k + [bounds.upper[k] * errors[k] * 1.0000001]
        look = analyse(DESIGN, fractions[: k + 1], estimates, errors[: k + 1]).looks[k]
        assert look.decision is Decision.EFFICACY
        assert look.low == pytest.approx(0.0, abs=1e-6)
        assert look.low > 0.0
        assert look.high == pytest.approx(2 * estimates[k], rel=1e-6)


def test_one_look_is_the_classical_test() -> None:
    found = analyse(group_sequential(1), [1.0], [0.3], [0.1])
    assert found.result is not None
    assert found.result.p_value == pytest.approx(2 * stats.norm.sf(3.0), rel=1e-12)
    assert found.result.estimate == pytest.approx(0.3, abs=1e-9)
    assert found.result.low == pytest.approx(0.3 - 0.1959964, abs=1e-7)
    assert found.result.high == pytest.approx(0.3 + 0.1959964, abs=1e-7)


@pytest.mark.parametrize("stop", [0, 1, 2, 3])
@pytest.mark.parametrize("sides", [1, 2])
def test_at_a_bound_the_p_value_is_what_is_spent(stop: int, sides: int) -> None:
    design = group_sequential(4, alpha=0.025 * sides, sides=sides, spending="pocock")
    t = design.looks[: stop + 1]
    found = stagewise_result(
        t, design.bounds, design.bounds.upper[stop], alpha=design.alpha, unit=1.0
    )
    assert found.p_value == pytest.approx(float(design.spent[stop]), abs=1e-10)
    if stop == 3:
        assert found.low == pytest.approx(0.0, abs=1e-8)


def test_mirrored_data_mirror_the_result() -> None:
    up = analyse(DESIGN, (0.3, 0.6), (0.2, 0.9), (0.5, 0.35)).result
    down = analyse(DESIGN, (0.3, 0.6), (-0.2, -0.9), (0.5, 0.35)).result
    assert up is not None
    assert down is not None
    assert down.p_value == pytest.approx(up.p_value, abs=1e-12)
    assert down.estimate == pytest.approx(-up.estimate, abs=1e-8)
    assert (down.low, down.high) == pytest.approx((-up.high, -up.low), abs=1e-8)
    assert up.estimate < 0.9  # a stop flatters the estimate


@pytest.mark.parametrize("drift", [0.0, 2.5])
def test_estimates_are_median_unbiased_and_intervals_cover(drift: float) -> None:
    """The tail at the true drift is uniform, so p-value, median and interval are all right.

    False alarm of this test: 1e-6 in all.
    """
    tests, t = 1500, np.array(DESIGN.looks)
    luck, steps = Luck(tests, seed=3), np.diff(t, prepend=0.0)
    moves = [drift * step + np.sqrt(step) * stats.norm.ppf(luck.uniform()) for step in steps]
    z = (np.cumsum(moves, axis=0) / np.sqrt(t)[:, None]).T
    at = DESIGN.stops(z)
    stop = np.where(at < 0, len(t) - 1, at)
    tails = np.array(
        [
            upper_tail(DESIGN.looks[: k + 1], DESIGN.bounds, row[k], drift)
            for k, row in zip(stop, z, strict=True)
        ]
    )
    for level in (0.025, 0.2, 0.5, 0.8, 0.975):
        low, high = stats.binom.ppf([5e-8, 1 - 5e-8], tests, level)
        assert low <= (tails <= level).sum() <= high


def test_the_result_is_where_the_tail_says() -> None:
    found = analyse(DESIGN, (0.3, 0.6), (0.2, 0.9), (0.5, 0.35)).result
    assert found is not None
    bounds, unit = bounds_at(DESIGN, (0.3, 0.6)), 0.35 * math.sqrt(0.6)
    for effect, level in ((found.low, 0.025), (found.estimate, 0.5), (found.high, 0.975)):
        tail = upper_tail((0.3, 0.6), bounds, 0.9 / 0.35, effect / unit)
        assert tail == pytest.approx(level, abs=1e-9)


def test_going_on_has_no_result() -> None:
    found = analyse(DESIGN, [0.25], [0.1], [1.0])
    assert found.result is None
    assert found.stopped is None
    assert found.decision is Decision.CONTINUE
    assert found.to_dict()["result"] is None


def test_everything_can_be_kept() -> None:
    design = group_sequential((0.001, 0.5, 1.0), sides=1)
    found = analyse(design, np.array([0.001, 0.5]), np.array([0.1, 0.9]), np.array([3.0, 0.2]))
    kept = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert kept["looks"][0]["bound"] is None
    assert kept["looks"][1]["decision"] == "stop for efficacy"
    assert kept["looks"][1]["futility"] is kept["result"]["high"] is None
    assert kept["stopped"] == 1


@pytest.mark.parametrize(
    ("fractions", "says"),
    [
        ((0.5, 0.3), r"0.3 comes after 0.5"),
        ((0.5, 1.0, 1.2), r"look 2 \(at 1\) was the last, .* data after it cannot be tested"),
        ((0.5, 1.1, 1.2), r"look 2 \(at 1.1\) was the last"),
        ((0.5, 0.5), "must rise"),
    ],
)
def test_looks_that_cannot_be(fractions: tuple[float, ...], says: str) -> None:
    with pytest.raises(CvosimError, match=says):
        analyse(DESIGN, fractions, [0.0] * len(fractions), [1.0] * len(fractions))


def test_a_shape_takes_no_other_looks_and_says_what_they_would_cost() -> None:
    design = group_sequential(5, spending=POCOCK)
    assert analyse(design, [0.2], [0.0], [1.0]).looks[0].bound == pytest.approx(2.413176, abs=1e-6)
    with pytest.raises(CvosimError, match=r"for looks that may move.* in 8.2 % of tests"):
        analyse(design, [0.2, 0.37], [0.0, 0.0], [1.0, 1.0])
    with pytest.raises(CvosimError, match="Pocock shape holds"):
        analyse(design, [0.1, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0] * 6, [1.0] * 6)


@pytest.mark.parametrize(
    ("estimates", "errors", "says"),
    [
        ((0.0,), (1.0, 1.0), "got 2, 1, 2"),
        ((0.0, math.nan), (1.0, 1.0), "look 2: must have"),
        ((0.0, 0.0), (0.0, 1.0), "look 1: .*above 0"),
    ],
)
def test_data_that_cannot_be(
    estimates: tuple[float, ...], errors: tuple[float, ...], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        analyse(DESIGN, (0.2, 0.5), estimates, errors)
