"""Sketches: the buckets of the library, exact sums, statistics near the exact ones."""

import json
import math

import numpy as np
import pytest
from ddsketch.ddsketch import BaseDDSketch
from ddsketch.mapping import LinearlyInterpolatedMapping
from ddsketch.store import DenseStore
from helpers.customer_tables import Luck
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cvosim.metrics.distribution import Statistic, gini, quantile, tail_mean, top_share
from cvosim.metrics.sketch import ACCURACY, MAPPING, Sketch, keys_of

NORMAL = st.floats(MAPPING.min_possible, MAPPING.max_possible, exclude_min=True)
SIZES = st.floats(0.01, 1e5)  # the library keeps every bucket between the extremes
MONEY = SIZES | SIZES.map(float.__neg__) | st.integers(-3000, 3000).map(lambda cents: cents / 100)
SOME_MONEY = arrays(np.float64, st.integers(0, 60), elements=MONEY)
STATISTICS: list[Statistic] = [
    quantile(0.05), quantile(0.5), quantile(0.99), tail_mean(0.05), tail_mean(0.5),
    top_share(0.2), gini,
]  # fmt: skip


def theirs(values: np.ndarray) -> BaseDDSketch:
    sketch = BaseDDSketch(LinearlyInterpolatedMapping(ACCURACY), DenseStore(), DenseStore(), 0.0)
    for value in values.tolist():
        sketch.add(value)
    return sketch


def test_written_out_multiplier_is_that_of_the_library() -> None:
    library = LinearlyInterpolatedMapping(ACCURACY)
    assert MAPPING._multiplier == pytest.approx(library._multiplier, rel=1e-15)
    assert MAPPING.gamma == library.gamma


@given(arrays(np.float64, 20, elements=NORMAL))
def test_keys_are_those_of_the_library(values: np.ndarray) -> None:
    assert keys_of(values).tolist() == [MAPPING.key(value) for value in values.tolist()]


def test_keys_at_and_beside_every_border() -> None:
    borders = np.array([MAPPING.value(key) for key in range(-9000, 9000, 17)])
    borders *= (1.0 + MAPPING.gamma) / 2.0
    values = np.concatenate([np.nextafter(borders, to) for to in (0.0, np.inf)] + [borders])
    values = np.concatenate([values, 2.0 ** np.arange(-300, 300)])
    assert keys_of(values).tolist() == [MAPPING.key(value) for value in values.tolist()]


@given(SOME_MONEY)
def test_represents_every_value_as_the_library_does(values: np.ndarray) -> None:
    theirs_of, ours = theirs(values), Sketch.of(values)
    represented = np.repeat(*ours.values_and_weights())
    assert len(represented) == ours.count == len(values) == theirs_of.count
    if len(values) > 1:
        middles = (np.arange(len(values) - 1) + 0.5) / (len(values) - 1)
        wanted = [theirs_of.get_quantile_value(share) for share in middles.tolist()]
        assert represented[:-1].tolist() == wanted
    np.testing.assert_allclose(represented, np.sort(values), rtol=ACCURACY * (1 + 1e-9))


@given(SOME_MONEY, st.sampled_from([0.01, 0.2, 0.5, 0.95]))
def test_quantile_is_near_the_exact_one(values: np.ndarray, share: float) -> None:
    wanted = quantile(share)(np.sort(values))[0]
    found = Sketch.of(values).quantile(share)
    assert found == pytest.approx(wanted, rel=ACCURACY * (1 + 1e-9), abs=1e-300, nan_ok=True)


@given(SOME_MONEY, SOME_MONEY, SOME_MONEY)
def test_adds_up_exactly_in_any_order(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    x, y, z = (Sketch.of(values) for values in (a, b, c))
    whole = Sketch.of(np.concatenate([a, b, c]))
    assert (x + y) + z == x + (y + z) == z + x + y == whole
    assert hash((z + y) + x) == hash(whole)
    assert (x == y) == (x.to_lists() == y.to_lists())


@given(SOME_MONEY)
def test_lists_say_it_all(values: np.ndarray) -> None:
    sketch = Sketch.of(values)
    again = Sketch.from_lists(json.loads(json.dumps(sketch.to_lists())))
    assert again == sketch
    assert again.values_and_weights()[0].tolist() == sketch.values_and_weights()[0].tolist()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_takes_numbers_only(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Sketch.of(np.array([1.0, value]))


@pytest.mark.parametrize("value", [0.0, -0.0, 5e-324, -1e-308])
def test_next_to_nothing_is_nothing(value: float) -> None:
    sketch = Sketch.of(np.array([value, 1.0]))
    assert (sketch.zero, sketch.count) == (1, 2)


WEIGHTED = st.dictionaries(st.integers(0, 5000), st.integers(1, 9), min_size=1, max_size=25)


@given(WEIGHTED, st.integers(0, 3000), st.sampled_from(STATISTICS))
def test_statistics_of_counted_values(
    counted: dict[int, int], shift: int, statistic: Statistic
) -> None:
    shift = 0 if statistic is gini else shift  # which must not see what is negative
    values = np.array(sorted(counted), np.float64) - shift
    counts = np.array([counted[key] for key in sorted(counted)])
    value, influence = statistic(values, counts)
    wanted, of_each = statistic(np.repeat(values, counts))
    assert value == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)
    np.testing.assert_allclose(np.repeat(influence, counts), of_each, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_statistics_of_a_sketch_are_near_the_exact_ones(statistic: Statistic) -> None:
    luck = Luck(20_000, 3)
    values = np.where(luck.uniform() < 0.3, 0.0, np.exp(4.0 * luck.uniform()) * luck.exponential())
    sketch = Sketch.of(values)
    represented, weights = sketch.values_and_weights()
    value, influence = statistic(represented, weights)
    wanted, of_each = statistic(np.sort(values))
    assert value == pytest.approx(wanted, rel=2 * ACCURACY)
    squares, wanted_squares = (influence**2 * weights).sum(), (of_each**2).sum()
    assert squares == pytest.approx(wanted_squares, rel=0.05, abs=1e-12)
