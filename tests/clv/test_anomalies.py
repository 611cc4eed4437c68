"""Anomalies: what is called different is different, however skewed spend is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from cvosim.clv.orders.log import Attribute, OrderLog
from cvosim.clv.orders.purchase_days import purchase_days
from cvosim.clv.segments.acquisition import (
    Labels,
    crossed,
    first_labels,
    numbers_in_groups,
    with_pairs,
)
from cvosim.clv.segments.anomalies import AnomalySettings, anomalies
from cvosim.clv.segments.permutation import Reshuffled
from cvosim.errors import DataError

PLACES = 20
NAMES = tuple(f"place {place}" for place in range(PLACES))


def spend(size: int, seed: int) -> np.ndarray:
    """A lognormal of sigma 1.5: skewness 33."""
    return stats.lognorm.rvs(1.5, size=size, random_state=seed)


def places(size: int, seed: int, count: int = PLACES) -> Labels:
    codes = stats.randint.rvs(0, count, size=size, random_state=10_000 + seed)
    return Labels(codes.astype(np.int64), NAMES[:count])


def welch(values: np.ndarray, group: np.ndarray) -> float:
    return float(stats.ttest_ind(values[group], values[~group], equal_var=False).statistic)


def test_p_is_that_of_all_permutations() -> None:
    """Each of the 792 ways to choose 5 of 12 counts once; 20,000 draws, z of 4.5."""
    values = spend(12, 3)
    group = np.arange(12) < 5
    all_groups = [np.isin(np.arange(12), who) for who in itertools.combinations(range(12), 5)]
    chance = np.array([welch(values, one) for one in all_groups])
    found = welch(values, group)
    exact = 2 * min((chance >= found - 1e-12).mean(), (chance <= found + 1e-12).mean())
    mine = Reshuffled(values, least=20_000).test(group)
    assert mine.difference == pytest.approx(values[group].mean() - values[~group].mean())
    assert abs(mine.p - exact) < 4.5 * 2 * np.sqrt(exact / 2 / 20_000) + 2e-4


def test_rotations_of_a_block_are_as_good_as_orders() -> None:
    """The group stands together; p from 2,000 draws spreads as a binomial does, not more.

    The ratio of variances is chi-square over 29: above 2 once in 1,500 runs.
    """
    values, group = spend(2000, 8), np.arange(2000) < 900
    ps = np.array([Reshuffled(values, 2000, seed).test(group).p for seed in range(30)])
    tail = ps.mean() / 2
    assert ps.var(ddof=1) < 2.0 * 4 * tail * (1 - tail) / 2000


def test_nothing_is_found_where_nothing_is() -> None:
    """300 logs whose 20 places mean nothing: 5 % have a finding, at most 10 % (z of 4).

    Welch's t-test with normal quantiles would find something in four of five.
    """
    runs = 300
    found = [
        anomalies(spend(300, run), {"place": places(300, run)}, AnomalySettings(reshufflings=999))
        for run in range(runs)
    ]
    assert sum(bool(one.found) for one in found) <= runs * (0.05 + 4 * np.sqrt(0.05 * 0.95 / runs))
    ps = np.array([test.p for one in found for test in one.tested])
    # tests of one log lean on one another; as if a quarter of them were independent, z of 4
    for level in (0.01, 0.05, 0.2):
        assert abs((ps <= level).mean() - level) < 4 * np.sqrt(level / (len(ps) / 4))
    held = np.mean([test.low <= 0 <= test.high for one in found for test in one.tested])
    assert abs(held - 0.95) < 0.02


def test_few_of_the_found_are_false() -> None:
    """Two of ten places pay 2.5 times as much; all differ a little from their rest then.

    So a finding is false if it is on the wrong side: those two are above, the others below.
    """
    false = found = caught = 0
    for run in range(60):
        labels = places(1000, run, 10)
        values = spend(1000, run) * np.where(labels.codes < 2, 2.5, 1.0)
        for one in anomalies(values, {"place": labels}, AnomalySettings(reshufflings=999)).found:
            right = (one.label in NAMES[:2]) == (one.difference > 0)
            found, false, caught = found + 1, false + (not right), caught + (one.difference > 0)
    assert false <= 0.05 * found
    assert caught > 60, "at least half of the true ones"


def test_a_place_that_is_only_more_uneven_is_not_different() -> None:
    """Means are alike, spreads are not: p is 5 % at 5 % also then (300 runs, z of 4)."""
    hits = 0
    for run in range(300):
        group = np.arange(400) < 100
        values = stats.gamma.rvs(2.0, size=400, random_state=run)
        values[group] = 2.0 + 3.0 * (stats.gamma.rvs(2.0, size=100, random_state=900 + run) - 2.0)
        hits += Reshuffled(values, least=399).test(group).p <= 0.05
    assert hits / 300 < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 300) + 0.01


def test_the_difference_and_what_is_too_small() -> None:
    codes = np.array([0] * 30 + [1] * 30 + [2] * 3)
    labels = Labels(codes, ("east", "north", "hut"))
    values = 10.0 * codes + np.arange(63) % 5
    found = anomalies(values, {"place": labels})
    assert found.too_small == 1
    east = next(one for one in found.tested if one.label == "east")
    assert (east.customers, east.value) == (30, values[:30].mean())
    assert east.rest == pytest.approx(values[30:].mean())
    assert east.low < east.difference < east.high < 0
    assert east.differs
    assert east.p_adjusted >= east.p


def test_the_luck_is_the_same_every_time() -> None:
    values, labels = spend(100, 1), {"place": places(100, 1, 4)}
    assert anomalies(values, labels) == anomalies(values, labels)
    other = anomalies(values, labels, AnomalySettings(seed=2))
    assert other != anomalies(values, labels)


def test_one_value_for_all_has_nothing_to_test() -> None:
    found = anomalies(np.full(50, 3.0), {"place": places(50, 1, 2)})
    assert found.tested == found.found == ()
    assert anomalies(np.array([1.0]), {"place": places(1, 1, 2)}).too_small >= 1


def test_bad_input() -> None:
    with pytest.raises(DataError, match="not a finite number"):
        anomalies(np.array([1.0, np.nan]), {})
    with pytest.raises(DataError, match="place: 3 labels, 2 values"):
        anomalies(np.array([1.0, 2.0]), {"place": places(3, 1)})
    with pytest.raises(DataError, match="between 0 and 1"):
        AnomalySettings(false_discoveries=0)
    with pytest.raises(DataError, match="at least 2 customers"):
        AnomalySettings(least=1)


def test_labels_come_from_the_first_order() -> None:
    rows = [("ann", 5, 1.0), ("bob", 3, 1.0), ("ann", 2, 1.0), ("ann", 2, 1.0), ("cis", 4, 1.0)]
    log = OrderLog.of(rows)
    via = Attribute(np.array([0, 1, 2, 0, 3]), ("web", "ads", "mail", "(none)"))
    log = OrderLog(log.source, log.customer, log.day, log.amount, log.customers, {"via": via})
    found = first_labels(log, purchase_days(log), "via")
    assert found.labels == ("(none)", "ads", "mail")
    assert [found.labels[code] for code in found.codes] == ["mail", "ads", "(none)"]


def test_pairs_of_attributes() -> None:
    one, other = places(50, 1, 3), places(50, 2, 2)
    both = crossed(one, other)
    told = [both.labels[code] for code in both.codes]
    assert told == [
        f"{one.labels[i]} & {other.labels[j]}" for i, j in zip(one.codes, other.codes, strict=True)
    ]
    assert list(with_pairs({"a": one, "b": other})) == ["a", "b", "a & b"]


def test_numbers_in_groups() -> None:
    ages = [str(18 + (7 * i) % 61) for i in range(200)]
    names = tuple(sorted(set(ages)))
    labels = Labels(np.array([names.index(age) for age in ages]), names)
    found = numbers_in_groups(labels, 4)
    assert len(found.labels) == 4
    for code, age in zip(found.codes, ages, strict=True):
        low, high = found.labels[code].split(" to ")
        assert float(low) <= float(age) <= float(high)
    assert np.bincount(found.codes).min() > 35
    words = Labels(np.array([0, 1]), ("a", "1"))
    assert numbers_in_groups(words) is words
    some = Labels(np.arange(7), ("(none)", "1", "2", "3", "4", "5", "6"))
    assert numbers_in_groups(some, 2).labels == ("1 to 3", "4 to 6", "(none)")
