"""From tables and activity logs to followed customers, and what is refused on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from helpers.weekly_trials import customers

from cvosim.errors import DataError
from cvosim.stats.cohort import Cohort
from cvosim.stats.data.reading import Roles
from cvosim.stats.monitor.activity import ActivityLog, read_activity
from cvosim.stats.monitor.doubts import odd_days
from cvosim.stats.monitor.monitor import monitor, monitor_cohort, monitored, tallied
from cvosim.stats.monitor.reading import read_units
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.state import closed, read_state, state_text
from cvosim.stats.monitor.tally import Followed
from cvosim.tables import whole_files

START = 20_514.0
"""A Monday, 2026-03-02."""
ROLES = Roles("arm", "A", unit="who", assigned="entry", until=START + 70.0)
SETTINGS = MonitorSettings(window=14.0)


@pytest.fixture(scope="module")
def units() -> Followed:
    return customers(1500, 10, 6, 0.3)


def table_of(units: Followed) -> pd.DataFrame:
    first_two = units.by_age[:, :2].sum(axis=1)
    arm = np.where(units.arm == 1, "B", "A")
    days = START + units.assigned
    who = [f"c{number}" for number in range(len(arm))]
    return pd.DataFrame({"who": who, "arm": arm, "entry": days, "spend": first_two})


def log_of(units: Followed) -> pd.DataFrame:
    """One event in the middle of each week of life, of the weeks before the end."""
    count, ages = units.by_age.shape
    day = START + units.assigned[:, None] + 7.0 * np.arange(ages) + 3.5
    who = np.repeat([f"c{number}" for number in range(count)], ages)
    log = pd.DataFrame({"who": who, "day": day.ravel(), "spend": units.by_age.ravel()})
    return log[log.day < START + 70.0].sort_values("spend", ignore_index=True)


def test_both_layouts_see_the_same(units: Followed) -> None:
    table, log = table_of(units), log_of(units)
    one = monitor(table, ROLES, "spend", SETTINGS)
    both = log.merge(table.drop(columns="spend"), on="who")
    for data, held in ((log, ActivityLog("day", table)), (both, ActivityLog("day"))):
        found = monitor(data, ROLES, "spend", SETTINGS, held)
        assert found.watched[0].ages
        for early, late in zip(
            one.watched[0].ruled.looks, found.watched[0].ruled.looks, strict=True
        ):
            assert early.estimate == pytest.approx(late.estimate, rel=1e-9)
            assert early.low == pytest.approx(late.low, rel=1e-9)


def test_any_frame_and_file(units: Followed, tmp_path: Path) -> None:
    table = table_of(units)
    table["entry"] = pd.to_datetime(table.entry * 86_400e9).dt.strftime("%Y-%m-%d %H:%M:%S.%f")
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_parquet(tmp_path / "a.parquet")
    roles = ROLES._replace(until="2026-05-10")
    found = [
        monitor(data, roles, "spend", SETTINGS).to_dict()["treatments"][0]["looks"]
        for data in (table, pa.Table.from_pandas(table), tmp_path / "a.csv", tmp_path / "a.parquet")
    ]
    assert found[1:] == found[:-1]
    assert found[0][0]["day"] == "2026-03-23"
    assert len(found[0]) == 8


def test_a_cohort_at_hand(units: Followed) -> None:
    """As simulated experiments give it: the same as a table of the same customers."""
    table = table_of(units)
    day = table.entry.to_numpy() - START
    cohort = Cohort(("A", "B"), units.arm, {"spend": table.spend.to_numpy()}, assigned_day=day,
                    observed_days=70.0 - day)  # fmt: skip
    one, other = monitor_cohort(cohort, "spend", SETTINGS), monitor(table, ROLES, "spend", SETTINGS)
    assert one.watched[0].ruled.estimate == other.watched[0].ruled.estimate
    assert one.watched[0].ruled.looks[0].day == 21.0
    with pytest.raises(DataError, match="no days of assignment"):
        monitor_cohort(replace(cohort, assigned_day=None), "spend")


def test_what_came_after_the_end_does_not_count(units: Followed) -> None:
    table, log = table_of(units), log_of(units)
    roles = ROLES._replace(until=START + 42.0)
    found = monitor(table, roles, "spend", SETTINGS)
    assert found.units.sum() == (units.assigned < 42.0).sum()
    assert "assigned after 2026-04-12 left out" in found.notes[0]
    found = monitor(log, roles, "spend", SETTINGS, ActivityLog("day", table))
    assert found.units.sum() == (units.assigned < 42.0).sum()
    assert f"of {len(log):,} rows of the log left out: after the end of the data." in found.notes[0]
    late = int((units.assigned >= 42.0).sum())
    assert found.notes[1].startswith(f"{late} units assigned after 2026-04-12 left out, the last ")


def test_rows_of_strangers_and_customers_that_did_nothing(units: Followed) -> None:
    table, log = table_of(units), log_of(units)
    idle = log[log.who != "c0"]
    found, _ = read_activity(idle, ROLES, "spend", ActivityLog("day", table), SETTINGS)
    assert len(found.arm) == 1500
    assert found.value[0] == 0.0
    known = table[table.who != "c5"]
    found, _ = read_activity(log, ROLES, "spend", ActivityLog("day", known), SETTINGS)
    assert len(found.arm) == 1499
    assert found.notes == (
        f"6 of {len(log):,} rows of the log left out: their units are not in the table of units.",
    )
    one_file = log.merge(table.drop(columns="spend"), on="who")
    found, _ = read_activity(one_file, ROLES, "spend", ActivityLog("day"), SETTINGS)
    assert found.notes[0].startswith("Warning: every unit known has done something")
    assigned = pd.DataFrame({"who": ["x"], "day": [None], "spend": [None], "arm": ["A"]})
    more = pd.concat(
        [one_file, assigned.assign(entry=START + 3.0).astype({"day": float, "spend": float})]
    )
    found, _ = read_activity(more, ROLES, "spend", ActivityLog("day"), SETTINGS)
    assert (found.notes, found.value[-1]) == ((), 0.0)


def refused(data: Any, words: str, log: ActivityLog | None = None, **roles: Any) -> None:
    with pytest.raises(DataError, match=words):
        monitor(data, ROLES._replace(**roles), "spend", SETTINGS, log)


def test_bad_input_is_refused_in_words(units: Followed) -> None:
    table, log = table_of(units), log_of(units)
    held = ActivityLog("day", table)
    refused(table, r"--assigned COLUMN", assigned=None)
    refused(table, r"needs the end of the data \(--until DATE\)", until=None)
    refused(table, "until: 'tomorrow' is no date", until="tomorrow")
    refused(table, "nobody was assigned before the end", until=START - 1.0)
    refused(table.assign(entry=table.entry.where(table.who != "c3")), "row 3: entry: is empty")
    refused(table.assign(spend=np.nan), "values are missing; .* --missing zero")
    refused(pd.concat([table, table[:1]]), "some units have several rows; .* --date")
    refused(log, r"\(--unit COLUMN\)", held, unit=None)
    refused(log, "some units have several rows; give one each",
            ActivityLog("day", pd.concat([table, table[:1]])))  # fmt: skip
    undated = log.assign(day=log.day.where(log.index != 7))
    refused(undated, "row 7: day: is empty, though spend is not", held)
    early = log.assign(day=log.day.where(log.index != 7, START - 9.0))
    refused(early, "row 7: day: 2026-02-21 is before the unit was assigned, on 2026-", held)
    moved = log.merge(table.drop(columns="spend"), on="who")
    moved.loc[11, "entry"] -= 30.0
    refused(moved, "a unit is assigned once", ActivityLog("day"))
    switched = log.merge(table.drop(columns="spend"), on="who")
    switched.loc[11, "arm"] = "A" if switched.loc[11, "arm"] == "B" else "B"
    refused(switched, "a unit belongs to one arm", ActivityLog("day"))


def test_arms_that_two_files_dispute_are_refused(units: Followed) -> None:
    table = table_of(units).replace({"arm": {"A": "0", "B": "1"}})
    log = log_of(units).merge(table[["who", "arm"]], on="who")
    held, zero = ActivityLog("day", table), ROLES._replace(control="0")
    plain, _ = read_activity(log.drop(columns="arm"), zero, "spend", held, SETTINGS)
    # whole numbers become floats where cells are empty, and an empty arm says nothing
    empty = log.assign(arm=log.arm.astype(float).where(log.index % 3 > 0))
    for fine in (log, empty):
        found, _ = read_activity(fine, zero, "spend", held, SETTINGS)
        np.testing.assert_array_equal(found.by_age, plain.by_age)
    other = log.arm.map({"0": "1", "1": "0"})
    first = log.who[log.who.isin(["c7", "c8", "c9"])].iloc[0]
    told = table.arm[table.who == first].iloc[0]
    said = {"0": "1", "1": "0"}[told]
    odd = log.assign(arm=log.arm.where(~log.who.isin(["c7", "c8", "c9"]), other))
    words = rf'arm: "{first}" is in "{said}", but the data says "{told}" \(2 more units disagree\)'
    refused(odd, words, held, control="0")
    one = log.assign(arm=log.arm.where(log.who != "c7", "new"))
    refused(one, r'"c7" is in "new", but the data says "[01]"; a unit belongs to one arm', held,
            control="0")  # fmt: skip


def test_strangers_dispute_no_arm(units: Followed) -> None:
    """Whatever arm their rows name: the table of units says nothing of them."""
    table = table_of(units)
    log = log_of(units).merge(table[["who", "arm"]], on="who")
    strange = [log[:1].assign(who="nobody", arm=arm) for arm in ("A", "B", "C")]
    held = ActivityLog("day", table)
    plain, _ = read_activity(log, ROLES, "spend", held, SETTINGS)
    found, _ = read_activity(pd.concat([*strange, log]), ROLES, "spend", held, SETTINGS)
    np.testing.assert_array_equal(found.by_age, plain.by_age)
    assert found.notes[0].startswith(f"3 of {len(log) + 3:,} rows of the log left out")


def test_days_that_may_be_mistyped_are_warned_of(units: Followed) -> None:
    """One clear line, before the verdict; a long pause, the last event or today gives it away."""
    table, log = table_of(units), log_of(units)
    roles = ROLES._replace(until=None)
    instant = MonitorSettings()
    far = table.assign(entry=table.entry.where(table.who != "c4", START + 900.0))
    (note,) = monitor(far, roles, "spend", instant).notes
    assert note.startswith("Warning: 1 unit was assigned on 2028-08-18, 83")
    assert "days after all others, the last of them on 2026-05-10; is a date mistyped?" in note
    before = table.assign(entry=table.entry.where(table.who != "c4", START - 400.0))
    (note,) = monitor(before, roles, "spend", instant).notes
    assert "days before all others, the first of them on 2026-03-02; is a date" in note
    # the log ends before the day, so that the unit is out, and nobody said that the log ends
    held = ActivityLog("day", far)
    rest = log[log.who != "c4"]
    (note,) = read_activity(rest, roles, "spend", held, SETTINGS)[0].notes
    assert note.startswith("Warning: 1 unit assigned after the last event of the log, on 2026-05-")
    (note,) = read_activity(rest, ROLES, "spend", held, SETTINGS)[0].notes
    assert note == "1 unit assigned after 2026-05-10 left out, on 2028-08-18."
    days = np.array([START, START + 1.0, START + 30.0])
    (note,) = odd_days(days, today=START + 8.0)
    assert "1 unit was assigned on 2026-04-01, after today, 2026-03-10; is a date" in note
    # a calendar of its own, and days that are no dates
    assert odd_days(days, today=START - 8.0) == odd_days(days - START, today=20.0) == ()


def test_missing_values_of_customers_who_wait_are_no_matter(units: Followed) -> None:
    table = table_of(units)
    waiting = units.assigned >= 56.0
    found, _ = read_units(table.assign(spend=table.spend.where(~waiting)), ROLES, "spend", SETTINGS)
    assert found.notes == ()
    some = table.assign(spend=table.spend.where(table.who != "c0"))
    found, _ = read_units(some, ROLES, "spend", MonitorSettings(window=14.0, missing="zero"))
    assert found.notes == ("1 missing values of spend count as 0.",)


def test_sums_kept_from_week_to_week_equal_one_pass_over_everything(
    units: Followed, tmp_path: Path
) -> None:
    """Each run reads only the rows of cohorts that earlier runs had not seen to their end."""
    table, log = table_of(units), log_of(units)
    settings = MonitorSettings(window=14.0, ages=3)
    held = ActivityLog("day", table)
    whole, _ = tallied(log, ROLES, "spend", settings, held)
    file, kept = tmp_path / "state.csv", None
    entry = dict(zip(table.who, table.entry, strict=True))
    for until in (28.0, 35.0, 56.0, 70.0):
        roles = ROLES._replace(until=START + until)
        # as of 28 days nothing is closed; later what was closed a step before is thrown away
        needed = log.who.map(entry) >= START + (
            0.0 if kept is None else 7.0 * closed(kept, 3).sum()
        )
        tally, _ = tallied(log[needed], roles, "spend", settings, held, kept)
        file.write_text(state_text(tally.only(closed(tally, 3))))
        kept = read_state(file)
    for name in ("count", "mean", "scatter", "cube"):
        one, other = getattr(tally.moments, name), getattr(whole.moments, name)
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    one, other = (monitored(part, "spend", settings).watched[0] for part in (tally, whole))
    np.testing.assert_allclose(one.ruled[2:-1], other.ruled[2:-1], rtol=1e-9)
    assert one.fading is not None
    assert other.fading is not None
    np.testing.assert_allclose(one.fading.trend[:3], other.fading.trend[:3], rtol=1e-9)
    again, _ = tallied(log, ROLES, "spend", settings, held, kept)
    np.testing.assert_allclose(again.moments.mean, whole.moments.mean, rtol=1e-10, atol=1e-12)


def test_a_file_that_is_no_state(tmp_path: Path) -> None:
    for text in ("", "a,b\n1,2\n", "start,until,period,window,cohort\n0,x,7,0,1\n"):
        (tmp_path / "state.csv").write_text(text)
        with pytest.raises(DataError, match="is no state that cvosim monitor wrote"):
            read_state(tmp_path / "state.csv")
    with pytest.raises(DataError, match="cannot be read"):
        read_state(tmp_path / "none.csv")


def test_a_state_is_read_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "MOST_BYTES", 1000)
    (tmp_path / "state.csv").write_text("start,until\n" * 100)
    with pytest.raises(DataError, match=r"is too large \(more than 1,000 bytes\)"):
        read_state(tmp_path / "state.csv")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs devices with names")
def test_a_device_is_no_state() -> None:
    with pytest.raises(DataError, match="/dev/null: is a device; give a file of sums"):
        read_state(Path("/dev/null"))
