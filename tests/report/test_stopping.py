"""Tables and figures of stopping rules and of the value of a test."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest

from cvosim.experiment.pool import Pool
from cvosim.experiment.stopping.arena import Arena, Figure
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.experiment.stopping.design import StoppingDesign
from cvosim.experiment.stopping.race import Luck, race
from cvosim.experiment.value_of_information.prior import Prior
from cvosim.experiment.value_of_information.setting import Setting
from cvosim.experiment.value_of_information.value import ValueOfTesting, value_of_testing
from cvosim.report import stopping, testing_value
from cvosim.stats.metric import Mean


@pytest.fixture(scope="module")
def arena() -> Arena:
    spend = np.arange(1000.0) % 10
    values = np.stack([spend, 1.1 * spend])[:, :, None]
    days, ids = np.linspace(0.0, 50.0, 1000), np.arange(1000)
    pool = Pool(("now", "new"), ("contribution",), values, days, ids, np.zeros(1000, np.uint8))
    return race(pool, Mean("contribution"), StoppingDesign(units=600, looks=3), luck=Luck(300))


@pytest.fixture(scope="module")
def found() -> ValueOfTesting:
    prior = Prior.spike_and_slab(0.5, 0.1, 0.5)
    setting = Setting(prior, 40.0, Arrivals.steady(400.0), fixed_cost=2000.0, name="Cheap $ offer")
    return value_of_testing(setting, (7.0, 30.0))


def test_race_table_and_rows_of_every_effect(arena: Arena) -> None:
    table = stopping.stopping_table(arena)
    assert [row[0] for row in table.rows] == [score.title for score in arena.scores]
    lost = [float(str(row[1])) for row in table.rows]
    assert lost == sorted(lost)
    assert all("±" in row[1] for row in table.shown)
    rows = list(csv.DictReader(io.StringIO(stopping.stopping_csv(arena).to_csv())))
    assert len(rows) == len(arena.scores) * 4
    first = arena.scores[0].runs[0]
    assert float(rows[0]["regret"]) == first.regret.value
    assert float(rows[0]["late_days_error"]) == first.late_days.error


def test_no_error_of_a_single_claim_is_made_up(arena: Arena) -> None:
    first = arena.scores[0]
    runs = tuple(run._replace(exaggeration=Figure(12.4, math.nan)) for run in first.runs)
    table = stopping.stopping_table(replace(arena, scores=(replace(first, runs=runs),)))
    assert table.shown[0][-1] == "n/a"
    assert "nan" not in table.to_text()


def test_race_figure_says_what_the_table_says(arena: Arena) -> None:
    left, middle, right = stopping.stopping_picture(arena).axes
    widths = [patch.get_width() for patch in left.patches]
    assert sum(widths) == pytest.approx(sum(score.regret.value for score in arena.scores))
    first = left.get_yticklabels()[0].get_text()
    assert first.replace("\n", " ") == arena.best.title
    assert "False alarms" in middle.get_title(loc="left")
    assert len(right.texts) == len(arena.scores)
    assert right.get_title(loc="left") == "Days until the decision"
    assert stopping.losses(arena).get_title(loc="left").startswith("Money lost")


def test_value_table_and_curve(found: ValueOfTesting) -> None:
    table = testing_value.value_table(found)
    assert [row[0] for row in table.rows] == sorted({7.0, 30.0, found.best_days})
    assert sum("(best)" in row[0] for row in table.shown) == 1
    rows = list(csv.DictReader(io.StringIO(testing_value.value_csv(found).to_csv())))
    assert len(rows) == len(found.curve.days)
    assert float(rows[6]["over_now"]) == found.at(7.0)["over_now"]
    assert rows[-1]["threshold"] == ""


def test_value_figure(found: ValueOfTesting) -> None:
    left, right = testing_value.value_picture(found).axes
    np.testing.assert_array_equal(left.lines[1].get_ydata(), found.curve.over_now)
    assert left.texts[0].get_text() == f"best: {found.best_days:g} days"
    assert right.get_title(loc="left").endswith("shipping now")
    assert testing_value.parts(found).get_xlabel() == "days of enrolment"
