"""Scores of recency, frequency and monetary value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvosim.clv.orders.log import OrderLog
from cvosim.clv.segments.rfm import MEASURES, Rfm, Scoring, rfm
from cvosim.errors import DataError
from cvosim.experiment.simulate import simulate
from cvosim.scenario import load_scenario

ROWS = [
    ("a", 10, 10.0),
    *[("b", 18, 20.0), ("b", 20, 20.0)],
    *[("c", 1, 30.0), ("c", 2, 30.0), ("c", 30, 30.0)],
    *[("d", 1, 10.0), ("d", 2, 10.0), ("d", 3, 10.0), ("d", 40, 10.0)],
    *[("e", 1, 100.0), ("e", 2, 100.0), ("e", 3, 100.0), ("e", 50, 100.0)],
]


def by_rank(scored: Rfm) -> list[pd.Series]:
    """Hughes's fifths another way: by the lowest rank among equals."""
    values = (-scored.recency, scored.frequency, scored.monetary)
    ranks = [pd.Series(value).rank(method="min") - 1 for value in values]
    return [1 + np.floor(5 * rank / scored.n_customers).astype(int) for rank in ranks]


def test_scores_by_hand() -> None:
    found = rfm(OrderLog.of(ROWS), until=60)
    assert found.names == ("a", "b", "c", "d", "e")
    assert found.recency.tolist() == [50, 40, 30, 20, 10]
    assert found.frequency.tolist() == [1, 2, 3, 4, 4]
    assert found.monetary.tolist() == [10, 20, 30, 10, 100]
    assert found.revenue.tolist() == [10, 40, 90, 40, 400]
    assert found.cell.tolist() == [111, 223, 334, 441, 545]
    assert found.age.tolist() == [50, 42, 59, 59, 59]


def test_a_day_counts_once_and_refunds_are_no_spend() -> None:
    log = OrderLog.of([("a", 1, 10.0), ("a", 1, 5.0), ("a", 4, -3.0), ("a", 6, 0.0), ("b", 2, 1.0)])
    found = rfm(log)
    assert found.frequency.tolist() == [3, 1]
    assert found.monetary.tolist() == [15, 1]
    assert found.revenue.tolist() == [15, 1]


def test_only_what_came_by_the_day_counts() -> None:
    found = rfm(OrderLog.of(ROWS), until=15)
    assert found.names == ("a", "c", "d", "e")
    assert found.frequency.tolist() == [1, 2, 3, 3]
    with pytest.raises(DataError, match="until 1970-01-01 is before the first order, 1970-01-02"):
        rfm(OrderLog.of(ROWS), until=0)


def test_cdnow_scores_are_fifths_by_rank(cdnow_log: OrderLog) -> None:
    found = rfm(cdnow_log)
    for mine, theirs in zip(found.scores, by_rank(found), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for values, scores in zip((found.recency, found.frequency, found.monetary), found.scores,
                              strict=True):  # fmt: skip
        scores_of = pd.Series(scores).groupby(values).nunique()
        assert scores_of.max() == 1, "equal values share a score"


def test_the_order_of_the_rows_does_not_matter(cdnow_log: OrderLog) -> None:
    back = slice(None, None, -1)
    turned = OrderLog(
        "turned", cdnow_log.customer[back].copy(), cdnow_log.day[back].copy(),
        cdnow_log.amount[back].copy(), cdnow_log.customers,
    )  # fmt: skip
    np.testing.assert_array_equal(rfm(turned).scores, rfm(cdnow_log).scores)


def test_fixed_cuts() -> None:
    cuts = {"recency": [15, 40], "frequency": [2, 4], "monetary": [20]}
    found = rfm(OrderLog.of(ROWS), until=60, scoring=Scoring(cuts=cuts))
    # 40 days belong to 40 and more, 2 purchases to 2 and more, an amount of 20 to 20 and more
    assert found.scores.tolist() == [[1, 1, 2, 2, 3], [1, 2, 2, 3, 3], [1, 2, 2, 1, 2]]
    assert found.fifths.tolist() == [[1, 1, 3, 3, 5], [1, 3, 3, 5, 5], [2, 4, 4, 2, 4]]
    assert [scale.levels for scale in found.scales] == [3, 3, 2]
    assert [scale.cuts for scale in found.scales] == [(15, 40), (2, 4), (20,)]


def test_one_value_for_all_is_the_middle() -> None:
    found = rfm(OrderLog.of([("a", 1, 5.0), ("b", 2, 5.0), ("c", 3, 5.0)]))
    assert found.scores[1:].tolist() == [[3, 3, 3], [3, 3, 3]]
    assert [scale.flat for scale in found.scales] == [False, True, True]
    alone = rfm(OrderLog.of([("a", 1, 5.0)]))
    assert alone.cell.tolist() == [333]


@pytest.mark.parametrize("levels", [2, 3, 5, 9])
@pytest.mark.parametrize("customers", [2, 3, 40, 2357])
def test_the_limits_make_the_scores(cdnow_log: OrderLog, levels: int, customers: int) -> None:
    keep = cdnow_log.customer < customers
    rows = zip(cdnow_log.customer[keep].tolist(), cdnow_log.day[keep].tolist(),
               cdnow_log.amount[keep].tolist(), strict=True)  # fmt: skip
    found = rfm(OrderLog.of([(str(one), day, amount) for one, day, amount in rows]),
                scoring=Scoring(levels))  # fmt: skip
    values = (found.recency, found.frequency, found.monetary)
    for measure, value, scores, scale in zip(MEASURES, values, found.scores, found.scales,
                                             strict=True):  # fmt: skip
        assert scale.flat or scale.cuts
        assert not scale.given
        reached = sum((value >= cut).astype(int) for cut in scale.cuts)
        by_hand = levels - reached if measure == "recency" else 1 + reached
        if not scale.flat:
            np.testing.assert_array_equal(by_hand, scores)
        np.testing.assert_array_equal(
            scale.reached_by(value, fewest_best=measure == "recency"), scores
        )


@pytest.mark.parametrize(
    ("levels", "cuts", "words"),
    [
        (1, {}, "scores: 1 groups; ask for 2 to 9"),
        (10, {}, "2 to 9"),
        (5, {"recent": [1]}, "'recent' is none of recency, frequency, monetary"),
        (5, {"recency": [30, 30]}, "cuts: recency: 30,30: give 1 to 8 numbers, each larger"),
        (5, {"recency": []}, "give 1 to 8"),
        (5, {"monetary": [float("nan")]}, "give 1 to 8"),
    ],
)
def test_bad_scoring(levels: int, cuts: dict[str, list[float]], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Scoring(levels, cuts)


def test_a_simulated_table() -> None:
    done = simulate(load_scenario("cdnow"), customers=200, engine="reference", events=True)
    assert done.events is not None
    found = rfm(OrderLog.of_events(done.events))
    paid = done.customers.columns.orders > 0
    assert found.n_customers == np.count_nonzero(paid)
    assert found.revenue.sum() == pytest.approx(done.customers.columns.revenue.sum())
    for mine, theirs in zip(found.scores, by_rank(found), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(MEASURES) == 3
