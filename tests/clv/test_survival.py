"""Survival of customers who give no notice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from cvosim.clv.orders.log import OrderLog
from cvosim.clv.orders.purchase_days import purchase_days
from cvosim.clv.retention.study import RetentionSettings, retention_study
from cvosim.clv.retention.survival import survival, usual_gap
from cvosim.errors import DataError

CHANCE, GAP, LEAVE = 0.02, 60, 0.1
"""Of a purchase a day while active; of leaving after each purchase."""


def truth(days: int) -> np.ndarray:
    """P(buying lasts longer than t), by adding up the days on which it can end.

    `at[t]` is the chance of a purchase on day t with no silence of the gap before; buying ends
    there if the customer leaves, or does not buy for the gap.
    """
    at = np.zeros(days + 1)
    at[0] = 1.0
    stays = 1.0 - LEAVE
    waits = CHANCE * (1.0 - CHANCE) ** np.arange(GAP)  # of a next purchase after 1, 2, ... days
    for day in range(1, days + 1):
        reach = min(day, GAP)
        at[day] = stays * np.dot(at[day - reach : day][::-1], waits[:reach])
    ends = at * (LEAVE + stays * (1.0 - CHANCE) ** GAP)
    return 1.0 - np.cumsum(ends)


def shop(customers: int, seed: int) -> OrderLog:
    """Customers who start over 300 days, seen until day 360: censored after 60 to 360 days."""
    rows = []
    coins = stats.uniform.rvs(size=(customers, 361), random_state=seed)
    leaves = stats.uniform.rvs(size=(customers, 361), random_state=seed + 1) < LEAVE
    for one in range(customers):
        start = one % 301
        bought = np.flatnonzero(coins[one, : 360 - start] < CHANCE) + 1
        days = np.concatenate([[0], bought])
        last = np.flatnonzero(leaves[one, days])
        kept = days[: last[0] + 1] if len(last) else days
        rows += [(str(one), start + int(day), 1.0) for day in kept]
    return OrderLog.of(rows)


def test_the_curve_is_the_truth_in_spite_of_censoring() -> None:
    """At six ages, z of 4: a false alarm in 2,600 runs. Censoring takes three of four."""
    found = survival(purchase_days(shop(6000, 7), 360), GAP)
    expected = truth(300)
    for day in (0, 20, 50, 100, 150, 200):
        here = found.at(day)
        assert here is not None
        share, low, high = here
        error = (high - low) / 2 / 1.96
        assert abs(share - expected[day]) < 4 * error, day
    assert found.at(301) is None


def test_the_band_holds_the_truth() -> None:
    """300 shops of 150; at 20 and at 100 days in 95 % ± 5 % (z of 4), and of days 30 to 60."""
    expected, held = truth(150), np.zeros(4)
    leaving = [1.0 - expected[end] / expected[end - 30] for end in (60, 150)]
    for run in range(300):
        found = survival(purchase_days(shop(150, 100 + 2 * run), 360), GAP)
        for place, day in enumerate((20, 100)):
            here = found.at(day)
            assert here is not None
            held[place] += here[1] <= expected[day] <= here[2]
        for place, share in enumerate(leaving):
            one = found.hazards[2 + 3 * place]
            assert one.low is not None
            assert one.high is not None
            held[2 + place] += one.low <= share <= one.high
    assert (np.abs(held / 300 - 0.95) < 0.05).all(), held


def test_statsmodels_agrees_on_cdnow(cdnow_log: OrderLog) -> None:
    days = purchase_days(cdnow_log)
    gap = 90
    found = survival(days, gap)
    times, gone = [], []
    for one in range(len(days.kept)):
        mine = days.day[days.customer == one]
        silent = np.flatnonzero(np.append(np.diff(mine) > gap, days.end - mine[-1] >= gap))
        gone.append(len(silent) > 0)
        times.append((mine[silent[0]] if len(silent) else days.end - gap) - mine[0])
    other = SurvfuncRight(np.array(times, float), np.array(gone, int))
    assert found.gone == sum(gone)
    inner = other.surv_prob > 0
    at = np.array([found.at(day) for day in other.surv_times[inner]])
    np.testing.assert_allclose(at[:, 0], other.surv_prob[inner], rtol=1e-12)
    # Greenwood's error, on the scale of log(-log S)
    log = np.log(other.surv_prob[inner])
    half = stats.norm.ppf(0.975) * other.surv_prob_se[inner] / np.abs(other.surv_prob[inner] * log)
    np.testing.assert_allclose(at[:, 1], np.exp(log * np.exp(half)), rtol=1e-9)
    np.testing.assert_allclose(at[:, 2], np.exp(log * np.exp(-half)), rtol=1e-9)
    first = found.hazards[0]
    assert first.gone == other.n_events[0] == found.customers - found.hazards[1].at_risk


def test_by_hand() -> None:
    rows = [("a", 0), ("a", 25), ("b", 0), ("c", 0), ("c", 40), ("d", 0), ("d", 20), ("d", 40)]
    rows += [("d", 55), ("new", 60)]
    days = purchase_days(OrderLog.of([(name, day, 1.0) for name, day in rows]), 70)
    found = survival(days, 30)
    # a: gone after day 25; b: at once; c: at once, and came back; d: seen to buy for 40 days
    assert (found.customers, found.too_new, found.gone, found.returned) == (4, 1, 3, 1)
    assert found.at(0) == pytest.approx((0.5, 0.0578, 0.8449), abs=1e-4)
    assert found.at(25) is not None
    assert [found.at(day)[0] for day in (24, 25, 40)] == [0.5, 0.25, 0.25]  # type: ignore[index]
    assert found.median == 0.0
    exposure = 25 + 30, 10
    assert [one.hazard for one in found.hazards[1:]] == pytest.approx([1 / exposure[0], 0.0])
    assert [one.at_risk for one in found.hazards] == [4, 2, 1]
    assert [one.gone for one in found.hazards] == [2, 1, 0]
    assert [one.unseen for one in found.hazards] == [0, 0, 1]
    # Wilson's interval of 1 in 2; one customer alone tells no share
    one, alone = found.hazards[1:]
    assert (one.share, one.low, one.high) == pytest.approx((0.5, 0.0945, 0.9055), abs=1e-4)
    assert (alone.start, alone.end, alone.share, alone.low) == (30, 40, None, None)


def test_each_share_that_leaves_is_the_fall_of_the_curve(cdnow_log: OrderLog) -> None:
    found = survival(purchase_days(cdnow_log), 196)
    at = {one.end: found.at(one.end) for one in found.hazards}
    whole = [one for one in found.hazards if not one.unseen]
    assert len(whole) > 5
    for one in found.hazards[1:]:
        assert one.share == pytest.approx(1.0 - at[one.end][0] / at[one.start][0])
    for one, after in pairwise(found.hazards):
        assert one.at_risk - one.gone - one.unseen == after.at_risk
    for one in whole:
        assert one.share == pytest.approx(one.gone / one.at_risk)
        ends = proportion_confint(one.gone, one.at_risk, method="wilson")
        assert (one.low, one.high) == pytest.approx(ends)


def test_a_silence_of_the_whole_gap_is_enough() -> None:
    days = purchase_days(OrderLog.of([("a", 0, 1.0), ("b", 9, 1.0)]))
    found = survival(days, 9)
    assert (found.customers, found.gone) == (1, 1)
    later = purchase_days(OrderLog.of([("a", 0, 1.0), ("a", 9, 1.0), ("b", 30, 1.0)]))
    assert survival(later, 9).at(8) == pytest.approx((1.0, 0.025, 1.0)), "back within the gap"


def test_where_all_or_none_are_left_the_band_is_no_point() -> None:
    days = purchase_days(OrderLog.of([(c, day, 1.0) for c in "abc" for day in (0, 10)]), 100)
    found = survival(days, 50)
    assert found.at(5) == pytest.approx((1.0, 0.025 ** (1 / 3), 1.0))
    assert found.at(10) == pytest.approx((0.0, 0.0, 1 - 0.025 ** (1 / 3)))
    loyal = purchase_days(OrderLog.of([("a", 5 * i, 1.0) for i in range(9)]))
    still = survival(loyal, 20)
    assert (still.gone, still.median) == (0, None)
    assert np.isfinite([still.low, still.high]).all()


def test_the_usual_gap() -> None:
    rows = [("a", day, 1.0) for day in range(0, 100, 10)] + [("b", 0, 1.0)]
    assert usual_gap(purchase_days(OrderLog.of(rows))) == 14


def test_bad_input() -> None:
    once = purchase_days(OrderLog.of([("a", 0, 1.0), ("b", 9, 1.0)]))
    with pytest.raises(DataError, match="nobody bought on a second day"):
        survival(once)
    with pytest.raises(DataError, match="observed for 10 days, the longest for 9"):
        survival(once, 10)
    with pytest.raises(DataError, match="1 day or more"):
        survival(once, 0)


def test_the_study_says_what_is_doubtful(cdnow_log: OrderLog) -> None:
    found = retention_study(cdnow_log, RetentionSettings(gap=60))
    assert len(found.doubts) == 1
    assert "bought again later: a longer --gap" in found.doubts[0]
    once = retention_study(OrderLog.of([("a", 0, 1.0), ("b", 9, 1.0)]))
    assert once.survival is None
    assert once.doubts[0].startswith("No survival curve: nobody bought on a second day")
    alone = retention_study(OrderLog.of([("a", 0, 1.0)]))
    assert alone.cohorts.size.tolist() == [1]
    with pytest.raises(DataError, match="shorter gap"):
        retention_study(OrderLog.of([("a", 0, 1.0)]), RetentionSettings(gap=5))
    assert retention_study(cdnow_log).doubts != ()
