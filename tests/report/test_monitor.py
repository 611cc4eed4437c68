"""The words of a monitor, each against the numbers it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.weekly_trials import customers

from cvosim.report.abtest import Wording
from cvosim.report.documents.monitor import monitor_document
from cvosim.report.monitor import drift_words, fading_words, monitor_verdict
from cvosim.report.monitor_picture import monitor_picture
from cvosim.report.monitor_tables import adjusted, monitor_csv, monitor_text
from cvosim.stats.monitor.monitor import monitored
from cvosim.stats.monitor.result import Drift, Fading, Group, Monitor
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.tally import Followed, Tally
from cvosim.stats.monitor.trends import Heterogeneity, Trend
from cvosim.stats.monitor.weeks import Weeks

WEEKS = Weeks(20_514.0, 20_584.0, window=14.0)
WORDING = Wording("EUR", frozenset({"spend"}))


def watch(effect: object = 0.0, units: Followed | None = None, **settings: Any) -> Monitor:
    people = customers(4000, 10, 5, effect) if units is None else units
    people = replace(people, assigned=people.assigned + WEEKS.start)
    return monitored(Tally.of(people, WEEKS), "spend", MonitorSettings(window=14.0, **settings))


def fading(p: float, slope: float, was: float, now: float, base: float = 10.0) -> Fading:
    trend = Trend(slope, 0.1, p, 0.0167, 5)
    first, last = (
        Group(age, (500.0, 500.0), control, control + effect, effect, 0.1)
        for age, control, effect in ((0, 10.0, was), (3, base, now))
    )
    return Fading(trend, first, last)


def test_words_about_age() -> None:
    found = watch()
    for one, words in (
        (fading(0.001, -1.0, 2.0, 0.2), "the effect fades: it was +EUR 2.00 in the first week of "
         "a customer's life and is +EUR 0.20 by the fourth. Relative to A it went from +20 % to "
         "+2 %."),
        (fading(0.001, 1.0, -2.0, -0.2), "the effect fades: it was −EUR 2.00 in"),
        (fading(0.001, -1.0, 2.0, 0.9, base=5.0), "Relative to A it holds (+20 % and +18 %): it is "
         "the value itself that falls with age in both arms."),
        (fading(0.001, 1.0, 1.0, 2.5), "the effect grows with age: it was +EUR 1.00 in"),
        (fading(0.2, -1.0, 2.0, 0.2), "no sign that the effect fades: +EUR 2.00 in the first week "
         "of a customer's life, +EUR 0.20 in the fourth."),
    ):  # fmt: skip
        assert words in fading_words(found, one, WORDING)


def test_words_about_cohorts() -> None:
    found = watch()
    same = Heterogeneity(3.0, 5, 1.0, 0.0167)
    for trend, differing, first, last, words in (
        (0.001, same, 2.0, 0.5, "later cohorts respond less: by the trend over cohorts, +EUR 2.00 "
         "in the first and +EUR 0.50 in the latest that is complete."),
        (0.001, same, 0.5, 2.0, "later cohorts respond more"),
        (0.5, same._replace(p_value=0.001), 1.0, 1.1, "cohorts respond differently"),
        (0.5, same, 1.0, 1.1, "no sign that cohorts respond differently."),
    ):  # fmt: skip
        drift = Drift(Trend(last - first, 0.1, trend, 0.0167, 5), differing, first, last)
        assert words in drift_words(found, drift, WORDING)


@pytest.mark.parametrize(
    ("effect", "settings", "words"),
    [
        (0.5, {}, "B earns EUR 2."),
        (-0.5, {}, "Stop: it does harm. For all "),
        (0.0, {}, "B: continue. So far it earns EUR "),
        (0.0, {"worth": 1.5}, "B: stop, it is futile. It earns EUR "),
        (0.0, {"worth": 1.5}, "an effect of EUR 1.50, which would pay, is ruled out."),
        (0.0, {"looks": 9}, "Next look on 2026-05-18 (8 looks so far, 9 planned)."),
        (0.0, {"looks": 8}, "B: the planned end is reached without an effect shown. It earns "),
        (0.0, {"looks": 9, "futility": "pocock"}, "by its plan it has no chance left"),
        (
            0.0,
            {"shares": (3.0, 1.0)},
            "Do not trust this experiment yet: the arms are not as large",
        ),
    ],
)
def test_verdicts_in_words(effect: float, settings: dict[str, Any], words: str) -> None:
    told = monitor_verdict(watch(effect, **settings), WORDING)
    assert words in told
    assert "Waiting: " in told


def test_words_where_there_is_nothing_to_compare_or_to_wait_for() -> None:
    units = customers(4000, 10, 5)
    alike = watch(units=replace(units, value=0.0 * units.value))
    told = monitor_verdict(alike, WORDING)
    assert "B: wait. All values of spend are alike so far: there is nothing to compare." in told
    told = monitor_verdict(watch(units=units.where(units.assigned < 49.0)), WORDING)
    assert "Everybody assigned so far counts: it takes more customers to tell." in told
    assert "Waiting" not in told


def tailed(power: float, rare: int) -> Followed:
    """Customers of a long tail, few of them in arm ``rare``."""
    units = customers(4000, 10, 5)
    arm = np.where(np.arange(4000) % 10 == 0, rare, 1 - rare).astype(np.int32)
    return replace(units, value=units.value**power, arm=arm)


@pytest.mark.parametrize(("rare", "small"), [(1, "B"), (0, "A")])
def test_a_small_arm_and_a_long_tail_are_warned_of(rare: int, small: str) -> None:
    """The arm that is named is the small one, whichever side the skewness is on."""
    shares = (9.0, 1.0) if rare else (1.0, 9.0)
    told = monitor_verdict(watch(units=tailed(4.0, rare), shares=shares), WORDING)
    assert "B: wait. spend is too uneven so far (a few bring most of it), and " in told
    assert f"{small} too small: the difference has a skewness of {'+' if rare else '-'}" in told
    assert "customers are complete (3,1" in told
    assert "this rule does" not in told
    told = monitor_verdict(watch(units=tailed(4.0, rare), shares=shares, looks=8), WORDING)
    assert f"Warning: spend is so uneven (a few bring most of it), and {small} so small" in told
    assert "intervals are off" in told
    assert "this rule would in 5 % at most" in told
    assert "that promise does not hold here yet: spend is too uneven for so small an arm" in told
    assert "may be wrong more often" in told
    told = monitor_verdict(watch(units=tailed(1.0, rare), shares=shares), WORDING)
    assert "this rule does in 5 % at most" in told
    assert "Warning" not in monitor_verdict(watch(), WORDING)


def test_the_next_look_is_one_that_will_come() -> None:
    """Weeks in which nobody came are not looked at; the end of a plan is, come who may."""
    units = customers(4000, 10, 5)
    gap = units.where((units.assigned < 49.0) | (units.assigned >= 63.0))
    assert "Next look on 2026-05-25." in monitor_verdict(watch(units=gap), WORDING)
    ended = watch(units=units.where(units.assigned < 49.0), looks=10)
    told = monitor_verdict(ended, WORDING)
    assert "Everybody assigned so far counts; the planned end is on 2026-05-25." in told


def test_a_naive_interval_is_never_shown() -> None:
    """Every interval shown is wider than that of a fixed-sample test at the same level."""
    for settings in ({}, {"looks": 9}):
        for look in watch(0.05, **settings).watched[0].ruled.looks:
            assert look.high - look.estimate > 1.96 * look.standard_error


def test_tables_and_pictures_of_two_treatments_of_shares() -> None:
    units = customers(3000, 10, 5)
    buys = (units.value > 5.0).astype(float)
    three = Followed(("A", "B", "C"), (np.arange(3000) % 3).astype(np.int32), units.assigned, buys,
                     (units.by_age > 1.0).astype(float))  # fmt: skip
    found = watch(units=three)
    wording = Wording(shares=frozenset({"spend"}))
    told = monitor_text(found, wording, "table")
    assert told.count(" pp") > 50
    assert "C less A, by cohort and week of life" in told
    assert monitor_csv(found).splitlines()[0].startswith("kind,treatment,number,age,day")
    figure = monitor_picture(found, wording)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "B: effect so far", "B: effect by week of a customer's life",
        "C: effect so far", "C: effect by week of a customer's life",
    ]  # fmt: skip
    bounds = figure.axes[0].lines[1].get_ydata()
    assert list(bounds) == [look.high for look in found.watched[0].ruled.looks]
    for ax, one in zip(figure.axes[::2], found.watched, strict=True):
        low, high = ax.get_ylim()
        cut = any(look.low < low or look.high > high for look in one.ruled.looks)
        assert cut == any("wider than shown" in text.get_text() for text in ax.texts)


def test_two_treatments_are_said_to_be_corrected_for() -> None:
    units = customers(6000, 10, 5)
    arm = (np.arange(6000) % 3).astype(np.int32)
    three = replace(units, arms=("A", "B", "C"), arm=arm, value=units.value + 2.0 * (arm == 2))
    found = watch(units=three)
    told = monitor_verdict(found, WORDING)
    assert "(95 % interval, valid over all looks and 2 treatments, " in told
    assert "Intervals and p-values are corrected over all looks and 2 treatments: each" in told
    assert "has 2.5 % of the 5 %, and its p-value is multiplied by 2." in told
    decided = found.watched[1].ruled
    assert decided.stopped is not None
    count = sum(decided.looks[decided.stopped].units)
    assert f", with {count:,.0f} customers in A and C." in told
    tables = monitor_text(found, WORDING, "md")
    assert "| 95 % interval, all looks and 2 treatments |" in tables
    assert "| p, all looks and 2 treatments |" in tables
    one = monitor_verdict(watch(1.0), WORDING)
    assert " customers in " not in one
    assert "corrected" not in one


def test_doubts_about_the_data_come_first_and_what_was_left_out_after_the_verdict() -> None:
    notes = "3 of 9 rows left out.", "Warning: a date is odd."
    found = replace(watch(), notes=notes)
    lines = monitor_verdict(found, WORDING).splitlines()
    assert lines[0] == "Warning: a date is odd."
    assert lines[1].startswith("B: continue.")
    assert lines[2] == "3 of 9 rows left out."
    assert lines.count(notes[0]) == lines.count(notes[1]) == 1


def test_a_p_value_is_never_0() -> None:
    found = replace(watch(5.0), ratio_p=0.0)
    assert "always-valid p below 1e-16)" in monitor_verdict(found, WORDING)
    look = found.watched[0].ruled.looks[-1]
    assert look.p_value < 1e-16
    assert "| below 1e-16 |" in monitor_text(found, WORDING, "md")


def test_too_few_purchases_to_see_an_effect_fade() -> None:
    units = customers(4000, 10, 5)
    once = replace(units, by_age=np.where(np.arange(5) < 1, units.by_age, 0.0))
    told = monitor_verdict(watch(units=once), WORDING)
    assert "fades with age cannot be seen: too few purchases later to tell." in told


def test_an_ended_plan_tells_its_own_interval_and_the_looks_theirs() -> None:
    """Only the intervals of looks hold at all of them; the one of the end is named as that."""
    found = watch(0.4, looks=8, spending="pocock")
    (one,) = found.watched
    look = one.ruled.looks[one.ruled.stopped or 0]
    assert adjusted(one)
    assert look.low < one.ruled.low < one.ruled.high < look.high
    said = monitor_verdict(found, WORDING)
    ends = " to ".join(WORDING.change("spend", end, 9.0) for end in (one.ruled.low, one.ruled.high))
    assert f"as of the test's end, which allows for all looks, {ends}" in said
    assert "valid at all looks" not in said
    exhibit = monitor_document(found, WORDING).sections[0].exhibits[0]
    for text in (exhibit.alt, exhibit.note):
        assert f"(95 % interval {ends})" in text
    going = watch(0.0, looks=20)
    assert not adjusted(going.watched[0])
    assert "valid at all looks" in monitor_verdict(going, WORDING)
    assert "As of the test's end" not in str(monitor_document(going, WORDING).sections)
