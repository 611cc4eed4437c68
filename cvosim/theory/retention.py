"""Tier-free retention: who is still there, as long as nothing multiplies drop-out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.plan.plan import Plan
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.obstacles import (
    drop_out_feedback,
    repeat_drops_out,
    retention_acts,
    subscriber_drops_out,
)
from cvosim.theory.pareto_nbd import ParetoNbd
from cvosim.theory.repeat import repeat_buying
from cvosim.theory.season import season_of
from cvosim.theory.subscription import Billing, billing_of

Floats = NDArray[np.float64]


def buyers_alive(plan: Plan, days: ArrayLike, *, start: float = 0.0) -> Floats:
    """Compute the share of repeat buyers who have not dropped out some days after they began.

    Parameters
    ----------
    plan : Plan
        With repeat purchases.
    days : array_like
        Days since repeat buying began.
    start : float
        The day on which it began: what counts where purchases have a season.

    Returns
    -------
    array
        Like ``days``. With ``x = p t / alpha`` and ``p`` beta: BG/NBD ``E[(1 + x)**-r]`` (Fader,
        Hardie & Lee 2005, mixing ``exp(-lambda p t)``, section 3), MBG/NBD ``E[(1 - p) (1 +
        x)**-r]`` (Batislam, Denizel & Filiztekin 2007), Pareto/NBD ``(1 + t / beta)**-s``
        (Schmittlein, Morrison & Colombo 1987), and 1 for Poisson. Seasons replace ``t`` by
        seasonal time, save for Pareto/NBD.

    Raises
    ------
    NoClosedForm
        If loyalty tiers or satisfaction multiply drop-out, or programs win customers back.
    ValueError
        If the plan has no repeat purchases.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("cdnow"))
    >>> buyers_alive(plan, [0.0, 365.0]).round(2).tolist()
    [1.0, 0.76]
    """
    process = repeat_buying(plan.repeat[0])
    if process is None:
        raise ValueError("the plan has no repeat purchases")
    since = np.asarray(days, np.float64)
    if not repeat_drops_out(plan):
        return np.ones_like(since)
    for reason in (drop_out_feedback(plan), retention_acts(plan)):
        if reason is not None:
            raise NoClosedForm(f"who is still there has no closed form: {reason}")
    season = season_of(plan)
    if season is not None and not isinstance(process, ParetoNbd):
        since = season.between(start, start + since)
    return process.alive(since)


def subscribed_after(plan: Plan, stage: str, bills: ArrayLike) -> Floats:
    """Compute the chance of still being subscribed after some bills.

    Parameters
    ----------
    plan : Plan
        With a subscription at ``stage``.
    stage : str
        Name of the stage.
    bills : array_like of int
        How many bills have been paid, at least 1; the churn decision that follows them, if one
        does, has been made.

    Returns
    -------
    array
        ``S(bills // contract)`` of those who pay a first bill, and 0 from the last cycle on. ``S``
        is that of `contract_survival`.

    Raises
    ------
    NoClosedForm
        If loyalty tiers or satisfaction multiply churn.
    ValueError
        If the stage is no subscription.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> subscribed_after(plan, "quarterly_care", [1, 4]).round(3).tolist()
    [0.851, 0.61]
    """
    stages = [str(plan.stage_names[row]) for row in plan.subscriptions["stage"]]
    if stage not in stages:
        raise ValueError(f"{stage} is no subscription of this plan")
    row = plan.subscriptions[stages.index(stage)]
    reason = drop_out_feedback(plan)
    if reason is not None and subscriber_drops_out(row):
        raise NoClosedForm(f"who is still subscribed has no closed form: {reason}")
    return contract_survival(billing_of(row), bills)


def contract_survival(billing: Billing, bills: ArrayLike) -> Floats:
    """Compute the chance of still being subscribed after some bills, of a subscriber.

    Parameters
    ----------
    billing : Billing
        With ``contract`` bills from one churn decision to the next.
    bills : array_like of int
        How many bills have been paid, at least 1.

    Returns
    -------
    array
        ``S(bills // contract)``, with ``S(n) = (1 - churn)**n`` or, for a beta-distributed churn
        probability, ``B(alpha, beta + n) / B(alpha, beta)`` (Fader & Hardie 2007, *Journal of
        Interactive Marketing* 21:76-90, eq. 6, each renewal of the contract being one of their
        periods). 0 once the last cycle is paid.

    Examples
    --------
    A yearly contract that is billed by the month:

    >>> from cvosim.plan.plan import ChurnKind
    >>> yearly = Billing(30.0, 0.0, 1000, ChurnKind.GEOMETRIC, 0.3, 0.0, contract=12)
    >>> contract_survival(yearly, [11, 12, 24]).round(2).tolist()
    [1.0, 0.7, 0.49]
    """
    paid = np.asarray(bills)
    stays = billing.survival(paid // billing.contract)
    return np.where(paid < billing.max_cycles, stays, 0.0)
