"""Split tests: assignment, looks, estimates, and the truth that they are held against."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cvosim import load_scenario
from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.design import FactorLevels, Guard, TrialDesign
from cvosim.experiment.trials.findings import Finding, Truth
from cvosim.experiment.trials.split import SplitTest, analysed, enrolled, factor_contrasts
from cvosim.experiment.trials.twin import TwinTest
from cvosim.scenario import load_experiment
from cvosim.stats.methods.noninferiority import Margin
from cvosim.stats.metric import Mean
from cvosim.stats.moments import Moments
from cvosim.stats.sequential.planning import group_sequential

DESIGN = TrialDesign(
    "price", (0.5, 0.5), ("contribution", "conversion.tripwire", "orders"),
    assign_at="tripwire", enrol_days=120.0, follow_days=60.0,
)  # fmt: skip


def named(number: int, design: TrialDesign = DESIGN) -> TrialDesign:
    """The same experiment under another name: everybody is assigned anew."""
    return replace(design, name=f"replication {number}")


def test_assignment_is_a_function_of_name_seed_and_customer(pool: Pool) -> None:
    arm = DESIGN.assigned(pool, 7)
    np.testing.assert_array_equal(arm, DESIGN.assigned(pool, 7))
    half = replace(pool, customer=pool.customer[::2], entry_day=pool.entry_day[::2])
    np.testing.assert_array_equal(DESIGN.assigned(half, 7), arm[::2])
    others = [DESIGN.assigned(pool, 8), named(1).assigned(pool, 7)]
    for other in others:  # independent: 4.5 standard errors, 1 in 100,000 by chance
        assert abs(np.corrcoef(arm, other)[0, 1]) < 4.5 / math.sqrt(len(pool))


def test_shares_are_kept(pool: Pool) -> None:
    design = replace(DESIGN, shares=(0.7, 0.2, 0.1))
    counts = np.bincount(design.assigned(pool, 7), minlength=3)
    assert stats.chisquare(counts, np.array(design.shares) * len(pool)).pvalue > 1e-5


def test_a_ramp_lets_more_in_as_days_go_by(pool: Pool) -> None:
    design = replace(DESIGN, ramp=((0.0, 0.1), (30.0, 0.5), (60.0, 1.0)))
    arm = design.assigned(pool, 7)
    day = pool.entry_day
    for low, high, part in ((0, 30, 0.1), (30, 60, 0.5), (60, 120, 1.0)):
        there = arm[(day >= low) & (day < high)] >= 0
        # 4.5 standard errors: 1 in 100,000 by chance
        assert there.mean() == pytest.approx(part, abs=4.5 * math.sqrt(0.25 / len(there)))
    kept = arm >= 0
    np.testing.assert_array_equal(arm[kept], DESIGN.assigned(pool, 7)[kept])
    cohort = enrolled(pool, design, 7)
    assert len(cohort) == kept.sum() < len(pool)


def test_each_customer_shows_its_own_arm_only(pool: Pool) -> None:
    cohort = enrolled(pool, DESIGN, 7)
    arm = DESIGN.assigned(pool, 7)
    for name in pool.columns:
        np.testing.assert_array_equal(cohort.columns[name], pool.of(name)[arm, range(len(pool))])
    assert cohort.observed_days is not None
    assert cohort.observed_days.min() >= DESIGN.follow_days


def test_estimates_are_unbiased_and_intervals_hold(pool: Pool) -> None:
    """200 assignments of the same customers: their mean is the truth that twins know."""
    runs = [analysed(pool, named(i), 7, 40_000) for i in range(200)]
    for metric in DESIGN.metrics:
        found = [run.finding(metric, "cheap") for run in runs]
        assert {one.truth.value for one in found} == {pool.effect(metric)[0]}
        gaps = np.array([one.effect.difference - one.truth.value for one in found])
        # 4.5 standard errors of a mean of 200
        assert abs(gaps.mean()) < 4.5 * gaps.std(ddof=1) / math.sqrt(len(gaps))
        # Welch's interval is, for a fixed set of customers, rather too wide (Neyman 1923):
        # at least 95 %, less 4 standard errors of a share of 200
        assert np.mean([one.covered for one in found]) > 0.95 - 4 * math.sqrt(0.95 * 0.05 / 200)
    # sample ratios: p-values are uniform (Kolmogorov-Smirnov at 1e-5)
    assert stats.kstest([run.ratio.p_value for run in runs], "uniform").pvalue > 1e-5


def test_the_effect_is_welchs(pool: Pool) -> None:
    run = analysed(pool, DESIGN, 7, 40_000)
    arms = [run.cohort.of_arm(arm, "contribution") for arm in (0, 1)]
    wanted = stats.ttest_ind(arms[1], arms[0], equal_var=False)
    effect = run.finding("contribution", "cheap").effect
    assert effect.p_value == pytest.approx(wanted.pvalue, rel=1e-9)
    interval = wanted.confidence_interval()
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_looks_see_only_who_has_been_followed_to_the_end(pool: Pool) -> None:
    design = replace(DESIGN, looks="weekly")
    run = analysed(pool, design, 7, 40_000)
    seen = run.watched["cheap"]
    assert [look.day for look in seen.looks[:3]] == [67.0, 74.0, 81.0]
    assert seen.looks[-1].day == 180.0
    assert seen.looks[-1].fraction == 1.0
    for look in seen.looks:
        mature = run.cohort.assigned_day + 60.0 <= look.day  # type: ignore[operator]
        assert look.effect.n_control + look.effect.n_treatment == mature.sum()
        half = (look.effect.high - look.effect.low) / 2
        assert half == pytest.approx(look.bound * look.effect.standard_error)
        assert look.effect.significant == look.crossed
    fractions = [look.fraction for look in seen.looks]
    wanted = group_sequential(fractions, spending="obrien_fleming").bounds.upper
    assert [look.bound for look in seen.looks] == pytest.approx(wanted)


def test_a_large_effect_stops_early_and_findings_are_of_that_day(pool: Pool) -> None:
    design = replace(DESIGN, metrics=("conversion.tripwire", "orders"), looks=(0.25, 0.5, 1.0))
    run = analysed(pool, design, 7, 40_000)
    seen = run.watched["cheap"]
    assert seen.early
    day = seen.decided.day
    there = run.cohort.assigned_day + 60.0 <= day  # type: ignore[operator]
    orders = run.finding("orders", "cheap").effect
    assert orders.n_control == (run.cohort.arm[there] == 0).sum()
    assert run.primary[0].judgement == "right"
    assert seen.decided.fraction == pytest.approx((seen.stopped + 1) / 4, abs=0.01)
    # the first metric chose the look: the interval of another one must hold at all of them
    reach = seen.decided.bound * orders.standard_error
    assert orders.high - orders.difference == pytest.approx(reach)
    assert seen.decided.bound > 2.3
    assert orders.adjustments == (
        f"look {seen.stopped + 1} of 3, group-sequential (obrien fleming spending)",
    )


def test_without_an_effect_looks_find_one_seldom(pool: Pool) -> None:
    same = pool.without_effect()
    design = replace(DESIGN, metrics=("conversion.tripwire",), looks=(0.33, 0.66, 1.0))
    alarms = 0
    for i in range(100):
        run = analysed(same, named(i, design), 7, 40_000)
        assert run.primary[0].truth.value == 0.0
        alarms += run.watched["cheap"].decided.crossed
        assert run.primary[0].judgement in ("false alarm", "no effect to find")
    # 5 % of 100, up to the quantile 1 - 1e-4 of the binomial law
    assert alarms <= stats.binom.ppf(1 - 1e-4, 100, 0.05)


def test_several_treatments_share_the_error_rate(pool: Pool) -> None:
    three = replace(pool, arms=("control", "cheap", "again"), values=pool.values[[0, 1, 1]])
    run = analysed(three, replace(DESIGN, shares=(0.4, 0.3, 0.3)), 7, 40_000)
    assert [one.effect.level for one in run.primary] == [0.975, 0.975]
    assert run.primary[0].effect.adjustments == ("Bonferroni for 2 treatments: 97.5 % each",)
    assert run.finding("orders", "again").effect.level == 0.95
    assert sum(run.ratio.counts) == len(pool)


def factorial(pool: Pool) -> tuple[Pool, TrialDesign]:
    """Price and trust, two levels each: both together do more than the sum."""
    a, b = pool.values
    values = np.stack([a, b, a + 1.0, b + 3.0])
    design = replace(
        DESIGN,
        shares=(0.25,) * 4,
        factors=(FactorLevels("trust", ("plain", "seal")), FactorLevels("price", ("p29", "p9"))),
    )
    names = ("plain+p29", "plain+p9", "seal+p29", "seal+p9")
    return replace(pool, arms=names, values=values), design


def test_main_effects_and_interactions(pool: Pool) -> None:
    four, design = factorial(pool)
    assert {one.name: one.weights for one in factor_contrasts(design)} == {
        "trust": (-0.5, -0.5, 0.5, 0.5),
        "price": (-0.5, 0.5, -0.5, 0.5),
        "trust x price": (1.0, -1.0, -1.0, 1.0),
    }
    run = analysed(four, design, 7, 40_000)
    found = {one.factor: one for one in run.contrasts if one.effect.metric == "contribution"}
    effect = pool.effect("contribution")[0]
    truths = {name: one.truth.value for name, one in found.items()}
    assert truths == pytest.approx({"trust": 2.0, "price": effect + 1.0, "trust x price": 2.0})
    means = [run.cohort.of_arm(arm, "contribution") for arm in range(4)]
    wanted = (means[2].mean() + means[3].mean() - means[0].mean() - means[1].mean()) / 2
    error = math.sqrt(sum(m.var(ddof=1) / len(m) for m in means)) / 2
    assert found["trust"].effect.difference == pytest.approx(wanted)
    assert found["trust"].effect.standard_error == pytest.approx(error)
    # 5 standard errors
    for one in found.values():
        assert abs(one.effect.difference - one.truth.value) < 5 * one.effect.standard_error


def test_three_levels_are_compared_with_the_first() -> None:
    factors = (FactorLevels("a", ("x", "y", "z")), FactorLevels("b", ("u", "v")))
    found = factor_contrasts(replace(DESIGN, shares=(1 / 6,) * 6, factors=factors))
    assert [(one.name, one.treatment) for one in found] == [
        ("a", "y"), ("a", "z"), ("b", "v"), ("a x b", "y with v"), ("a x b", "z with v"),
    ]  # fmt: skip
    assert found[1].weights == (-0.5, -0.5, 0, 0, 0.5, 0.5)
    assert found[2].weights == pytest.approx((-1 / 3, 1 / 3) * 3)


@pytest.mark.parametrize(
    ("margin", "verdict"),
    [
        (Margin(0.1), "better"),
        (Margin(1e-9, higher_is_better=False), "worse"),
        (Margin(1.0, higher_is_better=False), "not worse"),
        (Margin(0.9, relative=True, higher_is_better=False), "not worse"),
        (Margin(1e-9, relative=True, higher_is_better=False), "worse"),
    ],
)
@pytest.mark.parametrize("looks", ["none", (0.5, 1.0)])
def test_guardrails(
    pool: Pool, margin: Margin, verdict: str, looks: str | tuple[float, ...]
) -> None:
    """The cheap arm has more orders: good where more is better, bad where less is."""
    design = replace(DESIGN, guards=(Guard("orders", margin),), looks=looks)
    run = analysed(pool, design, 7, 40_000)
    (guarded,) = run.guarded
    assert guarded.verdict == verdict
    assert guarded.finding.effect == run.finding("orders", "cheap").effect
    assert guarded.finding.effect.level == 0.95, "two-sided, as abtest judges"


def test_guardrails_are_unclear_where_nothing_is_known(pool: Pool) -> None:
    design = replace(DESIGN, guards=(Guard("orders", Margin(1e-6)),))
    (guarded,) = analysed(pool.without_effect(), design, 7, 40_000).guarded
    assert guarded.verdict == "unclear"


def test_a_covariate_narrows_the_interval() -> None:
    """Customers who have ordered: what they did before tells what they will do."""
    arms = [load_scenario("cdnow", [f"name={name}"]) for name in ("a", "b")]
    design = TrialDesign(
        "loyalty", (0.5, 0.5), ("orders",), assign_at="order", start_day=150.0, enrol_days=200.0,
        follow_days=150.0, covariate="before.orders",
    )  # fmt: skip
    test = SplitTest(tuple(arms), design)
    with_it = test.run(customers=6000)
    without = replace(test, design=replace(design, covariate=None)).run(customers=6000)
    narrow, wide = (one.primary[0].effect for one in (with_it, without))
    assert narrow.standard_error < 0.95 * wide.standard_error
    assert narrow.adjustments[0].startswith("CUPED by before.orders")
    assert with_it.primary[0].covered


@pytest.mark.parametrize(
    ("shares", "kind", "words"),
    [((0.5, 0.5), "pooled", "CUPED by orders"),
     ((0.55, 0.45), "pooled", "CUPED by orders"),
     ((0.7, 0.3), "interacted", "CUPED with a slope for each arm by orders")],
)  # fmt: skip
def test_slopes_of_a_covariate_follow_the_shares(
    pool: Pool, shares: tuple[float, float], kind: str, words: str
) -> None:
    """As abtest does; any column may stand for a covariate here."""
    design = replace(DESIGN, shares=shares, metrics=("contribution",), covariate="orders")
    assert design.adjustment == kind
    run = analysed(pool, design, 7, 40_000)
    effect = run.primary[0].effect
    assert effect.adjustments[0].startswith(words)
    columns = {name: run.cohort.columns[name] for name in ("contribution", "orders")}
    arms = [
        Moments.of({name: values[run.cohort.arm == arm] for name, values in columns.items()})
        for arm in (0, 1)
    ]
    found = Mean("contribution", "orders", kind).arms(*arms)  # type: ignore[arg-type]
    assert effect.difference == pytest.approx(found.treatment.value - found.control.value)


@pytest.mark.parametrize(
    ("found", "truth", "judgement"),
    [
        ((1.0, 3.0), (2.0, 1.9, 2.1), "right"),
        ((-1.0, 3.0), (2.0, 1.9, 2.1), "missed"),
        ((-1.0, 3.0), (0.1, -0.1, 0.3), "no effect to find"),
        ((1.0, 3.0), (0.0, 0.0, 0.0), "false alarm"),
        ((1.0, 3.0), (-0.5, -0.6, -0.4), "wrong sign"),
    ],
)
def test_judgements(
    pool: Pool, found: tuple[float, float], truth: tuple[float, float, float], judgement: str
) -> None:
    effect = analysed(pool, DESIGN, 7, 40_000).primary[0].effect
    low, high = found
    p = 0.5 if low < 0 else 0.001
    effect = replace(effect, difference=(low + high) / 2, low=low, high=high, p_value=p)
    one = Finding(effect, Truth(truth[0], 0.1, truth[1], truth[2], 0.5, 0.1))
    assert one.judgement == judgement
    assert one.covered == (low <= truth[0] <= high)
    assert one.to_dict()["truth"]["value"] == truth[0]


def test_an_empty_arm_is_refused(pool: Pool) -> None:
    few = replace(
        pool, values=pool.values[:, :5], entry_day=pool.entry_day[:5],
        customer=pool.customer[:5], segment=pool.segment[:5],
    )  # fmt: skip
    design = replace(DESIGN, shares=(0.999, 0.001))
    with pytest.raises(CvosimError, match=r'the arm "cheap" gets 0 of 5 customers who reach trip'):
        analysed(few, design, 7, 40_000)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shares": (0.5, 0.6)}, "shares: must be at least two, above 0, adding to 1"),
        ({"metrics": ()}, "metrics: at least one outcome"),
        ({"looks": "daily"}, 'looks: must be "weekly", "none" or parts'),
        ({"looks": (0.5, 0.4, 1.0)}, "looks: must rise from above 0 to 1"),
        ({"looks": (0.5,)}, "looks: must rise from above 0 to 1"),
    ],
)
def test_impossible_designs(changes: dict[str, object], words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        replace(DESIGN, **changes)  # type: ignore[arg-type]


def test_a_scenario_too_few() -> None:
    with pytest.raises(CvosimError, match="one for each of the 2 shares"):
        SplitTest((load_scenario("cdnow"),), DESIGN)


def test_twins_know_every_customers_effect() -> None:
    trial = load_experiment("tripwire_price_test")
    result = TwinTest.of(trial).run(customers=10_000)
    pool = result.pool
    for one in result.effects:
        change = result.individual(one.metric, one.treatment)
        assert one.truth.value == pytest.approx(change.mean(), abs=1e-12)
        error = change.std(ddof=1) / math.sqrt(len(change))
        assert one.truth.standard_error == pytest.approx(error)
        parts = [n * effect for n, effect, _ in one.by_segment.values()]
        assert sum(parts) / len(pool) == pytest.approx(one.truth.value, abs=1e-9)
        assert one.truth.better == (change > 0).mean()
    split = SplitTest.of(trial).run(customers=10_000)
    for one in result.effects[:3]:
        assert split.finding(one.metric, one.treatment).truth == one.truth
    with pytest.raises(CvosimError, match='no effect on "revenue" of the arm "control"'):
        result.individual("revenue", "control")
