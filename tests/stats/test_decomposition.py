import json
import math
from itertools import permutations

import numpy as np
import pytest
from helpers.customer_tables import Luck
from hypothesis import given
from hypothesis import strategies as st

from cvosim.stats import ValueSplit, split_value, value_factors
from cvosim.stats.decomposition import PARTS

NOTHING = np.zeros((8, 8))
money, some = st.floats(0.0, 1e4), st.floats(0.01, 1e4)
buyers = st.tuples(some, some, money, money).map(list)
nobody = money.map(lambda cost: [0.0, 0.0, 0.0, cost])
sides = st.one_of(buyers, nobody)


def clv(means: list[float]) -> float:
    return means[2] - means[3]


def parts_of(split: ValueSplit) -> np.ndarray:
    return np.array([getattr(split, part) for part in PARTS])


@given(sides, sides)
def test_efficiency(a: list[float], b: list[float]) -> None:
    split = split_value(a, b, NOTHING)
    scale = sum(map(abs, a)) + sum(map(abs, b)) + np.abs(parts_of(split)).sum()
    assert split.total == pytest.approx(clv(b) - clv(a), abs=1e-9 * scale)
    assert sum(parts_of(split)) == split.total


@given(sides, sides)
def test_swapping_scenarios_swaps_signs(a: list[float], b: list[float]) -> None:
    one, other = parts_of(split_value(a, b, NOTHING)), parts_of(split_value(b, a, NOTHING))
    np.testing.assert_allclose(one, -other, rtol=1e-9, atol=1e-9 * np.abs(one).sum())


@given(buyers, buyers)
def test_is_the_mean_over_all_orders_of_change(a: list[float], b: list[float]) -> None:
    before, after = value_factors(a), value_factors(b)
    wanted, orders = np.zeros(4), list(permutations(range(4)))
    for order in orders:
        now = list(before)
        for i in order:
            value = now[0] * now[1] * now[2] - now[3]
            now[i] = after[i]
            wanted[i] += (now[0] * now[1] * now[2] - now[3] - value) / len(orders)
    found = parts_of(split_value(a, b, NOTHING))
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9 * (sum(a) + sum(b)))


@given(buyers, st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_factor_that_does_not_change_gets_nothing(a: list[float], x: float, y: float) -> None:
    days, orders, revenue, cost = a
    scale = 1e-9 * (revenue * x * y + revenue + cost)
    split = split_value(a, [days * x, orders * x, revenue * x * y, cost], NOTHING)
    assert split.frequency == pytest.approx(0.0, abs=scale)
    assert split.cost == 0.0
    split = split_value(a, [days, orders * x, revenue * x * y, cost], NOTHING)
    assert split.time == 0.0


def test_factors_that_grow_alike_get_alike() -> None:
    # time and frequency both double: of equal standing in a product
    split = split_value([1, 1, 10, 0], [2, 4, 40, 0], NOTHING)
    assert split.time == pytest.approx(split.frequency) == pytest.approx(15)


@given(buyers, nobody)
def test_without_orders_revenue_is_due_to_time(a: list[float], b: list[float]) -> None:
    split = split_value(a, b, NOTHING)
    assert split.time == pytest.approx(-a[2], rel=1e-9)
    assert (split.frequency, split.monetary_value) == (0, 0)
    assert math.isnan(split.variant.frequency)
    assert split.variant.value == -b[3]


@given(nobody, nobody)
def test_only_cost_is_left_without_any_orders(a: list[float], b: list[float]) -> None:
    np.testing.assert_array_equal(parts_of(split_value(a, b, NOTHING)), [0, 0, 0, a[3] - b[3]])


def sample(count: int, seed: int, lift: float) -> np.ndarray:
    """Days, orders, revenue and cost of twins: (4, n) for a lift, same luck for each."""
    luck = Luck(count, seed)
    buys = luck.uniform() < 0.3 * lift
    orders = buys * (1 + np.floor(luck.exponential() * 2 * lift))
    days = buys * (1 + orders * 10 * luck.exponential())
    revenue = orders * 20 * luck.exponential() / lift
    return np.stack([days, orders, revenue, 1 + 0.4 * revenue + luck.uniform()])


def split_of(a: np.ndarray, b: np.ndarray) -> ValueSplit:
    covariance = np.cov(np.vstack([a, b - a])) / a.shape[1]
    return split_value(a.mean(axis=1).tolist(), b.mean(axis=1).tolist(), covariance)


@pytest.mark.parametrize("lift", [1.0, 1.2, 0.0])
def test_errors_are_those_of_repeated_samples(lift: float) -> None:
    a_lift = 1.0
    splits = []
    for seed in range(300):
        a, b = sample(2000, seed, a_lift), sample(2000, seed, max(lift, 1e-12))
        splits.append(split_of(a, b))
    for part in (*PARTS, "total"):
        spread = np.std([getattr(split, part) for split in splits])
        stated = np.median([split.standard_errors[part] for split in splits])
        assert stated == pytest.approx(spread, rel=0.2, abs=1e-9)


def test_twins_to_whom_the_same_happens_leave_no_doubt() -> None:
    a = sample(500, 0, 1.0)
    split = split_of(a, a)
    assert set(split.standard_errors.values()) == {0.0}
    assert split.total == 0


def test_ready_for_json() -> None:
    split = split_value([0, 0, 0, 1], [2, 1, 10, 3], NOTHING)
    found = json.loads(json.dumps(split.to_dict(), allow_nan=False))
    assert found["baseline"]["frequency"] is None
    assert found["total"] == pytest.approx(8)
    assert found["standard_errors"]["time"] == 0
