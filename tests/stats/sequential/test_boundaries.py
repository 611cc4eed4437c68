"""Bounds and crossing probabilities: published ones, and a multivariate normal integral."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from helpers.customer_tables import Luck
from scipy import stats

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, crossing_probabilities, spending_bounds
from cvosim.stats.sequential.futility import FutilityRule, bounds_with_futility
from cvosim.stats.sequential.integration import Paths
from cvosim.stats.sequential.shapes import OBRIEN_FLEMING, POCOCK, WangTsiatis
from cvosim.stats.sequential.spending import Spending

ALPHA = 0.025
UNEQUAL = (0.15, 0.4, 0.8, 1.0)
TABLE = {  # rpact 3.3.4, one-sided 0.025
    ("obrien_fleming", 2): (2.962588, 1.968596),
    ("pocock", 2): (2.156999, 2.200977),
    ("obrien_fleming", 3): (3.710303, 2.511427, 1.993047),
    ("pocock", 3): (2.279428, 2.294911, 2.295940),
    ("obrien_fleming", 4): (4.332634, 2.963132, 2.359044, 2.014090),
    ("pocock", 4): (2.368328, 2.367524, 2.358168, 2.350036),
    ("obrien_fleming", 5): (4.876885, 3.357012, 2.680280, 2.289817, 2.031032),
    ("pocock", 5): (2.437977, 2.426814, 2.410194, 2.396649, 2.386000),
    ("hwang_shih_decani", 5): (3.252668, 2.986046, 2.691657, 2.373667, 2.025321),
    ("power", 5): (3.090232, 2.714112, 2.472777, 2.279863, 2.114028),
}
SHAPES = {
    (OBRIEN_FLEMING, 2): (2.796510, 1.977431),
    (OBRIEN_FLEMING, 3): (3.471091, 2.454432, 2.004036),
    (OBRIEN_FLEMING, 4): (4.048591, 2.862786, 2.337455, 2.024296),
    (OBRIEN_FLEMING, 5): (4.561742, 3.225639, 2.633723, 2.280871, 2.040073),
    (POCOCK, 2): (2.178272,) * 2,
    (POCOCK, 3): (2.289478,) * 3,
    (POCOCK, 4): (2.361300,) * 4,
    (POCOCK, 5): (2.413180,) * 5,
    (WangTsiatis(0.25), 3): (2.741137, 2.305012, 2.082813),
}


def equal(looks: int) -> tuple[float, ...]:
    return tuple((k + 1) / looks for k in range(looks))


def bounds_of(kind: str, times: tuple[float, ...], sides: int = 1) -> Bounds:
    return spending_bounds(times, Spending(kind).steps(times, ALPHA).tolist(), sides=sides)


def by_normal_integral(times: Sequence[float], bounds: Bounds, drift: float) -> np.ndarray:
    """Pass the upper bound at each look and none before: a multivariate normal box."""
    t = np.array(times)
    covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    mean, found = drift * np.sqrt(t), []
    for k in range(len(t)):
        low = [bounds.going(j)[0][0] for j in range(k)] + [bounds.upper[k]]
        high = [bounds.going(j)[0][1] for j in range(k)] + [math.inf]
        law = stats.multivariate_normal(mean[: k + 1], covariance[: k + 1, : k + 1], seed=7)
        law.abseps = law.releps = 1e-9
        law.maxpts = 2_000_000
        found.append(law.cdf(high, lower_limit=np.array(low)))
    return np.array(found)


@pytest.mark.parametrize(("kind", "looks"), TABLE)
@pytest.mark.parametrize("sides", [1, 2])
def test_spending_bounds_are_rpacts(kind: str, looks: int, sides: int) -> None:
    # the table is one-sided; a two-sided test cannot pass both bounds, which moves it by 1.5e-5
    tolerance = 1e-6 if sides == 1 else 2e-5
    found = bounds_of(kind, equal(looks), sides).upper
    assert found == pytest.approx(TABLE[kind, looks], abs=tolerance)


@pytest.mark.parametrize(("shape", "looks"), SHAPES)
def test_shapes_are_rpacts(shape: WangTsiatis, looks: int) -> None:
    assert shape.bounds(equal(looks), ALPHA).upper == pytest.approx(SHAPES[shape, looks], abs=1e-6)
    two_sided = shape.bounds(equal(looks), ALPHA, sides=2).upper
    assert two_sided == pytest.approx(SHAPES[shape, looks], abs=1e-5)


def test_two_sided_pocock() -> None:
    assert POCOCK.bounds(equal(4), ALPHA, sides=2).upper[0] == pytest.approx(2.361298, abs=1e-6)
    assert POCOCK.bounds(equal(5), ALPHA, sides=2).upper[0] == pytest.approx(2.413176, abs=1e-6)


def test_one_look_is_the_fixed_test() -> None:
    for shape in (OBRIEN_FLEMING, POCOCK):
        assert shape.bounds((1.0,), ALPHA, sides=2).upper == pytest.approx((1.959964,), abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("obrien_fleming", (5.669670, 3.356871, 2.254643, 2.025815)),
        ("pocock", (2.528169, 2.383380, 2.272601, 2.357713)),
    ],
)
def test_unequal_looks(kind: str, wanted: tuple[float, ...]) -> None:
    assert bounds_of(kind, UNEQUAL).upper == pytest.approx(wanted, abs=1e-6)


def test_two_error_rates_at_once_as_gsdesign() -> None:
    """gsBound's own constants; its grid (r = 18) is good to 1e-7 at the fourth look."""
    rule = FutilityRule((0.01, 0.02, 0.03, 0.04), drift=0.0, binding=True)
    found = bounds_with_futility(equal(4), (0.005, 0.01, 0.015, 0.02), rule)
    upper = (2.5758293035489, 2.25986082564025, 2.00956238688048, 1.79397591800809)
    lower = (-2.32634787404084, -1.96818185313167, -1.67671154533665, -1.41871200118752)
    assert found.upper == pytest.approx(upper, abs=1e-7)
    assert found.futility == pytest.approx(lower, abs=1e-7)
    # and to all digits what the constants are meant to be
    crossed = crossing_probabilities(equal(4), found)
    assert crossed.upper == pytest.approx([0.005, 0.01, 0.015, 0.02], abs=1e-13)
    assert crossed.futility == pytest.approx([0.01, 0.02, 0.03, 0.04], abs=1e-13)


@pytest.mark.parametrize("drift", [0.0, 2.8])
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize(("times", "kind"), [(equal(4), "pocock"), (UNEQUAL, "obrien_fleming")])
def test_crossing_is_a_normal_integral(
    times: tuple[float, ...], kind: str, sides: int, drift: float
) -> None:
    """Proof by other means: the joint law of all looks, integrated at once."""
    bounds = bounds_of(kind, times, sides)
    found = crossing_probabilities(times, bounds, drift=drift).upper
    assert found == pytest.approx(by_normal_integral(times, bounds, drift), abs=1e-7)


def test_futility_is_a_normal_integral() -> None:
    bounds = Bounds((2.9, 2.4, 2.0), 1, (-0.4, 0.6, 1.2))
    times = (0.3, 0.65, 1.0)
    found = crossing_probabilities(times, bounds, drift=1.5).upper
    assert found == pytest.approx(by_normal_integral(times, bounds, 1.5), abs=1e-7)


def brownian(times: Sequence[float], drift: float, paths: int) -> np.ndarray:
    """Draw z at each look: float64[paths, looks]."""
    luck, steps = Luck(paths, seed=11), np.diff(times, prepend=0.0)
    score = np.cumsum(
        [drift * step + math.sqrt(step) * stats.norm.ppf(luck.uniform()) for step in steps], axis=0
    )
    return (score / np.sqrt(times)[:, None]).T


@pytest.mark.parametrize("drift", [0.0, 2.0])
def test_wedges_are_what_paths_do(drift: float) -> None:
    """Two-sided with futility: no box, so drawn. False alarm of this test: 1e-6 in all."""
    times, paths = (0.2, 0.5, 0.7, 1.0), 400_000
    bounds = Bounds((3.2, 2.6, 2.3, 2.1), 2, (0.2, 0.5, 0.9, 2.1))
    found = crossing_probabilities(times, bounds, drift=drift)
    z = brownian(times, drift, paths)
    going = np.ones(paths, bool)
    for k in range(len(times)):
        kinds = (z[:, k] >= bounds.upper[k], z[:, k] <= -bounds.upper[k])
        futile = np.abs(z[:, k]) < bounds.futility[k]  # type: ignore[index]
        for wanted, hit in zip(
            (found.upper[k], found.lower[k], found.futility[k]), (*kinds, futile), strict=True
        ):
            low, high = stats.binom.ppf([1e-6 / 48, 1 - 1e-6 / 48], paths, wanted)
            assert low <= (going & hit).sum() <= high
        going &= ~(kinds[0] | kinds[1] | futile)
    assert not going.any()
    assert found.stopped.sum() == pytest.approx(1.0, abs=1e-12)


def test_spends_exactly_what_it_should() -> None:
    times = equal(28)
    for kind in ("obrien_fleming", "pocock"):
        for sides in (1, 2):
            found = crossing_probabilities(times, bounds_of(kind, times, sides)).upper.cumsum()
            assert found == pytest.approx(Spending(kind).spent(times, ALPHA), abs=1e-13)


def test_all_paths_stay_somewhere() -> None:
    """Probability is conserved through many and uneven looks, however far the drift."""
    times = (0.001, 0.002, 0.3, 0.301, 0.9, 1.0)
    for drift in (-6.0, 0.0, 12.0):
        paths = Paths.start(times, drift)
        for _ in range(5):
            paths = paths.go_on([(-math.inf, math.inf)])
            assert paths.masses.sum() == pytest.approx(1.0, abs=1e-12)
        tail = stats.norm.sf(1.0 - drift)
        assert paths.above(1.0) == pytest.approx(tail, rel=1e-11, abs=1e-20)


def test_no_alpha_no_bound() -> None:
    found = spending_bounds((0.3, 0.6, 1.0), (0.0, 0.01, 0.015))
    assert found.upper[0] == math.inf
    assert found.upper[1] == pytest.approx(stats.norm.isf(0.01), abs=1e-9)
    assert crossing_probabilities((0.3, 0.6, 1.0), found).upper[0] == 0.0


def test_bounds_past_all_that_can_be_drawn() -> None:
    """A first look at 0.1 % of the data spends 1e-1100 or so: nothing, and no warning."""
    times = (0.001, 0.5, 1.0)
    found = bounds_of("obrien_fleming", times)
    assert found.upper[0] == math.inf
    assert found.upper[1:] == pytest.approx(bounds_of("obrien_fleming", (0.5, 1.0)).upper, abs=1e-9)


@pytest.mark.parametrize(
    ("times", "bounds", "says"),
    [
        ((0.5, 0.4), Bounds((2.0, 2.0)), r"must rise \(0.4 comes after 0.5\); write \(0.4, 0.5\)"),
        ((0.5, 1.0), Bounds((2.0,)), "one a look"),
        ((0.5, 1.0), Bounds((2.0, 2.0), 1, (0.0,)), "one a look"),
        ((), Bounds(()), "there is none"),
        ((0.5, 0.5005), Bounds((2.0, 2.0)), "too soon after 0.5"),
        ((0.0, 0.5), Bounds((2.0, 2.0)), "above 0"),
        ((0.5, math.nan), Bounds((2.0, 2.0)), "above 0"),
    ],
)
def test_mistakes_are_explained(times: tuple[float, ...], bounds: Bounds, says: str) -> None:
    with pytest.raises(CvosimError, match=says):
        crossing_probabilities(times, bounds)


def test_shapes_have_limits() -> None:
    with pytest.raises(CvosimError, match=r"0\.5 for Pocock"):
        WangTsiatis(1.0)
