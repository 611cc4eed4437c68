import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from helpers.survival_data import AML, LUNG, OVARIAN, SurvivalData

from cvosim.errors import DataError
from cvosim.stats.methods.cox import cox, hazard_check, hazard_ratio
from cvosim.stats.methods.life_table import LifeTable


def tables(data: SurvivalData) -> list[LifeTable]:
    both = LifeTable.by_group(*data, 2)
    return [both[0], both[1]]


def test_published_hazard_ratios() -> None:
    # R survival 3.5: coxph(Surv(time, status) ~ sex, lung); it stops iterating at 1e-9
    found = hazard_ratio(*tables(LUNG))
    assert float(found.difference) == pytest.approx(-0.5310235376, abs=1e-8)
    assert float(found.standard_error) == pytest.approx(0.1671785832, abs=1e-9)
    # R's documentation of cox.zph, same model: chi-squared 2.86, p .091
    check = hazard_check(*tables(LUNG))
    assert (round(float(check.statistic), 2), round(float(check.p_value), 3)) == (2.86, 0.091)
    assert check.advice() == "hazard ratio"


@pytest.mark.parametrize("data", [AML, LUNG, OVARIAN])
def test_life_tables_give_what_cox_regression_gives(data: SurvivalData) -> None:
    own, theirs = hazard_ratio(*tables(data)), cox(*data)
    assert float(own.difference) == pytest.approx(theirs.log_ratio, abs=1e-9)
    assert float(own.standard_error) == pytest.approx(theirs.standard_error, abs=1e-9)
    assert float(own.p_value()) == pytest.approx(theirs.p_value, abs=1e-9)
    low, high = own.interval()
    ends = [math.exp(low), math.exp(high)]
    assert ends == pytest.approx([theirs.low, theirs.high], rel=1e-8)


def test_check_is_its_definition() -> None:
    # without ties, row by row: regress Schoenfeld's residuals on 1 - S(t-)
    data = SurvivalData(OVARIAN.time, OVARIAN.event, OVARIAN.group)
    assert len(set(data.time)) == len(data.time)
    ratio = cox(*data).hazard_ratio
    survival, rows = 1.0, []
    for i in np.argsort(data.time):
        if not data.event[i]:
            continue
        risk = data.time >= data.time[i]
        weight = np.where(data.group == 1, ratio, 1.0)
        share = (weight * data.group)[risk].sum() / weight[risk].sum()
        rows.append((1.0 - survival, data.group[i] - share, share * (1.0 - share)))
        survival *= 1.0 - 1.0 / risk.sum()
    g, residual, v = np.array(rows).T
    centre = (g * v).sum() / v.sum()
    score, free = (g * residual).sum(), (v * (g - centre) ** 2).sum()
    found = hazard_check(*tables(data))
    assert float(found.statistic) == pytest.approx(score**2 / free, rel=1e-8)
    assert float(found.drift) == pytest.approx(score / free, rel=1e-8)
    at = centre - math.log(ratio) / (score / free)
    first = np.sort(data.time[data.event])[np.searchsorted(g, at)]
    # the first time, censored or not, at which the fitted line has passed 0
    assert np.sort(data.time[data.event])[np.searchsorted(g, at) - 1] < found.crossing <= first


def drawn(n: int, seed: int, *, late: float, early: float = 1.0) -> LifeTable:
    """Hazard of 2 % a day, ``early`` times that before day 20 and ``late`` times after."""
    spent = Luck(n, seed).exponential() / 0.02
    time = np.where(spent < 20 * early, spent / early, 20 + (spent - 20 * early) / late)
    return LifeTable.of(np.minimum(np.ceil(time), 90), time <= 90)


def test_knows_when_hazards_cross() -> None:
    control = drawn(3000, 1, late=1.0)
    crossing = hazard_check(control, drawn(3000, 2, early=2.0, late=0.5))
    assert crossing.advice() == "restricted mean"
    assert 10 <= crossing.crossing <= 45
    assert crossing.drift < 0
    steady = hazard_check(control, drawn(3000, 2, early=0.7, late=0.7))
    assert steady.advice() == "hazard ratio"
    assert math.isnan(steady.crossing)


def test_false_alarms_and_coverage() -> None:
    replications, n = 2000, 120
    found = []
    for seed, ratio in ((1, 1.0), (2, 0.6)):
        days = np.ceil(Luck(replications * n, seed).exponential() * 25 / ratio)
        event = days <= 60
        cell = np.minimum(days, 60).astype(np.int64) - 1 + 60 * np.arange(replications).repeat(n)
        parts = [
            np.bincount(cell, weights=w, minlength=60 * replications).reshape(-1, 60)
            for w in (event, ~event)
        ]
        found.append(LifeTable(np.arange(1.0, 61), *parts))
    contrast = hazard_ratio(*found)
    low, high = contrast.interval()
    # whole days: Efron's ties are close to the truth of continuous time
    covered = np.mean((low <= math.log(0.6)) & (math.log(0.6) <= high))
    # four standard deviations of .0049, false alarm 1 in 15,000; .004 for small samples
    assert abs(covered - 0.95) < 0.0196 + 0.004
    alarms = np.mean(hazard_check(*found).p_value < 0.05)
    assert abs(alarms - 0.05) < 0.0196 + 0.004
    one = hazard_ratio(found[0][3], found[1][3])
    assert float(contrast.difference[3]) == pytest.approx(float(one.difference), abs=1e-9)


def test_covariates_and_strata() -> None:
    n = 400
    luck = Luck(n, 9)
    risk, treated = luck.uniform(), luck.uniform() < 0.5
    time = luck.exponential() * np.exp(-2 * risk + 0.5 * treated)
    event = time < 1.5
    time = np.minimum(time, 1.5)
    plain = cox(time, event, treated)
    adjusted = cox(time, event, treated, covariates=risk)
    stratified = cox(time, event, treated, strata=np.floor(risk * 4))
    # truth -0.5: within four standard errors of .12; leaving out the covariate shrinks it
    assert abs(adjusted.log_ratio + 0.5) < 0.48
    assert abs(stratified.log_ratio + 0.5) < 0.48
    assert adjusted.log_ratio < plain.log_ratio
    less = cox(time, event, treated, alternative="less")
    assert less.p_value == pytest.approx(plain.p_value / 2)
    assert less.low == 0


def test_no_maximum() -> None:
    never, soon = LifeTable.of([9, 9], [False, False]), LifeTable.of([1, 2], [True, True])
    found = hazard_ratio(never, soon)
    assert math.isnan(float(found.difference))
    assert math.isnan(float(hazard_check(never, soon).p_value))
    with pytest.raises(DataError, match="control has no events"):
        cox([9, 9, 1, 2], [0, 0, 1, 1], [0, 0, 1, 1])
    with pytest.raises(DataError, match="1 of 4 rows have a missing number"):
        cox([9, 9, 1, 2], [0, 1, 1, 1], [0, 0, 1, 1], covariates=[1, 2, 3, np.nan])
