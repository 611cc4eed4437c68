from __future__ import annotations

from functools import cache

import numpy as np

from cvosim.experiment.duration import DurationPlan, plan_duration
from cvosim.experiment.duration_question import Question
from cvosim.report.plan import (
    answer_table,
    customers_by_days,
    duration_picture,
    duration_table,
    effect_by_days,
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
    ax = effect_by_days(plan(), new_axes(6, 4))
    line = ax.get_lines()[0]
    known = np.isfinite(plan().curve.mde)
    np.testing.assert_allclose(line.get_ydata(), 100 * plan().curve.relative_mde[known])
    words = " ".join(text.get_text() for text in ax.texts)
    assert "80 days" in words
    assert "days needed" in words


def test_customers_are_drawn_as_far_as_they_are_known() -> None:
    ax = customers_by_days(plan(), new_axes(6, 4))
    entered, followed = (np.asarray(line.get_ydata()) for line in ax.get_lines())
    assert len(entered) == 700
    assert len(followed) == 730
    assert len(duration_picture(plan()).axes) == 2


def test_answers_as_a_table() -> None:
    table = answer_table(answer(Known(0.05, per_day=100.0), effect=0.01, power=0.85))
    assert [row[0] for row in table.rows] == [0.5, 0.7, 0.8, 0.85, 0.9, 0.95]
    line = table.rows[2]
    assert line[2:5] == (8158, 8158, 16316)
    assert table.shown[2][-1] == "164"
    other = answer_table(answer(Known(12.5, sd=80.0), total=20_000))
    assert [row[4] for row in other.rows] == [20_000.0] * 5
