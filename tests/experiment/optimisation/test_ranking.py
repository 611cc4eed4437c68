"""The stated probability of correct selection is kept, on normals and on simulated customers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from helpers.one_price import best_price, contribution, write_scenario
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binom, expon, norm

from cvosim.engine.driver import run_kernel
from cvosim.engine.names import names_of
from cvosim.errors import DataError
from cvosim.experiment.optimisation.ranking import (
    Rule,
    Selection,
    even_after,
    select_best,
    variances_of_differences,
)
from cvosim.plan import compile_plan
from cvosim.scenario.template import load_template
from cvosim.tables.columns import CustomerTable

Floats = NDArray[np.float64]
ERROR = 1e-3


def not_below(successes: int, tries: int, probability: float) -> bool:
    """Whether so few successes are no surprise at a rate of one in a thousand."""
    return bool(binom.cdf(successes, tries, probability) > ERROR)


def selections(
    means: Floats, covariance: Floats, rule: Rule, tries: int, seed: int
) -> list[Selection]:
    """Select again and again among normals with correlated luck."""
    root = np.linalg.cholesky(covariance)
    found = []
    for luck in norm.rvs(size=(tries, len(means), rule.most), random_state=seed):
        values = means[:, None] + root @ luck

        def sample(indices: tuple[int, ...], replicates: range, values: Floats = values) -> Floats:
            return values[np.ix_(indices, replicates)]

        found.append(select_best(sample, len(means), rule))
    return found


def covariance_of(sds: Floats, correlation: float) -> Floats:
    found = correlation * np.outer(sds, sds)
    np.fill_diagonal(found, sds**2)
    return found


@pytest.mark.parametrize(
    ("count", "correlation", "step", "first"),
    [(2, 0.0, 1, 5), (2, 0.0, None, 20), (4, 0.5, 3, 10), (5, 0.8, None, 20)],
)
def test_slippage_with_unequal_variances_and_common_luck(
    count: int, correlation: float, step: int | None, first: int
) -> None:
    """Everybody exactly delta behind the best: the hardest case. 300 selections each."""
    rule = Rule(0.7, 0.9, first=first, most=700, step=step)
    means = np.zeros(count)
    means[-1] = rule.indifference
    covariance = covariance_of(np.linspace(0.5, 2.0, count), correlation)
    found = selections(means, covariance, rule, 300, 11)
    right = sum(one.best == count - 1 for one in found)
    assert all(one.decided for one in found)
    assert not_below(right, len(found), rule.confidence), right
    assert not any(one.uneven for one in found)
    assert np.median([max(one.replicates) for one in found]) < 250


def test_a_wrong_constant_would_be_noticed() -> None:
    """With a hundredth of the continuation region, the promise is broken."""
    rule = Rule(0.7, 0.99, first=5, most=700, step=1)
    careless = Rule(0.7, 0.51, first=5, most=700, step=1)
    covariance = covariance_of(np.array([2.0, 2.0]), 0.0)
    found = selections(np.array([0.0, 0.7]), covariance, careless, 300, 3)
    assert not not_below(sum(one.best == 1 for one in found), 300, rule.confidence)


def test_close_candidates_end_with_one_that_is_no_more_than_delta_worse() -> None:
    """Means in steps of half a delta: several are good enough."""
    rule = Rule(0.8, 0.9, first=10, most=2000)
    means = np.array([0.0, 0.4, 0.8, 1.2])
    found = selections(means, covariance_of(np.full(4, 1.0), 0.3), rule, 1000, 7)
    good = sum(means[one.best] > means.max() - rule.indifference - 1e-9 for one in found)
    assert not_below(good, len(found), rule.confidence), good


def test_common_luck_saves_customers() -> None:
    rule = Rule(0.25, 0.95, most=5000)
    means, sds = np.array([0.0, 0.25, 0.0]), np.full(3, 2.0)
    alone = selections(means, covariance_of(sds, 0.0), rule, 30, 5)
    together = selections(means, covariance_of(sds, 0.9), rule, 30, 5)
    assert np.mean([sum(s.replicates) for s in together]) < 0.4 * np.mean(
        [sum(s.replicates) for s in alone]
    )


def test_identical_candidates_and_impatience() -> None:
    same = select_best(lambda i, r: np.ones((len(i), len(r))), 4, Rule(0.1))
    assert (same.best, same.left, same.replicates) == (0, (0,), (20,) * 4)
    noise = np.sin(np.arange(60.0) ** 2)

    def sample(indices: tuple[int, ...], replicates: range) -> Floats:
        return np.array([noise[list(replicates)] * (-1) ** i for i in indices])

    undecided = select_best(sample, 2, Rule(1e-6, most=60))
    assert not undecided.decided
    assert undecided.left == (0, 1)
    assert undecided.most_needed > 60


def heavy(seed: int, customers: int, buyers: float, sigma: float, lead: float) -> Selection:
    """Let a plan whose buyers spend very unevenly and a bit more compete with a steady one."""

    def sample(indices: tuple[int, ...], replicates: range) -> Floats:
        rows = []
        for i in indices:
            luck = 10_000 * seed + 2 * replicates.start + i
            bought = binom.rvs(customers, buyers, size=len(replicates), random_state=luck)
            s, mean = (sigma, 1.0 + lead) if i == 0 else (0.5, 1.0)
            normals = norm.rvs(size=bought.sum(), random_state=luck + 1_000_000_000)
            spent = mean * np.exp(s * normals - s * s / 2.0)
            ends = np.cumsum(bought)
            sums = np.concatenate([[0.0], np.cumsum(spent)])
            rows.append((sums[ends] - sums[ends - bought]) / customers)
        return np.array(rows)

    return select_best(sample, 2, Rule(lead * buyers, 0.95, most=400))


@pytest.mark.parametrize(
    ("customers", "buyers", "sigma", "promises"),
    [(1000, 0.02, 2.5, False), (5000, 0.005, 3.0, False), (1000, 0.02, 1.0, True)],
)
def test_what_a_few_spenders_decide_is_not_promised(
    customers: int, buyers: float, sigma: float, promises: bool
) -> None:
    """The best plan lives on spenders who seldom come: promised and wrong 1 time in 20 at most."""
    found = [heavy(seed, customers, buyers, sigma, 0.2) for seed in range(120)]
    wrong = sum(one.decided and one.best != 0 for one in found)
    assert not_below(120 - wrong, 120, 0.95), wrong
    assert (sum(one.decided for one in found) > 60) is promises
    assert all(one.decided or one.uneven or len(one.left) > 1 for one in found)


def test_how_many_until_a_mean_is_about_normal() -> None:
    """Cochran's rule for exponentials, of skewness 2: 100, but as estimated."""
    drawn = expon.rvs(size=20_000, random_state=3)
    assert 90.0 < even_after(drawn) < 110.0
    assert even_after(drawn, -1000.0) == 0.0
    assert even_after(drawn, 2.0) > even_after(drawn)


def test_eta_solves_its_equation() -> None:
    """Kim & Nelson 2001, equation 2 with c = 1."""
    rule = Rule(1.0, 0.95, first=12)
    eta = rule.eta(7)
    assert math.isclose(0.5 * (1.0 + 2.0 * eta) ** (-(12 - 1) / 2), 0.05 / 6, rel_tol=1e-12)
    assert math.isclose(rule.h_squared(7), 2.0 * eta * 11, rel_tol=1e-12)


def test_variances_of_differences_by_hand() -> None:
    values = np.array([[1.0, 4.0, 2.0], [0.0, 1.0, 5.0], [1.0, 4.0, 2.0]])
    found = variances_of_differences(values)
    assert math.isclose(found[0, 1], np.var([1.0, 3.0, -3.0], ddof=1))
    assert found[0, 2] == 0.0


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_a_rule_that_promises_nothing(delta: float) -> None:
    with pytest.raises(DataError, match="indifference: must be above 0"):
        Rule(delta)


def test_nothing_is_selected_from_what_is_no_number() -> None:
    with pytest.raises(DataError, match="take more customers"):
        select_best(lambda i, r: np.full((len(i), len(r)), np.nan), 2, Rule(1.0))


def test_the_best_price_is_selected_as_often_as_stated(tmp_path: Path) -> None:
    """A planted optimum: one offer whose contribution by price is known in closed form.

    Rivals earn exactly delta less, two on either side. 150 selections with a seed each.
    """
    template = load_template(
        write_scenario(tmp_path / "a.yaml", {"journey.core_offer.price": [30, 40]})
    )
    best, delta, batch = best_price(), 0.7, 50
    behind = contribution(best) - delta

    def miss(price: float) -> float:
        return contribution(price) - behind

    low, high = brentq(miss, 12.0, best), brentq(miss, best, 150.0)
    prices = [low, 0.98 * low, best, high, 1.02 * high]
    plans = [compile_plan(template.at({"journey.core_offer.price": p})) for p in prices]
    rule = Rule(delta, 0.9, most=2000)

    def select(seed: int) -> Selection:
        def sample(indices: tuple[int, ...], replicates: range) -> Floats:
            first, count = replicates.start * batch, len(replicates) * batch
            runs = [run_kernel(plans[i], seed, first, count, threads=1) for i in indices]
            tables = [CustomerTable(run[0], names_of(plans[0])) for run in runs]
            return np.array([t.contribution.reshape(-1, batch).mean(axis=1) for t in tables])

        return select_best(sample, len(plans), rule)

    found = [select(1000 + seed) for seed in range(150)]
    assert all(one.decided for one in found)
    right = sum(one.best == 2 for one in found)
    assert not_below(right, len(found), rule.confidence), right
