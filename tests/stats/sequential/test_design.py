"""Group-sequential designs: published sizes, the words, and what drawn tests do."""

import json
import time

import numpy as np
import pytest
from helpers.customer_tables import Luck
from scipy import stats

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds
from cvosim.stats.sequential.design import GroupSequential
from cvosim.stats.sequential.planning import group_sequential
from cvosim.stats.sequential.shapes import OBRIEN_FLEMING, POCOCK, WangTsiatis
from cvosim.stats.sequential.spending import Spending

ROWS = [  # rpact 3.3.4: inflation, mean sample without an effect and with the one planned for
    (2, OBRIEN_FLEMING, 1.007786, 1.00648, 0.90217),
    (2, POCOCK, 1.110413, 1.10226, 0.85288),
    (2, "obrien_fleming", 1.003725, 1.00296, 0.92139),
    (2, "pocock", 1.122550, 1.11385, 0.85491),
    (3, OBRIEN_FLEMING, 1.017406, 1.01489, 0.85621),
    (3, POCOCK, 1.166386, 1.15472, 0.81858),
    (3, "obrien_fleming", 1.012795, 1.01072, 0.86557),
    (3, "pocock", 1.170419, 1.15856, 0.81942),
    (4, OBRIEN_FLEMING, 1.023846, 1.02062, 0.83139),
    (4, POCOCK, 1.202469, 1.18871, 0.80524),
    (4, "obrien_fleming", 1.019637, 1.01679, 0.83874),
    (4, "pocock", 1.196305, 1.18281, 0.80414),
    (5, OBRIEN_FLEMING, 1.028411, 1.02473, 0.81757),
    (5, POCOCK, 1.228573, 1.21337, 0.79912),
    (5, "obrien_fleming", 1.024720, 1.02136, 0.82366),
    (5, "pocock", 1.212613, 1.19811, 0.79571),
]


@pytest.mark.parametrize(("looks", "spending", "inflation", "without", "with_effect"), ROWS)
def test_sizes_are_rpacts(
    looks: int, spending: str | WangTsiatis, inflation: float, without: float, with_effect: float
) -> None:
    design = group_sequential(looks, alpha=0.025, sides=1, spending=spending)
    assert design.inflation == pytest.approx(inflation, abs=1e-6)
    assert design.expected_sample() == pytest.approx(without, abs=6e-6)
    assert design.expected_sample(design.drift) == pytest.approx(with_effect, abs=6e-6)
    assert design.power() == pytest.approx(0.8, abs=1e-10)
    assert design.spent[-1] == pytest.approx(0.025, abs=1e-10)


@pytest.mark.parametrize(
    ("looks", "shape", "beta", "inflation", "means"),
    [
        (5, OBRIEN_FLEMING, 0.2, 1.028, {0.0: 1.021}),
        (4, POCOCK, 0.2, 1.202, {0.0: 1.175, 0.5: 1.088, 1.0: 0.805, 1.5: 0.522}),
        (15, POCOCK, 0.1, 1.305, {0.0: 1.264, 0.5: 1.112, 1.0: 0.664, 1.5: 0.354}),
    ],
)
def test_two_sided_sizes_are_jennison_and_turnbulls(
    looks: int, shape: WangTsiatis, beta: float, inflation: float, means: dict[float, float]
) -> None:
    design = group_sequential(looks, spending=shape, beta=beta)
    assert design.inflation == pytest.approx(inflation, abs=5.5e-4)
    for share, mean in means.items():
        found = design.expected_sample(share * design.drift)
        assert found == pytest.approx(mean, abs=5.5e-4)


def test_futility_by_beta_spending_is_rpacts() -> None:
    design = group_sequential(3, alpha=0.025, sides=1, futility="obrien_fleming", beta=0.1)
    assert design.bounds.upper == pytest.approx((3.710303, 2.511427, 1.993047), abs=1e-6)
    assert design.bounds.futility == pytest.approx((-0.694541, 1.002460, 1.993047), abs=1e-6)
    assert design.inflation == pytest.approx(1.059393, abs=1e-6)
    spent = Spending("obrien_fleming").spent(design.looks, 0.1)
    found = design.stop_probabilities(design.drift).futility.cumsum()
    assert found == pytest.approx(spent, abs=1e-9)
    # not binding: whoever goes on past it errs no more often
    assert design.spent[-1] == pytest.approx(0.025, abs=1e-12)


def test_binding_futility_lowers_the_bounds_and_keeps_the_error_rate() -> None:
    settings = {"alpha": 0.025, "sides": 1, "futility": "pocock"}
    free = group_sequential(4, **settings)
    bound = group_sequential(4, **settings, binding=True)
    assert bound.bounds.upper[-1] < free.bounds.upper[-1]
    assert bound.inflation < free.inflation
    assert bound.spent[-1] == pytest.approx(0.025, abs=1e-12)
    assert bound.stop_probabilities().upper.sum() == pytest.approx(0.025, abs=1e-12)
    assert free.stop_probabilities().upper.sum() < 0.0245


def test_two_sided_futility() -> None:
    design = group_sequential(4, futility=Spending("hwang_shih_decani", -2.0), beta=0.1)
    assert design.power() == pytest.approx(0.9, abs=1e-10)
    assert design.spent[-1] == pytest.approx(0.05, abs=1e-12)
    assert design.power(-design.drift) == pytest.approx(design.power(), abs=1e-12)
    assert design.expected_sample() < group_sequential(4, beta=0.1).expected_sample()


def test_one_look_is_the_fixed_test() -> None:
    design = group_sequential(1)
    assert design.bounds.upper == pytest.approx((1.959964,), abs=1e-6)
    assert design.inflation == pytest.approx(1.0, abs=1e-9)
    assert design.nominal_p == pytest.approx((0.05,), abs=1e-12)
    assert design.expected_sample() == pytest.approx(1.0, abs=1e-9)


def test_two_sided_alpha_is_halved() -> None:
    two = group_sequential(3, alpha=0.05).bounds.upper
    one = group_sequential(3, alpha=0.025, sides=1).bounds.upper
    assert two == pytest.approx(one, abs=1e-5)


def drawn(design: GroupSequential, drift: float, tests: int) -> np.ndarray:
    luck, t = Luck(tests, seed=5), np.array(design.looks)
    steps = np.diff(t, prepend=0.0)
    moves = [drift * step + np.sqrt(step) * stats.norm.ppf(luck.uniform()) for step in steps]
    return (np.cumsum(moves, axis=0) / np.sqrt(t)[:, None]).T


@pytest.mark.parametrize("sides", [1, 2])
def test_drawn_tests_stop_as_often_as_said(sides: int) -> None:
    """False alarm of this test: 1e-6 in all."""
    tests = 200_000
    alpha = 0.025 * sides
    design = group_sequential(4, alpha=alpha, sides=sides, spending="pocock", futility="pocock")
    for drift in (0.0, design.drift):
        z = drawn(design, drift, tests)
        at, what = design.stops(z), design.rejects(z)
        assert at.min() >= 0  # with futility the last look always ends it
        wanted = design.stop_probabilities(drift)
        counts = np.bincount(at, minlength=4)
        for found, chance in (
            *zip(counts, wanted.stopped, strict=True),
            ((what == 1).sum(), wanted.upper.sum()),
            ((what == -1).sum(), wanted.lower.sum()),
        ):
            low, high = stats.binom.ppf([1e-6 / 48, 1 - 1e-6 / 48], tests, chance)
            assert low <= found <= high
    unheeded = (design.rejects(drawn(design, 0.0, tests), futility=False) != 0).sum()
    assert unheeded <= stats.binom.ppf(1 - 1e-6, tests, alpha)


def test_stops_are_those_of_a_loop() -> None:
    design = group_sequential((0.3, 0.7, 1.0), futility="obrien_fleming")
    z = drawn(design, 1.5, 3000).reshape(30, 100, 3)
    at, what, blind = design.stops(z), design.rejects(z), design.stops(z, futility=False)
    assert at.shape == what.shape == (30, 100)
    for row in np.ndindex(30, 100):
        first, found, first_blind = -1, 0, -1
        for k, (value, upper) in enumerate(zip(z[row], design.bounds.upper, strict=True)):
            shown = abs(value) >= upper
            if shown and first_blind < 0:
                first_blind = k
            if first < 0 and (shown or abs(value) < design.bounds.futility[k]):  # type: ignore[index]
                first, found = k, int(np.sign(value)) if shown else 0
        assert (at[row], what[row], blind[row]) == (first, found, first_blind)


def test_nothing_is_crossed_by_what_is_not_known() -> None:
    design = group_sequential(2, futility="pocock")
    assert design.stops([np.nan, 5.0]) == 1
    assert design.stops([np.nan, np.nan]) == -1
    with pytest.raises(CvosimError, match="2 looks"):
        design.stops([1.0, 2.0, 3.0])
    with pytest.raises(CvosimError, match="2 looks"):
        design.stops(1.0)


def test_words_and_numbers() -> None:
    design = group_sequential((0.001, 0.5, 1.0), futility="pocock")
    kept = json.loads(json.dumps(design.to_dict(), allow_nan=False))
    assert kept["upper"][0] is None
    assert kept["spending"] == "obrien_fleming"
    assert kept["expected_sample"]["H0"] < 1.0
    assert "may stop without an effect when |z| is below" in design.summary()
    long = group_sequential(28, alpha=0.05, sides=1).summary()
    assert max(len(line) for line in long.splitlines()) < 200
    assert long.count("…") == 2  # looks and bounds
    assert "The same looks at 5 % each would find" in long
    assert "1 look," in group_sequential(1).summary()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"looks": (0.5, 0.2, 1.0)}, r"write \(0.2, 0.5, 1\)"),
        ({"looks": (0.5, 0.8)}, r"looks: must rise to 1; write \(0.5, 0.8, 1\)"),
        ({"looks": (1000, 2000, 4000)}, r"write \(0.25, 0.5, 1\)"),
        ({"looks": (0.5, 1.0, 1.2)}, r"write \(0.4167, 0.8333, 1\)"),
        ({"looks": 0}, "between 1 and 1000"),
        ({"looks": 0.5}, "a number of looks, or a list"),
        ({"spending": "pococks"}, 'did you mean "pocock"'),
        ({"futility": "power_family"}, 'did you mean "power"'),
        ({"futility": "yes"}, "choose from"),
        ({"beta": 1.0}, "beta: must be between"),
        ({"alpha": 5}, "5 % is 0.05"),
        ({"spending": POCOCK, "futility": "pocock"}, "not with a shape"),
        ({"binding": True}, "one-sided tests with futility"),
        ({"binding": True, "futility": "pocock"}, "one-sided tests with futility"),
    ],
)
def test_mistakes_are_explained(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(CvosimError, match=says):
        group_sequential(**arguments)  # type: ignore[arg-type]


def test_designs_are_quick() -> None:
    def best(looks: int) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            group_sequential(looks)
            times.append(time.perf_counter() - start)
        return min(times)

    assert best(5) < 0.05
    assert best(28) < 0.5


def test_designs_are_values() -> None:
    assert group_sequential(np.int64(3)) == group_sequential(3)  # type: ignore[arg-type]
    assert group_sequential(np.array([0.5, 1.0])) == group_sequential(2)  # type: ignore[arg-type]
    assert group_sequential(3) == group_sequential(3)
    assert hash(group_sequential(3)) == hash(group_sequential(3))
    assert isinstance(group_sequential(3).bounds, Bounds)
