from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.duration import Curve, DurationPlan, duration_curve, plan_duration
from cvosim.experiment.duration_question import Question, experiment_defaults
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.report.plan import duration_table
from cvosim.scenario import load_scenario
from cvosim.stats import loops
from cvosim.stats.contrast import welch
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.planning import Design, Means, Proportions
from cvosim.tables.columns import Floats

CARPET = "carpet_cleaning"
AT_TRIPWIRE = Question(effect=0.1, assign_at="tripwire")


@cache
def tripwire_plan() -> DurationPlan:
    return plan_duration(load_scenario(CARPET), "conversion.tripwire", AT_TRIPWIRE)


def pool_of(values: Floats, entry: Floats, *columns: str) -> Pool:
    n = len(entry)
    return Pool(
        ("control",), columns, values.reshape(1, n, -1), entry, np.arange(n), np.zeros(n, np.uint8)
    )


def spread_out(n: int) -> Floats:
    """Quantiles of an exponential law in an order without a trend, so that no luck is needed."""
    places = (np.arange(n) * 0.6180339887498949) % 1.0
    return np.asarray(-np.log1p(-places))


def test_units_by_day() -> None:
    """Ten customers a day for 100 days, each known after 20: matured = 10 (days - 20)."""
    entry = np.repeat(np.arange(100.0), 10)
    curve = duration_curve(
        pool_of(spread_out(1000), entry, "spend"), "spend", Question(follow_days=20.0), span=150.0
    )
    by_day = dict(zip(curve.days.tolist(), curve.matured.tolist(), strict=True))
    assert (by_day[19.0], by_day[20.0], by_day[50.0]) == (0.0, 10.0, 310.0)
    assert by_day[119.0] == by_day[150.0] == 1000.0
    assert curve.enrolled[:3].tolist() == [10.0, 20.0, 30.0]
    assert curve.enrolled[129] == 1000.0
    assert np.isnan(curve.enrolled[130:]).all(), "who enters later is not seen to the end"
    few = curve.matured < 100
    assert np.isnan(curve.mde[few]).all()
    assert np.isfinite(curve.mde[~few]).all()


def test_the_effect_is_the_fixed_sample_design_s_at_the_moments_so_far() -> None:
    values, entry = spread_out(1000), np.sort(spread_out(1000)) * 20
    ask = Question(effect=0.3, share=0.2, follow_days=10.0, looks=3)
    curve = duration_curve(pool_of(values, entry, "spend"), "spend", ask, span=120.0, scale=5.0)
    place = 69
    first = values[entry + 10.0 <= curve.days[place]]
    assert_allclose(
        [curve.value[place], curve.sd[place]], [first.mean(), first.std(ddof=1)], rtol=1e-12
    )
    design = Design(Means(first.std(ddof=1)), ratio=0.25, looks=3)
    n = design.control_of(5.0 * len(first))
    assert_allclose(curve.mde[place], design.mde(n), rtol=1e-12)
    assert_allclose(curve.power[place], design.power(0.3 * first.mean(), n), rtol=1e-12)
    third = ((first - first.mean()) ** 3).mean() / first.std() ** 3
    assert_allclose(curve.skewness[place], third, rtol=1e-9)


def test_variance_and_mean_depend_on_who_came_by_then() -> None:
    """Early customers spend more: a plan that takes the whole mean would be wrong early."""
    entry = np.arange(2000.0) / 10
    values = spread_out(2000) * np.where(entry < 100, 3.0, 1.0)
    curve = duration_curve(
        pool_of(values, entry, "spend"), "spend", Question(follow_days=5.0), span=220.0
    )
    assert_allclose(curve.value[99] / curve.value[-1], 1.5, atol=0.02)


def test_ratios_are_linearised() -> None:
    orders = 1.0 + np.arange(1000) % 3
    revenue = orders * 20.0 + spread_out(1000) * 5.0
    pool = pool_of(np.stack([revenue, orders], axis=1), np.zeros(1000), "revenue", "orders")
    curve = duration_curve(pool, "revenue/orders", Question(follow_days=5.0), span=10.0)
    ratio = revenue.mean() / orders.mean()
    apart = (revenue - ratio * orders) / orders.mean()
    assert_allclose([curve.value[-1], curve.sd[-1]], [ratio, apart.std(ddof=1)], rtol=1e-12)
    assert curve.sd[-1] < revenue.std() / orders.mean() / 3


def test_shares_use_the_variance_under_the_effect() -> None:
    values = (np.arange(1000) % 10 == 0).astype(float)
    curve = duration_curve(
        pool_of(values, np.zeros(1000), "conversion.x"), "conversion.x",
        Question(follow_days=5.0), span=10.0,
    )  # fmt: skip
    assert_allclose(curve.mde[-1], Design(Proportions(0.1, pooled=False)).mde(500), rtol=1e-12)


@pytest.mark.parametrize(("metric", "share"), [("conversion.tripwire", 0.5), ("orders", 0.3)])
def test_planned_power_is_the_share_of_tests_that_find_the_effect(
    metric: str, share: float
) -> None:
    """4,000 simulated split tests of the planned length on the planned customers.

    Their share scatters with a standard error of 0.0063 at 80 %; 3.3 of them are 0.021: one
    test in 1,000 fails by luck. The normal law's own error at these sizes is below 0.005.
    """
    ask = Question(effect=0.1, assign_at="tripwire", share=share)
    scenario = load_scenario(CARPET)
    plan = plan_duration(scenario, metric, ask, customers=40_000)
    days = plan.days_needed or plan.span
    planned = plan.at(days)
    pool = outcomes([scenario], [metric], assign_at="tripwire", follow_days=30.0, customers=40_000)
    ready = pool.of(metric)[0][pool.entry_day + 30.0 <= days]
    lifted = ready + _spread_lift(ready, 0.1 * ready.mean(), binary=metric != "orders")
    both = np.stack([ready, lifted])[:, :, None]
    draw = loops.Draw((1.0 - share, share), (round(planned["matured"]),), 4000, seed=3)
    arms = loops.replicated_moments((metric,), both, draw)[:, 0]
    found = Mean(metric).arms(arms[:, 0], arms[:, 1])
    contrast = welch(found.control, found.treatment)
    share_found = ((contrast.p_value() < 0.05) & (contrast.difference > 0.0)).mean()
    assert_allclose(share_found, planned["power"], atol=0.021 + 0.005)
    assert 0.3 < planned["power"] < 0.9


def _spread_lift(values: Floats, lift: float, *, binary: bool) -> Floats:
    """Raise the mean by exactly ``lift``: of zeros, some become ones; of numbers, all grow."""
    if not binary:
        return np.full(len(values), lift)
    zeros = np.flatnonzero(values == 0.0)
    chosen = zeros[:: max(1, int(len(zeros) / (lift * len(values))))]
    changed = np.zeros(len(values))
    changed[chosen[: round(lift * len(values))]] = 1.0
    return changed


def test_both_directions_agree() -> None:
    plan = tripwire_plan()
    days = plan.days_needed
    assert days is not None
    assert plan.at(days)["power"] >= 0.8
    assert plan.at(days)["relative_mde"] <= 0.1
    assert plan.at(days - 1)["power"] < 0.8
    assert plan.at(days - 1)["relative_mde"] > 0.1


def test_smaller_shares_and_more_looks_take_longer() -> None:
    equal, pilot, looked = (
        plan_duration(load_scenario(CARPET), "conversion.tripwire", ask).at(100)["mde"]
        for ask in (
            AT_TRIPWIRE,
            replace(AT_TRIPWIRE, share=0.1),
            replace(AT_TRIPWIRE, looks=5, spending="pocock"),
        )
    )
    ratio = pilot / equal
    assert_allclose(ratio, math.sqrt(0.25 / 0.09), rtol=0.05)
    assert ratio > math.sqrt(0.25 / 0.09), "the small arm is the one whose higher rate varies more"
    assert_allclose(looked / equal, math.sqrt(1.2126), rtol=0.01)


def test_units_are_those_of_the_market_however_many_are_simulated() -> None:
    ask = replace(AT_TRIPWIRE, market=50_000)
    half = plan_duration(load_scenario(CARPET), "conversion.tripwire", ask, customers=100_000)
    assert half.scale == 0.5
    assert_allclose(half.at(200)["matured"], tripwire_plan().at(200)["matured"] / 2)
    fewer = plan_duration(
        load_scenario(CARPET), "conversion.tripwire", AT_TRIPWIRE, customers=10_000
    )
    assert_allclose(fewer.at(200)["matured"], tripwire_plan().at(200)["matured"], rtol=0.1)


def test_existing_customers_saturate() -> None:
    """Who buys again enters once: unique customers are not linear in days."""
    ask = Question(assign_at="order", start_day=200.0, follow_days=30.0)
    curve = plan_duration(load_scenario(CARPET), "orders", ask).curve
    first, later = curve.enrolled[99], curve.enrolled[199] - curve.enrolled[99]
    assert later < 0.8 * first


def test_words() -> None:
    text = tripwire_plan().summary()
    assert text.startswith("To find a change of 10 % (1.5")
    assert "run the test for 124 days: enrol for 94, then follow the last customers for 30" in text
    never = plan_duration(
        load_scenario(CARPET), question=Question(effect=0.05, days=90.0, share=0.1)
    )
    assert never.days_needed is None
    text = never.summary()
    assert text.startswith("No number of days finds a change of 5 % (USD 0.12) with 80 % power")
    assert "the market runs out on day 365" in text
    assert "In 90 days, with " in text
    assert "is worth USD " in text
    assert "would say that treatment is worse" in text
    assert text.count("cvosim certify") == 1


def test_power_in_words_is_that_of_the_end_and_not_of_a_lucky_day() -> None:
    """While the variance is not settled, power by day may be higher than it is in the end."""
    plan = plan_duration(
        load_scenario(CARPET), "contribution", Question(effect=0.001), customers=20_000
    )
    power = plan.curve.power.copy()
    power[np.flatnonzero(np.isfinite(power))[0]] = 0.77
    lucky = replace(plan, curve=plan.curve._replace(power=power))
    end = f"which give {100 * plan.at(plan.span)['power']:.1f} %"
    assert end in lucky.summary()
    assert "77" not in end
    last = duration_table(lucky).shown[-1][-1]
    assert end.endswith(last), "the table's last line"


def test_everything_is_plain_for_json() -> None:
    found = json.loads(json.dumps(tripwire_plan().to_dict(), allow_nan=False))
    assert found["days_needed"] == 124.0
    assert set(found["curve"]) == set(Curve._fields)
    assert len({len(line) for line in found["curve"].values()}) == 1


def test_an_experiment_in_the_file_gives_defaults() -> None:
    metric, fields = experiment_defaults(
        load_scenario(
            "tripwire_price_test", ["experiment.enrol_days=90", "experiment.follow_days=120"]
        )
    )
    assert metric == "contribution"
    assert (fields["assign_at"], fields["follow_days"], fields["days"]) == ("tripwire", 120, 210)
    assert (fields["looks"], fields["share"]) == (13, 0.5)
    Question(**fields).checked()


@pytest.mark.parametrize(
    ("metric", "question", "words"),
    [
        ("contribution", Question(effect=0.0), "effect: must not be 0"),
        ("contribution", Question(share=1.0), "share: must be above 0 and below 1"),
        ("contribution", Question(power=0.05), "power: must be above the error rate"),
        ("contribution", Question(days=30.0), "days: must be more than follow_days, 30"),
        ("contribution", Question(days=900.0), "days: must be at most 730"),
        ("contribution", Question(follow_days=-1.0), "follow_days: must be above 0"),
        ("contribution", Question(start_day=-1.0), "start_day: must be from 0"),
        ("survival.quarterly_care", Question(), "survival.quarterly_care: is not known of every"),
        ("conversion.core_offer", Question(assign_at="core"), "assign_at: "),
    ],
)
def test_what_is_refused(metric: str, question: Question, words: str) -> None:
    with pytest.raises(CvosimError) as found:
        plan_duration(load_scenario(CARPET), metric, question, customers=2000)
    assert str(found.value).startswith(words)


def test_an_unknown_outcome_is_named() -> None:
    with pytest.raises(ScenarioError, match="did you mean"):
        plan_duration(load_scenario(CARPET), "contributoin", customers=100)


def test_a_metric_of_which_nothing_is_seen() -> None:
    with pytest.raises(CvosimError, match="only 50 simulated customers"):
        duration_curve(
            pool_of(spread_out(50), np.zeros(50), "spend"), "spend", Question(), span=90.0
        )
    pool = pool_of(np.zeros((200, 2)), np.zeros(200), "revenue", "orders")
    with pytest.raises(CvosimError, match="orders: is 0 for everybody"):
        duration_curve(pool, "revenue/orders", Question(), span=90.0)


def test_the_metric_is_read() -> None:
    from cvosim.experiment.duration import metric_of

    assert metric_of("revenue / orders") == Ratio("revenue", "orders")
    assert metric_of("clv") == Mean("clv")
