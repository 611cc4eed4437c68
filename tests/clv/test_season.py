"""The clock of the seasons against a sum day by day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.clv.orders.days import EPOCH, parse_day
from cvosim.clv.orders.season import SeasonClock, in_season
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

MULTIPLIERS = st.lists(st.floats(0.05, 20.0), min_size=12, max_size=12)
FIRST, LAST = parse_day("1900-01-01"), parse_day("2199-12-31")


def slowly(multipliers: list[float], start: int, end: int) -> float:
    """Add up the days from one to the other, each by its month."""
    mean = sum(multipliers) / 12
    days = (EPOCH + timedelta(days=day) for day in range(start, end))
    return sum(multipliers[day.month - 1] / mean for day in days)


@given(MULTIPLIERS, st.integers(FIRST, LAST - 900), st.integers(0, 900))
def test_whole_days_add_up(multipliers: list[float], start: int, length: int) -> None:
    """Ten digits: what the clock shows grows to 1e5 at most, of which float64 keeps 16."""
    clock = SeasonClock(tuple(multipliers))
    found = clock.elapsed(start, start + length)
    assert found == pytest.approx(slowly(multipliers, start, start + length), rel=1e-10, abs=1e-9)
    assert clock.elapsed(start + length, start) == -found


@given(MULTIPLIERS, st.lists(st.floats(FIRST, LAST), min_size=2, max_size=9))
def test_it_runs_evenly_within_a_day(multipliers: list[float], moments: list[float]) -> None:
    clock = SeasonClock(tuple(multipliers))
    moments = sorted(moments)
    whole = np.floor(moments)
    rest = np.array(moments) - whole
    rate = clock.elapsed(whole, whole + 1)
    assert clock.elapsed(whole, moments) == pytest.approx(rest * rate, rel=1e-6, abs=1e-9)
    assert (np.diff(clock.elapsed(moments[0], moments)) >= 0).all()


def test_a_year_without_seasons_and_one_with() -> None:
    year = parse_day("2023-01-01"), parse_day("2024-01-01")
    assert SeasonClock((3.0,) * 12).elapsed(*year) == 365
    clock = SeasonClock((0.5,) * 6 + (1.5,) * 6)
    assert clock.elapsed(*year) == 181 * 0.5 + 184 * 1.5
    assert clock.elapsed(FIRST, LAST + 1) == pytest.approx(
        sum(clock.multipliers[date.fromordinal(day).month - 1] for day in _all_days()), rel=1e-12
    )


def _all_days() -> range:
    return range(date(1900, 1, 1).toordinal(), date(2200, 1, 1).toordinal())


def test_a_summary_in_season() -> None:
    """In January a day is 2 / (13 / 12) season-days, in every other month 1 / (13 / 12)."""
    end = parse_day("2024-03-01")
    clock = SeasonClock((2.0,) + (1.0,) * 11)
    summary = Summary.of([0, 1, 2], [0, 31, 0.25], [60, 60, 29.5], spend=5.0, end=end)
    found = in_season(summary, clock)
    assert found.last * (13 / 12) == pytest.approx([0, 62, 0.5])
    assert found.age * (13 / 12) == pytest.approx([62 + 29, 62 + 29, 1 + 29])
    assert (found.first == summary.first).all()
    assert (found.spend == summary.spend).all()
    assert len(found.patterns.weights) == 3


@given(MULTIPLIERS, st.floats(0.0, 999.0), st.floats(0.0, 1.0))
def test_nobody_buys_after_the_end(multipliers: list[float], age: float, share: float) -> None:
    summary = Summary.of([3, 3], [age * share, age], [age, age], end=20_000)
    found = in_season(summary, SeasonClock(tuple(multipliers)))
    assert (found.last <= found.age).all()
    assert (found.last >= 0).all()


@pytest.mark.parametrize(
    ("multipliers", "words"),
    [
        ((1.0,) * 11, "give twelve multipliers, January first, not 11"),
        ((1.0,) * 4 + (0.0,) + (1.0,) * 7, "the multiplier of month 5, 0, must be a finite"),
        ((float("nan"),) + (1.0,) * 11, "month 1, nan, must be"),
        (("a",) * 12, "give twelve numbers, January first"),
    ],
)
def test_no_season(multipliers: tuple[float, ...], words: str) -> None:
    with pytest.raises(DataError, match=words):
        SeasonClock(multipliers)


def test_days_of_other_centuries() -> None:
    clock = SeasonClock((1.0,) * 12)
    for day in (FIRST - 1.0, LAST + 1.5, float("nan")):
        with pytest.raises(DataError, match="outside the years 1900 to 2199"):
            clock.elapsed(day, 0)
