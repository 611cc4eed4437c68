"""What the monitor finds in experiments whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from helpers.weekly_trials import ARMS, customers

from cvosim.errors import CvosimError, DataError
from cvosim.stats.monitor.looks import seen
from cvosim.stats.monitor.monitor import monitored
from cvosim.stats.monitor.result import Monitor
from cvosim.stats.monitor.rules import Pair, Verdict, always_valid
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.tally import Followed, Tally
from cvosim.stats.monitor.trends import score
from cvosim.stats.monitor.weeks import Weeks

WEEKS = Weeks(0.0, 70.0, window=14.0)
NOVELTY = 0.8 * 0.4 ** np.arange(10)


def watch(units: Followed, weeks: Weeks = WEEKS, **settings: object) -> Monitor:
    asked = MonitorSettings(window=weeks.window, **settings)  # type: ignore[arg-type]
    kept = units.where(units.assigned < weeks.until)
    return monitored(Tally.of(kept, weeks), "spend", asked)


def test_merged_weeks_equal_one_pass() -> None:
    units = customers(4000, 10, 9, NOVELTY[:9])
    whole = Tally.of(units, WEEKS)
    week = WEEKS.cohort(units.assigned)
    for parts in (week, np.arange(4000) % 3, (units.arm + week) % 4):
        merged: Tally | None = None
        for part in np.unique(parts):
            one = Tally.of(units.where(parts == part), WEEKS)
            merged = one if merged is None else merged + one
        assert merged is not None
        for name in ("count", "mean", "scatter", "cube"):
            np.testing.assert_allclose(
                getattr(merged.moments, name), getattr(whole.moments, name), rtol=1e-10, atol=1e-10
            )
        alike = monitored(merged, "x", MonitorSettings()), monitored(whole, "x", MonitorSettings())
        one, two = (found.watched[0] for found in alike)
        assert one.ruled.estimate == pytest.approx(two.ruled.estimate, rel=1e-10)
        assert one.fading is not None
        assert two.fading is not None
        assert one.fading.trend.slope == pytest.approx(two.fading.trend.slope, rel=1e-10)


def test_later_weeks_add_cohorts_and_periods() -> None:
    """What was summed early, for complete cohorts, and what comes later."""
    units = customers(2000, 10, 3)
    early = replace(WEEKS, until=42.0)
    old = units.assigned < 14.0
    first = Tally.of(units.where(old), early)
    whole = first + Tally.of(units.where(~old), WEEKS)
    assert whole.weeks == WEEKS
    np.testing.assert_allclose(whole.moments.mean, Tally.of(units, WEEKS).moments.mean, atol=1e-10)


def test_every_number_of_the_triangle() -> None:
    units = customers(900, 10, 9, NOVELTY[:9])
    found = watch(units).watched[0]
    week = WEEKS.cohort(units.assigned)
    for cohort, row in enumerate(found.triangle):
        assert len(row) == max(0, 9 - cohort)
        for group in row:
            one, other = (
                units.by_age[(week == cohort) & (units.arm == arm), group.number] for arm in (0, 1)
            )
            assert group.effect == pytest.approx(other.mean() - one.mean(), rel=1e-9)
            error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
            assert group.standard_error == pytest.approx(error, rel=1e-9)


def test_the_trend_by_age_is_that_of_the_units_own_slopes() -> None:
    """With one cohort it is a difference of means of slopes that each unit has by itself."""
    units = customers(400, 1, 6, NOVELTY[:6])
    found = watch(units, Weeks(0.0, 49.0, window=14.0)).watched[0]
    own = np.polynomial.polynomial.polyfit(score(6), units.by_age.T, 1)[1]
    one, other = own[units.arm == 0], own[units.arm == 1]
    assert found.fading is not None
    assert found.fading.trend.slope == pytest.approx(other.mean() - one.mean(), rel=1e-9)
    error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    assert found.fading.trend.standard_error == pytest.approx(error, rel=1e-9)


def test_a_novelty_is_found_and_a_constant_effect_is_no_novelty() -> None:
    """Slope and error of this novelty are 12 to 1; a constant effect shifts no slope at all."""
    none, novel, steady = (
        watch(customers(8000, 10, 10, effect)).watched[0].fading for effect in (0.0, NOVELTY, 0.5)
    )
    assert none is not None
    assert novel is not None
    assert steady is not None
    assert novel.trend.found
    assert novel.trend.slope < 0.0
    assert novel.first.effect == pytest.approx(0.8, abs=4 * novel.first.standard_error)
    assert novel.last.effect == pytest.approx(0.0, abs=4 * novel.last.standard_error)
    assert not none.trend.found
    assert not steady.trend.found
    assert steady.trend.slope == pytest.approx(none.trend.slope, abs=1e-12)


def test_ages_at_which_nothing_happened_are_no_part_of_the_trend() -> None:
    units = customers(8000, 10, 10, 0.5)
    some = replace(units, by_age=np.where(np.arange(10) < 4, units.by_age, 0.0))
    short = replace(units, by_age=units.by_age[:, :4])
    one, other = (watch(part).watched[0].fading for part in (some, short))
    assert one is not None
    assert other is not None
    assert not one.trend.found
    assert one.last.number == 3
    # cohorts that lived on are weighed as before, and the last look is the same one
    assert one.trend.slope == pytest.approx(other.trend.slope, rel=1e-9)
    assert one.trend.standard_error == pytest.approx(other.trend.standard_error, rel=1e-9)
    gap = replace(units, by_age=np.where(np.isin(np.arange(10), (0, 2)), 0.0, units.by_age))
    found = watch(gap).watched[0].fading
    assert found is not None
    assert found.first.number == 1
    first = replace(units, by_age=np.where(np.arange(10) < 1, units.by_age, 0.0))
    assert watch(first).watched[0].fading is None
    # a few purchases are no activity to speak of; that one arm does nothing any more is
    few = units.by_age * ((np.arange(10) < 1) | (np.arange(8000) % 2000 == 0)[:, None])
    assert watch(replace(units, by_age=few)).watched[0].fading is None
    quit_early = units.by_age * ((np.arange(10) < 1) | (units.arm == 0)[:, None])
    gone = watch(replace(units, by_age=quit_early)).watched[0].fading
    assert gone is not None
    assert gone.trend.found
    assert gone.last.number > 3


def test_cohorts_that_respond_less_and_less() -> None:
    units = customers(12_000, 10, 1)
    week = WEEKS.cohort(units.assigned)
    falling = units.value + units.arm * np.maximum(0.0, 1.0 - week / 7.0)
    odd = units.value + units.arm * np.where(week == 3, 2.0, 0.0)
    found = [
        watch(replace(units, value=value)).watched[0].drift for value in (units.value, falling, odd)
    ]
    none, less, differing = found
    assert none is not None
    assert less is not None
    assert differing is not None
    assert not none.trend.found
    assert not none.differing.found
    assert less.trend.found
    assert less.first > less.last
    assert differing.differing.found
    assert differing.differing.df == WEEKS.matured - 1


@pytest.mark.parametrize("planned", [{}, {"looks": 8}, {"looks": 8, "planned_units": 4000.0}])
def test_more_data_do_not_change_what_a_look_said(planned: dict[str, object]) -> None:
    units = customers(5000, 10, 2, 0.05)
    longer = watch(units, **planned).watched[0].ruled.looks
    for until in (28.0, 35.5, 49.0):
        shorter = watch(units, replace(WEEKS, until=until), **planned).watched[0].ruled.looks
        assert 0 < len(shorter) < len(longer)
        for early, late in zip(shorter, longer, strict=False):
            assert early.units == late.units
            np.testing.assert_allclose(early[3:-1], late[3:-1], rtol=1e-6)
            assert early.verdict == late.verdict


def test_only_matured_customers_count() -> None:
    """Values of those whose window is not over may be anything."""
    units = customers(3000, 10, 2)
    wild = np.where(WEEKS.cohort(units.assigned) >= WEEKS.matured, 1e9, units.value)
    one, other = watch(units), watch(replace(units, value=wild))
    assert one.watched[0].ruled == other.watched[0].ruled
    assert one.waiting == (units.assigned >= 7.0 * WEEKS.matured).sum()
    last = one.watched[0].ruled.looks[-1]
    assert sum(last.units) + last.waiting == 3000


def test_a_split_that_changes_mixes_no_weeks_into_the_effect() -> None:
    """The treatment grows from 10 % to 90 %, and so does spending: no effect all the same."""
    units = customers(8000, 10, 1)
    week = WEEKS.cohort(units.assigned)
    place = (np.arange(8000) * 0.618034) % 1.0  # evenly over the customers of a week
    arm = (place < 0.1 + 0.1 * np.minimum(week, 8)).astype(np.int32)
    found = watch(replace(units, arm=arm, value=units.value + 5.0 * week)).watched[0].ruled
    assert abs(found.estimate) < 4.0 * found.looks[-1].standard_error
    assert found.stopped is None


def test_verdicts() -> None:
    units = customers(8000, 10, 1)
    better, worse = (replace(units, value=units.value + sign * units.arm) for sign in (1.0, -1.0))
    assert watch(better).watched[0].verdict is Verdict.SHIP
    assert watch(worse).watched[0].verdict is Verdict.HARM
    assert watch(worse, lower_is_better=True).watched[0].verdict is Verdict.SHIP
    assert watch(units).watched[0].verdict is Verdict.CONTINUE
    assert watch(units, worth=0.5).watched[0].verdict is Verdict.FUTILE
    assert watch(units, looks=8).watched[0].verdict is Verdict.NOT_SHOWN
    assert watch(units, looks=9).watched[0].verdict is Verdict.CONTINUE
    hopeless = watch(units, looks=9, futility="pocock").watched[0]
    assert hopeless.verdict is Verdict.FUTILE
    soon = watch(units, replace(WEEKS, until=20.0))
    assert soon.watched[0].verdict is Verdict.WAIT
    assert math.isnan(soon.watched[0].naive_rate)


def test_arms_of_the_wrong_size() -> None:
    units = customers(8000, 10, 1)
    kept = (units.arm == 0) | (np.arange(8000) % 5 > 0)
    assert watch(units.where(kept)).mismatch
    assert not watch(units).mismatch
    assert not watch(units.where(kept), shares=(5.0, 4.0)).mismatch


def test_data_after_the_last_look_are_refused_with_the_day_to_stop_at() -> None:
    units = customers(4000, 10, 1)
    for planned in ({"looks": 5}, {"looks": 5, "planned_units": 1900.0}):
        with pytest.raises(CvosimError, match=r"data after the last look: .* --until 49,") as error:
            watch(units, **planned)
        until = replace(WEEKS, until=float(str(error.value).split("--until ")[1].split(",")[0]))
        assert watch(units, until, **planned).watched[0].verdict is Verdict.NOT_SHOWN


def test_what_does_not_fit_together_is_refused() -> None:
    units = customers(500, 10, 2)
    tally = Tally.of(units, WEEKS)
    with pytest.raises(DataError, match="cohort of day 14 was followed for longer in one part"):
        _ = tally + Tally.of(units.where(units.assigned < 28.0), replace(WEEKS, until=28.0))
    with pytest.raises(DataError, match="different experiments: window"):
        _ = tally + Tally.of(units, replace(WEEKS, window=7.0))
    early = Tally.of(units.where(units.assigned < 20.0), replace(WEEKS, until=21.0))
    late = Tally.of(units.where(units.assigned >= 21.0), WEEKS)
    with pytest.raises(DataError, match=r"cohort of day 7 is not complete: its sums end before"):
        monitored(early + late, "x", MonitorSettings())
    with pytest.raises(DataError, match="shares: 3 for 2 arms"):
        monitored(tally, "x", MonitorSettings(shares=(1.0, 1.0, 1.0)))
    with pytest.raises(DataError, match="not all within the data"):
        Tally.of(units, replace(WEEKS, until=35.0))


def test_several_treatments_share_the_error_rate() -> None:
    units = customers(6000, 10, 1)
    arm = (np.arange(6000) % 3).astype(np.int32)
    three = Followed((*ARMS, "C"), arm, units.assigned, units.value + (arm == 2), units.by_age)
    found = watch(three)
    assert [str(one.verdict) for one in found.watched] == ["continue", "stop: ship it"]
    two = three.where(arm != 1)
    pair = replace(two, arms=ARMS, arm=(two.arm == 2).astype(np.int32))
    alone = watch(pair).watched[0].ruled
    assert found.watched[1].ruled.high > alone.high
    # the p-value by the rule of the interval: below 5 % just where that leaves out no effect
    ends = set()
    for effect in np.linspace(0.0, 1.0, 6):
        moved = replace(three, value=units.value + effect * (arm == 2))
        plans: tuple[dict[str, object], ...] = ({}, {"looks": 8})
        for settings in plans:
            for one in watch(moved, WEEKS, **settings).watched:
                ruled = one.ruled
                if math.isfinite(ruled.p_value):
                    shown = ruled.low > 0.0 or ruled.high < 0.0
                    assert (ruled.p_value < 0.05) == shown
                    ends.add(shown)
    assert ends == {False, True}
    sums = Tally.of(pair, WEEKS).moments
    both = seen(sums.count, sums.mean[..., 0], sums.scatter[..., 0, 0], sums.cube[..., 0])
    asked = Pair(both, sums.count.sum(axis=1), WEEKS, 0.025, 1.0)
    for single, shared in zip(
        always_valid(asked, MonitorSettings()).looks,
        always_valid(asked._replace(treatments=2), MonitorSettings()).looks,
        strict=True,
    ):
        assert (single.low, single.high) == (shared.low, shared.high)
        assert shared.p_value == min(1.0, 2.0 * single.p_value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"level": 0.3}, "level"),
        ({"ages": 0}, "ages"),
        ({"planned_units": 100.0}, "planned units"),
        ({"futility": "pocock"}, "futility"),
        ({"tuned_units": 0.0}, "tuned units"),
        ({"worth": -1.0}, "worth"),
        ({"shares": (1.0, 0.0)}, "shares"),
        ({"missing": "mean"}, "missing"),
    ],
)
def test_settings_out_of_range(values: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        MonitorSettings(**values)  # type: ignore[arg-type]


def test_a_calendar_out_of_range() -> None:
    with pytest.raises(DataError, match="period"):
        Weeks(0.0, 7.0, period=0.0)
    with pytest.raises(DataError, match="window"):
        Weeks(0.0, 7.0, window=-1.0)
    with pytest.raises(DataError, match="look for a wrong date"):
        Weeks(0.0, 20_000.0)
