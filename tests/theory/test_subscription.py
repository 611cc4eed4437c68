"""Survival against published tables, billing against every possible course."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.plan.plan import SUBSCRIPTION, ChurnKind, rows
from cvosim.theory import bills_by, geometric_survival, sbg_survival
from cvosim.theory.lattice import lattice_for
from cvosim.theory.measure import everybody_at_start
from cvosim.theory.processes import subscription_proceeds
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


@pytest.mark.parametrize("contract", [1, 2, 5])
@pytest.mark.parametrize("notice", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("converts", [1.0, 0.3])
@pytest.mark.parametrize("horizon", [4.0, 12.0, 13.0, 14.25, 33.0])
def test_contracts_by_every_course(
    contract: int, notice: float, converts: float, horizon: float
) -> None:
    """Bills every 5 days after a trial of 4; decisions after every contract, with notice."""
    churn, start = 0.3, 0.25
    terms = (5.0, 4.0, 6, ChurnKind.GEOMETRIC, churn, 0.0)
    billing = Billing(*terms, contract=contract, notice=notice, converts=converts)
    pmf: dict[int, float] = {0: 1 - converts if start + 4.0 < horizon else 1.0}
    cancelled = 1 - converts if start + 4.0 < horizon else 0.0
    chance, due, n = converts, start + 4.0, 0
    while n < 6 and chance > 0.0:
        if n and n % contract == 0 and due - notice < horizon:
            pmf[n] = pmf.get(n, 0.0) + chance * churn
            cancelled += chance * churn
            chance *= 1 - churn
        if due >= horizon:
            break
        n, due = n + 1, due + 5.0
    if n > 0:
        pmf[n] = pmf.get(n, 0.0) + chance
    mean = sum(k * p for k, p in pmf.items())
    variance = sum(k * k * p for k, p in pmf.items()) - mean**2
    assert sum(pmf.values()) == pytest.approx(1.0)
    assert bills_by(billing, start, horizon) == pytest.approx((mean, variance), abs=1e-12)
    lattice = lattice_for(horizon)
    here = everybody_at_start(lattice, 0).shifted(start)
    money = {"orders": (1.0, 1.0), "revenue": (9.0, 4.0)}
    found = subscription_proceeds(here, billing, money, 0.0).amounts
    assert found["orders"].first[0] == pytest.approx(mean, abs=1e-12)
    assert found["cancelled"].first[0] == pytest.approx(cancelled, abs=1e-12)
    paid = sum(p * (9.0 + 4.0 * (k - 1)) for k, p in pmf.items() if k)
    square = sum(p * (9.0 + 4.0 * (k - 1)) ** 2 for k, p in pmf.items() if k)
    assert found["revenue"].first[0] == pytest.approx(paid, abs=1e-12)
    assert found["revenue"].second[0] == pytest.approx(square, abs=1e-11)


def test_contracts_of_people_who_come_at_any_time() -> None:
    """On the lattice: the average over uniform starts of what is known of each start."""
    terms = (5.0, 4.0, 2**31 - 1, ChurnKind.SBG, 1.5, 3.0)
    billing = Billing(*terms, contract=2, notice=3.25, converts=0.6)
    lattice, money = lattice_for(40.0, 256), {"orders": (1.0, 1.0)}
    amounts = subscription_proceeds(everybody_at_start(lattice, 0), billing, money, 0.0).amounts
    starts = (np.arange(40_000) + 0.5) / 1000.0
    exact = np.array([bills_by(billing, start, 40.0)[0] for start in starts[::40]]).mean()
    orders = np.asarray(amounts["orders"].first)[1:]
    assert orders.mean() == pytest.approx(exact, rel=1e-3)
    due = 4.0 + 5.0 * 2 * np.arange(1, 5) - 3.25  # cancelled before bills 2, 4, 6, 8
    leaves = 0.6 * -np.diff(billing.survival(np.arange(5)))
    gone = np.asarray(amounts["cancelled"].first)[1:].mean()
    trial = 0.4 * (40.0 - 4.0) / 40.0
    assert gone == pytest.approx(trial + float(leaves @ np.maximum(40.0 - due, 0)) / 40, rel=1e-9)
