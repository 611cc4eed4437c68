import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from helpers.survival_data import AML, LUNG, OVARIAN, SurvivalData
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from cvosim.errors import DataError
from cvosim.stats.methods.life_table import LifeTable
from cvosim.stats.methods.survival import (
    common_horizon,
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)

people = st.lists(
    st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 2), st.integers(0, 1)),
    min_size=8, max_size=40,
).map(lambda rows: np.array(rows, np.int64))  # fmt: skip


def tables(data: SurvivalData) -> list[LifeTable]:
    both = LifeTable.by_group(*data, 2)
    return [both[0], both[1]]


def trial(
    replications: int, n: int, seed: int, *, mean: float = 30.0, until: int = 60
) -> LifeTable:
    """Tables of many trials at once: whole days, exponential, some cut off early, all at last."""
    luck = Luck(replications * n, seed)
    ends, watched = np.ceil(luck.exponential() * mean), np.ceil(luck.uniform() * 2 * until)
    watched = np.minimum(watched, until)
    day, event = np.minimum(ends, watched).astype(np.int64), ends <= watched
    cell = day - 1 + until * np.repeat(np.arange(replications), n)
    found = [
        np.bincount(cell, weights=part, minlength=until * replications).reshape(-1, until)
        for part in (event, ~event)
    ]
    return LifeTable(np.arange(1.0, until + 1), *found)


def test_published_log_rank_tests() -> None:
    # R survival 3.5
    for data, statistic in (
        (AML, 3.39638869898),
        (OVARIAN, 1.06273986129),
        (LUNG, 10.3267419549),
    ):
        assert float(log_rank(tables(data)).statistic) == pytest.approx(statistic, abs=1e-8)
    found = log_rank(tables(LUNG))
    assert found.observed.tolist() == [112, 53]
    assert found.expected.tolist() == pytest.approx([91.58173903, 73.41826097], abs=1e-7)
    assert float(found.z) == pytest.approx(-math.sqrt(10.3267419549), abs=1e-8)
    assert log_rank(tables(AML)).expected.tolist() == pytest.approx([10.689336, 7.310664], abs=1e-6)


def test_published_survival() -> None:
    kept, not_kept = (kaplan_meier(table) for table in tables(AML))
    assert (float(kept.median()), float(not_kept.median())) == (31, 23)
    survival, error = kept.at(10)
    assert (float(survival), float(error)) == pytest.approx((0.909091, 0.086678), abs=1e-6)
    assert [float(kept.at(t)[0]) for t in (20, 30)] == pytest.approx([0.715909, 0.613636], abs=1e-6)
    found = [float(not_kept.at(t)[0]) for t in (10, 20, 30)]
    assert found == pytest.approx([0.666667, 0.583333, 0.291667], abs=1e-6)
    assert tuple(map(float, kept.at(1))) == (1, 0)
    assert not_kept.survival[-1] == 0
    assert not_kept.standard_error[-1] == 0


@given(people)
def test_tables_add_up(rows: np.ndarray) -> None:
    duration, event, _, _ = rows.T
    parts = LifeTable.of(duration[:5], event[:5]) + LifeTable.of(duration[5:], event[5:])
    whole = LifeTable.of(duration, event)
    for name in ("times", "events", "censored", "at_risk"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert float(whole.n) == len(rows)
    lasted = [int(np.sum(duration >= t)) for t in whole.times]
    assert whole.at_risk.tolist() == lasted


@given(people)
def test_survival_is_that_of_statsmodels(rows: np.ndarray) -> None:
    duration, event, _, _ = rows.T
    if not event.any():
        return
    found, theirs = kaplan_meier(LifeTable.of(duration, event)), SurvfuncRight(duration, event)
    for t, s, se in zip(theirs.surv_times, theirs.surv_prob, theirs.surv_prob_se, strict=True):
        survival, error = found.at(t)
        assert float(survival) == pytest.approx(s, abs=1e-12)
        if s > 0:
            assert float(error) == pytest.approx(se, abs=1e-12)


@given(people)
def test_log_rank_is_that_of_statsmodels(rows: np.ndarray) -> None:
    duration, event, group, stratum = rows.T
    # statsmodels needs each stratum to hold each group, and somebody to end
    cells = {(g, s) for g, s in zip(group.tolist(), stratum.tolist(), strict=True)}
    if len(cells) < 6 or not event[stratum == 0].any() or not event[stratum == 1].any():
        return
    for count in (2, 3):
        kept = group < count
        rest = [column[kept] for column in (duration, event, group)]
        plain = LifeTable.by_group(*rest, count)
        split = LifeTable.by_group(*rest[:2], rest[2] + count * stratum[kept], 2 * count)
        by_stratum = LifeTable(
            split.times,
            split.events.reshape(2, count, -1).swapaxes(0, 1),
            split.censored.reshape(2, count, -1).swapaxes(0, 1),
        )
        for table, stratified in ((plain, False), (by_stratum, True)):
            found = log_rank([table[g] for g in range(count)], stratified=stratified)
            try:
                theirs, p = survdiff(*rest, strata=stratum[kept] if stratified else None)
            except (np.linalg.LinAlgError, RuntimeWarning, ValueError, IndexError):
                continue
            if not math.isfinite(theirs) or found.statistic < 1e-9:
                continue
            assert float(found.statistic) == pytest.approx(theirs, rel=1e-6)
            assert float(found.p_value) == pytest.approx(p, rel=1e-6)


def test_stratified_log_rank_counts_like_against_like() -> None:
    # R: survdiff(Surv(time, status) ~ sex + strata(...)) is sums over strata; done by hand here
    stratum = np.arange(len(LUNG.time)) % 3
    top, below = 0.0, 0.0
    for s in range(3):
        kept = stratum == s
        for t in np.unique(LUNG.time[kept & LUNG.event]):
            risk, now = kept & (LUNG.time >= t), kept & (LUNG.time == t) & LUNG.event
            n, d, n1 = risk.sum(), now.sum(), (risk & (LUNG.group == 1)).sum()
            top += (now & (LUNG.group == 1)).sum() - d * n1 / n
            below += d * n1 / n * (1 - n1 / n) * (n - d) / max(n - 1, 1)
    split = LifeTable.by_group(LUNG.time, LUNG.event, LUNG.group * 3 + stratum, 6)
    found = log_rank([split[:3], split[3:]], stratified=True)
    assert float(found.z) == pytest.approx(top / math.sqrt(below), abs=1e-10)


def test_restricted_mean_without_censoring_is_a_mean() -> None:
    duration = np.ceil(Luck(300, 4).exponential() * 40)
    for horizon in (10.5, 30, 200):
        found = restricted_mean(LifeTable.of(duration, np.ones(300, bool)), horizon)
        short = np.minimum(duration, horizon)
        assert float(found.value) == pytest.approx(short.mean(), abs=1e-9)
        # Greenwood's variance is the binomial one, with n and not n - 1
        assert float(found.variance) == pytest.approx(short.var() / 300, rel=1e-9)


@given(people, st.integers(1, 12))
def test_restricted_mean_is_the_area_under_survival(rows: np.ndarray, horizon: int) -> None:
    duration, event, _, _ = rows.T
    table = LifeTable.of(duration, event)
    if duration.max() < horizon:
        return
    found, curve = restricted_mean(table, horizon), kaplan_meier(table)
    area = [sum(float(curve.at(t)[0]) for t in range(start, horizon)) for start in range(13)]
    assert float(found.value) == pytest.approx(area[0], abs=1e-9)
    variance = 0.0
    for t in range(1, horizon):
        d, n = (event[duration == t]).sum(), (duration >= t).sum()
        variance += 0.0 if n <= d else area[t] ** 2 * d / (n * (n - d))
    assert float(found.variance) == pytest.approx(variance, abs=1e-9)


def test_many_trials_at_once_are_single_trials() -> None:
    c, t = trial(5, 40, 1), trial(5, 50, 2)
    ranks, means = log_rank([c, t]), restricted_mean_difference(c, t, 40.0)
    for i in range(5):
        one = log_rank([c[i], t[i]])
        assert float(ranks.statistic[i]) == pytest.approx(float(one.statistic), abs=1e-10)
        assert float(ranks.z[i]) == pytest.approx(float(one.z), abs=1e-10)
        mean = restricted_mean_difference(c[i], t[i], 40.0)
        assert float(means.difference[i]) == pytest.approx(float(mean.difference), abs=1e-10)
        assert float(means.standard_error[i]) == pytest.approx(float(mean.standard_error))


def test_false_alarms() -> None:
    replications = 6000
    c, t = trial(replications, 150, 1), trial(replications, 100, 2)
    found, means = log_rank([c, t]), restricted_mean_difference(c, t, 40.0)
    # standard deviation of 5 % is .0028, of a tail's 2.5 % .0020: four of them, false alarm
    # 1 in 15,000 each; .003 for arms of 100
    for rate in (np.mean(found.p_value < 0.05), np.mean(means.p_value() < 0.05)):
        assert abs(rate - 0.05) < 0.0112 + 0.003
    for tail in (*means.tails(), stats.norm.sf(found.z), stats.norm.cdf(found.z)):
        assert abs(np.mean(tail < 0.025) - 0.025) < 0.008 + 0.003
    three = log_rank([c, t, trial(replications, 120, 3)])
    assert three.df == 2
    assert abs(np.mean(three.p_value < 0.05) - 0.05) < 0.0112 + 0.003
    truth = sum(math.exp(-k / 30) for k in range(40))
    covered = [low <= truth <= high for low, high in zip(*mean_interval(c), strict=True)]
    assert abs(np.mean(covered) - 0.95) < 0.0112 + 0.003


def mean_interval(table: LifeTable) -> tuple[np.ndarray, np.ndarray]:
    found = restricted_mean(table, 40.0)
    reach = 1.959964 * np.sqrt(found.variance)
    return found.value - reach, found.value + reach


def test_survival_interval_covers() -> None:
    curve = kaplan_meier(trial(4000, 80, 7))
    low, high = curve.interval(45)
    truth = math.exp(-45 / 30)
    # four standard deviations of .0034, and .006 for small samples
    assert abs(np.mean((low <= truth) & (truth <= high)) - 0.95) < 0.0138 + 0.006


def test_horizons() -> None:
    c = LifeTable.of([5, 10], [True, False])
    ended, going = LifeTable.of([3, 7], [True, True]), LifeTable.of([3, 7], [True, False])
    assert common_horizon([c, ended]) == 10
    assert common_horizon([c, going]) == 7
    assert common_horizon([ended, LifeTable.of([8], [True])]) == 8
    assert float(restricted_mean(ended, 10).value) == 5
    with pytest.raises(DataError, match="nobody was followed for 8; the horizon can be at most 7"):
        restricted_mean(going, 8)
    both = LifeTable.by_group([3, 7, 9], [True, False, False], [0, 0, 1], 2)
    assert np.isnan(restricted_mean(both, 8).value).tolist() == [True, False]


def test_nobody_ends() -> None:
    table = LifeTable.of([5, 9], [False, False])
    assert kaplan_meier(table).median() == math.inf
    found = log_rank([table, table])
    assert (float(found.statistic), float(found.p_value)) == (0, 1)
    assert float(restricted_mean(table, 9).value) == 9


def test_refusals() -> None:
    with pytest.raises(DataError, match="1 of 2 durations are missing or below 0"):
        LifeTable.of([1, np.nan], [True, True])
    with pytest.raises(DataError, match="different lengths: 2, 1 and 2"):
        LifeTable.of([1, 2], [True])
    with pytest.raises(DataError, match="at least two groups"):
        log_rank([LifeTable.of([1], [True])])
    with pytest.raises(DataError, match=r"horizon must be above 0 \(got 0\)"):
        restricted_mean(LifeTable.of([1], [True]), 0)
