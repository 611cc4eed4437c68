from __future__ import annotations

import numpy as np
import pytest
from helpers.customer_tables import Luck

from cvosim.errors import DataError
from cvosim.stats.contrast import ArmStat
from cvosim.stats.loops import Draw, replicated_moments
from cvosim.stats.methods.noninferiority import Margin, guardrail, judge
from cvosim.stats.metric import Mean


def proportion(count: int, n: int) -> ArmStat:
    share = count / n
    return ArmStat(*map(np.float64, (share, share * (1 - share), n)))


def arm(value: float, variance: float = 4.0, n: int = 400) -> ArmStat:
    return ArmStat(*map(np.float64, (value, variance, n)))


def test_wald_of_statsmodels() -> None:
    found = guardrail(proportion(118, 1000), proportion(120, 1000), Margin(0.02), normal=True)
    assert found.statistic == pytest.approx(1.5193167267, abs=1e-9)
    assert found.p_value == pytest.approx(0.0643413956, abs=1e-9)
    assert found.verdict == "unclear"


def test_verdicts() -> None:
    # the error of the difference is 0.1414
    for value, word in ((11.0, "better"), (10.0, "not worse"), (9.9, "not worse"), (9.3, "worse")):
        assert guardrail(arm(10.0), arm(value), Margin(0.5)).verdict == word
    assert guardrail(arm(10.0), arm(9.75), Margin(0.5)).verdict == "unclear"
    # significantly lower, but by less than the margin: that is what a margin is for
    small = guardrail(arm(10.0), arm(9.7), Margin(1.0))
    assert small.p_worse < 0.025
    assert small.verdict == "not worse"


@pytest.mark.parametrize("relative", [False, True])
def test_lower_is_better_is_the_mirror(relative: bool) -> None:
    values = np.array([9.0, 9.9, 10.0, 10.25, 10.7, 12.0])
    arms = [ArmStat(v, np.full(6, 4.0), np.full(6, 400.0)) for v in (np.full(6, 10.0), values)]
    size = 0.05 if relative else 0.5
    found = guardrail(*arms, Margin(size, relative, higher_is_better=False))
    assert found.verdict.tolist() == ["better", *["not worse"] * 2, "unclear", "worse", "worse"]
    if not relative:
        turned = [a._replace(value=20 - a.value) for a in arms]
        mirror = guardrail(*turned, Margin(size))
        assert mirror.p_value == pytest.approx(found.p_value)
        assert mirror.bound == pytest.approx(-found.bound)


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize("relative", [True, False])
def test_bound_is_at_the_margin_where_the_test_is_at_its_level(
    relative: bool, higher: bool
) -> None:
    for value in np.linspace(9.0, 11.0, 41):
        found = guardrail(arm(10.0), arm(value), Margin(0.03, relative, higher))
        inside = found.bound > -0.03 if higher else found.bound < 0.03
        assert inside == (found.p_value < 0.025)


def test_relative_margin_has_the_error_of_control_in_it() -> None:
    control, treatment = arm(10.0, 9.0, 300), arm(9.8, 16.0, 500)
    found = guardrail(control, treatment, Margin(0.1, relative=True))
    error = np.sqrt(0.9**2 * 9.0 / 300 + 16.0 / 500)
    assert found.statistic == pytest.approx((9.8 - 0.9 * 10.0) / error)
    unknown = guardrail(arm(0.05), arm(0.1), Margin(0.1, relative=True))
    assert unknown.bound == -np.inf
    assert np.isnan(guardrail(arm(-1.0), arm(1.0), Margin(0.1, relative=True)).bound)


def test_error_at_the_margin() -> None:
    luck = Luck(50_000, 3)
    one = luck.exponential()
    pool = np.stack([one, 0.9 * one])[:, :, None]
    moments = replicated_moments(("x",), pool, Draw((0.5, 0.5), (2000,), 4000))[:, 0]
    arms = Mean("x").arms(moments[:, 0], moments[:, 1])
    # the treatment is worse by exactly the margin: 2.5 % are called not worse, standard
    # deviation 0.25 %; four of those fail once in 16,000
    for margin in (Margin(0.1, relative=True), Margin(0.1 * float(one.mean()))):
        found = guardrail(arms.control, arms.treatment, margin)
        assert np.mean(found.p_value <= 0.025) == pytest.approx(0.025, abs=0.01)


def test_any_interval_can_be_judged() -> None:
    low, high = np.array([0.1, -0.5, -3.0, -3.0]), np.array([2.0, 2.0, -0.1, 3.0])
    mirrored = judge(-high, -low, Margin(1.0, higher_is_better=False))
    assert mirrored.tolist() == judge(low, high, Margin(1.0)).tolist()
    assert str(judge(np.float64(0.5), np.float64(1.0), Margin(1.0))) == "better"


def test_words_and_refusal() -> None:
    assert Margin(0.02, relative=True).words == "at most 2 % lower than control"
    assert Margin(3, higher_is_better=False).words == "at most 3 higher than control"
    with pytest.raises(DataError, match="margin is 0; it must be above 0"):
        guardrail(arm(1.0), arm(1.0), Margin(0.0))


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_fieller_in_any_unit_of_money(size: float) -> None:
    arms = [(10.0, 4.0), (9.8, 5.0)]
    plain = guardrail(*(arm(*one) for one in arms), Margin(0.1, relative=True))
    # the law is normal: Welch's degrees of freedom are not this module's
    pair = [arm(v * size, s * size * size) for v, s in arms]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        found = guardrail(*pair, Margin(0.1, relative=True), normal=True)
    assert found.bound == pytest.approx(plain.bound, abs=1e-3)
