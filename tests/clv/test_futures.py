"""Drawn pasts and futures against likelihoods, closed forms and integrals.

z-bounds are at 4.5, which a right draw passes with a probability of 0.999993 each; there are
about 100 of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cvosim.clv.models import bg_nbd, mbg_nbd, pareto_nbd
from cvosim.clv.models.gamma_gamma import Gg, likelihood
from cvosim.clv.orders.history import History
from cvosim.clv.value.futures import (
    Ahead,
    Beliefs,
    Purse,
    draw_futures,
    draw_histories,
    draw_spends,
)

BOUND = 4.5
LAWS = {
    "bg_nbd": (bg_nbd.BetaGeometricNBD.family, (0.8, 20.0, 0.8, 2.4)),
    "mbg_nbd": (mbg_nbd.ModifiedBetaGeometricNBD.family, (0.8, 20.0, 0.9, 4.0)),
    "pareto_nbd": (pareto_nbd.FAMILY, (0.8, 20.0, 1.4, 90.0)),
}
KINDS = pytest.mark.parametrize("name", LAWS)
PASTS = History(
    np.array([0.0, 2.0, 6.0, 6.0]), np.array([0.0, 90.0, 60.0, 99.0]), np.full(4, 100.0)
)


def z_of(values: np.ndarray, mean: Any) -> np.ndarray:
    """How many standard errors the mean of the last axis is away."""
    error = values.std(axis=-1) / math.sqrt(values.shape[-1])
    return np.asarray((values.mean(axis=-1) - mean) / error)


def drawn(name: str, n: int = 100_000, days: float = 150.0) -> History:
    parameters = np.tile(np.array(LAWS[name][1])[:, np.newaxis], (1, n))
    age = np.full(n, days)
    return History(*draw_histories(name, parameters, age, 7, 0), age)


@KINDS
def test_histories_have_the_published_counts(name: str) -> None:
    """E[X(t)] and P(X(t) = n), n to 8, after 150 days."""
    family, parameters = LAWS[name]
    law, x = family.law(*parameters), drawn(name).repeats
    counts = np.arange(9)
    chances = law.probability_of(counts, 150.0)
    assert abs(z_of(x, law.expected_purchases_new_customer(150.0))) < BOUND
    assert np.abs(z_of(x == counts[:, np.newaxis], chances)).max() < BOUND


@KINDS
def test_histories_have_the_likelihood_that_fits_use(name: str) -> None:
    """The score of a right likelihood is 0 on average, in x and t_x together."""
    family, parameters = LAWS[name]
    score = family.likelihood(parameters, drawn(name))[1]
    assert np.abs(z_of(score, 0.0)).max() < BOUND
    # and the test has power: 10 % off in any parameter shows
    for index in range(4):
        wrong = list(parameters)
        wrong[index] *= 1.1
        assert np.abs(z_of(family.likelihood(wrong, drawn(name))[1], 0.0)).max() > BOUND


@KINDS
def test_histories_are_histories(name: str) -> None:
    past = drawn(name, 10_000)
    assert ((past.last > 0) == (past.repeats > 0)).all()
    assert (past.last <= past.age).all()


def test_spends_have_the_likelihood_that_fits_use() -> None:
    gg, paid = (6.25, 3.74, 15.44), np.repeat([1.0, 2.0, 7.0], 30_000)
    spends = draw_spends(gg, paid, 7, 0)
    score = likelihood(gg, paid, spends)[1]
    assert np.abs(z_of(score, 0.0)).max() < BOUND
    assert np.abs(z_of(likelihood((6.25, 3.9, 15.44), paid, spends)[1], 0.0)).max() > BOUND


def beliefs(name: str, past: History = PASTS, replicates: int = 40_000) -> Beliefs:
    family, (first, second, third, fourth) = LAWS[name]
    alive = family.law(first, second, third, fourth).probability_alive(past)
    more = {"bg_nbd": past.repeats, "mbg_nbd": past.repeats + 1, "pareto_nbd": past.age}[name]
    told = (alive, first + past.repeats, second + past.age, third, fourth + more)
    shape = (len(past.repeats), replicates)
    columns = (np.broadcast_to(np.reshape(value, (-1, 1)), shape) for value in told)
    return Beliefs(*(np.ascontiguousarray(column) for column in columns))


def counting(replicates: int = 40_000, n: int = 4, amount: float = 1.0) -> Purse:
    zero = np.zeros(replicates)
    return Purse(zero, zero, zero, np.zeros(n), np.zeros(n), amount)


@KINDS
def test_counts_of_the_future(name: str) -> None:
    """Mean and variance of purchases in 200 days given the past."""
    family, parameters = LAWS[name]
    told = (beliefs(name), counting())
    found = draw_futures(name, 7, np.arange(4), told, Ahead(200.0, 0.0))
    mean, variance = family.law(*parameters).conditional_moments(PASTS, 200.0)
    assert np.abs(z_of(found, mean)).max() < BOUND
    square = np.square(found - mean[:, np.newaxis])
    assert np.abs(z_of(square, variance)).max() < BOUND


@KINDS
@pytest.mark.parametrize(("days", "delta"), [(200.0, 0.004), (math.inf, 0.004), (5000.0, 0.004)])
def test_discounted_futures(name: str, days: float, delta: float) -> None:
    """Mean against the integral; 5,000 days and for ever are drawn up to day 1,151 only."""
    family, parameters = LAWS[name]
    told = (beliefs(name), counting(amount=3.0))
    found = draw_futures(name, 8, np.arange(4), told, Ahead(days, delta))
    mean = 3.0 * family.law(*parameters).discounted_purchases(PASTS, delta, days)
    assert np.abs(z_of(found, mean)).max() < BOUND


@KINDS
def test_amounts_of_one_customer_share_its_level(name: str) -> None:
    """E V² = E N · E Z² + E N(N−1) · E ZZ', amounts being independent given their level."""
    family, parameters = LAWS[name]
    p, q, v, n = 6.25, 5.74, 15.44, 40_000
    paid, spend = np.array([0.0, 1.0, 6.0, 4.0]), np.array([0.0, 90.0, 20.0, 35.0])
    purse = Purse(np.full(n, p), np.full(n, q), np.full(n, v), paid, spend, 1.0)
    found = draw_futures(name, 9, np.arange(4), (beliefs(name), purse), Ahead(200.0, 0.0))
    count, spread = family.law(*parameters).conditional_moments(PASTS, 200.0)
    assert np.abs(z_of(found, count * Gg(p, q, v).expected_spend(paid, spend))).max() < BOUND
    shape, scale = q + p * paid, v + paid * spend
    squared_level = scale**2 / ((shape - 1) * (shape - 2))
    pairs = spread + count**2 - count
    second = squared_level * (count * p * (p + 1) + pairs * p**2)
    assert np.abs(z_of(found**2, second)).max() < BOUND


def test_nothing_depends_on_order_or_parts() -> None:
    told, ahead = (beliefs("bg_nbd", replicates=50), counting(50)), Ahead(200.0, 0.001)
    whole = draw_futures("bg_nbd", 7, np.array([5, 3, 9, 1]), told, ahead)
    rows = np.array([2, 0])
    part = Beliefs(*(np.ascontiguousarray(column[rows]) for column in told[0]))
    again = draw_futures("bg_nbd", 7, np.array([9, 5]), (part, counting(50, 2)), ahead)
    np.testing.assert_array_equal(again, whole[rows])
    few = Beliefs(*(np.ascontiguousarray(column[:, :20]) for column in told[0]))
    first = draw_futures("bg_nbd", 7, np.array([5, 3, 9, 1]), (few, counting(20)), ahead)
    np.testing.assert_array_equal(first, whole[:, :20])


def test_other_seeds_and_replicates_are_other_luck() -> None:
    parameters = np.tile(np.array(LAWS["bg_nbd"][1])[:, np.newaxis], (1, 500))
    age = np.full(500, 150.0)
    x = [draw_histories("bg_nbd", parameters, age, s, r)[0] for s, r in ((1, 0), (1, 1), (2, 0))]
    for one, two in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(x[one], x[two])[0, 1]) < BOUND / math.sqrt(500)


def test_extreme_parameters_end() -> None:
    """Rates that underflow, and customers who never leave."""
    tiny = np.array([[1e-4], [1e3], [1e-4], [1e4]]) * np.ones((4, 200))
    for name in LAWS:
        x, last = draw_histories(name, tiny, np.full(200, 1000.0), 1, 0)
        assert np.isfinite(x).all(), name
        assert np.isfinite(last).all(), name
    sure = Beliefs(*(np.full((1, 50), v) for v in (1.0, 1e-4, 1e3, 1e-4, 1e4)))
    for name in LAWS:
        told = (sure, counting(50, 1))
        found = draw_futures(name, 1, np.zeros(1, np.int64), told, Ahead(math.inf, 1e-3))
        assert np.isfinite(found).all(), name
