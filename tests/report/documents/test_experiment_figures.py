"""Figures of reports about experiments: each draws where it is told to, or by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import pytest
from helpers.readable import assert_readable
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvosim.experiment.certificate.scores import Verdict
from cvosim.experiment.insight.attribution_result import Room
from cvosim.experiment.trials.split import SplitTest
from cvosim.report.abtest_picture import EffectLine, Effects, effects
from cvosim.report.certificate import Alarm, Alarms, false_alarms
from cvosim.report.documents.experiment import experiment_document
from cvosim.report.experiment_picture import Estimate, Forest, Watching, forest, watching
from cvosim.report.figures.boundaries import Boundaries, boundaries
from cvosim.report.insight_stages import NextTest, next_test
from cvosim.report.monitor_picture import ByGroup, SoFar, effect_by_group, effect_so_far
from cvosim.report.plan_picture import (
    CustomersByDays,
    EffectByDays,
    Mark,
    PowerCurve,
    customers_by_days,
    effect_by_days,
    power_curve,
)
from cvosim.report.style import new_axes
from cvosim.report.svg import svg_of
from cvosim.scenario import load_experiment

SURE = EffectLine("letter", 1.0, 0.2, 1.8, True, "+USD 1.00 (+10.0 %)")
MAYBE = EffectLine("a $5 voucher", 0.3, -math.inf, 0.8, False, "+USD 0.30")
LOOKS = SoFar(
    "letter: effect so far (USD)", (7.0, 14.0, 21.0), ("day 7", "day 14", "day 21"),
    (0.8, 1.1, 1.0), (-0.9, 0.1, 0.3), (2.5, 2.1, 1.7), "95 % interval, over all looks",
    (1.5, "USD 1.50"), 1, "stop: ship it",
)  # fmt: skip
BOUNDS = Boundaries(
    "letter: each look beside its bounds", (7.0, 14.0, 21.0), ("day 7", "day 14", "day 21"),
    (1.0, 3.0, 2.9), (4.0, 2.8, 2.3), "ship it", "it does harm", 1, "stop: ship it",
)  # fmt: skip
WATCHED = Watching(
    "letter less control, look by look", "USD", (7.0, 14.0, 21.0), (0.8, 1.1, 1.0),
    (-0.9, 0.1, 0.3), (2.5, 2.1, 1.7), 0.9, 1, True,
)  # fmt: skip
RATES = (
    Alarm("welch", 0.024, 0.02, 0.028, Verdict.PASSES),
    Alarm("peeking", 0.12, 0.11, 0.13, Verdict.FAILS),
    Alarm("bootstrap", 0.03, 0.02, 0.05, Verdict.UNKNOWN),
)
BY_DAYS = EffectByDays(
    (30.0, 60.0, 90.0), (12.0, 9.0, 7.5), True, "orders", "found with 80 % power", 10.0,
    (Mark(52.0, "days needed"), Mark(80.0, "days")), 95.0,
)  # fmt: skip
PEOPLE = CustomersByDays(
    (0.0, 30.0, 60.0), (0.0, 500.0, 900.0), (0.0, 30.0, 60.0), (0.0, 0.0, 500.0),
    "followed for 30 days", 60.0,
)  # fmt: skip
FIGURES: list[tuple[Callable[..., Axes], Any]] = [
    (effects, Effects("spend (USD a customer)", (SURE, MAYBE))),
    (effect_so_far, LOOKS),
    (effect_so_far, LOOKS._replace(pays=None, decided=None)),
    (effect_by_group, ByGroup("letter: by week", "week", (1, 2, 3), (1.0, 0.5, 0.2), (0.1,) * 3)),
    (effect_by_group, ByGroup("letter: by week", "week", (), (), ())),
    (boundaries, BOUNDS),
    (watching, WATCHED),
    (forest, Forest("spend", "USD", (Estimate("letter", 1.0, 0.2, 1.8, 0.9),))),
    (false_alarms, Alarms("says that the letter is worse", RATES, (0.015, 0.035), 0.14)),
    (false_alarms, Alarms("says that the letter is worse", RATES, None, 0.14)),
    (effect_by_days, BY_DAYS),
    (effect_by_days, BY_DAYS._replace(goal=None, percent=False)),
    (customers_by_days, PEOPLE),
    (power_curve, PowerCurve("Chance to find it", "days", (30.0, 60.0), (0.5, 0.9), 0.8)),
    (next_test, NextTest("Next test", "USD", (Room("tripwire", "price", 1.0, 0.2),))),
]


@pytest.mark.parametrize(("figure", "data"), FIGURES)
def test_it_draws_on_given_axes_and_on_its_own(figure: Callable[..., Axes], data: Any) -> None:
    given = new_axes(9.0, 5.0)
    assert figure(data, given) is given
    own = figure(data)
    assert own.figure is not given.figure
    assert own.get_title(loc="left") == given.get_title(loc="left") != ""
    assert_readable(cast("Figure", own.figure), at_least=2)


@pytest.mark.parametrize(("figure", "data"), FIGURES[:1] + FIGURES[5:6])
def test_it_gives_the_same_bytes_every_time(figure: Callable[..., Axes], data: Any) -> None:
    one, other = (svg_of(figure(data).figure, key="k", title="t", alt="a") for _ in range(2))
    assert one == other


def test_what_may_be_chance_is_hollow() -> None:
    ax = effects(Effects("spend", (SURE, MAYBE)))
    faces = [
        line.get_markerfacecolor() for line in ax.lines if line.get_marker() not in ("", "None")
    ]
    assert faces[0] != "white"
    assert faces[1] == "white"


def test_verdicts_of_false_alarms_differ_without_colour() -> None:
    ax = false_alarms(Alarms("says worse", RATES, (0.015, 0.035), 0.14))
    shapes = [
        (line.get_marker(), line.get_markerfacecolor() == "white")
        for line in ax.lines
        if line.get_marker() not in ("", "None")
    ]
    assert len(set(shapes)) == 3


def test_an_experiment_that_shows_nothing_was_decided_at_no_look() -> None:
    done = SplitTest.of(load_experiment("tripwire_price_test")).run(customers=4000)
    seen = done.watched["lower_price"]
    assert not seen.decided.crossed
    (section,) = (one for one in experiment_document(done).sections if one.title == "Look by look")
    looks = section.exhibits[0]
    assert f"No look decided; at the last, look {len(seen.looks)}, on day" in looks.alt
    assert "It was decided" not in looks.alt
