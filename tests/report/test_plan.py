from __future__ import annotations

from functools import cache

import numpy as np

from cvosim.experiment.duration import DurationPlan, plan_duration
from cvosim.experiment.duration_question import Question
from cvosim.report.plan import answer_table, duration_table
from cvosim.report.plan_picture import (
    customers_by_days,
    customers_by_days_of,
    duration_picture,
    effect_by_days,
    effect_by_days_of,
    power_by_days_of,
    power_curve,
    power_curve_of,
)
from cvosim.report.style import new_axes
from cvosim.scenario import load_scenario
from cvosim.stats.planning.answer import Known, answer


@cache
def plan(effect: float | None = 0.2) -> DurationPlan:
    ask = Question(effect=effect, days=80.0, assign_at="tripwire")
    return plan_duration(
        load_scenario("carpet_cleaning"), "conversion.tripwire", ask, customers=20_000
    )


def test_the_table_has_the_days_asked_about() -> None:
    table = duration_table(plan())
    days = [row[0] for row in table.rows]
    assert 80.0 in days
    assert plan().days_needed in days
    assert days == sorted(days)
    assert table.header[-1] == "power"
    assert duration_table(plan(None)).header[-1] == "smallest change"
    assert len(duration_table(plan(), every=True).rows) == 730


def test_the_curve_drawn_is_the_plans() -> None:
    ax = effect_by_days(effect_by_days_of(plan()), new_axes(6, 4))
    line = ax.get_lines()[0]
    known = np.isfinite(plan().curve.mde)
    np.testing.assert_allclose(line.get_ydata(), 100 * plan().curve.relative_mde[known])
    words = " ".join(text.get_text() for text in ax.texts)
    assert "80 days" in words
    assert "days needed" in words


def test_customers_are_drawn_as_far_as_they_are_known() -> None:
    ax = customers_by_days(customers_by_days_of(plan()), new_axes(6, 4))
    entered, followed = (np.asarray(line.get_ydata()) for line in ax.get_lines())
    assert len(entered) == 700
    assert len(followed) == 730
    assert len(duration_picture(plan()).axes) == 2


def test_power_is_drawn_by_days_where_a_change_is_asked_for() -> None:
    curve = power_by_days_of(plan())
    assert curve is not None
    assert list(curve.power) == [plan().at(day)["power"] for day in curve.places]
    assert power_curve(curve, new_axes(6, 4)).get_title(loc="left") == (
        "Chance to find a change of +20 %"
    )
    assert power_by_days_of(plan(None)) is None


def test_power_is_drawn_by_customers_or_by_the_change() -> None:
    by_size = power_curve_of(answer(Known(0.05, per_day=100.0), effect=0.01, power=0.85))
    assert list(by_size.places) == sorted(by_size.places)
    assert list(by_size.power) == [0.5, 0.7, 0.8, 0.85, 0.9, 0.95]
    by_change = power_curve_of(answer(Known(0.05), total=20_000))
    assert by_change.axis == "change in percentage points"
    assert 0.5 < by_change.places[0] < by_change.places[-1] < 1.5
    words = [text.get_text().strip() for text in power_curve(by_change).texts]
    assert words == [f"{by_change.marks[0].place:.3g}"]


def test_answers_as_a_table() -> None:
    table = answer_table(answer(Known(0.05, per_day=100.0), effect=0.01, power=0.85))
    assert [row[0] for row in table.rows] == [0.5, 0.7, 0.8, 0.85, 0.9, 0.95]
    line = table.rows[2]
    assert line[2:5] == (8158, 8158, 16316)
    assert table.shown[2][-1] == "164"
    other = answer_table(answer(Known(12.5, sd=80.0), total=20_000))
    assert [row[4] for row in other.rows] == [20_000.0] * 5
