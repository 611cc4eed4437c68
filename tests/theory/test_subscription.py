"""Survival against published tables, billing against every possible course."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.plan.plan import SUBSCRIPTION, ChurnKind, rows
from cvosim.theory import bills_by, geometric_survival, sbg_survival
from cvosim.theory.subscription import Billing, billing_of


def test_published_survival() -> None:
    """Fader & Hardie (2007): percent surviving years 1 to 12, fitted to 7 (clv_oracles.json)."""
    regular = [62.7, 47.4, 38.8, 33.2, 29.2, 26.2, 23.9, 22.0, 20.4, 19.1, 18.0, 17.0]
    high_end = [85.1, 74.7, 67.0, 61.0, 56.2, 52.2, 48.9, 46.0, 43.6, 41.4, 39.5, 37.8]
    years = np.arange(1, 13)
    np.testing.assert_allclose(100 * sbg_survival(years, 0.704, 1.182), regular, atol=0.051)
    np.testing.assert_allclose(100 * sbg_survival(years, 0.668, 3.806), high_end, atol=0.051)


def test_published_expected_lifetime() -> None:
    """Discounted expected lifetime at 10 %: 3.6951 and 5.9226 (Fader & Hardie 2010)."""
    n = np.arange(3000)
    for parameters, value in (((0.704, 1.182), 3.6951), ((0.668, 3.806), 5.9226)):
        assert float(sbg_survival(n, *parameters) @ 1.1**-n) == pytest.approx(value, abs=1e-4)


def test_retention_recursion() -> None:
    """Equation 5 there: r_t = (beta + t - 1) / (alpha + beta + t - 1)."""
    alive = sbg_survival(np.arange(30), 0.7, 1.2)
    t = np.arange(1, 30)
    np.testing.assert_allclose(alive[1:] / alive[:-1], (1.2 + t - 1) / (0.7 + 1.2 + t - 1))


def test_geometric_survival() -> None:
    np.testing.assert_allclose(geometric_survival([0, 1, 3], 0.25), [1.0, 0.75, 0.421875])
    np.testing.assert_array_equal(geometric_survival([0, 1], 1.0), [1.0, 0.0])


@pytest.mark.parametrize("churn", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("trial", [0.0, 4.0])
@pytest.mark.parametrize("cycles", [1, 3, 2**31 - 1])
@pytest.mark.parametrize("horizon", [0.5, 4.0, 14.0, 14.5, 33.0])
def test_bills_by_every_course(churn: float, trial: float, cycles: int, horizon: float) -> None:
    billing = Billing(5.0, trial, cycles, ChurnKind.GEOMETRIC, churn, 0.0)
    start, chance = 0.25, 1.0
    due, n, pmf = start + trial, 0, {}
    while due < horizon and n < cycles:
        if n > 0:
            pmf[n] = chance * churn
            chance *= 1 - churn
        n, due = n + 1, due + 5.0
    pmf[n] = pmf.get(n, 0.0) + chance
    mean = sum(k * p for k, p in pmf.items())
    variance = sum(k * k * p for k, p in pmf.items()) - mean**2
    assert bills_by(billing, start, horizon) == pytest.approx((mean, variance), abs=1e-12)


def test_bills_of_sbg_are_a_mixture() -> None:
    """Averaging geometric subscribers over their churn gives the sBG subscriber's bills."""
    from scipy import stats

    n = 4000
    churn = stats.beta(2.0, 3.0).ppf((np.arange(n) + 0.5) / n)
    courses = [
        bills_by(Billing(30.0, 0.0, 99, ChurnKind.GEOMETRIC, c, 0.0), 0.0, 200.0) for c in churn
    ]
    means, variances = np.array(courses).T
    sbg = bills_by(Billing(30.0, 0.0, 99, ChurnKind.SBG, 2.0, 3.0), 0.0, 200.0)
    assert sbg[0] == pytest.approx(means.mean(), rel=1e-6)
    assert sbg[1] == pytest.approx(variances.mean() + means.var(), rel=1e-5)


def test_a_bill_at_the_horizon_is_not_paid() -> None:
    """0.1 ten times is a little less than 1: added up as the engines do."""
    billing = Billing(0.1, 0.0, 2**31 - 1, ChurnKind.GEOMETRIC, 0.0, 0.0)
    assert bills_by(billing, 0.0, 1.0)[0] == 11.0
    assert bills_by(Billing(0.25, 0.0, 99, ChurnKind.GEOMETRIC, 0.0, 0.0), 0.0, 1.0)[0] == 4.0


def test_reading_the_plan() -> None:
    row = {"period": 30.0, "trial": 7.0, "churn_kind": ChurnKind.SBG, "churn_a": 1.0}
    billing = billing_of(rows(SUBSCRIPTION, [row | {"churn_b": 2.0, "max_cycles": 12}])[0])
    assert billing == Billing(30.0, 7.0, 12, ChurnKind.SBG, 1.0, 2.0)
    assert billing_of(rows(SUBSCRIPTION, [row | {"max_cycles": -1}])[0]).max_cycles > 10**9
