"""From orders to customers: CDNOW's published table, and a slow twin on random logs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.reading import Attribute, OrderLog
from cvosim.clv.orders.summary import Summary, summarise
from cvosim.errors import DataError


def test_cdnow_is_the_published_table(cdnow: Summary) -> None:
    """BTYD's exact customer table: 2,357 customers, 39 weeks and 39 more."""
    assert cdnow.n_customers == 2357
    assert cdnow.repeats.sum() == 2457
    assert cdnow.n_repeat == 946
    counts = np.bincount(np.minimum(cdnow.repeats, 7))
    assert counts.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert cdnow.holdout is not None
    assert cdnow.holdout.sum() == 1882
    assert cdnow.holdout_days == 273


def test_cdnow_customers_one_by_one(cdnow: Summary, cdnow_log: OrderLog) -> None:
    """The first three rows of Fader & Hardie's customer table, in weeks to two decimals."""
    rows = [cdnow_log.customers.index(name) for name in ("0001", "0002", "0003")]
    assert cdnow.repeats[rows].tolist() == [2, 1, 0]
    assert (cdnow.last[rows] / 7).round(2).tolist() == [30.43, 1.71, 0.0]
    assert (cdnow.age[rows] / 7).round(2).tolist() == [38.86, 38.86, 38.86]
    assert cdnow.spend[rows].round(3).tolist() == [22.345, 11.77, 0.0]


Rows = list[tuple[str, int, float]]
ROWS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(-5, 30), st.integers(-9, 50).map(float)),
    min_size=1,
    max_size=40,
)


@given(ROWS, st.integers(-6, 40))
def test_it_equals_the_slow_way(rows: Rows, until: int) -> None:
    log = OrderLog.of(rows)
    first, last = min(day for _, day, _ in rows), max(day for _, day, _ in rows)
    if until < first:
        with pytest.raises(DataError, match="must be on or after the first order"):
            summarise(log, until)
        return
    by_day: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for name, day, amount in rows:
        by_day[name][day] += amount if amount > 0 else 0.0
    summary = summarise(log, until)
    later = np.zeros(summary.n_customers)
    assert (summary.holdout is None) == (summary.holdout_spend is None) == (until >= last)
    holdout = later if summary.holdout is None else summary.holdout
    holdout_spend = later if summary.holdout_spend is None else summary.holdout_spend
    columns = (
        *(summary.repeats, summary.last, summary.age, summary.spend, holdout),
        *(summary.first, summary.paid, holdout_spend),
    )
    found = {
        name: [float(column[index]) for column in columns]
        for index, name in enumerate(summary.names)
    }
    assert tuple(summary.names) == tuple(log.customers[code] for code in summary.customer)
    expected = {}
    for name, days in by_day.items():
        seen, after = (
            sorted(day for day in days if (day <= until) == inside) for inside in (True, False)
        )
        if seen:
            paid = [days[day] for day in seen[1:] if days[day] > 0]
            expected[name] = [
                *(len(seen) - 1, seen[-1] - seen[0], until - seen[0]),
                *(sum(paid) / len(paid) if paid else 0.0, len(after), seen[0], len(paid)),
                sum(days[day] for day in after),
            ]
    assert found == expected
    assert (summary.start, summary.end, summary.holdout_days) == (
        *(first, until, max(last - until, 0)),
    )


LABELS = st.sampled_from(["web", "shop", "(none)"]) | st.integers(-2, 3).map(str)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 4), LABELS), min_size=1))
def test_covariates_are_those_of_the_first_order(rows: list[tuple[str, int, str]]) -> None:
    log = OrderLog.of([(name, day, 1.0) for name, day, _ in rows])
    labels = tuple(dict.fromkeys(label for _, _, label in rows))
    codes = np.array([labels.index(label) for _, _, label in rows], np.int64)
    log = OrderLog(
        *(log.source, log.customer, log.day, log.amount, log.customers),
        attributes={"what": Attribute(codes, labels)},
    )
    mine = {  # sorted() keeps the rows of a day in their order
        name: next(own)[2]
        for name, own in groupby(sorted(rows, key=lambda r: r[:2]), lambda r: r[0])
    }
    counts = Counter(mine.values())
    numbers = {label for label in counts if label.lstrip("-").isdigit()}
    if len(counts) == 1 or (numbers and counts.keys() - numbers == {"(none)"}):
        with pytest.raises(DataError, match=r"orders: what: is "):
            summarise(log, covariates=["what"])
        return
    summary = summarise(log, covariates=["what"])
    for row, name in enumerate(summary.names):
        found = {key: column[row] for key, column in summary.covariates.items()}
        if len(numbers) == len(counts):
            assert found == {"what": float(mine[name])}
        else:
            assert [key for key, value in found.items() if value] in ([f"what={mine[name]}"], [])
            (reference,) = counts.keys() - {key.removeprefix("what=") for key in found}
            assert counts[reference] == max(counts.values())
            assert (sum(found.values()) == 0) == (mine[name] == reference)


def test_covariates_that_say_nothing() -> None:
    names = [f"c{index}" for index in range(30)]
    rows = OrderLog.of([(name, 0, 1.0) for name in names])
    ones = ("1", "1.0")
    attributes = {
        "city": Attribute(np.arange(30), tuple(names)),
        "one": Attribute(np.arange(30) % 2, ones),
    }
    log = OrderLog("f", rows.customer, rows.day, rows.amount, rows.customers, attributes)
    for name, words in (
        ("city", "f: city: has 30 different labels, and a fit can use 20 at most"),
        ("one", "f: one: is 1 for every customer and tells none apart"),
        ("cty", "f: no attribute 'cty': there are 'city', 'one'; did you mean 'city'?"),
    ):
        with pytest.raises(DataError) as error:
            summarise(log, covariates=[name])
        assert str(error.value).startswith(words)


WHOLE = st.integers(0, 3).map(float)
UNROUNDED = st.sampled_from([0.0, 0.25, 1.0, 2.5, 2.0**60])


@given(st.lists(st.tuples(st.integers(0, 3), *[WHOLE | UNROUNDED] * 3), min_size=1), st.booleans())
def test_patterns_are_the_different_rows(
    rows: list[tuple[int, float, float, float]], described: bool
) -> None:
    """Whole days are packed into one number, others are not."""
    x, t_x, more, z = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    t_x = np.where(x > 0, t_x, 0.0)
    summary = Summary.of(x, t_x, t_x + more, covariates={"z": -z} if described else None)
    found = summary.patterns
    columns = [summary.repeats, summary.last, summary.age, *summary.covariates.values()]
    table = list(zip(*(column.tolist() for column in columns), strict=True))
    counts = Counter(table)
    different = [table[row] for row in found.customers]
    assert different == sorted(counts)
    assert list(zip(*(column.tolist() for column in found[:3]), strict=True)) == [
        row[:3] for row in different
    ]
    assert found.weights.tolist() == [counts[row] for row in different]
    assert [different[pattern] for pattern in found.inverse] == table
    assert found.customers.tolist() == [table.index(row) for row in different]
    assert summary.patterns is found


def test_patterns_of_cdnow(cdnow: Summary) -> None:
    assert len(cdnow.patterns.weights) < 1200  # of 2,357 customers
    assert cdnow.patterns.weights.sum() == 2357


def test_a_summary_of_statistics() -> None:
    summary = Summary.of([0, 2, 3], [0, 1.5, 4], 10.25, spend=[0, 0, 5], holdout=1, end=100)
    assert summary.paid.tolist() == [0, 0, 3]
    assert summary.first.tolist() == [89] * 3
    assert (summary.start, summary.end, summary.names) == (89, 100, ("0", "1", "2"))
    assert summary.holdout is not None
    assert summary.holdout.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        summary.age[0] = 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([], [], []), "there are no customers"),
        (([1, 1], [1, 1, 1], 4), "repeats: give one number for each of the 3 customers"),
        (([1, 0.5], 1, 4), "whole numbers of at least 0; customer 1 has repeats 0.5"),
        (([1, 2], [1, 5], 4), "last must lie between 0 and age; customer 1 has repeats 2, last 5"),
        (([0], 1, 4), "last must be 0 for a customer without repeats; customer 0 has"),
        (([1], math.nan, 4), "last: customer 0 has nan; every number must be finite"),
    ],
)
def test_no_histories(columns: tuple[list[float], list[float], list[float]], words: str) -> None:
    with pytest.raises(DataError) as error:
        Summary.of(*columns)
    assert words in str(error.value)


@given(ROWS)
def test_the_order_of_rows_and_customers_does_not_matter(rows: Rows) -> None:
    one, other = summarise(OrderLog.of(rows)), summarise(OrderLog.of(rows[::-1]))
    columns = [np.array([s.repeats, s.last, s.age, s.spend]) for s in (one, other)]
    assert sorted(columns[0].T.tolist()) == sorted(columns[1].T.tolist())


def test_without_until_nothing_is_held_out(cdnow_log: OrderLog) -> None:
    summary = summarise(cdnow_log)
    assert summary.holdout is None
    assert (summary.end, summary.holdout_days) == (parse_day("1998-06-30"), 0)
    assert summary.repeats.sum() == 2457 + 1882


def test_a_late_comer_is_no_customer_yet() -> None:
    log = OrderLog.of([("a", 0, 1.0), ("b", 5, 1.0), ("b", 9, 1.0), ("a", 9, 1.0)])
    summary = summarise(log, 4)
    assert summary.holdout is not None
    assert (summary.customer.tolist(), summary.holdout.tolist()) == ([0], [1])


def test_equal_amounts_have_that_very_mean() -> None:
    rows = [("a", day, 0.1) for day in range(4)] + [("b", 0, 7.3), ("b", 2, 0.0)]
    assert summarise(OrderLog.of(rows)).spend.tolist() == [pytest.approx(0.1, rel=1e-15), 0.0]


@pytest.mark.parametrize("until", ["1970-01-05", "19700105", date(1970, 1, 5), 4, np.int64(4)])
def test_until_is_a_date_or_a_number(until: str | date | int) -> None:
    log = OrderLog.of([("a", 0, 1.0), ("b", 5, 1.0), ("a", 9, 1.0)])
    assert (summarise(log, until).end, summarise(log, until).holdout_days) == (4, 5)


@pytest.mark.parametrize("until", [2.5, True, "soon", 19970930, "9999-12-31", pd.NaT, [4]])
def test_until_must_be_a_day(until: Any) -> None:
    with pytest.raises(DataError, match=r"^until: .* (is not a date|is no day from 1900 to 2199)"):
        summarise(OrderLog.of([("a", 0, 1.0), ("a", 9, 1.0)]), until)


def test_a_silence_after_the_last_order_is_seen() -> None:
    rows = [("a", 0, 1.0), ("b", 5, 1.0), ("a", 9, 1.0)]
    summary = summarise(OrderLog.of(rows), 39)
    assert summary.age.tolist() == [39, 34]
    assert (summary.last.tolist(), summary.end, summary.holdout_days) == ([9, 0], 39, 0)
    assert (summary.holdout, summary.holdout_spend) == (None, None)


def test_it_is_shown_in_a_line(cdnow: Summary) -> None:
    assert repr(cdnow) == (
        "Summary(2,357 customers, 946 of whom came back, 2,457 repeat purchases, "
        "1997-01-01 to 1997-09-30, 273 days held out)"
    )
    assert len(repr(Summary.of(1, 2.0**59, 2.0**60))) < 200  # beyond all calendars
