"""Customers' pasts and futures drawn from a purchase model, compiled.

Everything drawn has an address: the seed, the customer, the replicate (in the upper bits of the
customer's number), a site and the number of the event. Neither the order of customers nor the
number of threads can change it; two draws of one customer at different parameters share their
luck.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.compiled import compiled, discard_stale
from cvosim.randomness.draws import beta, exponential, gamma
from cvosim.randomness.philox import uniform, uniform_pair
from cvosim.randomness.sites import site_id

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

KINDS = {"bg_nbd": 0, "mbg_nbd": 1, "pareto_nbd": 2}
"""Purchase laws by the number that compiled code knows them by."""
FAR = math.log(100.0)
"""What is discounted to less than a hundredth enters a drawn future by its mean."""

_BG, _MBG, _PARETO = 0, 1, 2
_REPLICATE_SHIFT = np.uint64(40)
_MOST_EVENTS = 1 << 22  # what an address of a gamma draw has room for
_RATE_THEN = np.uint64(site_id("clv/history/rate"))
_LEAVING_THEN = np.uint64(site_id("clv/history/leaving"))
_LIFE_THEN = np.uint64(site_id("clv/history/life"))
_EVENT_THEN = np.uint64(site_id("clv/history/purchase"))
_LEVEL_THEN = np.uint64(site_id("clv/history/spend_level"))
_SPEND_THEN = np.uint64(site_id("clv/history/spend"))
_ALIVE = np.uint64(site_id("clv/future/alive"))
_RATE = np.uint64(site_id("clv/future/rate"))
_LEAVING = np.uint64(site_id("clv/future/leaving"))
_LIFE = np.uint64(site_id("clv/future/life"))
_EVENT = np.uint64(site_id("clv/future/purchase"))
_LEVEL = np.uint64(site_id("clv/future/spend_level"))
_AMOUNT = np.uint64(site_id("clv/future/spend"))


class Beliefs(NamedTuple):
    """What is believed of each customer (rows) in each replicate (columns), given its history.

    Attributes
    ----------
    alive : ndarray of float64, shape (n, replicates)
        Probability of still being there.
    shape, rate : ndarray of float64, shape (n, replicates)
        Of the gamma law of the purchase rate, in purchases a day.
    first, second : ndarray of float64, shape (n, replicates)
        Of the law of leaving of one who is still there: Beta(first, second) of the chance to
        leave after a purchase; under Pareto/NBD Gamma(first, second) of the rate of leaving.
    """

    alive: Floats
    shape: Floats
    rate: Floats
    first: Floats
    second: Floats


class Purse(NamedTuple):
    """What orders are worth: 1 / rate is a customer's own level, orders are Gamma around it.

    Attributes
    ----------
    p : ndarray of float64, shape (replicates,)
        Shape of an order's amount; 0 where every order is worth `amount`.
    q, v : ndarray of float64, shape (replicates,)
        Gamma law of the customers' rates (Fader & Hardie, 2013, note 025).
    paid, spend : ndarray of float64, shape (n,)
        Amounts seen of each customer, and their mean.
    amount : float
        Of every order, where p is 0.
    """

    p: Floats
    q: Floats
    v: Floats
    paid: Floats
    spend: Floats
    amount: float


class Ahead(NamedTuple):
    """How far the future goes: days (inf: for ever) and the continuous discount rate a day."""

    days: float
    delta: float


def draw_histories(
    name: str, parameters: Floats, age: Floats, seed: int, replicate: int
) -> tuple[Floats, Floats]:
    """Draw what customers would have done since their first purchase.

    Parameters
    ----------
    name : str
        Of the purchase law, a key of `KINDS`.
    parameters : ndarray of float64, shape (4, n)
        Of each customer, in the law's order, times in days.
    age : ndarray of float64, shape (n,)
        Days since the first purchase; row i is customer i.
    seed, replicate : int
        Address of the luck.

    Returns
    -------
    repeats, last : ndarray of float64, shape (n,)
        x and t_x, from a loop over purchases (exact: Fader, Hardie & Lee, 2005; Batislam,
        Denizel & Filiztekin, 2007; Schmittlein, Morrison & Colombo, 1987).

    Examples
    --------
    >>> cdnow = np.array([[0.2426], [4.4136 * 7], [0.793], [2.426]]) * np.ones(1000)
    >>> x, t_x = draw_histories("bg_nbd", cdnow, np.full(1000, 273.0), 1, 0)
    >>> bool(1.0 < x.mean() < 1.4), bool((t_x <= 273).all())
    (True, True)
    """
    discard_stale(_histories)
    repeats, last = np.empty(len(age)), np.empty(len(age))
    whole = np.ascontiguousarray(parameters, np.float64)
    ages = np.ascontiguousarray(age, np.float64)
    _histories(KINDS[name], (np.uint64(seed), np.uint64(replicate)), whole, ages, (repeats, last))
    return repeats, last


def draw_spends(gg: tuple[float, float, float], paid: Floats, seed: int, replicate: int) -> Floats:
    """Draw the mean amount of each customer's purchases from a Gamma-Gamma law.

    Parameters
    ----------
    gg : tuple of float
        p, q and v.
    paid : ndarray of float64
        How many purchases each customer paid for, above 0.
    seed, replicate : int
        Address of the luck.

    Returns
    -------
    ndarray of float64
        The mean of x Gamma(p) amounts is Gamma(px) / (νx), with ν of Gamma(q, v).

    Examples
    --------
    >>> float(draw_spends((6.25, 3.74, 15.44), np.ones(1), 1, 0)[0]) > 0
    True
    """
    discard_stale(_histories)
    means = np.empty(len(paid))
    counts = np.ascontiguousarray(paid, np.float64)
    _spends((np.uint64(seed), np.uint64(replicate)), gg, counts, means)
    return means


def draw_futures(
    name: str, seed: int, who: Whole, told: tuple[Beliefs, Purse], ahead: Ahead
) -> Floats:
    """Draw what each customer will pay from now on, discounted to now.

    Parameters
    ----------
    name : str
        Of the purchase law, a key of `KINDS`.
    seed : int
    who : ndarray of int64, shape (n,)
        Numbers of the customers, below 2**40.
    told : Beliefs and Purse
        About purchases and about amounts.
    ahead : Ahead
        A horizon without end needs `delta` above 0. What is discounted to less than a
        hundredth is not drawn but added as its mean given the customer's rates, which leaves
        means as they are and takes at most 1/10,000 of what varies.

    Returns
    -------
    ndarray of float64, shape (n, replicates)
        Number the purchases with `amount` = 1 and `delta` = 0.

    Examples
    --------
    A customer who surely is there, buys about once a day and never leaves:

    >>> sure = Beliefs(*(np.full((1, 4), value) for value in (1.0, 1e6, 1e6, 1e-9, 1e9)))
    >>> one = np.zeros(4)
    >>> purse = Purse(one, one, one, np.zeros(1), np.zeros(1), 1.0)
    >>> drawn = draw_futures("bg_nbd", 1, np.zeros(1, np.int64), (sure, purse), Ahead(100.0, 0.0))
    >>> bool((abs(drawn - 100) < 50).all())
    True
    """
    discard_stale(_histories)
    beliefs, purse = told
    values = np.empty(beliefs.alive.shape)
    keys = np.ascontiguousarray(who, np.int64)
    far = math.inf if ahead.delta <= 0.0 else FAR / ahead.delta
    horizon = (float(ahead.days), float(ahead.delta), min(far, float(ahead.days)))
    _futures((KINDS[name], np.uint64(seed)), keys, beliefs, purse, horizon, values)
    return values


@compiled
def _histories(
    kind: int,
    luck: tuple[np.uint64, np.uint64],
    parameters: Floats,
    age: Floats,
    out: tuple[Floats, Floats],
) -> None:
    """Draw x and t_x of every customer."""
    seed, replicate = luck
    repeats, last = out
    for i in range(len(age)):
        who = np.uint64(i) + (replicate << _REPLICATE_SHIFT)
        r, alpha = parameters[0, i], parameters[1, i]
        rate = gamma(r, seed, who, _RATE_THEN, 0) / alpha
        first, second = parameters[2, i], parameters[3, i]
        leaving = 0.0
        end = age[i]
        if kind == _PARETO:
            end = min(end, _lifetime(first, second, (seed, who), (_LEAVING_THEN, _LIFE_THEN)))
        else:
            leaving = beta(first, second, seed, who, _LEAVING_THEN, 0)
        count, now = 0, 0.0
        # Under MBG/NBD the coin is tossed after the first purchase too.
        stays = kind != _MBG or uniform(seed, who, _LIFE_THEN, 0) >= leaving
        while stays and count < _MOST_EVENTS:
            gap, coin = uniform_pair(seed, who, _EVENT_THEN, count)
            then = now - math.log(gap) / rate
            if not then <= end:
                break
            now = then
            count += 1
            stays = coin >= leaving
        repeats[i] = count
        last[i] = now


@compiled
def _lifetime(
    shape: float, rate: float, luck: tuple[np.uint64, np.uint64], sites: tuple[np.uint64, np.uint64]
) -> float:
    """Draw how long a customer stays whose rate of leaving is Gamma(shape, rate)."""
    seed, who = luck
    leaving = gamma(shape, seed, who, sites[0], 0) / rate
    return exponential(seed, who, sites[1], 0) / leaving


@compiled
def _spends(
    luck: tuple[np.uint64, np.uint64],
    gg: tuple[float, float, float],
    paid: Floats,
    means: Floats,
) -> None:
    """Draw the mean of what every customer paid."""
    seed, replicate = luck
    p, q, v = gg
    for i in range(len(paid)):
        who = np.uint64(i) + (replicate << _REPLICATE_SHIFT)
        level = gamma(q, seed, who, _LEVEL_THEN, 0) / v
        means[i] = gamma(p * paid[i], seed, who, _SPEND_THEN, 0) / (level * paid[i])


@compiled
def _futures(
    run: tuple[int, np.uint64],
    who: Whole,
    beliefs: Beliefs,
    purse: Purse,
    horizon: tuple[float, float, float],
    values: Floats,
) -> None:
    """Draw every customer's future in every replicate."""
    kind, seed = run
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            key = np.uint64(who[i]) + (np.uint64(j) << _REPLICATE_SHIFT)
            values[i, j] = 0.0
            if uniform(seed, key, _ALIVE, 0) >= beliefs.alive[i, j]:
                continue
            rate = gamma(beliefs.shape[i, j], seed, key, _RATE, 0) / beliefs.rate[i, j]
            first, second = beliefs.first[i, j], beliefs.second[i, j]
            p = purse.p[j]
            if p > 0.0:
                shape = purse.q[j] + p * purse.paid[i]
                scale = purse.v[j] + purse.paid[i] * purse.spend[i]
                level = gamma(shape, seed, key, _LEVEL, 0) / scale
            else:
                level = 1.0 / purse.amount
            if kind == _PARETO:
                life = _lifetime(first, second, (seed, key), (_LEAVING, _LIFE))
                values[i, j] = _until(rate, life, (p, level), (seed, key), horizon)
            else:
                leaving = beta(first, second, seed, key, _LEAVING, 0)
                values[i, j] = _coins(rate, leaving, (p, level), (seed, key), horizon)


@compiled
def _amount(spend: tuple[float, float], luck: tuple[np.uint64, np.uint64], event: int) -> float:
    """Draw one order's amount."""
    p, level = spend
    if p > 0.0:
        return gamma(p, luck[0], luck[1], _AMOUNT, event) / level
    return 1.0 / level


@compiled
def _mean_amount(spend: tuple[float, float]) -> float:
    """Mean of what `_amount` draws."""
    p, level = spend
    return (p if p > 0.0 else 1.0) / level


@compiled
def _coins(
    rate: float,
    leaving: float,
    spend: tuple[float, float],
    luck: tuple[np.uint64, np.uint64],
    horizon: tuple[float, float, float],
) -> float:
    """Draw what one pays who tosses a coin after each purchase."""
    days, delta, far = horizon
    value, now = 0.0, 0.0
    for event in range(_MOST_EVENTS):
        gap, coin = uniform_pair(luck[0], luck[1], _EVENT, event)
        now -= math.log(gap) / rate
        if not now <= far:
            break
        value += math.exp(-delta * now) * _amount(spend, luck, event)
        if coin < leaving:
            return value
    if days > far:
        # λ/(λp + δ) is the mean of what one who is there buys for ever, discounted.
        speed = rate * leaving + delta
        rest = rate / speed * -math.expm1(-speed * (days - far))
        value += math.exp(-delta * far) * rest * _mean_amount(spend)
    return value


@compiled
def _until(
    rate: float,
    life: float,
    spend: tuple[float, float],
    luck: tuple[np.uint64, np.uint64],
    horizon: tuple[float, float, float],
) -> float:
    """Draw what one pays who leaves at a given time."""
    days, delta, far = horizon
    end = min(far, life)
    value, now = 0.0, 0.0
    for event in range(_MOST_EVENTS):
        now += exponential(luck[0], luck[1], _EVENT, event) / rate
        if not now <= end:
            break
        value += math.exp(-delta * now) * _amount(spend, luck, event)
    last = min(days, life)
    if last > far:
        rest = rate * (math.exp(-delta * far) - math.exp(-delta * last)) / delta
        value += rest * _mean_amount(spend)
    return value
